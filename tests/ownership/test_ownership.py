"""No field or area user reads or changes a row that is not theirs: by route, id, list, filter, or form.

Walked from the routes of the application, so that a new one is met, or fails until it is listed here.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from werkzeug.routing import Rule

from app.access.roles import ROLES
from tests.conftest import NOW
from tests.ownership.ground import CANARY, contents, picture, told
from tests.test_access import REACHES, ROLE_OF
from tests.walking import PUBLIC, address, fresh_client, grant_of, routes, view_of

USERS = ("fredy", "rosa")
#: By hand: what is granted and names a row. Each must refuse the others'.
NAMED = {
    "fredy": {("GET", "RouteView.photo"), ("GET", "RouteView.sheet")},
    "rosa": {
        ("POST", "AreaComplaintView.answer"),
        ("POST", "AreaComplaintView.attach"),
        ("POST", "AreaComplaintView.give_back"),
        ("GET", "ComplaintFileView.download"),
        ("GET", "ComplaintScreen.show"),
        ("POST", "ComplaintScreen.delete_view"),
        ("GET", "DownloadView.file"),
    },
}
#: By hand: what is granted and changes something without naming a row in its address.
DEEDS = {
    "fredy": {"/resetmypassword/form", "/route/visits"},
    "rosa": {"/complaints/download", "/complaints/views", "/resetmypassword/form"},
}
#: What a form of each would say if the row were one's own.
FORMS = {
    "AreaComplaintView.answer": {"ruling": "founded", "text": "Se revisó la lectura"},
    "AreaComplaintView.attach": {"text": "Se adjunta"},
    "AreaComplaintView.give_back": {"text": "No es de esta área"},
}


def _granted(app: Flask, username: str) -> Iterator[tuple[Rule, str]]:
    grants = {(v, p) for v, ps in ROLES[ROLE_OF[username]].grants.items() for p in ps}
    for rule, method in routes(app):
        if rule.endpoint not in PUBLIC and grant_of(app, rule.endpoint) in grants:
            yield rule, method


def _owned(rows: Any, username: str) -> dict[str, Any]:
    """The parameters of addresses that name a row which somebody owns."""
    at = USERS.index(username)
    names = (
        "debtor_id account_id point_id referral_id visit_id complaint_id file_id paper_id hold_id"
    )
    return {name: getattr(rows, name) for name in names.split()} | {
        "pk": rows.complaint_id,
        "user_id": (rows.worker_id, rows.clerk_id)[at],
        "view_id": rows.views[at],
        "download_id": rows.downloads[at],
    }


def _addresses(app, session, rule: Rule, username: str, theirs, mine) -> set[str]:
    """The rule's address with all of the others' ids, and, given ``mine``, with one of them among one's
    own."""
    if not rule.arguments:
        return {address(app, session, rule)}
    others, mixes = _owned(theirs, username), [_owned(theirs, username)]
    if mine is not None:
        own = _owned(mine, username)
        mixes += [own | {name: others[name]} for name in rule.arguments if name in others]
    return {_built(app, session, rule, mix) for mix in mixes}


def _built(app: Flask, session, rule: Rule, values: dict[str, Any]) -> str:
    filled = {n: v for n, v in values.items() if n in rule.arguments}
    if missing := rule.arguments - set(filled):
        # Refuses a parameter that it does not know: whoever adds one says here whose it is.
        adapter = app.url_map.bind("localhost")
        _endpoint, found = adapter.match(
            address(app, session, rule), method=next(iter(rule.methods - {"HEAD", "OPTIONS"}))
        )
        filled |= {name: found[name] for name in missing}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, filled)


def _files(endpoint: str) -> dict[str, Any]:
    is_attached = endpoint.startswith("AreaComplaintView")
    return {"files": (picture(), "foto.jpg")} if is_attached else {}


@pytest.mark.parametrize("username", USERS)
def test_what_is_granted_is_listed_here(app, username):
    granted = [(method, rule) for rule, method in _granted(app, username)]
    assert {(m, r.endpoint) for m, r in granted if r.arguments} == NAMED[username]
    assert {str(r) for m, r in granted if m == "POST" and not r.arguments} == DEEDS[username]
    pages = {str(r) for m, r in granted if m == "GET" and not r.arguments}
    assert pages == REACHES[ROLE_OF[username]]


@pytest.mark.parametrize("username", USERS)
def test_no_route_gives_or_changes_what_is_anothers(app, session, mine, theirs, username):
    client, before = fresh_client(app, username), contents(session)
    granted = {(rule.endpoint, method) for rule, method in _granted(app, username)}
    wrong = []
    for rule, method in routes(app):
        if rule.endpoint in PUBLIC:
            continue
        allowed = (rule.endpoint, method) in granted
        for where in _addresses(app, session, rule, username, theirs, mine if allowed else None):
            data = FORMS.get(rule.endpoint, {}) | _files(rule.endpoint)
            answer = client.open(where, method=method, data=data, buffered=True)
            refused = {404} if allowed and rule.arguments else {403}
            fits = answer.status_code in refused or (allowed and not rule.arguments)
            if not fits or told(answer.text) or answer.status_code >= 500:
                wrong.append((method, where, answer.status_code, told(answer.text)))
            if method != "GET" and contents(session) != before:
                wrong.append((method, where, "changed something"))
                before = contents(session)
    assert not wrong and contents(session) == before


def test_what_is_ones_own_is_given(app, session, mine, theirs):
    """Or the walk above would prove nothing."""
    fredy, rosa = fresh_client(app, "fredy"), fresh_client(app, "rosa")
    assert "PROPIO POR VISITAR" in fredy.get("/route/data").text
    assert fredy.get(f"/route/photo/{mine.visit_id}", buffered=True).mimetype == "image/jpeg"
    sheet = fredy.get(f"/route/sheet/{mine.worker_id}/{NOW:%Y-%m-%d}.xlsx", buffered=True)
    cells = str(
        CalamineWorkbook.from_filelike(io.BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    )
    assert "PROPIO POR VISITAR" in cells and not told(cells)
    assert "PROPIO POR VISITAR" in rosa.get("/complaints/list/").text
    assert "reclama PROPIO" in rosa.get(f"/complaints/show/{mine.complaint_id}").text
    file = rosa.get(f"/complaint-files/{mine.complaint_id}/{mine.file_id}", buffered=True)
    assert file.mimetype == "image/jpeg"
    where = f"/area-complaints/{mine.complaint_id}/answer"
    assert rosa.post(where, data=FORMS["AreaComplaintView.answer"]).status_code == 302
    eva = fresh_client(app, "eva").get(f"/complaints/show/{theirs.complaint_id}").text
    assert told(eva)


# --- the area's list


def test_no_filter_order_or_place_of_the_list_brings_another_areas(app, session, mine, theirs):
    rosa = fresh_client(app, "rosa")
    wrong = [
        (where, answer)
        for query in _queries(app, mine, theirs)
        for where in (f"/complaints/list/?{query}", f"/complaints/download?{query}")
        for answer in [_told_at(rosa, where, theirs)]
        if answer
    ]
    assert not wrong


def _queries(app: Flask, mine, theirs) -> Iterator[str]:
    """Every filter with values that only the others' have, every order both ways, places and searches."""
    view = view_of(app, "ComplaintScreen.list")
    offered = view._filters.get_search_filters()
    assert offered
    values = (CANARY.upper(), theirs.number, theirs.area_id, theirs.complaint_id, theirs.debtor_id)
    values += (theirs.account_id, "77700119", "Archivo", "waiting", "overdue", "routed")
    for column, filters in offered.items():
        for n, _filter in enumerate(filters):
            for value in values:
                yield f"_flt_{n}_{column}={value}"
    for column in view.order_columns:
        for way in ("asc", "desc"):
            yield f"_oc_ComplaintScreen={column}&_od_ComplaintScreen={way}"
    for place in ("after", "before", "view", "page_ComplaintScreen"):
        for value in (theirs.complaint_id, theirs.views[1], 1):
            yield f"{place}={value}"
    yield from ("last=1", "psize_ComplaintScreen=1000", f"q={CANARY}", f"q={theirs.number}")


