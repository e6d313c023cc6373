"""A list in words: its filters, its chips, its orders, its saved views, for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from app.core import web
from app.core.list_cells import Column, write_cell, write_row
from app.core.lists import Asked, Chip, ListPage, Warned
from app.core.money import money, read_decimal
from app.core.saved_views import views_seen

_PLAIN = (str, int, Decimal, date, datetime, Chip, Warned, type(None))


def shown_value(value: Any) -> Any:
    """What a page or a file can write: related rows by their name, never a row itself."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple | set):
        return list(value) if all(isinstance(e, str) for e in value) else sorted(map(str, value))
    return str(value)


@dataclass(frozen=True, slots=True)
class FilterEntry:
    """One line of «+ Filter»: ``operators`` are ``(argument, name)``, ``choices`` ``(value, word)``."""

    column: str
    label: Any
    kind: str
    operators: list[tuple[str, Any]]
    choices: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class ChosenChip:
    """A filter that is on, in words, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A saved view and the address that opens it."""

    id: int
    name: str
    href: str
    shared: bool
    mine: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class ScreenWords:
    """Everything that a list's template says beside its rows."""

    view: Any
    chips: list[ChosenChip]
    views: list[ViewLink]
    opened: str
    order: str
    #: Arguments that a form of the list carries along.
    carried: list[tuple[str, str]]
    columns: list[Column]

    write_cell = staticmethod(write_cell)

    def write_row(self, values: Sequence[Any]) -> Markup:
        """The cells of a row after the first."""
        return write_row(values, self.columns)

    def query(self) -> dict[str, list[str]]:
        """`carried` by name, as an address is made of it."""
        return MultiDict(self.carried).to_dict(flat=False)

    def entries(self) -> Iterator[FilterEntry]:
        """The filters that can be added."""
        return filter_entries(self.view)


def describe(view: Any, page: ListPage) -> ScreenWords:
    """The words of ``view``'s list as ``page`` shows it."""
    asked = page.asked
    views = _views(view, asked)
    return ScreenWords(
        view=view,
        chips=list(_chips(view, asked)),
        views=views,
        opened=next((v.name for v in views if v.is_open), ""),
        order=_order(view, asked),
        carried=asked.pairs(),
        columns=[
            Column(escape(label), name in view.numeric_columns)
            for name, label in zip(view.list_columns, view.heads(), strict=True)
        ],
    )


def filter_entries(view: Any) -> Iterator[FilterEntry]:
    """Every filter that ``view`` offers."""
    for column, filters in view.offered.items():
        facet = view.facets.get(column)
        operators = [(f"_flt_{n}_{column}", each.name) for n, each in enumerate(filters)]
        choices = list(_choices(view, column))
        label = facet.label if facet else view.label_columns[column]
        yield FilterEntry(column, label, _kind(view, column), operators, choices)


def _kind(view: Any, column: str) -> str:
    if column in view.facets:
        return view.facets[column].kind
    model = view.datamodel
    if column in view.words:
        return "choice"
    if model.is_boolean(column):
        return "bool"
    if model.is_date(column) or model.is_datetime(column):
        return "date"
    return "number" if model.is_numeric(column) or model.is_integer(column) else "text"


def _choices(view: Any, column: str) -> Iterator[tuple[str, Any]]:
    """``(value, word)``: of codes, of a facet, or Yes and No."""
    if column in view.words:
        yield from ((str(code), str(word)) for code, word in view.words[column].items())
    elif column in view.facets and view.facets[column].choices:
        yield from ((str(value), str(word)) for value, word in view.facets[column].choices())
    elif _kind(view, column) == "bool":
        yield from (("y", _("Yes")), ("n", _("No")))


def _chips(view: Any, asked: Asked) -> Iterator[ChosenChip]:
    for chosen in asked.filters:
        used = view.offered[chosen.column][chosen.operator]
        facet = view.facets.get(chosen.column)
        label = str(facet.label if facet else view.label_columns[chosen.column])
        words = dict(_choices(view, chosen.column))
        for value in chosen.values:
            said = words.get(value) or _said(value, _kind(view, chosen.column))
            yield ChosenChip(
                _chip_text(label, used, said), view.href(asked.without(chosen.arg, value))
            )


def _chip_text(label: str, used: Any, said: str) -> str:
    sign = str(used.name if used.sign is None else used.sign)
    return f"{label}: {said}" if sign == ":" else f"{label} {sign} {said}"


def _said(value: str, kind: str) -> str:
    """The value as people here write it; as it was typed when it is no such value."""
    try:
        if kind == "date":
            return web.day(date.fromisoformat(value.strip()))
        if kind == "number":
            number = read_decimal(value)
            return str(int(number)) if number == int(number) else money(number)
    except (ValueError, InvalidOperation):
        return value
    return value


def _views(view: Any, asked: Asked) -> list[ViewLink]:
    agent = web.agent()
    found = []
    for saved in views_seen(web.session(), agent, type(view).__name__):
        kept = view.reread(saved.query)
        href = view.href([*kept.kept(), ("view", str(saved.id))])
        mine = saved.owner_id == agent.user_id
        found.append(
            ViewLink(saved.id, saved.name, href, saved.shared, mine, asked.view_id == saved.id)
        )
    return found


def _order(view: Any, asked: Asked) -> str:
    shown = asked.column or view.shown_base_order()
    return str(view.label_columns.get(shown) or _("number"))
