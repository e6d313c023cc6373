"""What one does with a list: save it as a view, take it away as a file."""

from __future__ import annotations

from typing import Any, BinaryIO
from urllib.parse import urlencode

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.downloads import AT_ONCE, ask_download
from app.core.errors import RuleBroken
from app.core.list_files import FORMS
from app.core.lists import Asked
from app.core.saved_views import delete_view, save_view
from app.core.transaction import deed


class ListDeeds:
    """Mixed into `app.core.record_screen.RecordScreen`, whose list it acts on."""

    @expose("/download", methods=["POST"])
    @has_access
    def download(self: Any) -> Response:
        """Exactly what the address lists: at once when it is short, else by the worker."""
        form = request.form.get("form", "")
        if form not in FORMS:
            abort(400)
        asked = self.asked(request.args)
        if self.count(asked, AT_ONCE + 1) > AT_ONCE:
            return self._download_later(asked, form)
        file = new_file()
        self.note_rows("download", self.write_list(asked, form, file))
        day = web.today()
        return attached(file, FORMS[form].mimetype, f"{self.list_title} {day}.{form}")

    def _download_later(self: Any, asked: Asked, form: str) -> Response:
        with deed() as session:
            ask_download(
                session,
                web.agent(),
                clock.utcnow(),
                screen=type(self).__name__,
                title=str(self.list_title),
                query=asked.query,
                form=form,
                language=str(get_locale()),
            )
        flash(_("The file is being prepared. You can leave this page and come back."), "info")
        return redirect(url_for("DownloadView.mine"))

    def write_list(self: Any, asked: Asked, form: str, target: BinaryIO, tell: Any = None) -> int:
        """Write the whole list to ``target``; how many rows. ``tell`` hears how far it is."""
        counted = _Counted(self.all_cells(asked), tell)
        FORMS[form].write(target, self.heads(), counted, web.settings()["zone"])
        return counted.rows

    @expose("/views", methods=["POST"])
    @has_access
    @permission_name("list")
    def save_view(self: Any) -> Response:
        """Keep the address's filters and order under a name."""
        asked = self.asked(request.args)
        try:
            with deed() as session:
                view_id = save_view(
                    session,
                    web.agent(),
                    clock.utcnow(),
                    type(self).__name__,
                    request.form.get("name", ""),
                    urlencode(self.fit_to_keep(asked)),
                    shared=request.form.get("shared") == "y",
                )
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return redirect(self.href(asked.pairs()))
        flash(_("View saved."), "success")
        if asked.typed or self.fit_to_keep(asked) != asked.kept():
            flash(_("What was typed about a person is not kept in a view."), "info")
        return redirect(self.href([*asked.kept(), *asked.searched(), ("view", str(view_id))]))

    def fit_to_keep(self: Any, asked: Asked) -> list[tuple[str, str]]:
        """What a saved view may hold: everything but filters over what tells of one person."""
        told = {each.arg for each in asked.filters if each.column in self.personal_columns}
        return [pair for pair in asked.kept() if pair[0] not in told]

    @expose("/views/<int:view_id>/delete", methods=["POST"])
    @has_access
    @permission_name("list")
    def delete_view(self: Any, view_id: int) -> Response:
        """Delete one's own view; the list stays as it is."""
        asked = self.asked(request.args)
        try:
            with deed() as session:
                delete_view(session, web.agent(), clock.utcnow(), type(self).__name__, view_id)
        except LookupError:
            abort(404)
        flash(_("View deleted."), "success")
        return redirect(self.href([*asked.kept(), *asked.searched()]))


class _Counted:
    """Passes rows on, and tells how many have passed every so often."""

    EVERY = 1000

    def __init__(self, rows: Any, tell: Any) -> None:
        self.source, self.tell, self.rows = rows, tell, 0

    def __iter__(self) -> Any:
        for row in self.source:
            yield row
            self.rows += 1
            if self.tell and self.rows % self.EVERY == 0:
                self.tell(self.rows)
