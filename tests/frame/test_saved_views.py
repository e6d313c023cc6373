"""Saved views hold filters and order of their own list, for their owner and, shared, for the role."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app.models import SavedView, TimelineEvent
from tests.walking import fresh_client

_BROKEN = "_flt_0_state=broken&_oc_PromiseScreen=due_on&_od_PromiseScreen=asc"


def _save(client, where: str, name: str, **form):
    return client.post(where, data={"name": name, **form})


def _views(session) -> list[SavedView]:
    session.expire_all()
    return list(session.scalars(sa.select(SavedView).order_by(SavedView.id)))


def test_a_view_keeps_filters_and_order_and_opens_them_again(app, session, rows, people):
    eva = fresh_client(app, "eva")
    answer = _save(eva, f"/promises/views?{_BROKEN}&q=LOOR&after=7&last=1", "con promesa rota")
    assert answer.status_code == 302
    (view,) = _views(session)
    assert (view.screen, view.owner_id, view.shared) == (
        "PromiseScreen",
        people.eva.user_id,
        False,
    )
    assert view.query == _BROKEN, "never what was typed about a person, nor a page"
    page = eva.get(answer.location).text
    assert "con promesa rota" in page
    assert f"{_BROKEN.replace('&', '&amp;')}&amp;view={view.id}" in page
    assert session.scalar(sa.select(sa.func.count()).select_from(TimelineEvent)) == 0


def test_only_what_the_list_offers_is_kept(app, session, rows):
    eva = fresh_client(app, "eva")
    asked = (
        "_flt_0_password=x&_flt_0_state=kept&_oc_PromiseScreen=made_by&_od_PromiseScreen=asc&x=1"
    )
    _save(eva, f"/promises/views?{asked}", "a")
    assert _views(session)[0].query == "_flt_0_state=kept"
    assert eva.post("/promises/views?_flt_9_state=x", data={"name": "b"}).status_code == 400
    assert len(_views(session)) == 1


def test_a_view_that_names_what_is_gone_still_opens(app, session, rows, people):
    for n, query in enumerate(
        ("_flt_0_gone=1&_flt_8_state=x", "rubbish", "_oc_PromiseScreen=gone")
    ):
        view = SavedView(
            screen="PromiseScreen",
            name=f"vieja {n}",
            query=query,
            owner_id=people.eva.user_id,
            created_at=sa.func.now(),
        )
        session.add(view)
    session.commit()
    page = fresh_client(app, "eva").get("/promises/list/")
    assert page.status_code == 200 and page.text.count("vieja") >= 3
    assert "gone" not in page.text


def test_a_shared_view_is_seen_by_the_role_and_by_nobody_else(app, session, rows, people):
    eva = fresh_client(app, "eva")
    _save(eva, "/promises/views?_flt_0_state=kept", "cumplidas", shared="y")
    _save(eva, "/promises/views?_flt_0_state=kept", "mía")
    session.execute(
        sa.text(
            "INSERT INTO ab_user_role (user_id, role_id) SELECT :luis, role_id FROM ab_user_role"
            " WHERE user_id = :eva"
        ),
        {"luis": people.luis.user_id, "eva": people.eva.user_id},
    )
    session.commit()
    colleague = fresh_client(app, "luis").get("/promises/list/").text
    assert "cumplidas" in colleague and "mía" not in colleague
    auditor = fresh_client(app, "alma").get("/promises/list/").text
    assert "cumplidas" not in auditor
    deed = session.scalars(sa.select(TimelineEvent)).one()
    assert (deed.deed, deed.subject, deed.after["name"]) == (
        "save_view",
        "saved_view",
        "cumplidas",
    )


def test_the_same_name_again_replaces_the_view(app, session, rows):
    eva = fresh_client(app, "eva")
    _save(eva, "/promises/views?_flt_0_state=kept", "una", shared="y")
    _save(eva, "/promises/views?_flt_0_state=broken", " una ")
    (view,) = _views(session)
    assert (view.query, view.shared) == ("_flt_0_state=broken", False)
    deeds = session.scalars(sa.select(TimelineEvent).order_by(TimelineEvent.id)).all()
    assert deeds[-1].before == {"name": "una", "query": "_flt_0_state=kept"}
    assert len(deeds) == 2, "that it is no longer shared is told too"


def test_a_view_without_a_name_or_with_too_many_filters_is_refused(app, session, rows):
    eva = fresh_client(app, "eva")
    many = "&".join(f"_flt_0_state={n}{'x' * 40}" for n in range(90))
    for query, name in (("", " "), ("", "x" * 61), (many, "larga"), ("", "\x00")):
        answer = _save(eva, f"/promises/views?{query}", name)
        assert answer.status_code == 302 and "view=" not in answer.location
    assert _views(session) == []
    assert "alert-bad" in eva.get("/promises/list/").text


def test_only_its_owner_deletes_a_view_and_only_once(app, session, rows):
    eva, alma = fresh_client(app, "eva"), fresh_client(app, "alma")
    _save(eva, "/promises/views?_flt_0_state=kept", "una", shared="y")
    (view,) = _views(session)
    assert alma.post(f"/promises/views/{view.id}/delete").status_code == 404
    assert eva.post(f"/debtors/views/{view.id}/delete").status_code == 404, "another list's"
    assert len(_views(session)) == 1
    assert eva.post(f"/promises/views/{view.id}/delete?_flt_0_state=kept").status_code == 302
    assert eva.post(f"/promises/views/{view.id}/delete").status_code == 404
    assert _views(session) == []
    deeds = session.scalars(sa.select(TimelineEvent.deed).order_by(TimelineEvent.id)).all()
    assert deeds == ["save_view", "delete_view"]


def test_who_may_not_list_may_not_save(app: Flask, session, rows):
    for username in ("ana", "fredy", "rosa", "adela"):
        client = fresh_client(app, username)
        assert _save(client, "/promises/views?_flt_0_state=kept", "una").status_code == 403
        assert client.post("/promises/views/1/delete").status_code == 403
    assert _views(session) == []


def test_the_pages_own_forms_carry_what_is_filtered(app: Flask, session, rows):
    page = fresh_client(app, "eva").get(f"/promises/list/?{_BROKEN}&q=LOOR").text
    for where in ("/promises/views?", "/promises/download?"):
        action = page.split(f'action="{where}')[1].split('"')[0].replace("&amp;", "&")
        assert set(action.split("&")) == {*_BROKEN.split("&"), "q=LOOR"}


def test_what_was_typed_about_a_person_is_in_no_view_and_that_is_said(session, sign_in):
    eva = sign_in("eva")
    where = (
        "/debtors/views?q=loor&_flt_0_folded=loor&_flt_0_identification=1304410022&_flt_0_level=2"
    )
    _save(eva, where, "nivel dos", shared="y")
    view = next(v for v in _views(session) if v.name == "nivel dos")
    assert view.query == "_flt_0_level=2"
    page = eva.get("/debtors/list/").text
    assert "Lo que se escribió sobre una persona no se guarda en una vista." in page
