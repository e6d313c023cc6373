"""The history of a catalogue on its screens: of one row on its page, of all (deleted ones too) apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask import render_template, request
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select
from sqlalchemy.types import Date, DateTime

from app.core import web
from app.core.history import Change, changes_of
from app.core.typed import typed_key

VERBS = {
    "add": _l("added"),
    "edit": _l("changed"),
    "delete": _l("deleted"),
    "reset_password": _l("password changed"),
}
_OF_ROW, _OF_ALL = 100, 50


class HistoryPages:
    """Mixed into catalogue screens: whoever may see a row sees who changed it."""

    #: Column → what its stored value is called, where neither its type nor the screen's words tell.
    history_words: Mapping[str, Callable[[Any], str]] = {}
    datamodel: Any
    route_base: Any
    list_title: Any
    include_route_methods: Any
    label_columns: Any
    words: Any = {}
    formatters_columns: Any

    def __init__(self, **kwargs: Any) -> None:
        self.include_route_methods = {*self.include_route_methods, "history"}
        super().__init__(**kwargs)

    @expose("/history")
    @has_access
    @permission_name("list")
    def history(self) -> Any:
        """Every change of the catalogue, newest first; ``before`` in the address goes on from there."""
        changes = changes_of(
            web.session(),
            self.datamodel.obj.__tablename__,
            self._told(),
            before_id=typed_key(request.args.get("before")),
            most=_OF_ALL + 1,
        )
        shown = changes[:_OF_ALL]
        return render_template(
            "core/history.html",
            title=_("History: %(what)s", what=self.list_title),
            changes=[self._said(change) for change in shown],
            older=shown[-1].event_id if len(changes) > _OF_ALL else None,
            endpoint=type(self).__name__,
            open_ids=self.open_ids(shown),
        )

    def _show(self, pk: Any) -> dict[str, Any]:
        widgets = super()._show(pk)  # type: ignore[misc]
        changes = changes_of(
            web.session(),
            self.datamodel.obj.__tablename__,
            self._told(),
            ids=self.history_ids(self.find(pk)),  # type: ignore[attr-defined]
            most=_OF_ROW,
        )
        widgets["history"] = [self._said(change) for change in changes]
        return widgets

    def history_ids(self, item: Any) -> Iterable[int]:
        """The keys under which the timeline knows the row."""
        return [item.id]

    def _told(self) -> list[str]:
        """Columns with a label of ours; the first names the row."""
        return [c for c in type(self).label_columns if c != "id"]

    def open_ids(self, changes: Iterable[Change]) -> set[int]:
        """Which of these rows still have a page."""
        model = self.datamodel.obj
        ids = {change.subject_id for change in changes}
        return set(web.session().scalars(select(model.id).where(model.id.in_(ids))))

    def _said(self, change: Change) -> dict[str, Any]:
        fields = [
            (self.label_columns[column], *self._sides(column, before, after, change.verb))
            for column, before, after in change.columns
        ]
        named = next(iter(self._told()))
        return {
            "at": change.at,
            "who": change.who,
            "kind": change.verb,
            "verb": VERBS.get(change.verb, change.verb),
            "subject_id": change.subject_id,
            "named": self._value(named, change.named),
            "fields": fields,
        }

    def _sides(
        self, column: str, before: Any, after: Any, verb: str
    ) -> tuple[str | None, str | None]:
        """Before and after in words; of two lists, what went and what came. None: there was no row."""
        if isinstance(before, list) and isinstance(after, list):
            before, after = (
                [x for x in before if x not in after],
                [x for x in after if x not in before],
            )
        return (
            None if verb == "add" else self._value(column, before),
            None if verb == "delete" else self._value(column, after),
        )

    def _value(self, column: str, value: Any) -> str:
        if value is None or value == "" or value == []:
            return "—"
        if isinstance(value, list):
            return ", ".join(self._value(column, item) for item in value)
        if column in self.history_words:
            return self.history_words[column](value)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if value in self.words.get(column, {}):
            return str(self.words[column][value])
        return self._moment(column, value)

    def _moment(self, column: str, value: Any) -> str:
        mapped = inspect(self.datamodel.obj).columns.get(column)
        if mapped is not None and isinstance(mapped.type, DateTime):
            return web.moment(datetime.fromisoformat(value))
        if mapped is not None and isinstance(mapped.type, Date):
            return web.day(date.fromisoformat(value))
        return str(value)
