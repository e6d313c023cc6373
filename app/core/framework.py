"""The one safe base under every Flask-AppBuilder screen (see ../shared design: framework.md).

Two kinds: `RecordScreen` lists and shows; `CatalogueScreen` also adds, edits and deletes reference
data, each in one transaction with its timeline row, keeping what was typed when it is refused.
A test walks every registered view and proves that it stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, flash, g, has_request_context, request, url_for
from flask_appbuilder import BaseView, ModelView
from flask_appbuilder.forms import DynamicForm, FieldConverter, GeneralModelConverter
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.urltools import get_filter_args, get_order_args
from flask_appbuilder.validators import Unique
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Query, joinedload
from wtforms.validators import InputRequired

from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.fields import CONVERSION
from app.core.filters import SafeFilterConverter
from app.core.timeline import note_deed
from app.core.transaction import deed

#: Counting stops here: "more than 2 000" is all that a person needs to know.
COUNT_CAP = 2000
PAGE_SIZES = (25, 50, 100)
#: Deeper pages are reached by filters, not by skipping rows.
MAX_OFFSET = 100_000


class RoomView(BaseView):
    """A screen of our own; its permission's name is its class and each method's name."""


class SafeInterface(SQLAInterface):
    """Counts up to a cap and offers only filters that cannot fail."""

    filter_converter_class = SafeFilterConverter
    eager: tuple[str, ...] = ()

    def apply_all(self, query: Query, *args: Any, **kwargs: Any) -> Query:
        """The list's query, with the relations that it shows."""
        query = super().apply_all(query, *args, **kwargs)
        return query.options(*(joinedload(getattr(self.obj, name)) for name in self.eager))

    def query_count(self, query: Query, filters: Any = None, select_columns: Any = None) -> int:
        """Matching rows, at most ``COUNT_CAP + 1``."""
        matching = self._apply_inner_all(
            query, filters, select_columns=select_columns, aliases_mapping={}
        )
        return matching.order_by(None).limit(COUNT_CAP + 1).count()


class _RequestFilters:
    """The list's filters, one object a request: the framework shares one between threads (#2366)."""

    def __get__(self, view: Any, owner: type) -> Any:
        if view is None:
            return self
        if not has_request_context():
            return view.datamodel.get_filters(view.search_columns)
        kept = g.setdefault("list_filters", {})
        if view not in kept:
            kept[view] = view.datamodel.get_filters(view.search_columns)
        return kept[view]

    def __set__(self, view: Any, value: Filters) -> None:
        """The framework assigns its shared object; it is not kept."""


class _SafeFieldConverter(FieldConverter):
    conversion_table = CONVERSION


class _SafeModelConverter(GeneralModelConverter):
    """Plain fields of ours; never a select that loads a whole table."""

    def _convert_simple(self, col_name, label, description, lst_validators, form_props):
        lst_validators = list(lst_validators)
        super()._convert_simple(col_name, label, description, lst_validators, form_props)
        if self._may_be_empty(col_name):
            lst_validators = [v for v in lst_validators if not isinstance(v, InputRequired)]
        for validator in lst_validators:
            if isinstance(validator, Unique):
                validator.message = _l("Already exists.")
        form_props[col_name] = _SafeFieldConverter(
            self.datamodel,
            col_name,
            label,
            description,
            lst_validators,
            default=self.datamodel.get_col_default(col_name),
        ).convert()
        return form_props

    def _may_be_empty(self, col_name: str) -> bool:
        """NOT NULL and yet not required: a box left unticked, a text whose default is none."""
        return self.datamodel.is_boolean(col_name) or self.datamodel.get_col_default(col_name) == ""

    def _convert_many_to_one(self, col_name, *args: Any):
        raise TypeError(f"{col_name}: a foreign key needs a lookup field of its own")


