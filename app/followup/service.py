"""What falls due: judges promises and agreements, closes what was left open, and builds the day's queue.

A run is of a day and repeatable: what it did is added up in that day's row. Days without one are made
up for in order, each judged as of itself, so that what broke on a Thursday stands in Thursday's row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from time import perf_counter
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.agreements.judging import judge_agreements
from app.calls.unfinished import close_unfinished
from app.cases.service import close_paid_claims, expired_cases
from app.core.agent import Agent
from app.core.clock import day_bounds
from app.core.errors import RuleBroken
from app.core.settings import Settings, settings_on
from app.core.timeline import note_deed
from app.followup.queries import LEAVERS, QUEUED
from app.followup.runs import days_to_run, judged_until, last_run_day, today_of, write_down
from app.holds.contested import settle_contested
from app.holds.expiry import expire_holds
from app.models import Callback
from app.promises.service import judge_promises
from app.referrals.rules import end_paid, propose_by_rule
from app.worklist.callbacks import free_work, missed_callbacks
from app.worklist.service import build_worklist, requeue

_PROMISES = ("kept", "partial", "broken")
_AGREEMENTS = ("active", "kept", "broken", "void")


@dataclass(frozen=True, slots=True)
class FollowupResult:
    """What one run of ``day`` did. ``promises`` and ``agreements`` by the state that they turned to;
    ``callbacks``: open ones of the day (due), past their alarm (late), made anyone's (freed);
    ``cases_expired`` cases whose hold is over and that nobody closed; ``referrals_proposed`` to the field by
    rule, ``referrals_ended`` because the debt was paid; ``requeued`` people of broken
    promises and agreements who are in the queue; ``queue`` people in it, None for a day made up for
    later, whose morning is gone."""

    day: date
    promises: dict[str, int]
    agreements: dict[str, int]
    callbacks: dict[str, int]
    holds_expired: int
    cases_closed: int
    cases_expired: int
    referrals_proposed: int
    referrals_ended: int
    requeued: int
    unfinished: int
    queue: int | None

    def counts(self) -> dict[str, Any]:
        """All but the day, as they are stored and printed."""
        return {name: value for name, value in asdict(self).items() if name != "day"}


def run_followup(session: Session, agent: Agent, now: datetime, day: date) -> FollowupResult:
    """The run of ``day``: repeatable, a second one finds nothing to do. One at a time: a second
    waits for the first.

    A day before that of a run that was made would take states back: refused, but for today, which
    stands whatever was tried ahead of it.
    """
    one_at_a_time(session)
    last = last_run_day(session)
    if last is not None and day < last and day != today_of(session, now):
        raise RuleBroken(
            _l(
                "The run of %(last)s has been made: no earlier day is run after it.",
                last=f"{last:%d/%m/%Y}",
            )
        )
    [result] = _run(session, agent, now, [day])
    return result


def catch_up(session: Session, agent: Agent, now: datetime) -> list[FollowupResult]:
    """The run of today, and before it those of the days that have had none since the last one, at most
    `MOST_DAYS` back; in one transaction, so that two at once share no day. The first run ever is
    today's."""
    one_at_a_time(session)
    last = last_run_day(session)
    return _run(session, agent, now, days_to_run(last, today_of(session, now)))


