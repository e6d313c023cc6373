"""Arithmetic over the sample: which column the others add up to, which days come first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import combinations, permutations
from statistics import median_low

from app.intake.cells import parse_date
from app.intake.reading import cell_text
from app.intake.shapes import Shape

#: More columns of money than this are not tried against each other.
_MOST_COLUMNS = 12
_HOLDS = 0.98
#: A sum says something only where a part is not the whole by itself.
_TELLING = 0.05


def totals_and_parts(
    columns: Mapping[int, Shape], apart: Collection[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """``(total, its parts)`` for each column that two or three others add up to, row by row.

    Columns ``apart`` are neither.
    """
    figures = {p: _figures(shape) for p, shape in list(columns.items())[:_MOST_COLUMNS]}
    seen: set[int] = set()
    for size in (2, 3):
        for total, values in figures.items():
            parts = [p for p in figures if p != total and p not in apart]
            for chosen in combinations(parts, size):
                if (
                    total not in seen
                    and total not in apart
                    and _adds_up(values, [figures[p] for p in chosen])
                ):
                    seen.add(total)
                    yield total, chosen


def what_remains(
    columns: Mapping[int, Shape], paid: Mapping[int, Shape]
) -> Iterator[tuple[int, int]]:
    """``(original, what is left of it)`` where some column of ``paid`` makes the difference."""
    figures = {p: _figures(shape) for p, shape in list(columns.items())[:_MOST_COLUMNS]}
    for payment in map(_figures, paid.values()):
        for whole, rest in permutations(figures, 2):
            if _adds_up(figures[whole], [figures[rest], payment]):
                yield whole, rest


def _figures(shape: Shape) -> dict[int, Decimal]:
    """By row of the sample; a missing figure counts as nothing."""
    return {
        row: amount
        for row, amount in zip(shape.places, shape.amounts, strict=True)
        if amount is not None
    }


def _adds_up(total: dict[int, Decimal], parts: list[dict[int, Decimal]]) -> bool:
    zero = Decimal(0)
    holds = telling = 0
    for row, value in total.items():
        terms = [part.get(row, zero) for part in parts]
        holds += abs(sum(terms, zero) - value) <= Decimal("0.011")
        telling += all(terms)
    rows = len(total) or 1
    return holds >= rows * _HOLDS and telling >= max(rows * _TELLING, 1)


def contained(columns: Mapping[int, Shape], position: int) -> int:
    """How many of the other ``columns`` never exceed the one at ``position``."""
    whole = _figures(columns[position])
    return sum(
        sum(value <= whole.get(row, Decimal(0)) for row, value in part.items())
        >= len(part) * _HOLDS
        for p, part in ((p, _figures(shape)) for p, shape in columns.items() if p != position)
    )


def ordered_days(columns: Mapping[int, Shape]) -> list[int]:
    """The columns of days, that of the earliest first."""
    return sorted(columns, key=lambda p: median_low(_days(columns[p])))


def _days(shape: Shape) -> list[date]:
    found = []
    for cell in shape.cells:
        try:
            found.append(
                cell
                if isinstance(cell, date)
                else parse_date(
                    cell_text(cell),
                    month_first=shape.order.month_first,
                    year_first=shape.order.year_first,
                )
            )
        except ValueError:
            continue
    return found or [date.max]
