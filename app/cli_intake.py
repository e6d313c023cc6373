"""`flask intake`: files of portfolios and payments."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext as _

from app import jobs as jobs_room
from app.cli_base import DAY, answer, command, suggested
from app.core.agent import SYSTEM
from app.core.clock import utcnow
from app.core.errors import RuleBroken
from app.core.settings import max_file_bytes, settings_on
from app.core.transaction import deed
from app.debts.service import find_portfolio, owed_totals
from app.extensions import db
from app.intake.files import keep_path
from app.intake.layout import Layout
from app.intake.preview import preview
from app.intake.reading import open_table
from app.intake.receiving import receive_load
from app.intake.service import load_summary, problem_accounts
from app.intake.suggest import Suggestion, Undescribed, suggest

intake = AppGroup("intake", help="Files of portfolios and payments.")


@intake.command("suggest")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(("portfolio", "payments")), help="When you know it.")
@click.option("--json", "as_json", is_flag=True)
def suggest_layout(file: Path, kind: str | None, as_json: bool) -> None:
    """Say how a file that nobody has described seems to be written, and what it would come to."""
    with command(as_json):
        settings = settings_on(db.session(), utcnow().date())
        table = open_table(file, max_bytes=max_file_bytes(settings))
        found = suggest(table, file.name, kind)
        if found.missing:
            raise Undescribed(_missing(found), found)
        totals = preview(table, found.layout(), area_prefix="").to_dict()
        if not as_json:
            click.echo("\n".join(suggested(found)))
        answer(found.to_dict() | {"totals": totals} if as_json else totals, as_json)


def _missing(found: Suggestion) -> str:
    return _(
        "No column of the file was recognised as: %(fields)s.", fields=", ".join(found.missing)
    )


@intake.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--layout", "layout_name")
@click.option("--layout-file", type=click.Path(path_type=Path))
@click.option("--portfolio", "portfolio_name")
@click.option("--as-of", type=DAY)
@click.option("--partial", is_flag=True, help="Only a part of the portfolio: closes no account.")
@click.option("--json", "as_json", is_flag=True)
def portfolio(
    file: Path,
    layout_name: str | None,
    layout_file: Path | None,
    portfolio_name: str | None,
    as_of: date | None,
    partial: bool,
    as_json: bool,
) -> None:
    """Load a portfolio: read, check and apply in one transaction."""
    _load("portfolio", file, portfolio_name, as_json, as_of, partial, layout_name, layout_file)


@intake.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--portfolio", "portfolio_name", required=True)
@click.option("--layout", "layout_name")
@click.option("--layout-file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def payments(
    file: Path,
    portfolio_name: str,
    layout_name: str | None,
    layout_file: Path | None,
    as_json: bool,
) -> None:
    """Load payments and judge the promises that they keep."""
    _load("payments", file, portfolio_name, as_json, None, False, layout_name, layout_file)


def _load(
    kind: str,
    file: Path,
    portfolio_name: str | None,
    as_json: bool,
    as_of: date | None,
    partial: bool,
    layout_name: str | None,
    layout_file: Path | None,
) -> None:
    now, var = utcnow(), current_app.config["VAR"]
    with command(as_json):
        layout = Layout.from_dict(_read_json(layout_file)) if layout_file else None
        stored = keep_path(var, file)
        with deed() as session:
            load = receive_load(
                session,
                SYSTEM,
                now,
                kind=kind,
                portfolio_name=portfolio_name,
                as_of=as_of,
                partial=partial,
                stored=stored,
                layout_name=layout_name,
                layout=layout,
            )
            load = jobs_room.load_and_follow(session, SYSTEM, var, now, load.id, lambda _rows: None)
            if load.refusal:
                raise RuleBroken(load.refusal)
            summary = load_summary(load)
        answer(summary, as_json)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RuleBroken(_("«%(file)s» is not a layout in JSON.", file=str(path))) from error


@intake.command()
@click.option("--portfolio", "portfolio_name", required=True)
@click.option("--json", "as_json", is_flag=True)
def totals(portfolio_name: str, as_json: bool) -> None:
    """What is owed now in a portfolio."""
    with command(as_json):
        session = db.session()
        accounts, bills, balance = owed_totals(session, find_portfolio(session, portfolio_name).id)
        answer({"accounts": accounts, "bills": bills, "balance": str(balance)}, as_json)


@intake.command()
@click.argument("load_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def problems(load_id: int, as_json: bool) -> None:
    """The accounts of each kind of problem of a load."""
    with command(as_json):
        answer(problem_accounts(db.session(), load_id), as_json)


@intake.command()
@click.argument("load_id", type=int)
@click.option("--why", required=True, help="The reason, which stays on record.")
@click.option("--json", "as_json", is_flag=True)
def undo(load_id: int, why: str, as_json: bool) -> None:
    """Take back the last load of a portfolio: everything is as before it."""
    with command(as_json):
        with deed() as session:
            load = jobs_room.undo_and_follow(session, SYSTEM, utcnow(), load_id, why)
            done = {"load_id": load.id, "status": load.status}
        answer(done, as_json)
