"""Pages by key: the next page continues after a row instead of skipping all rows before it.

The order is one column and the id, both in the same direction, rows without a value last. It is
walked by row comparison, which an index over ``(column, id)`` answers at once, however deep the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, literal, tuple_
from sqlalchemy.orm import Query


@dataclass(frozen=True, slots=True)
class Order:
    """``column`` and ``key`` are attributes of the model; ``key`` is its id."""

    column: Any
    key: Any
    descending: bool = False

    @property
    def _may_be_null(self) -> bool:
        return self.column.property.columns[0].nullable

    def by(self, *, backwards: bool = False) -> list[Any]:
        """What to order by. NULLS is said only where there may be any: else no index would fit."""
        down = self.descending != backwards
        key = self.key.desc() if down else self.key.asc()
        if self.column is self.key:
            return [key]
        value = self.column.desc() if down else self.column.asc()
        if self._may_be_null:
            value = value.nulls_first() if backwards else value.nulls_last()
        return [value, key]

    def beyond(self, value: Any, key: int, *, backwards: bool = False) -> list[Any]:
        """Conditions for the rows past the one at ``value`` and ``key``, nearest first: each is walked
        to its end before the next one."""
        down = self.descending != backwards
        if self.column is self.key:
            return [self.key < key if down else self.key > key]
        if value is None:
            rest = and_(self.column.is_(None), self.key < key if down else self.key > key)
            return [rest, self.column.is_not(None)] if backwards else [rest]
        here = tuple_(self.column, self.key)
        there = tuple_(literal(value, self.column.type), literal(key, self.key.type))
        rest = here < there if down else here > there
        return [rest, self.column.is_(None)] if self._may_be_null and not backwards else [rest]


def rows_beyond(
    query: Query, order: Order, position: tuple[Any, int] | None, few: int, *, backwards: bool
) -> list[Any]:
    """At most ``few`` rows of ``query`` past ``position`` (None: from the end where it begins), in the
    order in which they are walked."""
    conditions = order.beyond(*position, backwards=backwards) if position else [None]
    found: list[Any] = []
    for condition in conditions:
        part = query if condition is None else query.filter(condition)
        found += part.order_by(*order.by(backwards=backwards)).limit(few - len(found)).all()
        if len(found) >= few:
            break
    return found
