"""The unit's calendar: weekends and the editable holidays, seeded from the law (`app.core.holiday_law`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.holiday_law import rest_days
from app.core.models import Holiday
from app.core.reference import remembered
from app.core.timeline import note_deed

_SATURDAY = 5
#: Then the next year's days should be there: promises and deadlines reach into it.
_FROM_MONTH = 11


def proposed_holidays(years: Iterable[int]) -> dict[date, tuple[str, str]]:
    """``{day: (name, scope)}``: the days of rest of ``years`` (see `app.core.holiday_law`)."""
    return {rest.day: (rest.name, rest.scope) for year in years for rest in rest_days(year)}


def seed_holidays(session: Session, years: Iterable[int]) -> None:
    """Add the proposed holidays of years that have none yet; what people edited stays."""
    have = {day.year for (day,) in session.execute(select(Holiday.day))}
    rows = [
        {"day": day, "name": name[:120], "scope": scope}
        for day, (name, scope) in proposed_holidays(y for y in years if y not in have).items()
    ]
    if rows:
        session.execute(insert(Holiday).on_conflict_do_nothing(), rows)


def holidays_of(session: Session, year: int) -> list[Holiday]:
    """Those that the calendar keeps in ``year``, by day."""
    kept = select(Holiday).where(Holiday.day.between(date(year, 1, 1), date(year, 12, 31)))
    return list(session.scalars(kept.order_by(Holiday.day)))


def add_holidays(
    session: Session, agent: Agent, now: datetime, year: int, days: Iterable[str]
) -> int:
    """Add those of the year's proposal that stand in ``days`` (ISO) and are not there yet; how many.
    RuleBroken when none is chosen."""
    chosen = set(days)
    wanted = [rest for rest in rest_days(year) if rest.day.isoformat() in chosen]
    if not wanted:
        raise RuleBroken(_l("Tick the days that are to be added."))
    kept = {holiday.day for holiday in holidays_of(session, year)}
    new = [rest for rest in wanted if rest.day not in kept]
    for rest in new:
        holiday = Holiday(day=rest.day, name=rest.name, scope=rest.scope)
        session.add(holiday)
        session.flush()
        after = {"day": rest.day, "name": rest.name, "scope": rest.scope}
        note_deed(session, agent, now, "add_holiday", "holiday", holiday.id, after=after)
    return len(new)


def year_without_holidays(session: Session, today: date) -> int | None:
    """This year, or from November on the next, when no national holiday of it is kept."""
    years = [today.year] + [today.year + 1] * (today.month >= _FROM_MONTH)
    national = select(Holiday.day).where(
        Holiday.scope == "national", Holiday.day >= date(today.year, 1, 1)
    )
    have = {day.year for day in session.scalars(national)}
    return next((year for year in years if year not in have), None)


class Calendar:
    """The holidays of a span, read once; answers for days inside it."""

    def __init__(self, holidays_: Iterable[date]) -> None:
        self._holidays = frozenset(holidays_)

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday and no holiday."""
        return day.weekday() < _SATURDAY and day not in self._holidays

    def add(self, day: date, business_days: int) -> date:
        """The day ``business_days`` business days after ``day`` (0 gives ``day`` itself)."""
        while business_days > 0:
            day += timedelta(days=1)
            business_days -= self.is_business_day(day)
        return day

    def coming(self, day: date, last: date) -> list[date]:
        """The business days after ``day``, up to and with ``last``."""
        span = (last - day).days
        days = (day + timedelta(days=n) for n in range(1, span + 1))
        return [d for d in days if self.is_business_day(d)]


def calendar(session: Session) -> Calendar:
    """The unit's calendar as it stands in the database."""
    return remembered(session, "calendar", lambda: Calendar(session.scalars(select(Holiday.day))))
