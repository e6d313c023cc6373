"""One load on screen: its state, its problems by kind, and the rows that carry them as a marked workbook."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.access.log import log_access
from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.xlsx import XLSX
from app.intake.files import stored_path
from app.intake.labels import PROBLEMS, STATUSES
from app.intake.models import Load, LoadProblem
from app.intake.problems_workbook import write_problems
from app.intake.undo import undo_refusal

_SHOWN = 200


class ProblemPages(RoomView):
    """The part of the loads that is about one of them."""

    @expose("/<int:load_id>")
    @has_access
    @permission_name("read")
    def load(self, load_id: int) -> Any:
        """One load, whatever its state."""
        return render_template("intake/load.html", **self._load(load_id))

    @expose("/<int:load_id>/state")
    @has_access
    @permission_name("read")
    def state(self, load_id: int) -> Any:
        """The part of the page that changes while the worker is at it."""
        return render_template("intake/_state.html", **self._load(load_id))

    @expose("/<int:load_id>/problems/<kind>")
    @has_access
    @permission_name("read")
    def problems(self, load_id: int, kind: str) -> Any:
        """The first rows that carry one kind of problem."""
        context = self._load(load_id)
        query = select(LoadProblem).where(LoadProblem.load_id == load_id, LoadProblem.kind == kind)
        rows = web.session().scalars(query.order_by(LoadProblem.row_number).limit(_SHOWN)).all()
        total = web.session().scalar(select(func.count()).select_from(query.subquery())) or 0
        _log("view", "load problems", len(rows))
        return render_template("intake/problems.html", kind=kind, rows=rows, total=total, **context)

    @expose("/<int:load_id>/workbook")
    @expose("/<int:load_id>/workbook/<kind>")
    @has_access
    @permission_name("read")
    def workbook(self, load_id: int, kind: str | None = None) -> Any:
        """The rows with problems as they came in the file, the cells at fault marked."""
        load = web.session().get(Load, load_id) or abort(404)
        if kind is not None and kind not in PROBLEMS:
            abort(404)
        file = new_file()
        try:
            kept = stored_path(web.var(), load.stored_as)
            rows = write_problems(file, web.session(), load, kept, kind)
        except RuleBroken as refused:
            file.close()
            flash(str(refused), "danger")
            return redirect(url_for("LoadView.load", load_id=load_id))
        _log("download", f"load problems {kind or ''}".strip(), rows)
        what = PROBLEMS[kind] if kind else _("problems")
        name = f"{PurePath(load.file_name).stem} {what}.xlsx"
        return attached(file, XLSX, name)

    def _load(self, load_id: int) -> dict[str, Any]:
        session = web.session()
        load = session.get(Load, load_id) or abort(404)
        counts = session.execute(
            select(LoadProblem.kind, func.count(func.distinct(LoadProblem.account)))
            .where(LoadProblem.load_id == load_id)
            .group_by(LoadProblem.kind)
            .order_by(func.count().desc())
        ).all()
        may_load = self.appbuilder.sm.has_access("can_load", "LoadView")
        return {
            "title": _("Load %(number)s", number=load.id),
            "load": load,
            "problem_counts": counts,
            "problem_names": PROBLEMS,
            "load_statuses": STATUSES,
            "may_load": may_load,
            "may_undo": may_load and undo_refusal(session, load) is None,
        }


def _log(kind: str, what: str, rows: int) -> None:
    with deed() as session:
        log_access(session, web.agent(), clock.utcnow(), kind, what, rows=rows)
