"""The report of a day: its figures, each beside what it is a part of, and its workbook. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.core.agent import SYSTEM
from app.core.clock import day_bounds
from app.core.settings import Settings, settings_on
from app.models import Outcome, User
from app.reports import queries
from app.reports.figures import (
    ByOperator,
    ByOutcome,
    DailyReport,
    Figures,
    Kept,
    MyDay,
    OfDay,
    Recovered,
)
from app.reports.queries import HOUR, OPERATOR, OUTCOME, UNIT
from app.reports.rows import Figure, daily_rows
from app.reports.scope import Scope
from app.reports.workbook import Stamp, write_daily

#: The promises of as many holders make a sum that tells of nobody.
FEW = 3


def daily_report(
    session: Session, settings: Settings, day: date, operator_id: int | None = None
) -> DailyReport:
    """Everything of ``day`` (a day of the unit's zone); LookupError for an unknown operator."""
    scope = Scope(settings, day, operator_id)
    operator = _name(session, operator_id)
    figures = _figures(session, scope)
    best: dict[int, int] = dict(_rows(session, queries.PERSONS_BY_BEST, scope))
    kept_day, kept_month = _kept(session, scope)
    recovered = _recovered(session, scope)
    return DailyReport(
        day=day,
        operator=operator,
        figures=figures[UNIT].get(None, Figures()),
        persons=sum(best.values()),
        kept_day=sum(kept_day.values(), start=Kept()),
        kept_month=sum(kept_month.values(), start=Kept()),
        recovered=sum((r for who, r in recovered.items() if who is not None), start=Recovered()),
        alone=recovered.get(None, Recovered()),
        by_outcome=_by_outcome(session, figures[OUTCOME], best),
        by_hour=sorted(figures[HOUR].items()),
        by_operator=_by_operator(session, figures[OPERATOR], kept_month, recovered),
        known_until=[tuple(row) for row in session.execute(text(queries.KNOWN_UNTIL))],
    )


def my_day(session: Session, settings: Settings, day: date, operator_id: int) -> MyDay:
    """What *Mi día* shows of the same figures; a sum that is too small is left out."""
    scope = Scope(settings, day, operator_id)
    figures = _figures(session, scope)
    _day, kept = _kept(session, scope)
    return MyDay(
        day=day,
        figures=_without_small_sum(figures[UNIT].get(None, Figures())),
        by_outcome=_by_outcome(session, figures[OUTCOME], {}),
        kept_month=sum(kept.values(), start=Kept()),
    )


def without_small_sums(report: DailyReport) -> DailyReport:
    """The report for an operator's own eyes."""
    rows = [replace(row, figures=_without_small_sum(row.figures)) for row in report.by_operator]
    return replace(report, figures=_without_small_sum(report.figures), by_operator=rows)


def _without_small_sum(figures: Figures) -> Figures:
    """A sum of fewer than `FEW` holders' promises would tell what one of them owes; one holder may have
    several accounts."""
    few = figures.promises and figures.promising < FEW
    return replace(figures, promised=None) if few else figures


def days_before(
    session: Session, settings: Settings, day: date, operator_id: int | None = None
) -> list[OfDay]:
    """The thirty days that end with ``day``; those without any contact (weekends) are left out."""
    scope = Scope(settings, day, operator_id)
    bounds = [day_bounds(day, scope.settings["zone"]) for day in scope.days]
    starts, ends = [start for start, _end in bounds], [end for _start, end in bounds]
    values: dict[str, Any] = {
        "days": scope.days,
        "starts": starts,
        "ends": ends,
        "start": starts[0],
    }
    who = scope.who(queries.PROMISED_BY_OPERATOR)
    promises: dict[date, int] = dict(
        _rows(session, queries.PROMISES_BY_DAY, scope, who=who, first=scope.days[0])
    )
    contacts = _rows(session, queries.CONTACTS_BY_DAY, scope, **values)
    return [OfDay(day, count, promises.get(day, 0)) for day, count in sorted(contacts) if count]


def _name(session: Session, operator_id: int | None) -> str | None:
    if operator_id is None:
        return None
    user = session.get(User, operator_id)
    if user is None:
        raise LookupError(operator_id)
    return f"{user.first_name} {user.last_name}"


def _figures(session: Session, scope: Scope) -> dict[int, dict[Any, Figures]]:
    """``{level: {operator, outcome or hour: figures}}``."""
    found: dict[int, dict[Any, Figures]] = {UNIT: {}, OPERATOR: {}, OUTCOME: {}, HOUR: {}}
    names = Figures.__dataclass_fields__
    for row in _rows(session, queries.FIGURES, scope):
        key = {OPERATOR: row.operator_id, OUTCOME: row.outcome_id, HOUR: row.hour}.get(row.level)
        whole = {n: getattr(row, n) for n in names} | {"promises": int(row.promises)}
        found[row.level][key] = Figures(**whole)
    return found


def _kept(session: Session, scope: Scope) -> tuple[dict[int, Kept], dict[int, Kept]]:
    """By operator: of the promises judged on the day, and of those of its month up to it."""
    who = scope.who(queries.PROMISED_BY_OPERATOR)
    on_day: dict[int, Kept] = {}
    in_month: dict[int, Kept] = {}
    for row in _rows(session, queries.KEPT, scope, who=who, first=scope.first_of_month):
        kept, before = (
            Kept(row.judged, row.kept, row.promised, row.paid),
            in_month.get(row.made_by_id, Kept()),
        )
        in_month[row.made_by_id] = before + kept
        if row.on_day:
            on_day[row.made_by_id] = kept
    return on_day, in_month


def _recovered(session: Session, scope: Scope) -> dict[int | None, Recovered]:
    """By operator; only the one asked for, when one is."""
    rows = _rows(session, queries.RECOVERED, scope)
    found = {row.operator_id: Recovered(row.payments, row.amount) for row in rows}
    if scope.operator_id is None:
        return found
    return {who: r for who, r in found.items() if who == scope.operator_id}


def _by_outcome(
    session: Session, figures: Mapping[int, Figures], best: Mapping[int, int]
) -> list[ByOutcome]:
    """The most frequent first."""
    outcomes = session.scalars(select(Outcome).where(Outcome.id.in_(figures)))
    rows = [ByOutcome(o.id, o.shown, figures[o.id], best.get(o.id, 0)) for o in outcomes]
    return sorted(rows, key=lambda row: (-row.figures.contacts, row.label, row.outcome_id))


def _by_operator(
    session: Session,
    figures: Mapping[int, Figures],
    kept: Mapping[int, Kept],
    recovered: Mapping[int | None, Recovered],
) -> list[ByOperator]:
    """Whoever worked that day, had a promise judged in the month or is credited with a payment."""
    ids = set(figures) | set(kept) | {who for who in recovered if who is not None}
    users = session.scalars(
        select(User).where(User.id.in_(ids)).order_by(User.last_name, User.first_name, User.id)
    )
    return [
        ByOperator(
            user.id,
            f"{user.first_name} {user.last_name}",
            figures.get(user.id, Figures()),
            kept.get(user.id, Kept()),
            recovered.get(user.id, Recovered()),
        )
        for user in users
    ]


def _rows(
    session: Session, sql: str, scope: Scope, who: str | None = None, **values: Any
) -> list[Any]:
    narrowed = sql.format(who=scope.who() if who is None else who)
    return list(session.execute(text(narrowed), scope.values() | values))


def write_daily_workbook(session: Session, day: date, target: Path, now: datetime) -> int:
    """The unit's workbook of ``day`` into the file ``target``; returns its rows."""
    settings = settings_on(session, day)
    stamp = Stamp(settings["company"], settings["zone"], now, SYSTEM.name)
    return make_workbook(session, settings, day, None, target, stamp)


def make_workbook(
    session: Session,
    settings: Settings,
    day: date,
    operator_id: int | None,
    target: Path | BinaryIO,
    stamp: Stamp,
) -> int:
    """Write the workbook of ``day`` to ``target``; returns its rows. LookupError: unknown operator."""
    with one_moment(session) as still:
        report = daily_report(still, settings, day, operator_id)
        if stamp.masked:
            report = without_small_sums(report)
        calls, promises = (
            daily_rows(still, settings, day, operator_id, figure=Figure(of), masked=stamp.masked)
            for of in ("contacts", "promises")
        )
        return write_daily(target, report, calls, promises, stamp)


@contextmanager
def one_moment(session: Session) -> Iterator[Session]:
    """A session in which figures and rows are of the same moment, whatever is saved meanwhile.

    A session on somebody's connection already lies inside that transaction, and stays in it.
    """
    engine = session.get_bind()
    if not isinstance(engine, Engine):
        yield session
        return
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as still, Session(bind=still) as frozen:
        yield frozen