def one_at_a_time(session: Session) -> None:
    """From here to the end of the transaction nobody else judges: a second waits. A load takes it before
    it touches an account, or it and a run would wait for each other."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('followup'))"))


def _run(
    session: Session, agent: Agent, now: datetime, days: Sequence[date]
) -> list[FollowupResult]:
    """Each of ``days`` in order; the queue is built once, after the last one."""
    found = []
    for day in days:
        started = perf_counter()
        counts, back = _fall_due(session, agent, settings_on(session, day), now, day)
        found.append((day, counts, back, perf_counter() - started))
    started = perf_counter()
    queue = build_worklist(session, settings_on(session, days[-1]), now)
    building = perf_counter() - started
    results = []
    for day, counts, back, seconds in found:
        is_last = day == days[-1]
        requeued = session.scalar(text(QUEUED), {"ids": back}) or 0
        result = FollowupResult(
            day=day, **counts, requeued=requeued, queue=queue if is_last else None
        )
        write_down(session, now, day, result.counts(), seconds + building * is_last)
        after = {"day": day} | result.counts()
        note_deed(session, agent, now, "run_followup", "followup", None, after=after)
        results.append(result)
    return results


def _fall_due(
    session: Session, agent: Agent, settings: Settings, now: datetime, day: date
) -> tuple[dict[str, Any], list[int]]:
    """All of a run but the queue: its counts, and the people whose debt is back in it. A load was
    judged as of its own day: a day made up for after it takes nothing back."""
    as_of = max(day, judged_until(session, now, settings["zone"]) or day)
    unfinished = close_unfinished(session, settings, now)
    promises = judge_promises(session, agent, now, as_of)
    agreements = judge_agreements(session, agent, now, as_of)
    counts = {
        "promises": _turned(promises, _PROMISES),
        "agreements": _turned(agreements, _AGREEMENTS),
        "unfinished": unfinished,
        "cases_closed": close_paid_claims(session, agent, settings, now, as_of),
        "holds_expired": expire_holds(session, agent, now, day),
        "callbacks": _callbacks(session, agent, settings, now, day),
        "cases_expired": expired_cases(session, day),
        "referrals_ended": end_paid(session, agent, now, settings, as_of),
        "referrals_proposed": propose_by_rule(session, agent, now, settings, day),
    }
    settle_contested(session, as_of)
    back = _debtors(promises, ("broken", "partial")) | _debtors(agreements, ("broken", "void"))
    return counts, sorted(back)


def _callbacks(
    session: Session, agent: Agent, settings: Settings, now: datetime, day: date
) -> dict[str, int]:
    """Who left keeps nobody waiting; then how the day's stand."""
    freed = sum(
        free_work(session, agent, now, user_id) for user_id in session.scalars(text(LEAVERS)).all()
    )
    start, end = day_bounds(day, settings["zone"])
    due = select(func.count(Callback.id)).where(
        Callback.done_at.is_(None), Callback.due_at >= start, Callback.due_at < end
    )
    late = missed_callbacks(session, settings, min(now, end))
    return {"due": session.scalar(due) or 0, "late": late, "freed": freed}


def follow_payments(
    session: Session,
    agent: Agent,
    now: datetime,
    day: date,
    load_id: int,
    accounts: Sequence[int] = (),
) -> dict[str, Any]:
    """After a load was applied or undone, of payments or of a portfolio: judge promises and agreements as
    of ``day``, close the claims that payments prove, end the referrals that are paid, sum up what is
    contested of the bills as they are now, and weigh those people again. ``accounts``: those from which
    an undone load took its payments. Counts as `FollowupResult` has them."""
    settings = settings_on(session, day)
    promises = judge_promises(session, agent, now, day, load_id, accounts)
    agreements = judge_agreements(session, agent, now, day, load_id, accounts)
    closed = close_paid_claims(session, agent, settings, now, day)
    ended = end_paid(session, agent, now, settings, day)
    settle_contested(session, day)
    requeue(session, settings, sorted(_debtors(promises) | _debtors(agreements)), now)
    return {
        "promises": _turned(promises, _PROMISES),
        "agreements": _turned(agreements, _AGREEMENTS),
        "cases_closed": closed,
        "referrals_ended": ended,
    }


def _turned(judged: Iterable[Any], states: Sequence[str]) -> dict[str, int]:
    moved = [j.after for j in judged if j.before != j.after]
    return {state: moved.count(state) for state in states}


def _debtors(judged: Iterable[Any], states: Sequence[str] = ()) -> set[int]:
    """Whose judgement changed; with ``states``, those that turned to one of them."""
    return {
        j.debtor_id for j in judged if not states or (j.before != j.after and j.after in states)
    }
