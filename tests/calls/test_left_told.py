"""What the person's page and the statement tell of what left the phone."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.calls.sheet import history_of, person_of, statement_of
from app.calls.statement_document import statement_document
from app.complaints.service import Answer, answer_complaint
from app.core import clock
from app.core.agent import SYSTEM
from app.holds.service import extend_hold, lift_holds
from app.models import Complaint, Hold, Referral
from app.referrals.deciding import decide_referrals
from app.referrals.models import Visit
from app.referrals.service import NewReferral, propose_referral, return_referral
from tests.calls.floor import DAY, HOUR, MINUTE, SETTINGS, complaint_about, english_client
from tests.conftest import NOW


@pytest.fixture
def disputed(session, begin, save, owes, account) -> Complaint:
    """Ana's complaint about the first of three bills."""
    wish = complaint_about(session, account, 1)
    call, _new = save(begin(person=owes), "RPC_DISPUTE", note="no es mío", complaint=wish)
    return session.scalars(sa.select(Complaint).where(Complaint.call_id == call.id)).one()


@pytest.fixture
def referred(session, people, owes) -> Referral:
    """Eva's referral, which she approved herself."""
    wanted = NewReferral("hard", reason="se esconde")
    made = propose_referral(session, people.eva, NOW, SETTINGS, owes.id, wanted)
    decide_referrals(session, people.eva, NOW + MINUTE, SETTINGS, [made.id], True, "vayan")
    return made


def _bills(session, owes) -> list[str]:
    statement = statement_of(session, SETTINGS, NOW, person_of(session, owes.id))
    document = statement_document(statement, owes, [])
    table = next(table for table in document.tables if table.title == "Bills")
    return [row[0] for row in table.rows]


def test_the_paper_marks_the_disputed_bill_until_the_answer(session, people, disputed, owes, bills):
    names = _bills(session, owes)
    assert [name.endswith("(in complaint)") for name in names] == [True, False, False]
    assert names[0].startswith(bills[0].number)
    answer = Answer("unfounded", "la lectura es correcta")
    answer_complaint(session, people.eva, NOW + HOUR, SETTINGS, disputed.id, answer)
    assert not any(name.endswith("(in complaint)") for name in _bills(session, owes))


def test_the_history_tells_a_referral_its_return_and_what_people_did_to_holds(
    session, people, owes, referred
):
    return_referral(session, people.eva, NOW + HOUR, SETTINGS, referred.id, "hay número nuevo")
    told = [(r.kind, r.label, r.note) for r in history_of(session, owes.id)]
    for kind, note in (
        ("propose_referral", "se esconde"),
        ("approve_referral", "vayan"),
        ("return_referral", "hay número nuevo"),
    ):
        assert (kind, referred.number, note) in told
    # That its hold ended is part of its return.
    assert "lift_hold" not in [kind for kind, *_ in told]


def test_a_hold_that_somebody_extends_or_lifts_is_told_with_why(session, people, owes, disputed):
    held = session.scalars(sa.select(Hold)).one()
    until = held.ends_on + timedelta(days=5)
    extend_hold(session, people.eva, NOW + HOUR, SETTINGS, held.id, until, "falta el informe")
    lift_holds(session, people.eva, NOW + 2 * HOUR, [held.id], "Se retiró el reclamo")
    rows = {r.kind: r for r in history_of(session, owes.id)}
    assert (rows["extend_hold"].until, rows["extend_hold"].note) == (until, "falta el informe")
    assert (rows["lift_hold"].label, rows["lift_hold"].note) == (
        "complaint",
        "Se retiró el reclamo",
    )


def test_the_persons_page_tells_both_in_words(
    app, session, people, monkeypatch, owes, disputed, referred
):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + HOUR)
    session.add(
        Visit(
            key=uuid.uuid4(),
            referral_id=referred.id,
            debtor_id=owes.id,
            account_id=referred.account_id,
            visited_by_id=people.eva.user_id,
            at=NOW + MINUTE,
            received_at=NOW + MINUTE,
            result="vacant",
            note="puerta con candado",
        )
    )
    held = session.scalars(sa.select(Hold).where(Hold.reason == "complaint")).one()
    extend_hold(session, people.eva, NOW, SETTINGS, held.id, held.ends_on + timedelta(2), "informe")
    lift_holds(session, SYSTEM, NOW, [held.id], "Se retiró el reclamo")
    session.commit()
    page = english_client(app, "eva").get(f"/people/{owes.id}").text
    for words in (
        *(
            disputed.number,
            referred.number,
            "with the area",
            "Hard to recover",
            "Referral approved",
        ),
        *("Empty property", "puerta con candado", "Hold extended until", "Hold lifted: complaint"),
    ):
        assert words in page, words
    assert re.search(rf'href="[^"]*/complaints/show/{disputed.id}"', page)
    assert re.search(rf'href="/referrals/show/{referred.id}"', page)
    assert f"{DAY:%d/%m/%Y}" in page
