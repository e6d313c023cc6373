"""Every catalogue keeps what was typed, leaves its row and deletes by POST only."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy.orm import Session

from app.core.framework import (
    CatalogueScreen,
)
from app.models import Script, TimelineEvent
from tests.frame.screens import screens

#: What each catalogue's form is filled with, and what makes a second one collide.
CATALOGUES = {
    "HolidayScreen": {"day": "2031-05-13", "name": "Feriado de prueba", "scope": "local"},
    "NonpaymentReasonScreen": {"label": "Motivo de prueba", "position": "77", "is_active": "y"},
    "ScriptScreen": {"name": "Guion de prueba", "reason": "amount", "opening": "Saludo de prueba"},
    "PaymentMeansScreen": {
        "name": "Medio de prueba",
        "instructions": "Dígale de prueba",
        "cost": "0,50",
        "posting_delay_days": "3",
        "position": "78",
        "is_active": "y",
    },
    "CriterionScreen": {
        "name": "Criterio de prueba",
        "weight": "5",
        "position": "79",
        "is_active": "y",
    },
    "EnforcementDocumentScreen": {
        "name": "Papel de prueba",
        "is_required": "y",
        "position": "80",
        "is_active": "y",
    },
    "ComplaintCategoryScreen": {
        "name": "Reclamo de prueba",
        "business_days": "10",
        "warn_days": "2",
        "position": "81",
        "is_active": "y",
    },
    "AreaScreen": {"name": "Área de prueba", "is_active": "y"},
    "RoleScreen": {"name": "rol-de-prueba"},
    "UserScreen": {
        "first_name": "Prueba",
        "last_name": "Pérez",
        "username": "prueba",
        "email": "prueba@example.com",
        "active": "y",
        "password": "OTra-clave-segura-99",
        "conf_password": "OTra-clave-segura-99",
    },
}


# --- catalogues


def _filled(session: Session, view: CatalogueScreen) -> dict:
    data = dict(CATALOGUES[type(view).__name__])
    if type(view).__name__ == "UserScreen":
        data["roles"] = str(session.scalar(sa.select(Role.id).where(Role.name == "campo")))
    return data


def deeds_of(session: Session) -> list[TimelineEvent]:
    return list(session.scalars(sa.select(TimelineEvent).order_by(TimelineEvent.id)))


def test_every_catalogue_that_adds_is_tried_here(app: Flask):
    adding = {
        type(v).__name__ for v in screens(app, CatalogueScreen) if "add" in v.include_route_methods
    }
    assert adding == set(CATALOGUES)


@pytest.fixture(params=CATALOGUES)
def catalogue(request, app: Flask):
    return next(v for v in screens(app) if type(v).__name__ == request.param)


def _newest(session: Session, view):
    return session.scalars(
        sa.select(view.datamodel.obj).order_by(view.datamodel.obj.id.desc())
    ).first()


def test_adding_editing_and_deleting_each_leave_their_row(
    app, session, everyone, catalogue, people
):
    table = catalogue.datamodel.obj.__tablename__
    base = catalogue.route_base
    data = _filled(session, catalogue)
    assert everyone.post(f"{base}/add", data=data).status_code == 302
    item = _newest(session, catalogue)
    pk, first = item.id, next(iter(data))
    deed = deeds_of(session)[-1]
    assert (deed.deed, deed.subject, deed.subject_id) == (f"add_{table}", table, pk)
    assert (deed.agent_id, deed.before) == (people.adela.user_id, None)
    assert deed.after[first] == data[first] and "password" not in deed.after
    changed = data | {first: "2031-05-14" if first == "day" else f"{data[first]} cambiado"}
    assert everyone.post(f"{base}/edit/{pk}", data=changed).status_code == 302
    deed = deeds_of(session)[-1]
    assert (deed.deed, deed.before[first], deed.after[first]) == (
        f"edit_{table}",
        data[first],
        changed[first],
    )
    if "delete" in catalogue.include_route_methods:
        assert everyone.post(f"{base}/delete/{pk}").status_code == 302
        deed = deeds_of(session)[-1]
        assert (deed.deed, deed.before[first], deed.after) == (
            f"delete_{table}",
            changed[first],
            None,
        )
        assert session.get(catalogue.datamodel.obj, pk) is None


def test_what_was_typed_is_kept_when_it_is_refused_and_nothing_is_written(
    session, everyone, catalogue
):
    data = _filled(session, catalogue)
    assert everyone.post(f"{catalogue.route_base}/add", data=data).status_code == 302
    count = sa.select(sa.func.count()).select_from(catalogue.datamodel.obj)
    rows, deeds = session.scalar(count), len(deeds_of(session))
    answer = everyone.post(f"{catalogue.route_base}/add", data=data)
    assert answer.status_code == 200
    _keeps(answer.text, data)
    assert "alert-bad" in answer.text
    assert (session.scalar(count), len(deeds_of(session))) == (rows, deeds)


def test_an_edit_into_another_ones_name_is_refused_and_keeps_what_was_typed(
    session, everyone, catalogue
):
    base, data = catalogue.route_base, _filled(session, catalogue)
    assert everyone.post(f"{base}/add", data=data).status_code == 302
    other = {
        "day": "2031-05-20",
        "label": "Otro",
        "name": "Otro más",
        "reason": "age",
        "username": "otro",
        "email": "otro@example.com",
        "first_name": "Otro",
    }
    second = data | {
        k: v for k, v in other.items() if k in data and not (k == "name" and "day" in data)
    }
    assert everyone.post(f"{base}/add", data=second).status_code == 302, "a second one"
    pk, deeds = _newest(session, catalogue).id, len(deeds_of(session))
    answer = everyone.post(f"{base}/edit/{pk}", data=data)
    assert answer.status_code == 200
    _keeps(answer.text, data)
    assert len(deeds_of(session)) == deeds


def _keeps(page: str, data: dict) -> None:
    for name, value in data.items():
        if name not in ("password", "conf_password", "is_active", "active", "roles"):
            assert value in page, name


@pytest.mark.parametrize("value", ["99999999999", "-99999999999", "x", "1.5", ""])
def test_a_number_that_does_not_fit_keeps_what_was_typed(session, everyone, value):
    data = CATALOGUES["PaymentMeansScreen"] | {"position": value}
    answer = everyone.post("/payment-means/add", data=data)
    assert answer.status_code in (200, 302)
    if answer.status_code == 200:
        _keeps(answer.text, {k: v for k, v in data.items() if k != "position"})


def test_a_text_that_is_too_long_keeps_the_rest(session, everyone):
    data = CATALOGUES["PaymentMeansScreen"] | {"name": "L" * 5000}
    answer = everyone.post("/payment-means/add", data=data)
    assert answer.status_code == 200
    assert "Dígale de prueba" in answer.text


def test_a_text_that_no_keyboard_types_is_refused(session, everyone):
    data = CATALOGUES["PaymentMeansScreen"] | {"name": "Nulo \x00 aquí"}
    assert everyone.post("/payment-means/add", data=data).status_code == 400


def test_a_box_may_be_unticked_and_a_text_left_empty(session, everyone):
    data = {
        k: v
        for k, v in CATALOGUES["PaymentMeansScreen"].items()
        if k not in ("is_active", "instructions")
    }
    assert everyone.post("/payment-means/add", data=data).status_code == 302
    row = session.execute(
        sa.text("SELECT is_active, instructions FROM payment_means ORDER BY id DESC")
    ).first()
    assert tuple(row) == (False, "")


def test_the_script_of_all_other_reasons_can_be_edited(session, everyone):
    script = session.scalars(sa.select(Script).where(Script.reason == "")).one()
    data = {
        "name": script.name,
        "reason": "",
        "opening": "Buenos días",
        "verified": "",
        "third_party": "",
    }
    assert everyone.post(f"/scripts/edit/{script.id}", data=data).status_code == 302
    session.refresh(script)
    assert (script.opening, script.verified) == ("Buenos días", "")


def test_a_get_to_delete_deletes_nothing(app, session, everyone):
    for view in screens(app, CatalogueScreen):
        if "delete" not in view.include_route_methods:
            continue
        model = view.datamodel.obj
        pk = session.scalar(sa.select(model.id).limit(1))
        for where in (
            f"{view.route_base}/delete/{pk}",
            f"{view.route_base}/delete/{pk}?_method=POST",
        ):
            everyone.get(where)
            everyone.open(where, method="HEAD")
            assert session.scalar(sa.select(model.id).where(model.id == pk)) == pk, where


def test_what_others_use_is_not_deleted(session, everyone, rows):
    rows.call.nonpayment_reason_id = session.scalar(
        sa.text("SELECT min(id) FROM nonpayment_reason")
    )
    session.commit()
    pk, deeds = rows.call.nonpayment_reason_id, len(deeds_of(session))
    everyone.post(f"/nonpayment-reasons/delete/{pk}")
    assert (
        session.scalar(sa.text("SELECT id FROM nonpayment_reason WHERE id = :pk"), {"pk": pk}) == pk
    )
    assert len(deeds_of(session)) == deeds


def test_values_in_the_address_or_beside_the_form_change_nothing(session, everyone):
    script = session.scalars(sa.select(Script).where(Script.reason == "callback")).one()
    pk, before = script.id, script.verified
    page = everyone.get(f"/scripts/edit/{pk}?_flt_0_name=x&reason=hacked&verified=hacked&id=1").text
    assert "hacked" not in page.replace("?_flt_0_name=x&amp;reason=hacked", "")
    data = {
        "name": script.name,
        "reason": "callback",
        "opening": "Hola",
        "verified": before,
        "third_party": "",
        "id": "99",
    }
    everyone.post(
        f"/scripts/edit/{pk}?reason=hacked&_flt_0_reason=hacked&verified=hacked", data=data
    )
    after = session.scalars(sa.select(Script).where(Script.id == pk)).one()
    assert (after.reason, after.opening, after.verified) == ("callback", "Hola", before)
    assert session.get(Script, 99) is None


def test_a_record_screen_cannot_be_written_by_any_address(session, everyone, rows):
    for where in ("/debtors", "/accounts", "/calls", "/promises"):
        for verb in (
            "add",
            f"edit/{rows.call.id}",
            f"delete/{rows.call.id}",
            "action_post",
            f"action/x/{rows.call.id}",
        ):
            for method in ("GET", "POST"):
                assert everyone.open(f"{where}/{verb}", method=method).status_code in (404, 405), (
                    where,
                    verb,
                )
