"""The days on which people are paid, and so the days that are offered for a promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.core.business_days import calendar
from app.core.settings import Settings


def promise_days(
    session: Session, settings: Settings, today: date, *, count: int = 3
) -> list[tuple[date, bool]]:
    """Sensible days to offer: ``(day, is_pay_day)``, the next business day, then pay days within
    the longest term, then further business days; ``count`` of them in order."""
    days = calendar(session).coming(today, today + timedelta(days=settings["promise_max_days"]))
    pay = [d for d in days if _is_pay_day(d, days)]
    wanted = [*days[:1], *pay, *days[1:]]
    return [(d, d in pay) for d in sorted(list(dict.fromkeys(wanted))[:count])]


def _is_pay_day(day: date, business_days: Sequence[date]) -> bool:
    """The 15th and the month's last day, or the business day before when they fall on none."""
    for target in _pay_days_near(day):
        before = [d for d in business_days if d <= target]
        if before and before[-1] == day and (target - day).days <= 3:
            return True
    return False


def _pay_days_near(day: date) -> list[date]:
    first_of_next = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return [day.replace(day=15), first_of_next - timedelta(days=1)]
