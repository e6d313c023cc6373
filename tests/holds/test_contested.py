"""What holds keep of an account's bills: summed up on the account whenever it can have changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.agent import SYSTEM
from app.core.settings import Settings
from app.debts.service import owed_by_person
from app.followup.checking import check_followup
from app.followup.service import follow_payments, run_followup
from app.holds.service import extend_hold, hold_bills, lift_holds
from tests.conftest import NOW
from tests.factories import make_load

SETTINGS = Settings({})
DAY = NOW.date()


@pytest.fixture
def hold(session, people, account):
    """``hold(0, 2)``: Eva holds the first and third bill for ten days."""

    def make(*which: int, days: int = 10, **columns):
        bills = [account.bills[n] for n in which]
        return hold_bills(
            session,
            people.eva,
            NOW,
            SETTINGS,
            account.debtor_id,
            bills,
            "complaint",
            days,
            **columns,
        )

    return make


def contested(session, account) -> Decimal:
    session.refresh(account)
    return account.contested


def agrees(session, now=NOW) -> bool:
    found, _ = check_followup(session, now)
    return [d for d in found if d.what == "account.contested"] == []


def test_a_held_bill_is_contested_at_once_and_the_rest_may_be_collected(session, account, hold):
    hold(0, 2)
    assert contested(session, account) == Decimal("50.00")
    [owed] = owed_by_person(session, account.debtor_id)
    assert (owed.owed, owed.collectable) == (Decimal("100.00"), Decimal("50.00"))
    assert agrees(session)


def test_a_bill_that_is_held_twice_counts_once(session, people, account, hold):
    [first] = hold(1)
    hold(1, 2)
    assert contested(session, account) == Decimal("70.00")
    lift_holds(session, people.eva, NOW, [first.id], "answered")
    assert contested(session, account) == Decimal("70.00")


def test_lifting_gives_it_back_and_says_who_and_why(session, people, account, hold):
    holds = hold(0, 1)
    lift_holds(session, people.alma, NOW, [h.id for h in holds], "complaint_answered")
    assert contested(session, account) == 0
    assert {(h.lifted_at, h.lifted_by_id, h.lift_reason) for h in holds} == {
        (NOW, people.alma.user_id, "complaint_answered")
    }


def test_a_hold_that_begins_later_counts_from_its_day_on(session, account, hold):
    hold(0, starts_on=DAY + timedelta(days=2))
    assert contested(session, account) == 0
    later = NOW + timedelta(days=2)
    assert not agrees(session, later)
    run_followup(session, SYSTEM, later, later.date())
    assert contested(session, account) == Decimal("30.00")
    assert agrees(session, later)


def test_the_run_gives_back_what_has_ended(session, account, hold):
    hold(0, days=1)
    hold(1, days=3)
    run_followup(session, SYSTEM, NOW + timedelta(days=1), DAY + timedelta(days=1))
    assert contested(session, account) == Decimal("80.00")
    run_followup(session, SYSTEM, NOW + timedelta(days=2), DAY + timedelta(days=2))
    assert contested(session, account) == Decimal("50.00")


def test_an_extended_hold_lasts(session, people, account, hold):
    [held] = hold(0, days=1)
    extend_hold(
        session, people.eva, NOW, SETTINGS, held.id, DAY + timedelta(days=4), "Falta la lectura"
    )
    later = NOW + timedelta(days=4)
    run_followup(session, SYSTEM, later, later.date())
    assert contested(session, account) == Decimal("30.00")


def test_a_load_that_closes_or_changes_a_held_bill_changes_what_is_contested(
    session, account, hold
):
    hold(0, 1)
    load = make_load(session, account.portfolio, DAY)
    account.bills[0].closed_on = DAY
    account.bills[1].balance = Decimal("45.50")
    session.flush()
    assert not agrees(session)
    follow_payments(session, SYSTEM, NOW, DAY, load.id)
    assert contested(session, account) == Decimal("45.50")
    assert agrees(session)
