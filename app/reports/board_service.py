"""The specialist's board: the day so far, from four statements. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.core.business_days import year_without_holidays
from app.core.clock import local_day
from app.core.settings import Settings
from app.debtors.repeated import count_pairs, last_search
from app.reports import board_queries
from app.reports.board_figures import Board, Funnel, Known, Money, Waiting, Working
from app.reports.figures import Figures
from app.reports.scope import Scope
from app.worklist.callbacks import missed_callbacks

#: A load that nobody has touched for so long waits for a worker that does not run, or failed.
_STUCK = timedelta(minutes=15)
#: A load's state → what it waits for.
_LOADS = {"refused": "refused", "checked": "unapplied", "uploaded": "stuck", "applying": "stuck"}


_COUNTED = [field.name for field in fields(Figures) if field.name != "owed"]

_CALLS, _OPERATORS = text(board_queries.CALLS), text(board_queries.OPERATORS)
_WAITING, _MONEY = text(board_queries.WAITING), text(board_queries.MONEY)
_NEWEST = text(board_queries.NEWEST)


def unit_board(session: Session, settings: Settings, now: datetime) -> Board:
    """The board of the unit's day at ``now``."""
    scope = Scope(settings, local_day(now, settings["zone"]))
    values = scope.values() | {"now": now, "first": scope.first_of_month}
    values["daily_goal"] = settings["daily_goal"]
    cells = session.execute(_CALLS, values).all()
    made = _by_operator(cells)
    values["worked"] = list(made)
    operators = [_working(row, made.get(row.id, {})) for row in session.execute(_OPERATORS, values)]
    waits = _by_kind(session.execute(_WAITING, values))
    hours = {hour for by_hour in made.values() for hour in by_hour}
    callbacks, queue = waits["callbacks"][0], waits["queue"][0]
    missed = _missed(session, settings, now, callbacks) if callbacks.part else []
    known = [_known(row) for row in waits.get("portfolio", ())]
    return Board(
        day=scope.day,
        figures=_sum(one.figures for one in operators),
        hours=list(range(min(hours), max(hours) + 1)) if hours else [],
        operators=operators,
        funnel=_funnel(cells, queue.number),
        money=Money(**session.execute(_MONEY, values).one()._mapping),
        known=known,
        queue=queue.number,
        queue_now=queue.part,
        callbacks=callbacks.number,
        callbacks_late=callbacks.part,
        waiting=[
            *_loads(waits, now),
            *_stale(known, settings, scope),
            *missed,
            *_asked(waits),
            *_repeated(session),
            *_calendar(session, scope.day),
        ],
    )


def board_version(session: Session, now: datetime) -> str:
    """Changes with every deed, and every minute: hours fall due without anybody's doing, and of two
    deeds the one that began first may be seen last."""
    newest = session.execute(_NEWEST).one()
    return f"{newest.deed}-{newest.dial}-{now:%Y%m%d%H%M}"


@dataclass(frozen=True, slots=True)
class _Hour:
    """What somebody did in an hour, and when the last call of it ended."""

    figures: Figures
    last_ended: datetime


def _by_operator(cells: Iterable[Row[Any]]) -> dict[int, dict[int, _Hour]]:
    made: dict[int, dict[int, _Hour]] = {}
    for cell in cells:
        named = cell._mapping
        figures = Figures(**{name: named[name] for name in _COUNTED})
        made.setdefault(cell.operator_id, {})[cell.hour] = _Hour(figures, cell.last_ended)
    return made


def _by_kind(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    kinds: dict[str, list[Row[Any]]] = {}
    for row in rows:
        kinds.setdefault(row.what, []).append(row)
    return kinds


def _sum(parts: Iterable[Figures]) -> Figures:
    """Figures of calls add up, whoever made them and when."""
    totals: dict[str, Any] = dict.fromkeys(_COUNTED, 0) | {"promised": Decimal("0.00")}
    for part in parts:
        for name in _COUNTED:
            totals[name] += getattr(part, name)
    return Figures(**totals)


def _funnel(cells: Sequence[Row[Any]], queue: int) -> Funnel:
    if not cells:
        return Funnel(queue, 0, 0, 0, 0)
    one = cells[0]
    return Funnel(
        queue + one.tried_outside,
        one.tried,
        one.persons_answered,
        one.persons_holder,
        one.persons_promised,
    )


def _working(row: Row[Any], hours: dict[int, _Hour]) -> Working:
    by_hour = {hour: one.figures for hour, one in hours.items()}
    last = max((one.last_ended for one in hours.values()), default=None)
    doing, since = _doing(row, last)
    return Working(row.id, row.name, row.goal, doing, since, _sum(by_hour.values()), by_hour)


def _doing(row: Row[Any], last: datetime | None) -> tuple[str, datetime | None]:
    """What somebody does, and since when. Who holds a person works, whatever the shift says."""
    if row.dialled_at is not None:
        return "call", row.dialled_at
    if row.claimed_at is not None:
        return "ready" if row.direction == "outgoing" else "call", row.claimed_at
    return row.away or ("idle" if last else "none"), last


def _known(row: Row[Any]) -> Known:
    return Known(row.name, row.day, bool(row.number), row.id, row.paid_until, row.part, row.amount)


def _loads(waits: dict[str, list[Row[Any]]], now: datetime) -> list[Waiting]:
    """Refused files that no later one has made good, those to be applied, and those that stand still."""
    found = [
        Waiting(kind, row.name, row.id, since=row.since)
        for state, kind in _LOADS.items()
        for row in waits.get(state, ())
    ]
    return [o for o in found if o.kind != "stuck" or (o.since or now) < now - _STUCK]


def _stale(known: list[Known], settings: Settings, scope: Scope) -> list[Waiting]:
    """Portfolios on which the gate lets nobody collect any more, by the same setting."""
    last = scope.day - timedelta(days=settings["stale_after_days"])
    return [
        Waiting("stale", one.portfolio, day=one.as_of)
        for one in known
        if one.in_use and one.as_of < last
    ]


def _calendar(session: Session, day: date) -> list[Waiting]:
    year = year_without_holidays(session, day)
    return [Waiting("holidays", id=year)] if year else []


def _missed(session: Session, settings: Settings, now: datetime, late: Row[Any]) -> list[Waiting]:
    missed = missed_callbacks(session, settings, now)
    return [Waiting("missed", count=missed, since=late.since)] if missed else []


def _asked(waits: dict[str, list[Row[Any]]]) -> list[Waiting]:
    """Agreements that somebody asked for, what people said that must be found out, referrals proposed, and
    complaints whose day is near or past."""
    agreements, cases = waits["agreements"][0], waits["cases"][0]
    complaints, referrals = waits["complaints"][0], waits["referrals"][0]
    found = [
        Waiting("agreements", count=agreements.number, since=agreements.since),
        Waiting("cases", count=cases.number, overdue=cases.part, since=cases.since),
        Waiting("referrals", count=referrals.number, since=referrals.since),
        Waiting(
            "complaints",
            count=complaints.number,
            overdue=complaints.part,
            since=complaints.since,
        ),
    ]
    return [one for one in found if one.count]


def _repeated(session: Session) -> list[Waiting]:
    """Pairs of people who may be one, as the night's search left them and a specialist judged since."""
    pairs = count_pairs(session, different=False)
    return [Waiting("repeated", count=pairs, since=last_search(session))] if pairs else []
