"""The commands that scripts depend on. Each is one transaction over the same services as the screens."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _
from flask_migrate import upgrade
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import jobs as jobs_room
from app.access.roles import seed_roles
from app.calls.outcomes import seed_catalogues
from app.contact_rules.models import CHANNELS
from app.contact_rules.service import may_contact_about
from app.core import jobs
from app.core.agent import SYSTEM
from app.core.business_days import seed_holidays
from app.core.clock import local, local_day, utcnow
from app.core.errors import RuleBroken
from app.core.settings import settings_on
from app.core.transaction import deed
from app.debts.numbers import account_key
from app.debts.service import find_account, find_portfolio, owed_totals
from app.extensions import db
from app.followup.service import run_followup
from app.intake.files import keep_path
from app.intake.layout import Layout
from app.intake.preview import preview
from app.intake.reading import open_table
from app.intake.service import load_summary, problem_accounts, receive_load
from app.intake.suggest import Suggestion, Undescribed, suggest
from app.models import User
from app.reports.service import write_daily_workbook
from app.seed.service import seed_demonstration
from app.seed.users import demo_users as everybody
from app.seed.users import seed_users
from app.worklist.service import build_worklist


class _Day(click.ParamType):
    """A day as yyyy-mm-dd."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} no es una fecha como 2026-11-24", param, ctx)


DAY = _Day()


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (setup, worker, seed, demo_users, intake, contact, worklist, followup, report):
        app.cli.add_command(command)
    jobs_room.bind(app)


@click.command()
@with_appcontext
def setup() -> None:
    """Migrate, create roles, permissions, catalogues and the first administrator. Repeatable."""
    with db.engine.connect() as lock:
        lock.execute(text("SELECT pg_advisory_lock(hashtext('telecobro setup'))"))
        upgrade()
        _install_jobs()
        seed_roles(current_app.extensions["appbuilder"])
        with deed() as session:
            seed_holidays(session, range(utcnow().year, utcnow().year + 2))
            seed_catalogues(session)
        _first_administrator()
    click.echo("Telecobro está listo.")


def _install_jobs() -> None:
    """procrastinate's own tables, once."""
    have = db.session.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
    db.session.rollback()
    if have is None:
        with jobs.open_tasks(current_app.config["SQLALCHEMY_DATABASE_URI"]) as tasks:
            tasks.schema_manager.apply_schema()


def _first_administrator() -> None:
    """From TELECOBRO_ADMIN_*, when the database has nobody yet and the environment names one."""
    if db.session.scalar(select(func.count()).select_from(User)):
        return
    username = os.environ.get("TELECOBRO_ADMIN_USERNAME")
    if not username:
        if not os.isatty(0):
            return
        username = click.prompt("Usuario administrador", default="admin")
    email = os.environ.get("TELECOBRO_ADMIN_EMAIL") or click.prompt("Correo")
    password = os.environ.get("TELECOBRO_ADMIN_PASSWORD") or click.prompt(
        "Contraseña", hide_input=True, confirmation_prompt=True
    )
    manager = current_app.extensions["appbuilder"].sm
    manager.add_user(
        username, "Administrador", "Telecobro", email, manager.find_role("administrador"), password
    )


@click.command()
@click.option("--accounts", type=click.IntRange(1), required=True)
@click.option("--until", type=DAY, help="Last day of the invented past (today).")
@with_appcontext
def seed(accounts: int, until: date | None) -> None:
    """Fill an empty database with invented people, debts, calls, promises and payments."""
    now = utcnow()
    with command(as_json=False), deed() as session:
        seed_users(current_app.extensions["appbuilder"].sm)
        made = seed_demonstration(session, accounts, until or _today(session, now), now)
    click.echo(", ".join(f"{name}: {count}" for name, count in made.items()))


@click.command("demo-users")
@with_appcontext
def demo_users() -> None:
    """Print one demonstration user per role that exists here."""
    here = set(db.session.scalars(select(User.username)))
    for user in everybody():
        if user.username in here:
            click.echo(f"  {user.role:<14} {user.username:<8} {user.password}")


intake = AppGroup("intake", help="Files of portfolios and payments.")


