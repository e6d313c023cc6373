"""What else falls due on a day: agreements, holds, callbacks, claims of a payment; and days off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from app.agreements.service import Wanted, approve_agreement, request_agreement
from app.core.agent import SYSTEM
from app.core.business_days import calendar
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.followup.runs import MOST_DAYS, is_behind
from app.followup.service import catch_up, follow_payments, run_followup
from app.models import Callback, FollowupRun, Promise, TimelineEvent, User, WorklistItem
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_hold,
    make_load,
    make_payment,
    make_portfolio,
    make_promise,
)

SETTINGS = Settings({})
#: A Tuesday.
DAY = NOW.date()
THURSDAY, MONDAY = date(2026, 11, 26), date(2026, 11, 30)


def night(day: date) -> datetime:
    """00:05 of ``day`` in Guayaquil."""
    return datetime.combine(day, time(5, 5), UTC)


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, DAY - timedelta(days=1))


@pytest.fixture
def account(session, portfolio):
    return make_account(session, make_debtor(session), portfolio, "300.00")


@pytest.fixture
def agreement(session, people, account):
    """Ana asked for it and Eva approved it: 60.00 at once, the rest in three months."""
    wanted = Wanted(account.id, (account.bills[0].id,), 3)
    asked = request_agreement(session, people.ana, NOW, SETTINGS, wanted)
    return approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)


def codes(session, debtor_id: int) -> list[str] | None:
    item = session.get(WorklistItem, debtor_id, populate_existing=True)
    return item and [reason["code"] for reason in item.reasons]


def rows(session) -> dict[date, FollowupRun]:
    session.expire_all()
    return {run.day: run for run in session.scalars(sa.select(FollowupRun))}


# --- agreements


def test_a_down_payment_that_came_makes_the_agreement_active(session, account, agreement):
    down = agreement.instalments[0].amount
    make_payment(session, account, down, DAY, recorded_at=NOW + timedelta(hours=1))
    result = run_followup(session, SYSTEM, night(THURSDAY), THURSDAY)
    assert result.agreements == {"active": 1, "kept": 0, "broken": 0, "void": 0}
    assert result.requeued == 0
    assert codes(session, account.debtor_id) is None, "all of its debt is covered"


def test_without_it_the_agreement_is_void_and_the_debt_is_back_in_the_queue(
    session, account, agreement
):
    after = agreement.instalments[0].lapses_on + timedelta(days=1)
    result = run_followup(session, SYSTEM, night(after), after)
    assert result.agreements == {"active": 0, "kept": 0, "broken": 0, "void": 1}
    assert result.requeued == 1
    assert codes(session, account.debtor_id) is not None
    assert run_followup(session, SYSTEM, night(after), after).agreements["void"] == 0


def test_a_missed_instalment_breaks_it_after_its_grace(session, account, agreement):
    down, first = agreement.instalments[:2]
    make_payment(session, account, down.amount, DAY, recorded_at=NOW + timedelta(hours=1))
    run_followup(session, SYSTEM, night(DAY + timedelta(days=1)), DAY + timedelta(days=1))
    last = first.lapses_on
    assert run_followup(session, SYSTEM, night(last), last).agreements["broken"] == 0
    after = last + timedelta(days=1)
    result = run_followup(session, SYSTEM, night(after), after)
    assert (result.agreements["broken"], result.requeued) == (1, 1)


def test_payments_judge_agreements_at_once(session, account, agreement):
    down = agreement.instalments[0].amount
    at = NOW + timedelta(hours=1)
    payment = make_payment(session, account, down, DAY, recorded_at=at)
    counts = follow_payments(session, SYSTEM, at, DAY, payment.load_id)
    assert counts["agreements"] == {"active": 1, "kept": 0, "broken": 0, "void": 0}


# --- holds and callbacks


def test_a_hold_is_found_once_on_the_day_after_its_last(session, account):
    debtor = account.debtor
    ended = make_hold(session, debtor, DAY - timedelta(days=9), DAY - timedelta(days=1))
    running = make_hold(session, debtor, DAY - timedelta(days=9), DAY)
    lifted = make_hold(
        session, debtor, DAY - timedelta(days=9), DAY - timedelta(days=1), lifted_at=NOW
    )
    assert run_followup(session, SYSTEM, NOW, DAY).holds_expired == 1
    assert run_followup(session, SYSTEM, NOW, DAY).holds_expired == 0
    session.expire_all()
    assert [h.expired_on for h in (ended, running, lifted)] == [DAY, None, None]
    [event] = session.scalars(sa.select(TimelineEvent).where(TimelineEvent.deed == "expire_hold"))
    assert (event.debtor_id, event.subject_id) == (debtor.id, ended.id)
    assert event.before["reason"] == "hardship"


def test_callbacks_of_the_day_are_told_and_those_of_who_left_are_freed(session, people, account):
    def promised(due_at: datetime, owner: int) -> Callback:
        callback = Callback(
            debtor_id=account.debtor_id, due_at=due_at, operator_id=owner, asked_at=NOW
        )
        session.add(callback)
        return callback

    promised(NOW + timedelta(hours=2), people.ana.user_id)
    promised(NOW - timedelta(days=1), people.ana.user_id)
    promised(NOW + timedelta(days=1), people.ana.user_id)
    orphan = promised(NOW + timedelta(days=3), people.luis.user_id)
    session.flush()
    session.execute(sa.update(User).where(User.id == people.luis.user_id).values(active=False))
    result = run_followup(session, SYSTEM, NOW, DAY)
    assert result.callbacks == {"due": 1, "late": 1, "freed": 1}
    session.expire_all()
    assert orphan.operator_id is None
    assert run_followup(session, SYSTEM, NOW, DAY).callbacks == {"due": 1, "late": 1, "freed": 0}


# --- never twice, never backwards


def test_the_runs_of_a_day_are_added_up_and_the_second_adds_nothing(session, people, account):
    promise = make_promise(session, people.ana, account, DAY - timedelta(days=1))
    make_hold(session, account.debtor, DAY - timedelta(days=5), DAY - timedelta(days=1))
    first = run_followup(session, SYSTEM, NOW, DAY)
    again = run_followup(session, SYSTEM, NOW + timedelta(hours=6), DAY)
    nothing = {
        "promises": dict.fromkeys(first.promises, 0),
        "agreements": dict.fromkeys(first.agreements, 0),
        "callbacks": {"due": 0, "late": 0, "freed": 0},
    } | dict.fromkeys(
        (
            "holds_expired",
            "cases_closed",
            "cases_expired",
            "referrals_proposed",
            "referrals_ended",
            "requeued",
            "unfinished",
        ),
        0,
    )
    assert again.counts() == nothing | {"queue": 1}
    run = rows(session)[DAY]
    assert run.counts == first.counts()
    assert (run.counts["promises"]["broken"], run.counts["holds_expired"]) == (1, 1)
    assert (run.runs, run.first_at, run.last_at) == (2, NOW, NOW + timedelta(hours=6))
    judged = sa.select(sa.func.count()).where(TimelineEvent.subject_id == promise.id)
    assert session.scalar(judged.where(TimelineEvent.deed == "judge_promise")) == 1


def test_a_day_before_the_last_run_is_refused_and_today_never_is(session, people, account):
    run_followup(session, SYSTEM, NOW, DAY + timedelta(days=9))
    with pytest.raises(RuleBroken, match="03/12/2026"):
        run_followup(session, SYSTEM, NOW, DAY + timedelta(days=8))
    with pytest.raises(RuleBroken):
        run_followup(session, SYSTEM, NOW, DAY - timedelta(days=1))
    run_followup(session, SYSTEM, NOW, DAY)
    assert sorted(rows(session)) == [DAY, DAY + timedelta(days=9)]
    assert [r.day for r in catch_up(session, SYSTEM, NOW)] == [DAY]


# --- days off


def test_the_first_run_ever_is_of_today_alone(session, portfolio):
    assert not is_behind(session, NOW)
    assert [r.day for r in catch_up(session, SYSTEM, NOW)] == [DAY]


def test_over_a_weekend_each_day_has_its_own_run_and_what_broke_stands_in_its_day(
    session, people, portfolio
):
    """Nobody ran from Thursday to Monday; a promise of Thursday is broken on Friday's run."""
    run_followup(session, SYSTEM, night(THURSDAY), THURSDAY)
    made = {}
    for day in (THURSDAY, MONDAY - timedelta(days=1)):
        made[day] = make_account(session, make_debtor(session), portfolio, "90.00")
        make_promise(session, people.ana, made[day], day)
    make_hold(session, made[THURSDAY].debtor, DAY, THURSDAY + timedelta(days=1))
    assert is_behind(session, night(MONDAY))
    results = catch_up(session, SYSTEM, night(MONDAY))
    days = [THURSDAY + timedelta(days=n) for n in (1, 2, 3, 4)]
    assert [r.day for r in results] == days
    assert [r.promises["broken"] for r in results] == [1, 0, 0, 1]
    assert [r.holds_expired for r in results] == [0, 1, 0, 0]
    assert [r.requeued for r in results] == [1, 0, 0, 1]
    assert [r.queue for r in results] == [None, None, None, 2]
    book = rows(session)
    assert [book[day].counts["promises"]["broken"] for day in days] == [1, 0, 0, 1]
    assert {book[day].first_at for day in days} == {night(MONDAY)}
    assert not is_behind(session, night(MONDAY))
    assert sum(catch_up(session, SYSTEM, night(MONDAY))[0].promises.values()) == 0


