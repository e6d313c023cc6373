"""What an address asks of a list, and the page that answers it.

Everything that narrows or orders a list stays in its address, and so in its saved views and downloads:
``_flt_<operator>_<column>``, ``_oc_<screen>`` and ``_od_<screen>``, ``psize_<screen>``, ``q``. The page
is ``after=<id>``, ``before=<id>`` or ``last=1``: the id alone, nobody's data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import BigInteger
from sqlalchemy.orm import Query
from werkzeug.datastructures import MultiDict

from app.core.keyset import Order, rows_beyond
from app.core.money import whole
from app.core.typed import LARGEST_KEY, LARGEST_SMALL_KEY, typed_key

#: Counting stops here: "more than 2 000" is all that a person needs to know.
COUNT_CAP = 2000
#: The same for filters over what is no column.
FACET_COUNT_CAP = 500
PAGE_SIZES = (25, 50, 100)
_LONGEST_TYPED = 100
_FILTER = re.compile(r"_flt_(\d)_(\w+)")


class NoSuchFilter(ValueError):
    """The address names an operator that the column does not offer."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A cell that is a state: a word and its colour (ok, wait, bad, info or muted)."""

    text: Any
    tone: str = "muted"

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Warned:
    """A cell that is not to be relied on; ``why`` says it on screen, a file holds the value alone."""

    text: str
    why: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that is on; ``arg`` is its name in the address."""

    arg: str
    column: str
    operator: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The list that an address asks for; what is gone or not offered is not in it."""

    screen: str
    filters: tuple[Chosen, ...] = ()
    #: The column as the list shows it; empty for the screen's own order.
    column: str = ""
    descending: bool = False
    size: int = PAGE_SIZES[0]
    typed: str = ""
    after: int | None = None
    before: int | None = None
    last: bool = False
    view_id: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Something is filtered or searched for."""
        return bool(self.filters or self.typed)

    def kept(self) -> list[tuple[str, str]]:
        """Filters, order and size, without what was searched for."""
        pairs = [(f.arg, value) for f in self.filters for value in f.values]
        return pairs + self._order_pairs()

    def pairs(self) -> list[tuple[str, str]]:
        """The whole list without its page: filters, order, size, search."""
        return self.kept() + self.searched() + self.viewed()

    def searched(self) -> list[tuple[str, str]]:
        """The search alone."""
        return [("q", self.typed)] if self.typed else []

    def viewed(self) -> list[tuple[str, str]]:
        """The saved view that was opened."""
        return [("view", str(self.view_id))] if self.view_id else []

    def without(self, arg: str, value: str) -> list[tuple[str, str]]:
        """The same list without one value of one filter."""
        return [pair for pair in self.pairs() if pair != (arg, value)]

    def ordered_by(self, column: str, *, descending: bool) -> list[tuple[str, str]]:
        """The same list in another order."""
        rest = [p for p in self.pairs() if p[0] not in (self._oc, self._od)]
        return [*rest, (self._oc, column), (self._od, "desc" if descending else "asc")]

    def sized(self, size: int) -> list[tuple[str, str]]:
        """The same list with ``size`` rows a page."""
        return [p for p in self.pairs() if p[0] != self._psize] + [(self._psize, str(size))]

    @property
    def query(self) -> str:
        """`pairs` as the query of an address."""
        return urlencode(self.pairs())

    def _order_pairs(self) -> list[tuple[str, str]]:
        pairs = []
        if self.column:
            pairs += [(self._oc, self.column), (self._od, "desc" if self.descending else "asc")]
        if self.size != PAGE_SIZES[0]:
            pairs.append((self._psize, str(self.size)))
        return pairs

    @property
    def _oc(self) -> str:
        return f"_oc_{self.screen}"

    @property
    def _od(self) -> str:
        return f"_od_{self.screen}"

    @property
    def _psize(self) -> str:
        return f"psize_{self.screen}"


def read_asked(
    args: MultiDict[str, str],
    screen: str,
    offered: Mapping[str, list[Any]],
    orders: list[str],
    *,
    searchable: bool,
    strict: bool = True,
) -> Asked:
    """What ``args`` ask of the list of ``screen``, which ``offered`` filters and ``orders``.

    Whatever is unknown, gone or rubbish is left out; an operator that a known column does not offer
    raises `NoSuchFilter`, unless what is read was stored by us and is not ``strict``.
    """
    column, way = args.get(f"_oc_{screen}", ""), args.get(f"_od_{screen}", "")
    known = column in orders and way in ("asc", "desc")
    size = typed_key(args.get(f"psize_{screen}")) or PAGE_SIZES[0]
    return Asked(
        screen=screen,
        filters=_read_filters(args, offered, strict),
        column=column if known else "",
        descending=known and way == "desc",
        size=min(size, PAGE_SIZES[-1]),
        typed=args.get("q", "").strip()[:_LONGEST_TYPED] if searchable else "",
        after=typed_key(args.get("after")),
        before=typed_key(args.get("before")),
        last=args.get("last") == "1",
        view_id=typed_key(args.get("view")),
    )


def _read_filters(
    args: MultiDict[str, str], offered: Mapping[str, list[Any]], strict: bool
) -> tuple[Chosen, ...]:
    found = []
    for arg in args:
        match = _FILTER.fullmatch(arg)
        if match is None or match[2] not in offered:
            continue
        values = tuple(dict.fromkeys(v for v in args.getlist(arg) if v.strip()))
        known = int(match[1]) < len(offered[match[2]])
        if strict and not known:
            raise NoSuchFilter(arg)
        if known and values:
            found.append(Chosen(arg, match[2], int(match[1]), values))
    return tuple(found)


@dataclass(slots=True)
class ListPage:
    """One page: the ``items`` of the table and their ``cells`` in the list's columns."""

    asked: Asked
    items: list[Any]
    has_previous: bool
    has_next: bool
    #: All matching rows, at most ``cap`` + 1.
    count: int
    cap: int = COUNT_CAP
    cells: list[list[Any]] = field(default_factory=list)

    @property
    def counted(self) -> str:
        """``1.234``, or that there are more than anyone counts."""
        if self.count > self.cap:
            return _("more than %(num)s", num=whole(self.cap))
        return whole(self.count)

    def next_pairs(self) -> list[tuple[str, str]]:
        """The address of the next page."""
        return [*self.asked.pairs(), ("after", str(self.items[-1].id))]

    def previous_pairs(self) -> list[tuple[str, str]]:
        """The address of the page before."""
        return [*self.asked.pairs(), ("before", str(self.items[0].id))]

    def last_pairs(self) -> list[tuple[str, str]]:
        """The address of the last page."""
        return [*self.asked.pairs(), ("last", "1")]