@intake.command("suggest")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(("portfolio", "payments")), help="When you know it.")
@click.option("--json", "as_json", is_flag=True)
def suggest_layout(file: Path, kind: str | None, as_json: bool) -> None:
    """Say how a file that nobody has described seems to be written, and what it would come to."""
    with command(as_json):
        table = open_table(file)
        found = suggest(table, file.name, kind)
        if found.missing:
            raise Undescribed(_missing(found), found)
        totals = preview(table, found.layout(), area_prefix="").to_dict()
        if not as_json:
            click.echo("\n".join(_suggested(found)))
        answer(found.to_dict() | {"totals": totals} if as_json else totals, as_json)


def _missing(found: Suggestion) -> str:
    return _("No column of the file was recognised as: %(fields)s.", fields=", ".join(found.missing))


def _suggested(found: Suggestion) -> list[str]:
    return [f"{c.source} → {c.field} ({c.percent} %, {c.word})" for c in found.columns]


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


contact = AppGroup("contact", help="The contact gate.")


@contact.command()
@click.option("--portfolio", "portfolio_name", required=True)
@click.option("--account", "number", required=True)
@click.option("--channel", type=click.Choice(CHANNELS), required=True)
@click.option("--at", "at_text", required=True, help="In the unit's zone: 2026-11-24T09:30")
@click.option("--json", "as_json", is_flag=True)
def explain(portfolio_name: str, number: str, channel: str, at_text: str, as_json: bool) -> None:
    """Say whether a person may be contacted about an account, and every rule that refuses."""
    with command(as_json):
        session = db.session()
        moment = _read_moment(at_text)
        settings = settings_on(session, moment.date())
        account = find_account(
            session, find_portfolio(session, portfolio_name), account_key(number)
        )
        at = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings["zone"]))
        settings = settings_on(session, local_day(at, settings["zone"]))
        verdict = may_contact_about(session, settings, account.id, channel, at)
        next_at = verdict.next_allowed_at
        answer(
            {
                "allowed": verdict.allowed,
                "refused_by": list(verdict.refused_by),
                "next_allowed_at": local(next_at, settings["zone"]).isoformat()
                if next_at
                else None,
            },
            as_json,
        )


def _read_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RuleBroken(
            _("«%(text)s» is not a moment like 2026-11-24T09:30.", text=text)
        ) from None


worklist = AppGroup("worklist", help="The queue of people to call.")


@worklist.command()
@click.option("--json", "as_json", is_flag=True)
def build(as_json: bool) -> None:
    """Weigh everyone with something to collect."""
    now = utcnow()
    with command(as_json), deed() as session:
        people = build_worklist(session, settings_on(session, now.date()), now)
        answer({"people": people}, as_json)


followup = AppGroup("followup", help="What falls due.")


@followup.command()
@click.option("--on", type=DAY, help="The day to run for (today).")
@click.option("--json", "as_json", is_flag=True)
def run(on: date | None, as_json: bool) -> None:
    """Judge the promises, close what was left open, build the queue. Repeatable."""
    now = utcnow()
    with command(as_json), deed() as session:
        result = run_followup(session, SYSTEM, now, on or _today(session, now))
        answer(asdict(result), as_json)


report = AppGroup("report", help="Reports.")


@report.command()
@click.argument("day", type=DAY)
@click.option("--xlsx", type=click.Path(path_type=Path), required=True)
def daily(day: date, xlsx: Path) -> None:
    """Write the day's report as a workbook."""
    with command(as_json=False):
        write_daily_workbook(db.session(), day, xlsx, utcnow())
        click.echo(str(xlsx))


def _today(session: Session, now: datetime) -> date:
    return local_day(now, settings_on(session, now.date())["zone"])


@contextmanager
def command(as_json: bool) -> Iterator[None]:
    """Run a command's body in Spanish; a refusal is one sentence on standard error, exit code 1."""
    with current_app.test_request_context():
        try:
            yield
        except RuleBroken as refused:
            click.echo(str(refused), err=True)
            said: dict[str, Any] = {"error": str(refused)}
            if isinstance(refused, Undescribed):
                said["suggestion"] = refused.suggestion.to_dict()
                click.echo("\n".join(_suggested(refused.suggestion)), err=True)
            if as_json:
                click.echo(json.dumps(said, ensure_ascii=False))
            sys.exit(1)


def answer(values: Mapping[str, Any], as_json: bool) -> None:
    """The result: one JSON object on the last line, or a line a figure."""
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        click.echo("\n".join(f"{name}: {value}" for name, value in values.items()))


@click.command()
@with_appcontext
def worker() -> None:
    """Run the background jobs until stopped."""
    jobs.run_worker(current_app.config["SQLALCHEMY_DATABASE_URI"])
