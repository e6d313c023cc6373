"""A framework screen over records: its list by key, its filters, saved views and downloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from flask import abort, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Query
from werkzeug.datastructures import MultiDict

from app.core import clock, web
from app.core.filters import Facet
from app.core.form_fields import SafeModelConverter
from app.core.interface import RequestFilters, SafeInterface
from app.core.keyset import Order
from app.core.list_deeds import ListDeeds
from app.core.list_words import describe, shown_value
from app.core.lists import (
    COUNT_CAP,
    FACET_COUNT_CAP,
    Asked,
    ListPage,
    NoSuchFilter,
    count_rows,
    read_asked,
    read_page,
)
from app.core.timeline import note_deed
from app.core.transaction import deed

#: Rows of values; inside the class ``list`` is the screen.
Row = list[Any]
Cells = list[Row]
Texts = list[str]
#: A download reads so many rows at a time.
_BATCH = 500
_FIXED_ROUTES = {"download", "save_view", "delete_view"}


class RecordScreen(ListDeeds, ModelView):
    """List and show. Whatever has a state is changed by views of ours that call a service."""

    datamodel: SafeInterface
    list_template = "appbuilder/general/model/list.html"
    include_route_methods = {"list", "show"}
    #: Column shown → column that gives its order (the folded key of a name).
    sorted_by: Mapping[str, str] = {}
    #: Relations that a list reads with its rows.
    eager: tuple[str, ...] = ()
    #: Column of codes → code → word (or `Chip`), on screen, in filters and in files alike.
    words: Mapping[str, Mapping[Any, Any]] = {}
    formatters_columns: Any = None
    #: Columns of `derive` that are numbers.
    derived_numbers: tuple[str, ...] = ()
    #: Filters over what is no column.
    facets: Mapping[str, Facet] = {}
    #: Filters over these tell of one person: no saved view keeps them.
    personal_columns: frozenset[str] = frozenset(
        {"folded", "identification", "number", "number_key", "note", "id"}
    )
    #: What the search box finds; None: there is none. `search` does it.
    search_hint: Any = None
    #: An empty list says what fills it.
    empty_text: Any = _l("Nothing has been added yet.")
    _filters = RequestFilters()
    search_form: Any = DynamicForm

    def __init__(self, **kwargs: Any) -> None:
        for needed in ("list_columns", "show_columns", "search_columns", "base_order"):
            if getattr(self, needed) is None:
                raise TypeError(f"{type(self).__name__} must set {needed}")
        self.include_route_methods = {*self.include_route_methods, *_FIXED_ROUTES}
        spoken = {c: _spoken(codes) for c, codes in self.words.items()}
        self.formatters_columns = spoken | dict(self.formatters_columns or {})
        super().__init__(**kwargs)

    def _init_forms(self) -> None:
        converter = SafeModelConverter(self.datamodel)
        for kind in ("add", "edit"):
            if kind not in self.include_route_methods:
                setattr(self, f"{kind}_form", DynamicForm)
            elif not getattr(self, f"{kind}_form"):
                form = converter.create_form(
                    self.label_columns,
                    getattr(self, f"{kind}_columns"),
                    self.description_columns,
                    self.validators_columns,
                    getattr(self, f"{kind}_form_extra_fields"),
                    getattr(self, f"{kind}_form_query_rel_fields"),
                )
                setattr(self, f"{kind}_form", form)
        if any(self.datamodel.is_relation(c) for c in self.search_columns):
            raise TypeError(f"{type(self).__name__}: relations cannot be searched")
        self.offered = self.datamodel.filter_converter_class(self.datamodel).offered(
            self.search_columns, self.words, self.facets
        )
        super()._init_forms()

    # --- what a list is asked for

    def asked(self, args: MultiDict[str, str]) -> Asked:
        """What ``args`` ask of this list; 400 for an operator that a column does not offer."""
        try:
            return self._read(args, strict=True)
        except NoSuchFilter:
            abort(400)

    def reread(self, query: str) -> Asked:
        """What a stored ``query`` asks of the list as it is today: what is gone is left out."""
        return self._read(MultiDict(parse_qsl(query)), strict=False)

    def _read(self, args: MultiDict[str, str], *, strict: bool) -> Asked:
        return read_asked(
            args,
            type(self).__name__,
            self.offered,
            self.order_columns,
            searchable=self.search_hint is not None,
            strict=strict,
        )

    def order_of(self, asked: Asked) -> Order:
        """By which column the list is walked."""
        model = self.datamodel.obj
        if asked.column:
            column = self.sorted_by.get(asked.column, asked.column)
            return Order(getattr(model, column), model.id, asked.descending)
        column, way = self.base_order
        return Order(getattr(model, column), model.id, way == "desc")

    def rows(self, asked: Asked) -> Query:
        """Every row that is asked for, without order: base filters, filters, search."""
        filters = self._filters
        filters.clear_filters()
        for each in asked.filters:
            filters.add_filter_index(each.column, each.operator, list(each.values))
        query = self.datamodel.session.query(self.datamodel.obj)
        query = filters.apply_all(self._base_filters.apply_all(query))
        return self.search(query, asked.typed) if asked.typed else query

    def search(self, query: Query, typed: str) -> Query:
        """``query`` narrowed to what the search box found; a screen with a box says how."""
        raise TypeError(f"{type(self).__name__}: a search box needs its search")

    def derive(self, items: Sequence[Any]) -> Mapping[int, Mapping[str, Any]]:
        """Values of columns that the table does not hold, by id: asked once for all ``items``."""
        return {}

    def list_note(self) -> str:
        """What stands beside the count, such as the day that the figures are of."""
        return ""

    def empty_link(self) -> tuple[Any, str] | None:
        """``(label, address)`` of what fills an empty list, where this person may do it."""
        return None

    # --- its rows

    def page(self, asked: Asked) -> ListPage:
        """One page with its cells."""
        lean = self.rows(asked)
        full = self.datamodel.with_relations(lean, self.eager)
        page = read_page(full, lean, self.order_of(asked), asked, self.count_cap(asked))
        page.cells = self.cells(page.items)
        return page

    def cells(self, items: Sequence[Any]) -> Cells:
        """The values of ``items`` in the list's columns: text, numbers, days, `Chip` or None."""
        derived = self.derive(items) if items else {}
        return [
            [self._cell(item, name, derived.get(item.id, {})) for name in self.list_columns]
            for item in items
        ]

    def _cell(self, item: Any, name: str, derived: Mapping[str, Any]) -> Any:
        value = derived[name] if name in derived else getattr(item, name)
        formatter = self.formatters_columns.get(name)
        return shown_value(formatter(value) if formatter else value)

    def count_cap(self, asked: Asked) -> int:
        """Where counting stops: sooner where each row takes a question of its own."""
        is_slow = any(each.column in self.facets for each in asked.filters)
        return FACET_COUNT_CAP if is_slow else COUNT_CAP

    def count(self, asked: Asked, cap: int) -> int:
        """How many rows are asked for, at most ``cap``."""
        return count_rows(self.rows(asked), self.order_of(asked), cap)

    def all_cells(self, asked: Asked) -> Iterator[Row]:
        """Every row's cells, in the list's order, from a cursor on the server: memory does not grow."""
        query = self.datamodel.with_relations(self.rows(asked), self.eager)
        query = query.order_by(*self.order_of(asked).by())
        found = self.datamodel.session.scalars(query.statement.execution_options(yield_per=_BATCH))
        for items in found.partitions(_BATCH):
            yield from self.cells(items)

    @cached_property
    def numeric_columns(self) -> frozenset[str]:
        """Columns that are written at the right."""
        model = self.datamodel
        stored = [c for c in self.list_columns if c in model.list_columns]
        numbers = (c for c in stored if model.is_numeric(c) or model.is_integer(c))
        return frozenset(numbers) - self.words.keys() | frozenset(self.derived_numbers)

    def shown_base_order(self) -> str:
        """The shown column that the list is ordered by when nobody chose another."""
        column = self.base_order[0]
        return next((name for name, key in self.sorted_by.items() if key == column), column)

    def heads(self) -> Texts:
        """The columns' labels."""
        return [str(self.label_columns[name]) for name in self.list_columns]

    def note_rows(self, kind: str, rows: int) -> None:
        """Somebody saw (``search``) or took (``download``) rows of this list: what is taken leaves a row
        of the timeline, and screens about people log both."""
        if kind == "download":
            with deed() as session:
                after = {"rows": rows}
                table = self.datamodel.obj.__tablename__
                note_deed(
                    session, web.agent(), clock.utcnow(), "download", table, None, after=after
                )

    # --- screens

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """One page, with everything that can be done with the list."""
        asked = self.asked(request.args)
        page = self.page(asked)
        self.note_rows("search", len(page.items))
        return self.render_template(
            self.list_template, title=self.list_title, page=page, screen=describe(self, page)
        )

    def href(self, pairs: Iterable[tuple[str, str]] = ()) -> str:
        """This list's address with these arguments."""
        values: dict[str, Any] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return url_for(f"{self.endpoint}.list", **values)

    def _show(self, pk: Any) -> dict[str, Any]:
        return self._get_show_widget(pk, self.find(pk))

    def find(self, pk: Any) -> Any:
        """The row, through the base filters; 404 otherwise."""
        try:
            item = self.datamodel.get(int(pk), self._base_filters)
        except (ValueError, OverflowError):
            abort(404)
        return item or abort(404)

    def is_get_mutation_allowed(self) -> bool:
        """Only a POST, which carries its token, may delete; the framework lets HEAD pass."""
        return request.method == "POST"

    def update_redirect(self) -> None:
        """No page history in the session: two tabs would mix it up."""

    def get_redirect(self) -> str:
        """Back to this screen's own list."""
        return url_for(f"{self.endpoint}.list")


def _spoken(codes: Mapping[Any, Any]) -> Any:
    return lambda code: codes.get(code, code)