def _told_at(client, where: str, theirs) -> list[str]:
    """What of the others' shows in rows; what was typed is written back, and is the person's own."""
    is_file = "/download" in where
    answer = client.open(
        where, method="POST" if is_file else "GET", data={"form": "csv"}, buffered=True
    )
    assert answer.status_code in ((200, 302) if is_file else (200,)), (where, answer.status_code)
    if is_file:
        return told(answer.text)
    rows = answer.text.partition("<tbody")[2].partition("</tbody>")[0]
    shown = f"/complaints/show/{theirs.complaint_id}"
    return told(rows) + ([shown] if shown in answer.text else [])


# --- what a phone sends


@pytest.mark.parametrize("hostile", ["referral", "key", "corrects"])
def test_a_visit_cannot_name_what_is_another_workers(app, session, mine, theirs, hostile):
    fredy, before = fresh_client(app, "fredy"), contents(session)
    sent = {
        "referral": str(mine.referral_id),
        "key": str(uuid.uuid4()),
        "result": "moved",
        "note": "no es mío",
        "phone": "0991112223",
        "saved": NOW.isoformat(),
        "sent": NOW.isoformat(),
    } | {
        "referral": {"referral": str(theirs.referral_id)},
        "key": {"key": str(theirs.visit_key)},
        "corrects": {"corrects": str(theirs.visit_key)},
    }[hostile]
    answer = fredy.post("/route/visits", data=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 409 and not told(answer.text)
    assert contents(session) == before


def test_the_day_on_the_phone_holds_nothing_of_another_worker(app, session, mine, theirs):
    fredy = fresh_client(app, "fredy")
    asked = f"?user={theirs.worker_id}&user_id={theirs.worker_id}&referral={theirs.referral_id}"
    for where in ("/route/", "/route/data", f"/route/data{asked}", f"/route/{asked}"):
        assert not told(fredy.get(where).text)
