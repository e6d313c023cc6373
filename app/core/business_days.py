"""The unit's calendar: weekends and the editable holidays.

Seeded from the `holidays` package *and corrected* (domain.md, Days): it misses the decree of
2026-01-02 and leaves two holidays of 2027 on days from which the law moves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import holidays
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.models import Holiday
from app.core.reference import remembered

_MISSING = {date(2026, 1, 2): ("Feriado por decreto", "decree")}
_MOVED = {date(2027, 8, 10): date(2027, 8, 9), date(2027, 11, 3): date(2027, 11, 2)}
_SATURDAY = 5


def proposed_holidays(years: Iterable[int]) -> dict[date, tuple[str, str]]:
    """``{day: (name, scope)}`` for Ecuador in ``years``, corrected. Source: `holidays`, domain.md."""
    years = list(years)
    found = {
        _MOVED.get(day, day): (name, "national")
        for day, name in holidays.country_holidays("EC", years=years, language="es").items()
    }
    return found | {day: what for day, what in _MISSING.items() if day.year in years}


def seed_holidays(session: Session, years: Iterable[int]) -> None:
    """Add the proposed holidays of years that have none yet; what people edited stays."""
    have = {day.year for (day,) in session.execute(select(Holiday.day))}
    rows = [
        {"day": day, "name": name[:120], "scope": scope}
        for day, (name, scope) in proposed_holidays(y for y in years if y not in have).items()
    ]
    if rows:
        session.execute(insert(Holiday).on_conflict_do_nothing(), rows)


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
