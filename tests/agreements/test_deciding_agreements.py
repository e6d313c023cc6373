"""Agreements given, refused and cancelled: by whom, once, and never a second one over the same debt."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.agreements.judging import check_agreements
from app.agreements.service import (
    approve_agreement,
    cancel_agreement,
    draft_agreement,
    refuse_agreement,
    request_agreement,
)
from app.models import (
    AgreementBill,
    Bill,
)
from tests.agreements.floor import (
    DAY,
    LATER,
    LATEST,
    REASON,
    SETTINGS,
    judge,
    refusal,
    sums,
    told,
    wanted,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_agreement,
    make_debtor,
    make_payment,
    make_portfolio,
    make_promise,
)


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, DAY - timedelta(days=1))


@pytest.fixture
def account(session, portfolio):
    """Owes 200.00 in three bills, the oldest first."""
    account = make_account(
        session, make_debtor(session), portfolio, "200.00", bills=("60.00", "40.00", "100.00")
    )
    for number, bill in enumerate(account.bills):
        bill.due_on += timedelta(days=number)
    session.flush()
    return account


# --- decided


def test_another_one_gives_it(session, people, account, ask):
    asked = ask()
    agreement = approve_agreement(session, people.eva, LATER, SETTINGS, asked.id, "as agreed")
    assert (agreement.state, agreement.decided_by_id, agreement.decided_at, agreement.decision) == (
        "awaiting",
        people.eva.user_id,
        LATER,
        "as agreed",
    )
    assert told(session, agreement) == [
        ("request_agreement", people.ana.user_id),
        ("approve_agreement", people.eva.user_id),
    ]
    assert sums(session, account) == (200, 200, 0)
    assert check_agreements(session, DAY) == []


def test_what_was_paid_while_it_waited_counts(session, people, account, ask):
    asked = ask()
    payment = make_payment(session, account, "40.00", DAY)
    payment.recorded_at = NOW + timedelta(hours=1)
    session.flush()
    agreement = approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    session.expire_all()
    assert (agreement.state, agreement.paid) == ("active", 40)
    assert sums(session, account) == (160, 160, 0)


def test_giving_one_judges_no_other(session, people, portfolio, ask):
    other = make_agreement(
        session,
        people.ana,
        people.eva,
        make_account(session, make_debtor(session), portfolio, "90.00"),
        [(DAY - timedelta(days=3), "20"), (DAY + timedelta(days=30), "70")],
    )
    approve_agreement(session, people.eva, LATER, SETTINGS, ask().id)
    session.expire_all()
    assert (other.state, told(session, other)) == ("awaiting", [])
    judge(session, DAY)
    assert (other.state, told(session, other)) == ("void", [("judge_agreement", None)])


def test_the_pending_promise_gives_way_when_it_is_given(session, people, account, ask):
    promise = make_promise(session, people.ana, account, DAY + timedelta(days=5))
    asked = ask()
    session.refresh(promise)
    assert promise.state == "pending"
    approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    session.refresh(promise)
    assert promise.state == "withdrawn"
    assert promise.end_reason


def test_it_is_refused_with_a_reason_and_its_bills_are_free(session, people, account, ask):
    asked = ask()
    for nothing in ("", "  ", "x"):
        no = refusal(refuse_agreement, session, people.eva, LATER, asked.id, nothing)
        assert no.field
    agreement = refuse_agreement(session, people.eva, LATER, asked.id, REASON)
    session.expire_all()
    assert (agreement.state, agreement.decision, agreement.decided_by_id) == (
        "refused",
        REASON,
        people.eva.user_id,
    )
    assert not any(k.binds for k in agreement.bills)
    assert sums(session, account) == (200, 0, 200)
    assert told(session, agreement)[-1] == ("refuse_agreement", people.eva.user_id)


@pytest.mark.parametrize("is_given", [False, True])
def test_it_is_cancelled_with_a_reason_while_it_goes_on(
    session, people, account, ask, given, is_given
):
    agreement = given() if is_given else ask()
    refusal(cancel_agreement, session, people.eva, LATER, SETTINGS, agreement.id, " ")
    cancel_agreement(session, people.eva, LATER, SETTINGS, agreement.id, REASON)
    session.expire_all()
    assert (agreement.state, agreement.end_reason, agreement.ended_by_id, agreement.ended_on) == (
        "cancelled",
        REASON,
        people.eva.user_id,
        DAY,
    )
    assert not any(k.binds for k in agreement.bills)
    assert sums(session, account) == (200, 0, 200)
    assert told(session, agreement)[-1] == ("cancel_agreement", people.eva.user_id)
    assert check_agreements(session, LATEST + timedelta(days=1)) == []


def test_nobody_decides_what_they_asked_for(session, people, ask):
    asked = ask(agent=people.eva)
    refusal(approve_agreement, session, people.eva, LATER, SETTINGS, asked.id)
    refusal(refuse_agreement, session, people.eva, LATER, asked.id, REASON)
    assert asked.state == "pending"
    raw = sa.text(
        "UPDATE agreement SET state = 'awaiting', decided_at = :at, decided_by_id = requested_by_id"
        " WHERE id = :id"
    )
    with pytest.raises(IntegrityError, match="approver_is_another"), session.begin_nested():
        session.execute(raw, {"at": LATER, "id": asked.id})


@pytest.mark.parametrize("state", ["awaiting", "active", "kept", "broken", "refused"])
def test_the_database_takes_no_decision_that_nobody_made(session, ask, state):
    asked = ask()
    raw = sa.text("UPDATE agreement SET state = :state WHERE id = :id")
    with pytest.raises(IntegrityError, match="decided"), session.begin_nested():
        session.execute(raw, {"state": state, "id": asked.id})


def test_the_last_moment_to_give_it_is_its_first_day(session, people, ask):
    asked = ask()
    last = NOW + (LATEST - DAY)
    too_late = last + timedelta(days=1)
    refusal(approve_agreement, session, people.eva, too_late, SETTINGS, asked.id)
    assert approve_agreement(session, people.eva, last, SETTINGS, asked.id).state == "awaiting"


def test_a_request_that_became_void_is_given_no_more(session, people, account, ask):
    asked = ask()
    judge(session, LATEST + timedelta(days=1))
    assert asked.state == "void"
    late = NOW + timedelta(days=9)
    refusal(approve_agreement, session, people.eva, late, SETTINGS, asked.id)
    refusal(refuse_agreement, session, people.eva, late, asked.id, REASON)
    assert sums(session, account) == (200, 0, 200)


def test_each_deed_is_done_once(session, people, ask):
    asked = ask()
    approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    refusal(approve_agreement, session, people.adela, LATER, SETTINGS, asked.id)
    refusal(refuse_agreement, session, people.adela, LATER, asked.id, REASON)
    cancel_agreement(session, people.eva, LATER, SETTINGS, asked.id, REASON)
    refusal(cancel_agreement, session, people.eva, LATER, SETTINGS, asked.id, REASON)
    refusal(approve_agreement, session, people.eva, LATER, SETTINGS, asked.id)
    assert [deed_ for deed_, _ in told(session, asked)] == [
        "request_agreement",
        "approve_agreement",
        "cancel_agreement",
    ]


def test_what_is_not_there_is_not_decided(session, people):
    for deed_, more in (
        (approve_agreement, (SETTINGS, 0)),
        (refuse_agreement, (0, REASON)),
        (cancel_agreement, (SETTINGS, 0, REASON)),
    ):
        with pytest.raises(LookupError):
            deed_(session, people.eva, LATER, *more)


# --- no second one over the same debt


def test_an_account_has_one_at_a_time(session, people, account, ask):
    asked = ask(0)
    no = refusal(request_agreement, session, people.luis, LATER, SETTINGS, wanted(account, 1))
    assert asked.number in str(no)
    approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    refusal(request_agreement, session, people.luis, LATER, SETTINGS, wanted(account, 1))
    refusal(draft_agreement, session, people.luis, LATER, SETTINGS, wanted(account, 1))


def test_the_database_refuses_a_second_one_of_the_account_and_of_the_bill(
    session, people, account, ask
):
    asked = ask(0)
    dues = [(LATEST, "20"), (LATEST + timedelta(days=30), "80")]
    with (
        pytest.raises(IntegrityError, match="uq_agreement_going_on_account"),
        session.begin_nested(),
    ):
        make_agreement(session, people.ana, people.eva, account, dues)
    raw = sa.text(
        "INSERT INTO agreement_bill (agreement_id, bill_id, amount, binds)"
        " VALUES (:agreement, :bill, 1, TRUE)"
    )
    ended = make_agreement(session, people.ana, people.eva, account, dues, state="cancelled")
    session.execute(sa.delete(AgreementBill).where(AgreementBill.agreement_id == ended.id))
    same = {"agreement": ended.id, "bill": asked.bills[0].bill_id}
    with pytest.raises(IntegrityError, match="uq_agreement_bill_binding"), session.begin_nested():
        session.execute(raw, same)


def test_after_a_broken_one_its_bills_are_put_off_again_only_when_they_are_gone(
    session, people, account, given
):
    broken = given(0, 1)
    payment = make_payment(session, account, "20.00", DAY)
    payment.recorded_at = LATER
    session.flush()
    judge(session, date(2027, 2, 1))
    assert broken.state == "broken"
    later = NOW + timedelta(days=70)
    no = refusal(request_agreement, session, people.ana, later, SETTINGS, wanted(account, 0, 2))
    assert no.field == "bills"
    assert broken.number in str(no)
    assert sums(session, account) == (180, 0, 180)
    other = request_agreement(session, people.ana, later, SETTINGS, wanted(account, 2))
    assert (other.state, other.capital) == ("pending", 100)
    refuse_agreement(session, people.eva, later, other.id, REASON)
    account.bills[0].closed_on = account.bills[1].closed_on = later.date()
    judge(session, later.date())
    assert not any(k.binds for k in broken.bills)


@pytest.mark.parametrize("end", ["kept", "void", "refused", "cancelled"])
def test_after_one_that_ended_well_the_same_bills_are_put_off_again(
    session, people, account, ask, end
):
    first = ask(2)
    if end == "refused":
        refuse_agreement(session, people.eva, LATER, first.id, REASON)
    elif end == "cancelled":
        cancel_agreement(session, people.eva, LATER, SETTINGS, first.id, REASON)
    else:
        approve_agreement(session, people.eva, LATER, SETTINGS, first.id)
    if end == "kept":
        make_payment(session, account, "100.00", DAY).recorded_at = LATER
        session.flush()
    again = NOW + timedelta(days=9)
    judge(session, again.date())
    assert first.state == end
    second = request_agreement(session, people.ana, again, SETTINGS, wanted(account, 2))
    assert (second.state, second.bills[0].binds) == ("pending", True)
    assert check_agreements(session, again.date()) == []


# --- the rest of the account


def test_other_bills_and_new_ones_are_still_collected(session, account, given):
    given(0, 1)
    assert sums(session, account) == (200, 100, 100)
    session.add(Bill(account_id=account.id, number="NEW", balance=Decimal(35), due_on=DAY))
    account.balance += 35
    assert sums(session, account) == (235, 100, 135)


def test_what_fell_due_and_was_not_paid_is_asked_for_again(session, account, given):
    agreement = given(2)
    payment = make_payment(session, account, "20.00", DAY)
    payment.recorded_at = LATER
    session.flush()
    first = agreement.instalments[1]
    judge(session, first.due_on)
    assert sums(session, account) == (180, 80, 100)
    judge(session, first.due_on + timedelta(days=1))
    assert sums(session, account) == (180, 80 - first.amount, 100 + first.amount)
