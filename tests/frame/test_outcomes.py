"""An edited outcome is a new version: calls keep theirs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.calls.outcomes import FIELDS
from app.models import Call, Outcome, TimelineEvent


def deeds_of(session: Session) -> list[TimelineEvent]:
    return list(session.scalars(sa.select(TimelineEvent).order_by(TimelineEvent.id)))


def _outcome_form(outcome: Outcome, **values) -> dict:
    flags = ("answered", "effective", "retires_number", "final")
    data = {
        "label": outcome.label,
        "label_en": outcome.label_en,
        "weight": outcome.weight,
        "position": outcome.position,
        "asks": list(outcome.asks),
    }
    return data | {f: "y" for f in flags if getattr(outcome, f)} | values


def _current(session: Session, code: str) -> Outcome:
    return session.scalars(
        sa.select(Outcome).where(Outcome.code == code, Outcome.replaced_at.is_(None))
    ).one()


def test_an_edited_outcome_is_a_new_version_and_calls_keep_theirs(session, everyone, rows):
    old = _current(session, "NC_NA")
    old_id, version, label = old.id, old.version, old.label
    data = _outcome_form(old, label="No responde", weight=33)
    assert everyone.post(f"/outcomes/edit/{old_id}", data=data).status_code == 302
    new = _current(session, "NC_NA")
    assert (new.label, new.weight, new.version) == ("No responde", 33, version + 1)
    assert new.id != old_id
    session.expire_all()
    kept = session.get(Outcome, old_id)
    assert (kept.label, kept.version) == (label, version) and kept.replaced_at is not None
    assert session.get(Call, rows.call.id).outcome_id == old_id
    assert (new.attempt, new.by_system, new.code) == (kept.attempt, kept.by_system, kept.code)
    deed = deeds_of(session)[-1]
    assert deed.deed == "edit_outcome"
    assert (deed.before["label"], "No responde" in str(deed.after)) == (label, True)
    listed = everyone.get("/outcomes/list/?psize_OutcomeScreen=100").text
    assert "No responde" in listed and ">No contesta<" not in listed


def test_an_outcome_saved_unchanged_makes_no_version(session, everyone):
    old = _current(session, "RPC_CALLBACK")
    everyone.post(f"/outcomes/edit/{old.id}", data=_outcome_form(old))
    assert _current(session, "RPC_CALLBACK").id == old.id


def test_an_old_version_can_no_longer_be_edited(session, everyone):
    old = _current(session, "NC_NA")
    pk = old.id
    everyone.post(f"/outcomes/edit/{pk}", data=_outcome_form(old, weight=34))
    assert everyone.get(f"/outcomes/edit/{pk}").status_code == 404
    assert everyone.post(f"/outcomes/edit/{pk}", data={"label": "x"}).status_code == 404


def test_an_outcome_that_asks_for_an_unknown_field_is_refused_and_keeps_what_was_typed(
    session, everyone
):
    old = _current(session, "NC_NA")
    answer = everyone.post(
        f"/outcomes/edit/{old.id}", data=_outcome_form(old, label="Otro", asks=["promise", "nada"])
    )
    assert answer.status_code == 200
    assert 'value="Otro"' in answer.text and 'value="promise" checked' in answer.text
    assert all(f'value="{field}"' in answer.text for field in FIELDS)
    assert _current(session, "NC_NA").id == old.id
    assert _current(session, "NC_NA").label != "Otro"


def test_the_page_of_an_outcome_tells_its_versions_and_who_made_them(session, everyone):
    old = _current(session, "NC_BUSY")
    data = _outcome_form(old, label="Línea ocupada", asks=["text"])
    assert everyone.post(f"/outcomes/edit/{old.id}", data=data).status_code == 302
    new = _current(session, "NC_BUSY")
    assert new.asks == ["text"]
    page = everyone.get(f"/outcomes/show/{new.id}").text
    versions, told = page[page.index('id="versions"') :].split('id="history"')
    assert versions.count("<tr>") == 3 and "Ocupado" in versions and "Línea ocupada" in versions
    assert "Adela Vera" in told and "Ocupado" in told and "Línea ocupada" in told
    again = _outcome_form(new, label="Da ocupado")
    everyone.post(f"/outcomes/edit/{new.id}", data=again)
    page = everyone.get(f"/outcomes/show/{_current(session, 'NC_BUSY').id}").text
    history = everyone.get("/outcomes/history").text
    assert f"/outcomes/show/{old.id}" not in history, "a replaced version has no page"
    assert "Ocupado</span>" in page and "Línea ocupada</span>" in page, (
        "the changes of each version"
    )
