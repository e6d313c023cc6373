"""Mis descargas: what the worker wrote for the signed-in person, and for nobody else."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, flash, g, redirect, render_template, send_file, url_for
from flask_appbuilder import AppBuilder, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.core import clock, web
from app.core.downloads import (
    downloads_of,
    fill_file,
    finish_download,
    own_download,
    stored_file,
    take_up,
    tell_rows,
)
from app.core.framework import RecordScreen, RoomView
from app.core.list_files import FORMS
from app.core.models import Download
from app.core.transaction import deed
from app.extensions import db


class DownloadView(RoomView):
    """Long lists: how far they are, and the files."""

    route_base = "/downloads"
    default_view = "mine"

    @expose("/")
    @has_access
    def mine(self) -> Any:
        """The own ones, newest first."""
        return render_template("downloads/mine.html", title=_("My downloads"), **_mine())

    @expose("/state")
    @has_access
    @permission_name("mine")
    def state(self) -> Any:
        """The table alone, which the page asks for while something is being written."""
        return render_template("downloads/_table.html", **_mine())

    @expose("/<int:download_id>/file")
    @has_access
    @permission_name("mine")
    def file(self, download_id: int) -> Response:
        """The file, to its owner alone and as long as the list is open to them; logged."""
        try:
            download = own_download(web.session(), web.agent(), download_id)
        except LookupError:
            abort(404)
        path = stored_file(web.var(), download)
        if download.status != "ready" or not path.is_file():
            flash(_("That file is not there. Ask for the download again from its list."), "warning")
            return redirect(url_for("DownloadView.mine"))
        if not self.appbuilder.sm.has_access("can_download", download.screen):
            abort(403)
        screen = screen_named(self.appbuilder, download.screen)
        if screen is not None:
            screen.note_rows("download", download.rows)
        day = clock.local_day(download.created_at, web.settings()["zone"])
        name = f"{download.title} {day}.{download.form}"
        kind = FORMS[download.form].mimetype
        return send_file(path, mimetype=kind, as_attachment=True, download_name=name)


def _mine() -> dict[str, Any]:
    found = downloads_of(web.session(), web.agent())
    running = any(d.status in ("waiting", "writing") for d in found)
    return {"downloads": found, "running": running}


def screen_named(appbuilder: AppBuilder, name: str) -> RecordScreen | None:
    """The registered list of that name; None when there is none any more."""
    screens = (view for view in appbuilder.baseviews if isinstance(view, RecordScreen))
    return next((screen for screen in screens if type(screen).__name__ == name), None)


def write_download(app: Flask, download_id: int) -> None:
    """The worker's part: write the list as its owner would see it, telling how far it is.

    Whatever goes wrong ends as one sentence on the owner's page.
    """
    with app.test_request_context():
        with deed() as session:
            download = take_up(session, download_id)
            if download is None:
                return
        rows, stored_as, error = 0, None, ""
        with force_locale(download.language):
            try:
                rows, stored_as = _write(app.appbuilder, download)  # type: ignore[attr-defined]
            except PermissionError:
                error = _("You may no longer download this list.")
            except Exception:
                app.logger.exception("download %s failed", download_id)
                error = _("The file could not be written. Ask for it again; tell us if it repeats.")
        db.session.rollback()
        with deed() as session:
            finish_download(session, clock.utcnow(), download_id, rows, stored_as, error)


def _write(appbuilder: AppBuilder, download: Download) -> tuple[int, str]:
    screen = screen_named(appbuilder, download.screen)
    owner = appbuilder.sm.load_user(download.owner_id)
    if screen is None or owner is None:
        raise PermissionError
    # What a screen shows may depend on who asks.
    g._login_user = owner
    if not appbuilder.sm.has_access("can_download", download.screen):
        raise PermissionError
    rows = 0

    def write(target: Any) -> None:
        nonlocal rows
        asked = screen.reread(download.query)
        rows = screen.write_list(asked, download.form, target, _teller(download.id))

    stored_as = fill_file(web.var(), write)
    return rows, stored_as


def _teller(download_id: int) -> Any:
    """Says how far the writing is on a connection of its own: the reading keeps its cursor."""

    def tell(rows: int) -> None:
        with Session(db.engine) as own:
            tell_rows(own, download_id, rows)
            own.commit()

    return tell
