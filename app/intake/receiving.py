"""A kept file becomes a load: of which portfolio, by which layout, as of which day."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import max_file_bytes, settings_on
from app.core.timeline import note_deed
from app.debts.models import Portfolio
from app.intake.files import StoredFile
from app.intake.layout import Layout
from app.intake.models import Load
from app.intake.reading import open_table
from app.intake.saved_layouts import choose_layout


def receive_load(
    session: Session,
    agent: Agent,
    now: datetime,
    *,
    kind: str,
    portfolio_name: str | None,
    as_of: date | None,
    partial: bool,
    stored: StoredFile,
    layout_name: str | None = None,
    layout: Layout | None = None,
) -> Load:
    """Register a kept file. Without a portfolio it goes to the one named like its layout; without an
    as-of date it is of today. A payments file needs a portfolio that exists."""
    settings = settings_on(session, now.date())
    if layout is None:
        table = open_table(stored.path, max_bytes=max_file_bytes(settings))
        layout = choose_layout(session, kind, table, layout_name, stored.name)
    if layout.kind != kind:
        raise RuleBroken(_l("Layout %(name)s is for another kind of file.", name=layout.name))
    portfolio = _portfolio(session, portfolio_name or layout.name, create=kind == "portfolio")
    today = local_day(now, settings["zone"])
    load = Load(
        kind=kind,
        portfolio_id=portfolio.id,
        layout_name=layout.name,
        layout=layout.to_dict(),
        file_name=stored.name,
        stored_as=stored.stored_as,
        sha256=stored.sha256,
        as_of=as_of or today,
        partial=partial,
        status="uploaded",
        problem_counts={},
        created_at=now,
        created_by_id=agent.user_id,
    )
    session.add(load)
    session.flush()
    _check_not_ahead(load, today)
    check_order(portfolio, load)
    told = {"file": load.file_name, "sha256": load.sha256, "portfolio": portfolio.name}
    note_deed(session, agent, now, "receive_load", "load", load.id, after=told)
    return load


def _portfolio(session: Session, name: str, *, create: bool) -> Portfolio:
    portfolio = session.scalar(select(Portfolio).where(Portfolio.name == name))
    if portfolio is None and create:
        portfolio = Portfolio(name=name)
        session.add(portfolio)
        session.flush()
    if portfolio is None:
        raise RuleBroken(
            _l(
                "There is no portfolio called %(name)s: load its debts before its payments.",
                name=name,
            )
        )
    return portfolio


def _check_not_ahead(load: Load, today: date) -> None:
    if load.as_of > today:
        raise RuleBroken(
            _l(
                "The file cannot be as of %(day)s: that day has not come. Nothing was changed.",
                day=f"{load.as_of:%d/%m/%Y}",
            )
        )


def check_order(portfolio: Portfolio, load: Load) -> None:
    """Refuses a portfolio file that is older than what is loaded."""
    if load.kind == "portfolio" and portfolio.as_of and load.as_of < portfolio.as_of:
        raise RuleBroken(
            _l(
                "The file is as of %(day)s, older than what is loaded (%(last)s). Nothing was changed.",
                day=f"{load.as_of:%d/%m/%Y}",
                last=f"{portfolio.as_of:%d/%m/%Y}",
            )
        )
