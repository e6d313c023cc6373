"""Loads on screen: upload → totals and problems → apply → what changed. The worker does the work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.jobs import enqueue
from app.core.request_size import takes_loads
from app.core.transaction import deed
from app.debts.models import Portfolio
from app.intake.files import keep_upload
from app.intake.labels import STATUSES
from app.intake.layout_pages import LayoutPages, sealed
from app.intake.listing import load_page
from app.intake.problem_pages import ProblemPages
from app.intake.receiving import receive_load
from app.intake.saved_layout_pages import SavedLayoutPages
from app.intake.saved_layouts import known_layouts
from app.intake.service import begin_apply, discard_load
from app.intake.suggest import Undescribed
from app.intake.undo_pages import UndoPages


class LoadView(LayoutPages, SavedLayoutPages, ProblemPages, UndoPages):
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
    @takes_loads
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
        wanted = {name: request.args.get(name, "") for name in ("portfolio", "kind", "status")}
        page = load_page(
            session,
            wanted,
            request.args.get("before", type=int),
            request.args.get("after", type=int),
        )
        return render_template(
            "intake/loads.html",
            title=_("Loads"),
            page=page,
            wanted=wanted,
            portfolios=session.scalars(select(Portfolio.name).order_by(Portfolio.name)).all(),
            layouts=known_layouts(session),
            load_statuses=STATUSES,
            page_href=partial(_page_href, wanted),
            may_load=self.appbuilder.sm.has_access("can_load", "LoadView"),
            today=web.today(),
            largest=web.settings()["max_file_mb"],
        )


def _page_href(wanted: Mapping[str, str], **key: int) -> str:
    """The address of a page of what is filtered."""
    address: dict[str, Any] = {name: value for name, value in wanted.items() if value} | key
    return url_for("LoadView.loads", **address)
