"""What falls due, day by day: calls promised back, promises, instalments and down payments.

A calendar is its days, so an operator sees on which day somebody of theirs is due; beyond the name, the
kind and the state they see nothing: no amount, no account, no identification before the check of a call.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import day_bounds, local_day
from app.core.reference import remembered
from app.core.settings import Settings
from app.followup.calendar_queries import KINDS, feed_sql
from app.models import Holiday

#: What may be asked for: what is open, what of it is late, or everything, paid and kept too.
STATES = ("open", "late", "all")
#: How many of a kind and day a view shows, those with an hour and those without; the rest is a number.
LINES = {
    "month": (3, 3),
    "week": (40, 3),
    "day": (100, 8),
    "list": (60, 60),
    "daylist": (1000, 1000),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Days ``first`` up to and with ``last``; ``view`` of `LINES`, ``state`` of `STATES`. ``owner_id``
    None: the whole unit's; ``anyones``: with the callbacks that nobody owns; ``amounts``: with what is due."""

    first: date
    last: date
    view: str
    kinds: Collection[str] = KINDS
    state: str = "open"
    owner_id: int | None = None
    anyones: bool = True
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """``text`` is a JSON array, written by the database; ``shown`` events of ``total`` are in it."""

    text: str
    shown: int
    total: int


def calendar_feed(
    session: Session, agent: Agent, settings: Settings, now: datetime, asked: Asked
) -> Feed:
    """What is due in the days asked for. Events: {key, kind, day, at?, seen?, person, name, state, mine,
    owner?, number?, amount?}, and {kind, day, more} for those of a kind and day that are too many to show.
    ``at`` is the unit's clock, ``seen`` the stored moment of a callback, ``amount`` USD still to pay."""
    zone = settings["zone"]
    timed, untimed = LINES[asked.view]
    values = {
        "first": asked.first,
        "last": asked.last,
        "start": day_bounds(asked.first, zone)[0],
        "end": day_bounds(asked.last, zone)[1],
        "now": now,
        "day": local_day(now, zone),
        "zone": zone,
        "me": agent.user_id,
        "owner_id": asked.owner_id,
        "anyones": asked.anyones,
        "timed": timed,
        "untimed": untimed,
    }
    statement = _statement(
        frozenset(asked.kinds), asked.state, asked.owner_id is None, asked.amounts
    )
    return Feed(*session.execute(statement, values).one())


@cache
def _statement(kinds: frozenset[str], state: str, unit: bool, amounts: bool) -> TextClause:
    return text(feed_sql(kinds, state, unit=unit, amounts=amounts))


def holidays_named(session: Session) -> dict[str, str]:
    """``{"2026-12-25": "Navidad"}``: every holiday that is kept, by its day."""
    return remembered(session, "holidays by day", lambda: _holidays(session))


def _holidays(session: Session) -> dict[str, str]:
    rows = session.execute(select(Holiday.day, Holiday.name).order_by(Holiday.day))
    return {day.isoformat(): name for day, name in rows}
