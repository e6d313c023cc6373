"""List filters that cannot fail: a value that does not fit its column is ignored.

The framework's own compare numerics with text (an error 500 on psycopg 3), read dates as mm/dd and
stumble over an empty boolean.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter
from flask_appbuilder.models.sqla.filters import FilterRelationOneToManyEqual
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Query

from app.core import clock, web
from app.core.columns import fold


class TypedFilter(BaseFilter):
    """A filter whose text is read by the column's type before it meets the database."""

    def apply(self, query: Query, value: str) -> Query:
        """``query`` narrowed by ``value``, or as it was when the value does not fit."""
        column = getattr(self.model, self.column_name)
        try:
            typed = self.read(value)
            return query if typed is None else query.filter(self.narrow(column, typed))
        except (ValueError, InvalidOperation, OverflowError):
            return query

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


class NumberEqual(TypedFilter):
    name = _l("is")
    arg_name = "neq"

    def read(self, value: str) -> Decimal | None:
        return read_decimal(value) if value.strip() else None


class NumberAtLeast(NumberEqual):
    name = _l("at least")
    arg_name = "ge"

    def narrow(self, column: Any, value: Decimal) -> Any:
        return column >= value


class NumberAtMost(NumberEqual):
    name = _l("at most")
    arg_name = "le"

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

    def read(self, value: str) -> bool | None:
        return {"y": True, "n": False}.get(value.strip())


class IsNothing(BaseFilter):
    """For base filters: the row has no value there."""

    name = _l("is empty")

    def apply(self, query: Query, value: None) -> Query:
        return query.filter(getattr(self.model, self.column_name).is_(None))


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


#: Thousands in threes, all parted by the same sign.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")


def read_decimal(text: str) -> Decimal:
    """``1.234,50``, ``1234,50``, ``1,234.50`` or ``1234.5`` as a Decimal; InvalidOperation otherwise.

    The last separator is the decimal one, unless three digits follow it and it is a point or comes
    more than once: then it parts thousands. ``1,2,3`` is no number.
    """
    plain = text.strip().replace(" ", "").removeprefix("$")
    last = max(plain.rfind(","), plain.rfind("."))
    if last >= 0:
        sign, whole, cents = plain[last], plain[:last], plain[last + 1 :]
        thousands = len(cents) == 3 and (plain.count(sign) > 1 or sign == ".")
        grouped = plain if thousands else whole
        if (thousands or not {".", ","}.isdisjoint(whole)) and not _GROUPED.fullmatch(grouped):
            raise InvalidOperation(text)
        if not thousands and sign in whole:
            raise InvalidOperation(text)
        digits = grouped.replace(".", "").replace(",", "")
        plain = digits if thousands else f"{digits}.{cents}"
    value = Decimal(plain)
    if not value.is_finite():
        raise InvalidOperation(text)
    return value