def read_page(query: Query, lean: Query, order: Order, asked: Asked, cap: int) -> ListPage:
    """The page that is asked for. ``lean`` is ``query`` without what is read beside the rows; they are
    counted up to ``cap``.

    A row that has gone, or that nobody could have been sent to, leads to the first page.
    """
    if asked.last:
        return _page_back(query, lean, order, asked, None, cap)
    if asked.before is not None:
        position = _position(lean, order, asked.before)
        if position is not None:
            page = _page_back(query, lean, order, asked, position, cap)
            if len(page.items) == asked.size:
                return page
        return _page_on(query, lean, order, asked, None, cap)
    position = None if asked.after is None else _position(lean, order, asked.after)
    return _page_on(query, lean, order, asked, position, cap)


def _position(lean: Query, order: Order, key: int) -> tuple[Any, int] | None:
    """Where the row with this id stands, whether or not it is still among the filtered ones."""
    if key > (LARGEST_KEY if isinstance(order.key.type, BigInteger) else LARGEST_SMALL_KEY):
        return None
    row = lean.session.query(order.column).filter(order.key == key).one_or_none()
    return None if row is None else (row[0], key)


def _page_on(
    query: Query,
    lean: Query,
    order: Order,
    asked: Asked,
    position: tuple[Any, int] | None,
    cap: int,
) -> ListPage:
    rows = rows_beyond(query, order, position, asked.size + 1, backwards=False)
    if position is not None and not rows:
        return _page_back(query, lean, order, asked, None, cap)
    more = len(rows) > asked.size
    count = len(rows) if position is None and not more else count_rows(lean, order, cap + 1)
    return ListPage(asked, rows[: asked.size], position is not None, more, count, cap)


def _page_back(
    query: Query,
    lean: Query,
    order: Order,
    asked: Asked,
    position: tuple[Any, int] | None,
    cap: int,
) -> ListPage:
    rows = rows_beyond(query, order, position, asked.size + 1, backwards=True)
    more = len(rows) > asked.size
    count = count_rows(lean, order, cap + 1)
    return ListPage(asked, rows[: asked.size][::-1], more, position is not None, count, cap)


def count_rows(lean: Query, order: Order, cap: int) -> int:
    """Matching rows, at most ``cap``."""
    return lean.with_entities(order.key).order_by(None).limit(cap).count()
