"""What stands between a framework screen and its table: the eager query and the filters of a request."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import Query, joinedload, selectinload

from app.core.filters import SafeFilterConverter


class SafeInterface(SQLAInterface):
    """Offers only filters that cannot fail, and reads the relations that a list shows with it."""

    filter_converter_class = SafeFilterConverter

    def with_relations(self, query: Query, names: tuple[str, ...]) -> Query:
        """``query`` that brings these relations along: no question for each row."""
        return query.options(
            *(
                (joinedload if self.is_relation_many_to_one(name) else selectinload)(
                    getattr(self.obj, name)
                )
                for name in names
            )
        )


class ScreenFilters(Filters):
    """Which of its screen's filters are on, and with what values."""

    def __init__(self, view: Any) -> None:
        self.search_columns = list(view.offered)
        self.filter_converter = view.datamodel.filter_converter_class
        self.datamodel = view.datamodel
        self._search_filters = self._all_filters = view.offered
        self.clear_filters()

    def apply_all(self, query: Query) -> Query:
        """``query`` narrowed by every filter that is on."""
        for each, values in zip(self.filters, self.values, strict=True):
            query = each.apply_values(query, values)
        return query


class RequestFilters:
    """The list's filters, one object a request: the framework shares one between threads (#2366)."""

    def __get__(self, view: Any, owner: type) -> Any:
        if view is None:
            return self
        if not has_request_context():
            return ScreenFilters(view)
        kept = g.setdefault("list_filters", {})
        if view not in kept:
            kept[view] = ScreenFilters(view)
        return kept[view]

    def __set__(self, view: Any, value: Filters) -> None:
        """The framework assigns its shared object; it is not kept."""
