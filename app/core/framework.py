"""The one safe base under every Flask-AppBuilder screen (see ../shared design: framework.md).

Two kinds: `RecordScreen` lists, shows and downloads; `CatalogueScreen` also adds, edits and deletes
reference data, each in one transaction with its timeline row, keeping what was typed when it is
refused. A test walks every registered view and proves that it stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask_appbuilder import BaseView
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from sqlalchemy.exc import DataError, IntegrityError

from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.history_screen import HistoryPages
from app.core.interface import SafeInterface
from app.core.record_screen import RecordScreen
from app.core.timeline import note_deed
from app.core.transaction import deed

__all__ = ["CatalogueScreen", "RecordScreen", "RoomView", "SafeInterface", "snapshot"]


class RoomView(BaseView):
    """A screen of our own; its permission's name is its class and each method's name."""


class CatalogueScreen(HistoryPages, RecordScreen):
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