class RecordScreen(ModelView):
    """List and show. Whatever has a state is changed by views of ours that call a service."""

    list_template = "appbuilder/general/model/list.html"
    include_route_methods = {"list", "show"}
    page_size = PAGE_SIZES[0]
    #: Column shown → column that gives its order (the folded key of a name).
    sorted_by: Mapping[str, str] = {}
    #: Many-to-one relations that a list reads in the same query.
    eager: tuple[str, ...] = ()
    _filters = _RequestFilters()
    search_form: Any = None

    def __init__(self, **kwargs: Any) -> None:
        for needed in ("list_columns", "show_columns", "search_columns", "base_order"):
            if getattr(self, needed) is None:
                raise TypeError(f"{type(self).__name__} must set {needed}")
        self.datamodel.eager = self.eager
        super().__init__(**kwargs)

    def _init_forms(self) -> None:
        converter = _SafeModelConverter(self.datamodel)
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
        plain = [c for c in self.search_columns if not self.datamodel.is_relation(c)]
        if plain != list(self.search_columns):
            raise TypeError(f"{type(self).__name__}: relations cannot be searched")
        if not self.search_form:
            self.search_form = converter.create_form(self.label_columns, plain)
        super()._init_forms()

    def _list(self, **kwargs: Any) -> dict[str, Any]:
        page, size = self._page()
        column, direction = self._order()
        self._read_filters()
        widgets = self._get_list_widget(
            filters=self._filters,
            order_column=column,
            order_direction=direction,
            page=page,
            page_size=size,
            **kwargs,
        )
        return self._get_search_widget(form=self.search_form.refresh(), widgets=widgets)

    def _read_filters(self) -> None:
        try:
            get_filter_args(self._filters)
        except IndexError:  # an operator that the column does not offer
            abort(400)

    def _page(self) -> tuple[int, int]:
        name = type(self).__name__
        try:
            page = int(request.args.get(f"page_{name}", 0))
            size = int(request.args.get(f"psize_{name}", self.page_size))
        except ValueError:
            abort(400)
        size = min(max(size, 1), PAGE_SIZES[-1])
        if page < 0 or page * size > MAX_OFFSET:
            abort(400)
        return page, size

    def _order(self) -> tuple[str, str]:
        column, direction = get_order_args().get(type(self).__name__, ("", ""))
        if column not in self.order_columns:
            return "", ""
        return self.sorted_by.get(column, column), direction

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


class CatalogueScreen(RecordScreen):
    """Reference data: a form to add, one to edit, and deletion where nothing uses the row."""

    include_route_methods = {"list", "show", "add", "edit", "delete"}

    def _add(self) -> Any:
        form = self.add_form.refresh()
        item = self.datamodel.obj()
        if request.method == "POST" and form.validate() and self._save(form, item, "add"):
            return None
        return self._get_add_widget(form=form)

    def _edit(self, pk: Any) -> Any:
        item = self.find(pk)
        if request.method == "GET":
            form = self.edit_form.refresh(obj=item)
            self.prefill_form(form, pk)
            return self._get_edit_widget(form=form)
        form = self.edit_form.refresh(request.form)
        form._id = self.datamodel.get_pk_value(item)
        if form.validate() and self._save(form, item, "edit"):
            return None
        return self._get_edit_widget(form=form)

    def _delete(self, pk: Any) -> None:
        item = self.find(pk)
        self._do("delete", item, lambda session: session.delete(item), self.delete_row_message)

    def _save(self, form: Any, item: Any, verb: str) -> bool:
        def write(session: Any) -> Any:
            form.populate_obj(item)
            return self.store(session, item, verb)

        message = self.add_row_message if verb == "add" else self.edit_row_message
        return self._do(verb, item, write, message)

    def store(self, session: Any, item: Any, verb: str) -> Any:
        """Put the filled-in item into the session; a screen may do more, or refuse by RuleBroken.
        Another row that takes the item's place is returned: the timeline shows it as what came."""
        session.add(item)

    def _do(self, verb: str, item: Any, write: Callable[[Any], Any], message: Any) -> bool:
        before = None if verb == "add" else snapshot(item)
        table = item.__tablename__
        try:
            with deed() as session, session.no_autoflush:
                stored = write(session) or item
                session.flush()
                note_deed(
                    session,
                    web.agent(),
                    clock.utcnow(),
                    f"{verb}_{table}"[:40],
                    table,
                    inspect(item).identity[0] if inspect(item).identity else None,
                    before=before,
                    after=None if verb == "delete" else snapshot(stored),
                )
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return False
        except IntegrityError:
            flash(_IN_USE if verb == "delete" else _ALREADY, "danger")
            return False
        except DataError:
            flash(_UNREADABLE, "danger")
            return False
        flash(message, "success")
        return True


_IN_USE = _l("It is in use by other records and cannot be deleted; make it inactive instead.")
_ALREADY = _l("There is already one like this. Change what must be unique and save again.")
_UNREADABLE = _l("The address or the form holds something that cannot be read.")
#: Never written to the timeline.
_SECRET = {"password"}


def snapshot(item: Any) -> dict[str, Any]:
    """The row's columns, and the names of what it is linked to many-to-many."""
    mapper = inspect(type(item))
    values = {c.key: getattr(item, c.key) for c in mapper.column_attrs if c.key not in _SECRET}
    for relation in mapper.relationships:
        if relation.secondary is not None and relation.key in item.__dict__:
            values[relation.key] = sorted(str(x) for x in getattr(item, relation.key))
    return values
