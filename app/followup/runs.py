"""The book of the runs: which days have had theirs, what each did, and which are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.clock import local, local_day
from app.core.settings import Settings, settings_on
from app.followup.models import FollowupRun
from app.followup.queries import JUDGED_BY_LOADS

#: Days without a run are made up for no further back.
MOST_DAYS = 60
#: Of these a second run of the day tells how it stands, not what it did.
_STANDING = frozenset({"due", "late", "cases_expired", "queue"})


def today_of(session: Session, now: datetime) -> date:
    """The unit's day at ``now``."""
    return local_day(now, settings_on(session, now.date())["zone"])


def last_run_day(session: Session) -> date | None:
    """The latest day that a run was made of."""
    return session.scalar(select(func.max(FollowupRun.day)))


def days_to_run(last: date | None, today: date) -> list[date]:
    """Today, after the days that have had no run since ``last``: at most `MOST_DAYS` back."""
    if last is None or last >= today:
        return [today]
    first = max(last + timedelta(days=1), today - timedelta(days=MOST_DAYS))
    return [first + timedelta(days=n) for n in range((today - first).days + 1)]


def is_behind(session: Session, now: datetime) -> bool:
    """The last run is of a day before today. False where none was ever made."""
    last = last_run_day(session)
    return last is not None and last < today_of(session, now)


def judged_until(session: Session, now: datetime, zone: str) -> date | None:
    """The day of the last load: what hangs on payments was judged as of that day."""
    moment = session.scalar(text(JUDGED_BY_LOADS), {"now": now})
    return moment and local_day(moment, zone)


def write_down(
    session: Session, now: datetime, day: date, counts: Mapping[str, Any], seconds: float
) -> None:
    """Add a run to its day's row."""
    row = session.get(FollowupRun, day, populate_existing=True)
    if row is None:
        row = FollowupRun(day=day, first_at=now, runs=0, counts=dict(counts))
        session.add(row)
    else:
        row.counts = add_up(row.counts, counts)
    row.runs += 1
    row.last_at, row.seconds = now, round(seconds, 3)
    session.flush()


def add_up(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of two runs, ``other`` the later: what they did is added, how it stands is the later's."""
    total = dict(one)
    for name, value in other.items():
        if isinstance(value, Mapping):
            total[name] = add_up(one.get(name, {}), value)
        else:
            total[name] = value if name in _STANDING else one.get(name, 0) + value
    return total


@dataclass(frozen=True, slots=True)
class RunDay:
    """A day and its run. ``state``: done; late, after the unit had begun to call; made_up on a later
    day; ahead, on an earlier one; missing; to_come, today before the unit calls."""

    day: date
    state: str
    run: FollowupRun | None


def run_days(
    session: Session, settings: Settings, now: datetime, until: date, days: int
) -> list[RunDay]:
    """The ``days`` days up to ``until``, newest first, from the first run ever made on, with those that
    have had no run; runs ahead of today stand where today ends the list."""
    zone, today = settings["zone"], local_day(now, settings["zone"])
    first_ever = session.scalar(select(func.min(FollowupRun.day)))
    if first_ever is None:
        return []
    first_ever = min(first_ever, today)
    if until < first_ever:
        return []
    first = max(until - timedelta(days=days - 1), first_ever)
    last = until if until < today else max(today, last_run_day(session) or today)
    found = select(FollowupRun).where(FollowupRun.day.between(first, last))
    runs = {run.day: run for run in session.scalars(found)}
    wanted = {
        *runs,
        *(first + timedelta(days=n) for n in range((min(last, today) - first).days + 1)),
    }
    return [
        RunDay(day, _state(runs.get(day), day, now, zone, settings["contact_from"]), runs.get(day))
        for day in sorted(wanted, reverse=True)
    ]


def _state(run: FollowupRun | None, day: date, now: datetime, zone: str, begins: time) -> str:
    """Whether the queue was there when the unit began to call that day."""
    if run is None:
        return "to_come" if local(now, zone) < _begins(now, day, zone, begins) else "missing"
    first_at = local(run.first_at, zone)
    if first_at.date() != day:
        return "made_up" if first_at.date() > day else "ahead"
    return "late" if first_at.time() > begins else "done"


def _begins(now: datetime, day: date, zone: str, begins: time) -> datetime:
    return datetime.combine(day, begins, local(now, zone).tzinfo)
