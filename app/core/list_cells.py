"""The cells of a list as a page writes them. In Python, because a macro a cell was half of a list's time
(25 rows of nine columns: 9 of 20 ms); a test holds it against the macros that every other page uses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from app.core import web
from app.core.lists import Chip, Warned
from app.core.money import money

_NOTHING = "—"
#: A moment, a telephone, an account: read at a glance, never on two lines.
_SHORT = 17
#: More than so many names in a cell are only counted.
_MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column's label; numbers stand at the right."""

    label: Markup
    is_number: bool


def write_cell(value: Any) -> Markup:
    """What stands in a cell: Sí/No, a dash for nothing, dates and money in the unit's way, chips."""
    return Markup(_html(value))  # noqa: S704  (escaped there)


def write_row(values: Sequence[Any], columns: Sequence[Column]) -> Markup:
    """The cells after the first, whose column heads the row."""
    cells = (
        f'<td data-label="{column.label}"{_style(value, column)}>{_html(value)}</td>'
        for value, column in zip(values[1:], columns[1:], strict=True)
    )
    return Markup("".join(cells))  # noqa: S704  (each part is escaped)


def _style(value: Any, column: Column) -> str:
    if column.is_number:
        return ' class="num"'
    return ' class="nowrap"' if _is_short(value) else ""


def _is_short(value: Any) -> bool:
    """A day, or what begins with a figure and fits on a line."""
    if isinstance(value, date):
        return True
    return isinstance(value, str) and len(value) < _SHORT and value[:1] in "+0123456789"


def _html(value: Any) -> str:
    """``value`` escaped."""
    return _WRITERS.get(type(value), escape)(value)


def _chip(chip: Chip) -> str:
    return f'<span class="chip chip-{escape(chip.tone)}">{escape(str(chip.text))}</span>'


def _warned(value: Warned) -> str:
    why = escape(value.why)
    return (
        f'{escape(value.text)} <span title="{why}" aria-hidden="true">⚠</span>'
        f'<span class="visually-hidden">{why}</span>'
    )


def _names(values: Sequence[str]) -> str:
    if len(values) > _MOST_NAMES:
        return escape(ngettext("%(num)d item", "%(num)d items", len(values)))
    return escape(", ".join(values)) or _NOTHING


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: lambda text: escape(text) or _NOTHING,
    NoneType: lambda _value: _NOTHING,
    bool: lambda value: escape(_("Yes") if value else _("No")),
    Decimal: money,
    datetime: web.moment,
    date: web.day,
    Chip: _chip,
    Warned: _warned,
    list: _names,
}
