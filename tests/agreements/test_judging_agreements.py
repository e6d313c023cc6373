"""What the payments make of an agreement: kept, broken, void; which payments count; what the check finds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.agreements.judging import check_agreements
from app.debts.service import owed_by_person
from app.models import (
    Debtor,
    TimelineEvent,
)
from tests.agreements.floor import (
    AS_OF,
    DAY,
    DOWN,
    DUES,
    FIRST,
    GRACE,
    LAST,
    SECOND,
    judge,
    pay,
    sums,
    take_back,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_portfolio,
)


@pytest.fixture
def account(session):
    return make_account(session, make_debtor(session), make_portfolio(session, AS_OF), "500.00")


# --- its down payment


@pytest.mark.parametrize(
    ("paid", "by_its_day", "after_it"),
    [
        (None, "awaiting", "void"),
        ("19.99", "awaiting", "void"),
        ("20.00", "active", "active"),
        ("110.00", "kept", "kept"),
    ],
)
def test_the_down_payment_starts_it_or_it_is_void(
    session, account, agreed, paid, by_its_day, after_it
):
    agreement = agreed()
    if paid:
        pay(session, account, paid, DOWN)
    judge(session, DOWN)
    assert agreement.state == by_its_day
    judge(session, DOWN + timedelta(days=1))
    assert agreement.state == after_it
    assert (agreement.ended_on == DOWN + timedelta(days=1)) is (after_it == "void")


def test_a_down_payment_that_is_posted_late_revives_it(session, account, agreed):
    agreement = agreed()
    judge(session, DOWN + timedelta(days=1))
    assert sums(session, account) == (500, 0, 500)
    pay(session, account, "20.00", DOWN)
    assert judge(session, DOWN + timedelta(days=3)) == [("void", "active")]
    assert (agreement.ended_on, agreement.bills[0].binds) == (None, True)
    assert sums(session, account) == (480, 90, 390)
    assert check_agreements(session, DOWN + timedelta(days=3)) == []


def test_another_one_that_goes_on_keeps_a_void_one_void(session, account, agreed):
    old = agreed()
    judge(session, DOWN + timedelta(days=1))
    later = DOWN + timedelta(days=6)
    new = agreed(
        dues=[(later, "50"), (later + timedelta(days=30), "60")],
        counts_from=DOWN + timedelta(days=1),
    )
    pay(session, account, "20.00", DOWN)
    assert judge(session, DOWN + timedelta(days=3)) == []
    assert (old.state, new.state) == ("void", "awaiting")
    assert [k.binds for g in (old, new) for k in g.bills] == [False, True]
    assert check_agreements(session, DOWN + timedelta(days=3)) == []


def test_of_two_that_would_go_on_again_at_once_the_newest_does(session, account, agreed):
    old = agreed()
    judge(session, DOWN + timedelta(days=1))
    later = DOWN + timedelta(days=6)
    new = agreed(dues=[(later, "50"), (later + timedelta(days=30), "60")])
    judge(session, later + timedelta(days=1))
    assert (old.state, new.state) == ("void", "void")
    pay(session, account, "20.00", DOWN)
    pay(session, account, "50.00", later)
    assert judge(session, later + timedelta(days=2)) == [("void", "active")]
    assert (old.state, new.state) == ("void", "active")
    assert check_agreements(session, later + timedelta(days=2)) == []
    assert judge(session, later + timedelta(days=2)) == []


def test_without_a_down_payment_it_runs_from_its_approval(session, account, agreed):
    agreement = agreed()
    session.delete(agreement.instalments[0])
    agreement.total = agreement.capital = Decimal(90)
    for instalment in agreement.instalments[1:]:
        instalment.cumulative -= 20
    session.flush()
    session.expire_all()
    judge(session, DAY)
    assert agreement.state == "active"
    judge(session, FIRST + timedelta(days=GRACE + 1))
    assert (agreement.state, agreement.ended_on) == ("broken", FIRST + timedelta(days=GRACE + 1))


# --- kept and broken


@pytest.mark.parametrize(("amount", "state"), [("30.00", "active"), ("29.99", "broken")])
def test_a_cent_short_when_the_grace_is_over_breaks_it(session, account, agreed, amount, state):
    agreement = agreed()
    pay(session, account, "20.00", DOWN)
    pay(session, account, amount, FIRST + timedelta(days=GRACE))
    judge(session, FIRST + timedelta(days=GRACE))
    assert agreement.state == "active"
    judge(session, FIRST + timedelta(days=GRACE + 1))
    assert agreement.state == state


def test_the_last_day_of_grace_posted_three_days_later_revives_it(session, account, agreed):
    agreement = agreed()
    pay(session, account, "20.00", DAY)
    judge(session, DAY)
    over = FIRST + timedelta(days=GRACE)
    assert judge(session, over + timedelta(days=1)) == [("active", "broken")]
    assert agreement.ended_on == over + timedelta(days=1)
    pay(session, account, "30.00", over)
    assert judge(session, over + timedelta(days=3)) == [("broken", "active")]
    assert (agreement.ended_on, agreement.paid, agreement.late) == (None, 50, 0)


def test_a_payment_after_the_grace_does_not_mend_it(session, account, agreed):
    agreement = agreed()
    pay(session, account, "20.00", DAY)
    over = FIRST + timedelta(days=GRACE + 1)
    pay(session, account, "90.00", over)
    judge(session, over)
    assert agreement.state == "broken"
    assert sums(session, account) == (390, 0, 390)


def test_it_is_kept_on_the_day_on_which_all_has_come(session, account, agreed):
    agreement = agreed()
    for day, amount in DUES:
        pay(session, account, amount, day)
        judge(session, day)
    assert (agreement.state, agreement.ended_on, agreement.paid) == ("kept", LAST, 110)
    assert [k.binds for k in agreement.bills] == [False]
    assert sums(session, account) == (390, 0, 390)


def test_what_is_paid_after_it_was_kept_does_not_move_its_end(session, account, agreed):
    agreement = agreed()
    pay(session, account, "110.00", DOWN)
    judge(session, DOWN)
    pay(session, account, "40.00", LAST)
    judge(session, LAST)
    assert (agreement.state, agreement.ended_on) == ("kept", DOWN)


def test_a_payment_in_place_of_a_reversed_one_moves_the_end_to_its_own_day(
    session, account, agreed
):
    agreement = agreed()
    payment = pay(session, account, "110.00", DAY)
    judge(session, DAY)
    take_back(session, payment, DOWN)
    pay(session, account, "110.00", DOWN)
    judge(session, DOWN)
    assert (agreement.state, agreement.ended_on) == ("kept", DOWN)


def test_a_reversal_reopens_what_was_kept_or_breaks_it(session, account, agreed):
    agreement = agreed()
    payments = [pay(session, account, amount, DAY) for amount in ("20", "60", "30")]
    judge(session, DAY)
    assert agreement.state == "kept"
    take_back(session, payments[2], DAY + timedelta(days=1))
    assert judge(session, DAY + timedelta(days=1)) == [("kept", "active")]
    assert (agreement.ended_on, agreement.bills[0].binds) == (None, True)
    take_back(session, payments[1], SECOND)
    assert judge(session, SECOND) == [("active", "broken")]
    assert agreement.ended_on == FIRST + timedelta(days=GRACE + 1)


def test_a_reversal_of_an_unknown_payment_counts_by_its_own_day(session, account, agreed):
    agreement = agreed()
    pay(session, account, "20.00", DOWN)
    pay(session, account, "-5.00", FIRST)
    judge(session, FIRST)
    assert (agreement.state, agreement.paid) == ("active", 15)
    judge(session, FIRST + timedelta(days=1))
    assert agreement.late == 35


# --- which payments count


@pytest.mark.parametrize(
    ("paid_on", "recorded", "counts"),
    [
        (DAY - timedelta(days=3), NOW - timedelta(hours=1), False),
        (DAY - timedelta(days=3), NOW + timedelta(hours=1), True),
        (AS_OF, NOW + timedelta(hours=1), False),
        (AS_OF + timedelta(days=1), NOW + timedelta(hours=1), True),
        (DAY, NOW + timedelta(hours=1), True),
    ],
)
def test_what_the_request_did_not_know_counts(session, account, agreed, paid_on, recorded, counts):
    agreement = agreed()
    pay(session, account, "20.00", paid_on, recorded_at=recorded)
    judge(session, DAY)
    assert agreement.state == ("active" if counts else "awaiting")


def test_the_reversal_of_what_the_request_knew_is_none_of_its_business(session, account, agreed):
    old = pay(
        session, account, "40.00", DAY - timedelta(days=3), recorded_at=NOW - timedelta(days=1)
    )
    agreement = agreed()
    pay(session, account, "20.00", DAY)
    take_back(session, old, DAY + timedelta(days=1))
    judge(session, DAY + timedelta(days=1))
    assert (agreement.state, agreement.paid) == ("active", 20)


def test_another_account_of_the_person_counts_for_nothing(session, account, agreed):
    agreement = agreed()
    debtor = session.get_one(Debtor, account.debtor_id)
    other = make_account(session, debtor, make_portfolio(session, AS_OF), "500.00")
    pay(session, other, "110.00", DAY)
    judge(session, DAY)
    assert (agreement.state, agreement.paid) == ("awaiting", 0)
    covered = {o.account_id: o.covered for o in owed_by_person(session, account.debtor_id)}
    assert covered == {account.id: 110, other.id: 0}


def test_payments_taken_back_with_their_load_reopen_it(session, account, agreed):
    agreement = agreed()
    payment = pay(session, account, "110.00", DAY)
    judge(session, DAY)
    session.delete(payment)
    session.flush()
    assert judge(session, DAY, accounts=[account.id]) == [("kept", "awaiting")]
    assert (agreement.paid, agreement.ended_on) == (0, None)


def test_a_load_of_payments_is_judged_by_its_name(session, account, agreed):
    agreement = agreed()
    judge(session, DOWN + timedelta(days=1))
    payment = pay(session, account, "20.00", DOWN, recorded_at=NOW + timedelta(minutes=1))
    judge(session, DOWN + timedelta(days=2), load_id=payment.load_id)
    assert agreement.state == "active"


# --- those that nobody gave


def test_a_request_that_nobody_decided_is_void_after_its_first_day(session, account, agreed):
    agreement = agreed(state="pending")
    assert judge(session, DOWN) == []
    assert judge(session, DOWN + timedelta(days=1)) == [("pending", "void")]
    assert (agreement.ended_on, agreement.bills[0].binds) == (DOWN + timedelta(days=1), False)


def test_no_payment_gives_what_nobody_gave(session, account, agreed):
    agreement = agreed(state="pending")
    pay(session, account, "110.00", DAY)
    assert judge(session, DAY) == []
    judge(session, DOWN + timedelta(days=1))
    pay(session, account, "110.00", DOWN)
    assert judge(session, DOWN + timedelta(days=2)) == []
    assert agreement.state == "void"
    assert check_agreements(session, DOWN + timedelta(days=2)) == []


@pytest.mark.parametrize("state", ["refused", "cancelled"])
def test_what_a_person_ended_stays_ended(session, account, agreed, state):
    agreement = agreed(state=state, ended_on=DAY)
    pay(session, account, "110.00", DAY)
    assert judge(session, LAST, accounts=[account.id]) == []
    assert agreement.state == state
    assert sums(session, account) == (390, 0, 390)
    assert check_agreements(session, LAST) == []


# --- what is left behind


def test_a_change_of_state_is_a_row_of_the_timeline_once(session, account, agreed):
    agreement = agreed()
    pay(session, account, "20.00", DAY)
    judge(session, DAY)
    assert judge(session, DAY) == []
    event = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.subject == "agreement")
    ).one()
    assert (event.subject_id, event.agent_id, event.debtor_id, event.account_id) == (
        agreement.id,
        None,
        account.debtor_id,
        account.id,
    )
    assert (event.before["state"], event.after["state"]) == ("awaiting", "active")


@pytest.mark.parametrize(
    "spoiled",
    [
        "UPDATE agreement SET state = 'awaiting' WHERE id = :id",
        "UPDATE agreement SET paid = paid + 0.01 WHERE id = :id",
        "UPDATE agreement SET late = late + 0.01 WHERE id = :id",
        "UPDATE agreement SET total = total + 0.01 WHERE id = :id",
        "UPDATE agreement SET ended_on = judged_at WHERE id = :id",
        "UPDATE account SET covered = covered + 0.01 WHERE id = :account",
        "UPDATE agreement_bill SET binds = FALSE WHERE agreement_id = :id",
        "UPDATE instalment SET amount = amount - 0.01 WHERE agreement_id = :id AND number = 1",
    ],
)
def test_the_check_finds_what_was_written_by_hand(session, account, agreed, spoiled):
    agreement = agreed()
    pay(session, account, "20.00", DAY)
    judge(session, FIRST)
    assert check_agreements(session, FIRST) == []
    session.execute(sa.text(spoiled), {"id": agreement.id, "account": account.id})
    assert check_agreements(session, FIRST) != []