def test_over_ten_days_off_a_reversal_reopens_on_its_own_day(session, people, account):
    """The payments were loaded while nobody ran: kept by the first, reopened by the reversal, broken
    when its grace ended."""
    start, today = DAY, DAY + timedelta(days=10)
    run_followup(session, SYSTEM, NOW, start)
    due = start + timedelta(days=4)
    promise = make_promise(session, people.ana, account, due, check_on=due + timedelta(days=2))
    for amount, ahead in (("50.00", 1), ("-50.00", 3)):
        day = start + timedelta(days=ahead)
        at = night(day) + timedelta(hours=7)
        make_payment(session, account, amount, day, reference="A", recorded_at=at)
    results = catch_up(session, SYSTEM, night(today))
    assert len(results) == 10
    turned = {r.day: r.promises for r in results if any(r.promises.values())}
    assert turned == {
        start + timedelta(days=1): {"kept": 1, "partial": 0, "broken": 0},
        due + timedelta(days=3): {"kept": 0, "partial": 0, "broken": 1},
    }
    states = sa.select(TimelineEvent.after["state"].astext).where(
        TimelineEvent.deed == "judge_promise", TimelineEvent.subject_id == promise.id
    )
    assert session.scalars(states.order_by(TimelineEvent.id)).all() == ["kept", "pending", "broken"]
    session.expire_all()
    assert promise.state == "broken"


