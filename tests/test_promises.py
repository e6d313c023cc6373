"""Promises are judged by the payments alone: by threshold and grace, over any order of events."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.core.agent import SYSTEM
from app.core.settings import Settings, change_setting, settings_on
from app.debts.service import owed_by_person
from app.models import Account, Debtor, Holiday, Payment, Promise, TimelineEvent
from app.promises.pay_days import promise_days
from app.promises.service import judge_promises, make_promises
from app.promises.terms import PromiseTerms
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio, make_promise

SETTINGS = Settings({})
#: Tuesday; promised for Friday the 27th, grace until Wednesday 2 December.
DAY = NOW.date()
DUE, CHECK = date(2026, 11, 27), date(2026, 12, 2)
AFTER = CHECK + timedelta(days=1)
WHY = "cobra el lunes"
_ticks = itertools.count(1)


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def account(session):
    return make_account(session, make_debtor(session), make_portfolio(session, DAY), "500.00")


@pytest.fixture
def promised(session, people, account):
    """``promised("100.00")``: made today through the service."""

    def make(amount: str = "100.00", due_on: date = DUE, now: datetime = NOW) -> Promise:
        owed = owed_by_person(session, account.debtor_id)
        terms = PromiseTerms({account.id: Decimal(amount)}, due_on, None, reason=WHY)
        made = make_promises(
            session, people.ana, now, SETTINGS, owed, terms, full=False, call_id=None
        )
        return made[0]

    return make


def _now() -> datetime:
    """A moment after every one before: what is recorded first is judged first."""
    return NOW + timedelta(seconds=next(_ticks))


def pay(session, account: Account, amount: str, paid_on: date, **columns) -> Payment:
    payment = make_payment(session, account, amount, paid_on, **columns)
    payment.recorded_at = _now()
    session.flush()
    return payment


def judge(session, day: date) -> list[tuple[str, str]]:
    judged = judge_promises(session, SYSTEM, _now(), day)
    session.expire_all()
    return [(j.before, j.after) for j in judged]


# --- the last day of grace


@pytest.mark.parametrize(
    ("due_on", "check_on"),
    [
        (date(2026, 11, 24), date(2026, 11, 27)),
        (date(2026, 11, 27), date(2026, 12, 2)),
        (date(2026, 11, 28), date(2026, 12, 2)),
        (date(2026, 12, 4), date(2026, 12, 9)),
    ],
)
def test_grace_counts_business_days(session, promised, due_on, check_on):
    assert promised(due_on=due_on).check_on == check_on


def test_grace_leaves_out_holidays(session, promised):
    session.add(Holiday(day=date(2026, 11, 30), name="Cantonización", scope="local"))
    session.flush()
    assert promised().check_on == date(2026, 12, 3)


def test_the_threshold_and_the_grace_are_those_of_the_day_on_which_it_was_made(
    session, people, account, promised
):
    promise = promised()
    change_setting(session, people.adela, NOW, "promise_threshold_percent", "50", DAY)
    change_setting(session, people.adela, NOW, "promise_grace_days", "0", DAY)
    assert (promise.threshold_percent, promise.check_on) == (Decimal("95"), CHECK)
    owed = owed_by_person(session, account.debtor_id)
    terms = PromiseTerms({account.id: Decimal("10.00")}, DUE, None, reason=WHY)
    now_holding = settings_on(session, DAY)
    later = make_promises(
        session, people.ana, NOW, now_holding, owed, terms, full=False, call_id=None
    )[0]
    assert (later.threshold_percent, later.check_on) == (Decimal("50"), DUE)


# --- kept, partial, broken


@pytest.mark.parametrize(
    ("paid", "while_it_runs", "after_it"),
    [
        ("94.99", "pending", "partial"),
        ("95.00", "kept", "kept"),
        ("100.00", "kept", "kept"),
        ("180.00", "kept", "kept"),
        ("0.01", "pending", "partial"),
    ],
)
def test_the_share_that_came_decides(session, account, promised, paid, while_it_runs, after_it):
    promise = promised("100.00")
    pay(session, account, paid, DUE)
    judge(session, DUE)
    assert (promise.state, promise.paid) == (while_it_runs, Decimal(paid))
    judge(session, AFTER)
    assert (promise.state, promise.paid) == (after_it, Decimal(paid))


@pytest.mark.parametrize(
    ("day", "state"), [(DUE, "pending"), (CHECK, "pending"), (AFTER, "broken")]
)
def test_without_payments_it_is_broken_when_the_grace_is_over(session, promised, day, state):
    promise = promised()
    judge(session, day)
    assert (promise.state, promise.paid) == (state, Decimal("0.00"))


@pytest.mark.parametrize(
    ("paid_on", "counts"),
    [
        (DAY - timedelta(days=1), False),
        (DAY, True),
        (CHECK, True),
        (AFTER, False),
    ],
)
def test_only_payments_between_its_making_and_its_grace_count(
    session, account, promised, paid_on, counts
):
    promise = promised()
    pay(session, account, "100.00", paid_on)
    judge(session, AFTER)
    assert promise.state == ("kept" if counts else "broken")


def test_several_payments_add_up(session, account, promised):
    promise = promised()
    for amount, day in (("40.00", DAY), ("30.00", DUE), ("25.00", CHECK)):
        pay(session, account, amount, day)
        judge(session, day)
    assert (promise.state, promise.paid) == ("kept", Decimal("95.00"))


def test_a_payment_of_another_account_counts_for_nothing(session, account, promised):
    promise = promised()
    debtor = session.get_one(Debtor, account.debtor_id)
    other = make_account(session, debtor, make_portfolio(session, DAY), "500.00")
    pay(session, other, "100.00", DUE)
    judge(session, AFTER)
    assert promise.state == "broken"


def test_a_payment_that_is_told_late_still_keeps_it(session, account, promised):
    promise = promised()
    judge(session, AFTER)
    assert promise.state == "broken"
    pay(session, account, "100.00", DUE)
    assert judge(session, AFTER + timedelta(days=3)) == [("broken", "kept")]


# --- reversals


def test_a_reversal_reopens_what_was_kept_and_breaks_it_after_the_grace(session, account, promised):
    promise = promised()
    payment = pay(session, account, "100.00", DAY)
    judge(session, DAY)
    assert promise.state == "kept"
    pay(session, account, "-100.00", DUE, reference=payment.reference)
    assert judge(session, DUE) == [("kept", "pending")]
    assert judge(session, AFTER) == [("pending", "broken")]


def test_a_reversal_after_the_grace_takes_its_payment_away(session, account, promised):
    promise = promised()
    payment = pay(session, account, "100.00", DUE)
    judge(session, AFTER)
    assert promise.state == "kept"
    pay(session, account, "-100.00", AFTER + timedelta(days=4), reference=payment.reference)
    assert judge(session, AFTER + timedelta(days=5)) == [("kept", "broken")]
    assert promise.paid == Decimal("0.00")


def test_the_reversal_of_a_payment_from_before_it_was_made_is_none_of_its_business(
    session, account, promised
):
    old = pay(session, account, "80.00", DAY - timedelta(days=3))
    promise = promised()
    pay(session, account, "-80.00", DUE, reference=old.reference)
    pay(session, account, "100.00", DUE)
    judge(session, DUE)
    assert (promise.state, promise.paid) == ("kept", Decimal("100.00"))


def test_one_open_promise_an_account_whatever_is_reversed(session, account, promised):
    first = promised()
    payment = pay(session, account, "100.00", DAY)
    judge(session, DAY)
    second = promised("50.00", now=NOW + timedelta(days=1))
    pay(session, account, "-100.00", DAY + timedelta(days=1), reference=payment.reference)
    judge(session, DUE)
    assert (first.state, second.state) == ("kept", "pending")
    judge(session, AFTER + timedelta(days=5))
    assert (first.state, second.state) == ("broken", "broken")


def test_of_two_that_would_reopen_at_once_only_the_newest_does(session, account, promised):
    kept = []
    for n, amount in enumerate(("100.00", "50.00")):
        moment = NOW + timedelta(days=n)
        kept.append((promised(amount, now=moment), pay(session, account, amount, moment.date())))
        judge(session, moment.date())
    for _, payment in kept:
        pay(session, account, str(-payment.amount), DUE, reference=payment.reference)
    judge(session, DUE)
    assert [p.state for p, _ in kept] == ["kept", "pending"]
    judge(session, AFTER)
    judge(session, AFTER)
    assert {p.state for p, _ in kept} == {"broken"}


def test_a_load_that_began_before_the_last_judgement_is_judged_all_the_same(
    session, account, promised
):
    promise = promised()
    payment = pay(session, account, "100.00", DUE)
    payment.paid_on = AFTER  # not seen by whoever judged meanwhile
    judge(session, AFTER)
    payment.paid_on = DUE
    session.flush()
    assert judge(session, AFTER) == []
    judge_promises(session, SYSTEM, _now(), AFTER, payment.load_id)
    session.expire_all()
    assert promise.state == "kept"


# --- replaced, repeated, remembered


def test_a_replaced_promise_is_judged_no_more(session, account, promised):
    old, new = promised(), promised("60.00")
    pay(session, account, "100.00", DUE)
    judge(session, AFTER)
    assert (old.state, old.paid, old.replaced_by_id) == ("replaced", Decimal("0.00"), new.id)
    assert new.state == "kept"


def test_judging_again_finds_nothing_to_do(session, account, promised):
    promised()
    pay(session, account, "40.00", DUE)
    assert judge(session, AFTER) == [("pending", "partial")]
    deeds = sa.select(sa.func.count()).where(TimelineEvent.deed == "judge_promise")
    assert (judge(session, AFTER), session.scalar(deeds)) == ([], 1)


def test_a_change_of_state_is_a_row_of_the_timeline(session, account, promised):
    promise = promised()
    pay(session, account, "96.00", DUE)
    judge(session, DUE)
    event = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "judge_promise")
    ).one()
    assert (event.subject_id, event.agent_id, event.debtor_id) == (
        promise.id,
        None,
        promise.debtor_id,
    )
    assert (event.before, event.after) == ({"state": "pending"}, {"state": "kept", "paid": "96.00"})


def test_broken_promises_raise_the_level_up_to_three(session, people, account):
    debtor = session.get_one(Debtor, account.debtor_id)
    levels = []
    for week in range(4, 0, -1):
        make_promise(session, people.ana, account, DAY - timedelta(weeks=week))
        judge(session, DAY - timedelta(weeks=week) + timedelta(days=1))
        levels.append(debtor.level)
    assert levels == [1, 2, 3, 3]


# --- the days that are offered


@pytest.mark.parametrize(
    ("today", "offered"),
    [
        (
            DAY,
            [(date(2026, 11, 25), False), (date(2026, 11, 26), False), (date(2026, 11, 30), True)],
        ),
        (
            date(2026, 12, 8),
            [(date(2026, 12, 9), False), (date(2026, 12, 10), False), (date(2026, 12, 15), True)],
        ),
    ],
)
def test_offered_days_are_business_days_and_know_pay_day(session, today, offered):
    assert promise_days(session, SETTINGS, today) == offered
