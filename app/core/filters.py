"""List filters that cannot fail: a value that does not fit its column is ignored.

The framework's own compare numerics with text (an error 500 on psycopg 3), read dates as mm/dd and
stumble over an empty boolean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter
from flask_appbuilder.models.sqla.filters import FilterRelationOneToManyEqual
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_
from sqlalchemy.orm import Query

from app.core import clock, web
from app.core.columns import fold
from app.core.money import read_decimal


class TypedFilter(BaseFilter):
    """A filter whose text is read by the column's type before it meets the database.

    Over a `Facet` there is no column: ``narrow`` is given the model itself.
    """

    #: What stands between the column and the value on a chip; None: the filter's name.
    sign: Any = None
    #: Several values of this filter widen it ("pending or broken") instead of narrowing it.
    any_of = False

    def apply(self, query: Query, value: str) -> Query:
        """``query`` narrowed by ``value``, or as it was when the value does not fit."""
        return self.apply_values(query, [value])

    def apply_values(self, query: Query, values: Sequence[str]) -> Query:
        """``query`` narrowed by each of ``values``, or by any of them; what does not fit is ignored."""
        conditions = [c for c in map(self.condition, values) if c is not None]
        if not conditions:
            return query
        return query.filter(or_(*conditions) if self.any_of else and_(*conditions))

    def condition(self, value: str) -> Any:
        """The condition for one value as it was typed; None when it does not fit."""
        try:
            typed = self.read(value)
            return None if typed is None else self.narrow(self.target(), typed)
        except (ValueError, InvalidOperation, OverflowError):
            return None

    def target(self) -> Any:
        """What is compared: the column, or the whole model for a facet."""
        return getattr(self.model, self.column_name, self.model)

    def read(self, value: str) -> Any:
        """The typed value; None for an empty one."""
        return value.strip() or None

    def narrow(self, column: Any, value: Any) -> Any:
        """The condition."""
        return column == value


class TextStartsWith(TypedFilter):
    name = _l("starts with")
    arg_name = "sw"

    def narrow(self, column: Any, value: str) -> Any:
        return column.istartswith(value, autoescape=True)


class TextContains(TypedFilter):
    name = _l("contains")
    arg_name = "ct"

    def narrow(self, column: Any, value: str) -> Any:
        return column.icontains(value, autoescape=True)


class FoldedContains(TypedFilter):
    """For the folded key: accents and case do not matter."""

    name = _l("contains")
    arg_name = "fct"

    def narrow(self, column: Any, value: str) -> Any:
        return column.contains(fold(value), autoescape=True)


class TextEqual(TypedFilter):
    name = _l("is")
    arg_name = "eq"
    sign = ":"
    any_of = True


class CodeIs(TextEqual):
    """For columns of codes that the screen has words for."""

    arg_name = "code"


class RowIs(TypedFilter):
    """For keys of small tables that are chosen by name."""

    name = _l("is")
    arg_name = "row"
    sign = ":"
    any_of = True

    def read(self, value: str) -> int | None:
        return int(value) if value.strip().isdecimal() and len(value) < 10 else None


class KeyIs(RowIs):
    """For a facet named like a foreign key: ``portfolio`` compares ``portfolio_id``."""

    arg_name = "key"

    def narrow(self, column: Any, value: int) -> Any:
        return getattr(self.model, f"{self.column_name}_id") == value


class NumberEqual(TypedFilter):
    name = _l("is")
    arg_name = "neq"
    sign = "="

    def read(self, value: str) -> Decimal | None:
        return read_decimal(value) if value.strip() else None


class NumberAtLeast(NumberEqual):
    name = _l("at least")
    arg_name = "ge"
    sign = "≥"

    def narrow(self, column: Any, value: Decimal) -> Any:
        return column >= value


class NumberAtMost(NumberEqual):
    name = _l("at most")
    arg_name = "le"
    sign = "≤"

    def narrow(self, column: Any, value: Decimal) -> Any:
        return column <= value


class DayFrom(TypedFilter):
    """``yyyy-mm-dd`` as ``<input type=date>`` sends it; moments are compared in the unit's zone."""

    name = _l("from")
    arg_name = "dfrom"

    def read(self, value: str) -> date | None:
        return date.fromisoformat(value.strip()) if value.strip() else None

    def narrow(self, column: Any, value: date) -> Any:
        return column >= self._edge(value)

    def _edge(self, value: date) -> Any:
        if self.datamodel.is_datetime(self.column_name):
            return clock.day_bounds(value, web.settings()["zone"])[0]
        return value


class DayUntil(DayFrom):
    name = _l("until")
    arg_name = "duntil"

    def narrow(self, column: Any, value: date) -> Any:
        return column < self._edge(value + timedelta(days=1))


class YesNo(TypedFilter):
    name = _l("is")
    arg_name = "yn"
    sign = ":"

    def read(self, value: str) -> bool | None:
        return {"y": True, "n": False}.get(value.strip())


class IsNothing(BaseFilter):
    """For base filters: the row has no value there."""

    name = _l("is empty")

    def apply(self, query: Query, value: None) -> Query:
        return query.filter(getattr(self.model, self.column_name).is_(None))


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter over what is no column of the table: ``filters`` narrow by their own conditions.

    ``kind`` is the entry: text, number, date, bool or choice; ``choices`` gives ``(value, word)``
    of a choice whenever the page is made.
    """

    label: Any
    filters: tuple[type[TypedFilter], ...]
    kind: str = "text"
    choices: Callable[[], Iterable[tuple[Any, Any]]] | None = None


class SafeFilterConverter(BaseFilterConverter):
    """Which filters a column offers, by its type."""

    conversion_table = (
        ("is_relation_many_to_one", [FilterRelationOneToManyEqual]),
        ("is_text", [TextContains, TextStartsWith, TextEqual]),
        ("is_string", [TextContains, TextStartsWith, TextEqual]),
        ("is_integer", [NumberEqual, NumberAtLeast, NumberAtMost]),
        ("is_numeric", [NumberEqual, NumberAtLeast, NumberAtMost]),
        ("is_datetime", [DayFrom, DayUntil]),
        ("is_date", [DayFrom, DayUntil]),
        ("is_boolean", [YesNo]),
    )

    def convert(self, col_name: str) -> Any:
        """The column's filters; a folded key is compared with what was typed, folded."""
        if col_name == "folded":
            return [FoldedContains(col_name, self.datamodel)]
        return super().convert(col_name)

    def offered(
        self, columns: Sequence[str], coded: Mapping[str, Any], facets: Mapping[str, Facet]
    ) -> dict[str, list[TypedFilter]]:
        """What a screen offers for each of its searched ``columns`` and ``facets``."""
        plain = {
            name: [CodeIs(name, self.datamodel)] if name in coded else self.convert(name)
            for name in columns
        }
        return plain | {
            name: [each(name, self.datamodel) for each in facet.filters]
            for name, facet in facets.items()
        }