def test_what_a_load_judged_meanwhile_is_not_taken_back_by_a_day_made_up_for(
    session, people, portfolio, account
):
    """Paid and loaded on Monday, before anybody made up for Friday: kept stays kept."""
    run_followup(session, SYSTEM, night(THURSDAY), THURSDAY)
    promise = make_promise(session, people.ana, account, MONDAY)
    loaded = night(MONDAY) + timedelta(hours=7)
    payment = make_payment(session, account, "50.00", MONDAY, recorded_at=loaded)
    follow_payments(session, SYSTEM, loaded, MONDAY, payment.load_id)
    results = catch_up(session, SYSTEM, loaded + timedelta(hours=1))
    assert [sum(r.promises.values()) for r in results] == [0, 0, 0, 0]
    deeds = sa.select(sa.func.count()).where(
        TimelineEvent.deed == "judge_promise", TimelineEvent.subject_id == promise.id
    )
    assert session.scalar(deeds) == 1
    session.expire_all()
    assert promise.state == "kept"


def test_no_more_than_sixty_days_are_made_up_for(session, portfolio):
    run_followup(session, SYSTEM, NOW, DAY)
    later = DAY + timedelta(days=200)
    results = catch_up(session, SYSTEM, night(later))
    assert (results[0].day, results[-1].day) == (later - timedelta(days=MOST_DAYS), later)
    assert len(rows(session)) == 1 + MOST_DAYS + 1


def test_grace_over_holidays_is_counted_in_business_days_and_runs_come_on_holidays_too(
    session, people, portfolio
):
    """24 December 2026 a Thursday; Christmas on Friday: three business days of grace end on the 30th."""
    due = date(2026, 12, 24)
    check_on = calendar(session).add(due, 3)
    assert check_on == date(2026, 12, 30)
    run_followup(session, SYSTEM, night(due), due)
    account = make_account(session, make_debtor(session), portfolio, "90.00")
    make_promise(session, people.ana, account, due, check_on=check_on)
    results = catch_up(session, SYSTEM, night(date(2027, 1, 4)))
    assert date(2026, 12, 25) in {r.day for r in results}
    assert [r.day for r in results if r.promises["broken"]] == [date(2026, 12, 31)]
    assert session.scalar(sa.select(Promise.state)) == "broken"


def test_a_load_of_a_portfolio_judges_what_fell_due_too(session, people, portfolio, account):
    make_promise(session, people.ana, account, DAY - timedelta(days=1))
    load = make_load(session, portfolio, DAY)
    counts = follow_payments(session, SYSTEM, NOW, DAY, load.id)
    assert counts["promises"]["broken"] == 1
