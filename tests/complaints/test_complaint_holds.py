"""What a complaint keeps from being collected: its bills from the first minute to the answer, nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.complaints.service import reopen_complaint, return_complaint, withdraw_complaint
from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.debts.service import owed_by_person
from app.holds.service import hold_bills
from app.models import Agreement, AgreementBill, Complaint, ComplaintBill, Hold
from tests.calls.floor import MINUTE
from tests.complaints.floor import SETTINGS
from tests.conftest import NOW
from tests.factories import make_agreement


def standing(session) -> dict[int, str]:
    """Bill → what holds it."""
    rows = session.execute(
        sa.select(Hold.bill_id, Hold.reason).where(Hold.lifted_at.is_(None))
    ).tuples()
    return dict(rows.all())


def collectable(session, debtor):
    session.expire_all()
    [owed] = owed_by_person(session, debtor.id)
    return str(owed.collectable)


def refused_by(session, debtor):
    verdict = may_contact(session, SETTINGS, [debtor.id], "call", NOW + MINUTE)[debtor.id]
    return set(verdict.refused_by)


def test_the_disputed_bills_alone_are_on_hold_and_the_rest_is_collected(
    session, debtor, bills, complain
):
    complaint = complain("Consumo elevado", bills[:2])
    assert standing(session) == {bills[0].id: "complaint", bills[1].id: "complaint"}
    assert [line.balance for line in complaint.bills] == [100, 60]
    assert collectable(session, debtor) == "40.00"
    assert "hold" not in refused_by(session, debtor)


def test_with_all_of_it_disputed_nobody_is_called(session, debtor, bills, complain):
    complain("Consumo elevado", bills)
    assert collectable(session, debtor) == "0.00"
    assert refused_by(session, debtor)


def test_a_complaint_about_no_bill_holds_nothing(session, debtor, complain):
    complain("Atención recibida", [])
    assert standing(session) == {} and collectable(session, debtor) == "200.00"


def test_it_stays_when_it_is_returned_and_ends_with_the_answer(
    session, people, debtor, bills, complain, answer, areas
):
    complaint = complain()
    other = complain("Error de lectura", bills[1:2])
    answer(complaint)
    assert standing(session) == {bills[1].id: "complaint"}
    return_complaint(session, people.rosa, NOW, SETTINGS, other.id, "No es nuestro")
    assert standing(session) == {bills[1].id: "complaint"}
    assert collectable(session, debtor) == "140.00"


def test_reopened_it_holds_what_is_open_until_its_own_answer(
    session, people, debtor, bills, complain, answer
):
    complaint = complain("Consumo elevado", bills)
    answer(complaint)
    other = complain("Error de lectura", bills[1:2])
    bills[2].closed_on = NOW.date()
    session.flush()
    reopen_complaint(session, people.eva, NOW, SETTINGS, complaint.id, "Insiste")
    assert standing(session) == {bills[0].id: "complaint", bills[1].id: "complaint"}
    assert collectable(session, debtor) == "40.00"
    answer(other)
    assert standing(session) == {bills[0].id: "complaint", bills[1].id: "complaint"}
    assert collectable(session, debtor) == "40.00"
    answer(complaint)
    assert standing(session) == {}


def test_what_is_lifted_is_what_was_placed_by_now(session, people, debtor, bills, complain, answer):
    """Somebody answered it and reopened it while this one was at its answer."""
    complaint = complain()
    [line] = complaint.bills
    [newer] = hold_bills(session, people.eva, NOW, SETTINGS, debtor.id, bills[:1], "complaint", 5)
    elsewhere = sa.update(ComplaintBill).where(ComplaintBill.id == line.id)
    session.execute(elsewhere.values(hold_id=newer.id).execution_options(synchronize_session=False))
    answer(complaint)
    assert newer.lifted_at is not None


def test_a_bill_that_an_agreement_covers_is_not_held_beside_it(
    session, people, account, bills, complain
):
    dues = [(date(2026, 12, 1), "50.00"), (date(2027, 1, 4), "150.00")]
    make_agreement(session, people.eva, people.adela, account, dues)
    others = sa.select(AgreementBill).where(AgreementBill.bill_id != bills[0].id)
    for line in session.scalars(others):
        session.delete(line)
    session.flush()
    complaint = complain("Consumo elevado", bills[:2])
    assert standing(session) == {bills[1].id: "complaint"}
    assert {line.hold_id is None for line in complaint.bills} == {True, False}
    assert session.scalar(sa.select(Agreement.state)) == "awaiting"


@pytest.fixture
def by_call(session, begin, save, complain, debtor):
    """A complaint that Ana's call opened."""
    call, _ = save(begin(verified=False), "UNV_CONTACT")
    return complain(call=call, origin="call"), call


def test_a_call_opens_one_and_its_correction_withdraws_it(
    session, people, complain, bills, by_call
):
    complaint, call = by_call
    with pytest.raises(RuleBroken, match="has opened its complaint already"):
        complain("Error de lectura", bills[1:2], call=call)
    withdraw_complaint(session, people.ana, NOW, SETTINGS, call.id)
    assert complaint.state == "withdrawn" and standing(session) == {}
    withdraw_complaint(session, people.ana, NOW, SETTINGS, call.id)
    assert session.scalar(sa.select(sa.func.count(Complaint.id))) == 1


def test_what_was_answered_once_is_not_withdrawn(session, people, answer, by_call):
    complaint, call = by_call
    answer(complaint)
    withdraw_complaint(session, people.ana, NOW, SETTINGS, call.id)
    assert complaint.state == "answered"
    again = NOW + timedelta(days=1)
    reopen_complaint(session, people.eva, again, SETTINGS, complaint.id, "Insiste")
    withdraw_complaint(session, people.ana, again, SETTINGS, call.id)
    assert complaint.state == "routed" and len(standing(session)) == 1


def test_a_call_with_somebody_else_opens_nothing_here(session, complain, by_call, portfolio):
    from_another, call = by_call
    call.debtor_id = call.debtor_id + 999
    with session.no_autoflush, pytest.raises(RuleBroken, match="with somebody else"):
        complain("Otro", [], call=call)
    session.expire(call)
    assert from_another.call_id == call.id
