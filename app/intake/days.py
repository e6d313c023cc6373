"""In which order a column writes its days: told by the values together, or left in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.intake.cells import parse_date

#: A column of bills spans no more years than this.
_GENERATION = 15


@dataclass(frozen=True, slots=True)
class DayOrder:
    """``sure`` is False where another order reads every value as well, and as another day."""

    month_first: bool = False
    year_first: bool = False
    sure: bool = True


_ORDERS = (DayOrder(), DayOrder(month_first=True), DayOrder(year_first=True))


def day_order(texts: Sequence[str]) -> DayOrder:
    """The order that reads most of ``texts``; day first where several do as well."""
    read = {order: _days(texts, order) for order in _ORDERS}
    most = max(map(_count, read.values()), default=0)
    if not most:
        return DayOrder()
    good = [order for order in _ORDERS if _count(read[order]) == most]
    best = min(good, key=lambda order: (_too_wide(read[order]), _ORDERS.index(order)))
    rivals = [
        order
        for order in good
        if read[order] != read[best] and _too_wide(read[order]) == _too_wide(read[best])
    ]
    return DayOrder(best.month_first, best.year_first, not rivals)


def _days(texts: Sequence[str], order: DayOrder) -> list[date | None]:
    return [_day(text, order) for text in texts]


def _day(text: str, order: DayOrder) -> date | None:
    try:
        return parse_date(text, month_first=order.month_first, year_first=order.year_first)
    except ValueError:
        return None


def _count(days: Sequence[date | None]) -> int:
    return sum(day is not None for day in days)


def _too_wide(days: Sequence[date | None]) -> bool:
    """Whether they spread over more years than bills do: the parts were taken for each other."""
    years = [day.year for day in days if day]
    return bool(years) and max(years) - min(years) > _GENERATION
