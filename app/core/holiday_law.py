"""The national days of rest of a year, by the law and not by a list.

Source: Ley Orgánica Reformatoria a la Ley Orgánica del Servicio Público y al Código del Trabajo (Registro
Oficial 906, 20 December 2016), art. 2: eleven days; a Tuesday's rest moves to the Monday before it, a Wednesday's
or a Thursday's to the Friday of its week, a Saturday's to the Friday before and a Sunday's to the Monday after it;
1 January, 25 December and Carnival move from a weekend only. Two holidays on days that follow each other (2 and
3 November) share a rule: of Tuesday and Wednesday the Wednesday moves to the Monday before; of Wednesday and
Thursday the Wednesday to the Friday after; of Friday and Saturday the Saturday to the Thursday before; of Sunday
and Monday the Sunday to the Tuesday after; Monday with Tuesday and Thursday with Friday stay. The days themselves
come from the `holidays` package, which moves some of them by other rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import holidays

#: Days that the rest moves, by the weekday (Monday is 0) on which the holiday falls.
_ALONE = {1: -1, 2: 2, 3: 1, 5: -1, 6: 1}
_WEEKEND = {5: -1, 6: 1}
#: By the weekday of the first of two: how far the first and the second move.
_PAIRED = {1: (0, -2), 2: (2, 0), 4: (0, -2), 5: (-1, 1), 6: (2, 0)}
_NOWHERE = (0, 0)
#: Month and day of those that move from within the week too.
_MOVABLE = {(5, 1), (5, 24), (8, 10), (10, 9), (11, 2), (11, 3)}
#: Rests that a decree gave, once.
DECREES = {date(2026, 1, 2): "Feriado por decreto"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RestDay:
    """A day of rest ``day`` for the holiday ``of``; ``scope`` is national or decree. ``library``: where the
    package would put it, None when it has none."""

    day: date
    of: date
    name: str
    scope: str
    library: date | None


def rest_days(year: int) -> list[RestDay]:
    """The national days of rest that fall in ``year``, by day: 31 December is one when the next year
    begins on a Saturday."""
    own, observed = _library(observed=False, year=year), _library(observed=True, year=year)
    found = [
        RestDay(day + shift * _DAY, day, own[day], "national", _observed(day, own[day], observed))
        for day, shift in ((day, _shift(day, own)) for day in own)
    ]
    found += [RestDay(day, day, name, "decree", None) for day, name in DECREES.items()]
    return sorted((r for r in found if r.day.year == year), key=lambda rest: rest.day)


def _library(*, observed: bool, year: int) -> Any:
    """``{day: name}`` of the year and the next; moved ones among them when ``observed``."""
    return holidays.country_holidays("EC", years=(year, year + 1), observed=observed, language="es")


def _shift(day: date, own: Any) -> int:
    if (day.month, day.day) not in _MOVABLE:
        return _WEEKEND.get(day.weekday(), 0)
    if _follows(day, own):
        return _PAIRED.get((day - _DAY).weekday(), _NOWHERE)[1]
    if _follows(day + _DAY, own):
        return _PAIRED.get(day.weekday(), _NOWHERE)[0]
    return _ALONE.get(day.weekday(), 0)


def _follows(day: date, own: Any) -> bool:
    return day in own and day - _DAY in own


def _observed(day: date, name: str, observed: Any) -> date:
    """Where the package rests for the holiday of ``day``: near it and by its name."""
    near = (day + n * _DAY for n in range(-3, 4))
    moved = [d for d in near if d != day and observed.get(d, "").startswith(f"{name} (")]
    return moved[0] if moved else day
