"""Loads on screen: upload → totals and problems → apply → what changed. The worker does the work."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.jobs import enqueue
from app.core.transaction import deed
from app.debts.models import Portfolio
from app.intake.files import keep_upload
from app.intake.layout_pages import LayoutPages, sealed
from app.intake.models import Load, LoadProblem
from app.intake.saved_layouts import known_layouts
from app.intake.service import begin_apply, discard_load, receive_load
from app.intake.suggest import Undescribed

_SHOWN = 50
_PROBLEMS = 200


class LoadView(LayoutPages):
    """What came from the utility, and what it changed."""

    route_base = "/loads"
    default_view = "loads"

    @expose("/")
    @has_access
    @permission_name("read")
    def loads(self) -> Any:
        """The newest loads, and the form for the next one."""
        return self._list()

    @expose("/upload", methods=["POST"])
    @has_access
    @permission_name("load")
    def upload(self) -> Any:
        """Keep the file as it came and let the worker read it; what no layout fits is described first."""
        try:
            kind, portfolio, as_of = self._typed()
            partial = request.form.get("partial") == "y"
            stored = keep_upload(web.var(), request.files.get("file"))
            with deed() as session:
                load = receive_load(
                    session,
                    web.agent(),
                    clock.utcnow(),
                    kind=kind,
                    portfolio_name=portfolio,
                    as_of=as_of,
                    partial=partial,
                    stored=stored,
                    layout_name=request.form.get("layout") or None,
                )
                load_id = load.id
                enqueue(session, "check_load", load_id=load_id)
        except Undescribed:
            token = sealed(stored, kind, portfolio, as_of, partial)
            return redirect(url_for("LoadView.describe", token=token))
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return self._list(), 422
        return redirect(url_for("LoadView.load", load_id=load_id))

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

    @expose("/<int:load_id>/apply", methods=["POST"])
    @has_access
    @permission_name("load")
    def apply(self, load_id: int) -> Any:
        """Let the worker apply what was checked."""
        return self._change(load_id, begin_apply, "apply_load")

    @expose("/<int:load_id>/discard", methods=["POST"])
    @has_access
    @permission_name("load")
    def discard(self, load_id: int) -> Any:
        """Leave everything as it is."""
        return self._change(load_id, discard_load, None)

    @expose("/<int:load_id>/problems/<kind>")
    @has_access
    @permission_name("read")
    def problems(self, load_id: int, kind: str) -> Any:
        """The rows that carry one kind of problem."""
        context = self._load(load_id)
        with deed() as session:
            log_access(session, web.agent(), clock.utcnow(), "view", "load problems")
        rows = web.session().scalars(
            select(LoadProblem)
            .where(LoadProblem.load_id == load_id, LoadProblem.kind == kind)
            .order_by(LoadProblem.row_number)
            .limit(_PROBLEMS)
        )
        return render_template("intake/problems.html", kind=kind, rows=rows.all(), **context)

    def _change(self, load_id: int, change: Any, job: str | None) -> Any:
        try:
            with deed() as session:
                change(session, web.agent(), clock.utcnow(), load_id)
                if job:
                    enqueue(session, job, load_id=load_id, user_id=web.agent().user_id)
        except RuleBroken as refused:
            flash(str(refused), "danger")
        return redirect(url_for("LoadView.load", load_id=load_id))

    def _typed(self) -> tuple[str, str, date | None]:
        kind = request.form.get("kind", "")
        portfolio = (request.form.get("portfolio") or "").strip()[:60]
        text = request.form.get("as_of", "")
        if kind not in ("portfolio", "payments"):
            raise RuleBroken(_("Choose whether the file is a portfolio or payments."))
        if not portfolio:
            raise RuleBroken(_("Write the name of the portfolio that the file belongs to."))
        try:
            return kind, portfolio, date.fromisoformat(text) if text else None
        except ValueError:
            raise RuleBroken(_("The as-of date is not a date.")) from None

    def _list(self) -> str:
        session = web.session()
        loads = session.scalars(
            select(Load)
            .options(selectinload(Load.portfolio))
            .order_by(Load.id.desc())
            .limit(_SHOWN)
        ).all()
        return render_template(
            "intake/loads.html",
            title=_("Loads"),
            loads=loads,
            portfolios=session.scalars(select(Portfolio.name).order_by(Portfolio.name)).all(),
            layouts=known_layouts(session),
            may_load=self.appbuilder.sm.has_access("can_load", "LoadView"),
            today=clock.local_day(clock.utcnow(), web.settings()["zone"]),
        )

    def _load(self, load_id: int) -> dict[str, Any]:
        session = web.session()
        load = session.get(Load, load_id) or abort(404)
        counts = session.execute(
            select(LoadProblem.kind, func.count(func.distinct(LoadProblem.account)))
            .where(LoadProblem.load_id == load_id)
            .group_by(LoadProblem.kind)
            .order_by(func.count().desc())
        ).all()
        return {
            "title": _("Load %(number)s", number=load.id),
            "load": load,
            "problem_counts": counts,
            "may_load": self.appbuilder.sm.has_access("can_load", "LoadView"),
        }
