"""The commands that scripts depend on. Each is one transaction over the same services as the screens."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import date, datetime
from functools import reduce
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from app import jobs as jobs_room
from app.access.roles import seed_roles
from app.access.staff import seed_areas
from app.calls.outcomes import seed_catalogues
from app.cli_agreements import agreements
from app.cli_base import DAY, answer, command, today_of
from app.cli_intake import intake
from app.complaints.catalogue import seed_categories
from app.contact_rules.models import CHANNELS
from app.contact_rules.service import may_contact_about
from app.core import jobs
from app.core.agent import SYSTEM
from app.core.business_days import seed_holidays
from app.core.clock import local, local_day, utcnow
from app.core.errors import RuleBroken
from app.core.setting_list import SETTINGS
from app.core.settings import change_setting, settings_on
from app.core.transaction import deed
from app.debts.numbers import account_key
from app.debts.service import find_account, find_portfolio
from app.extensions import db
from app.followup.checking import check_followup
from app.followup.runs import add_up
from app.followup.service import catch_up, run_followup
from app.models import User
from app.quality.criteria import seed_criteria
from app.referrals.enforcement import seed_documents
from app.reports.service import write_daily_workbook
from app.seed.service import seed_demonstration
from app.seed.users import demo_users as everybody
from app.seed.users import seed_users
from app.worklist.service import build_worklist


def init_app(app: Flask) -> None:
    """Register the commands."""
    groups = (intake, contact, worklist, agreements, followup, report, settings)
    for known in (setup, worker, seed, demo_users, *groups):
        app.cli.add_command(known)
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
            seed_areas(session)
            seed_categories(session, utcnow())
            seed_criteria(session)
            seed_documents(session)
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
        made = seed_demonstration(session, accounts, until or today_of(session, now), now)
    click.echo(", ".join(f"{name}: {count}" for name, count in made.items()))


@click.command("demo-users")
@with_appcontext
def demo_users() -> None:
    """Print one demonstration user per role that exists here."""
    here = set(db.session.scalars(select(User.username)))
    for user in everybody():
        if user.username in here:
            click.echo(f"  {user.role:<14} {user.username:<8} {user.password}")


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
@click.option("--on", type=DAY, help="The day to run for (today, after those that were missed).")
@click.option("--check", is_flag=True, help="Recompute everything, change nothing.")
@click.option("--json", "as_json", is_flag=True)
def run(on: date | None, check: bool, as_json: bool) -> None:
    """Judge promises and agreements, close what was left open, build the queue. Repeatable."""
    now = utcnow()
    if check:
        _check(now, as_json)
        return
    with command(as_json), deed() as session:
        results = [run_followup(session, SYSTEM, now, on)] if on else catch_up(session, SYSTEM, now)
        counts = reduce(add_up, (result.counts() for result in results))
        days = [f"{result.day}" for result in results]
        answer(counts | {"day": days[-1], "days": days}, as_json)


def _check(now: datetime, as_json: bool) -> None:
    """Say what is stored otherwise than it is computed; exit code 1 when anything is."""
    with command(as_json):
        differences, checked = check_followup(db.session(), now)
        if as_json:
            found = [asdict(difference) for difference in differences]
            answer({"differences": found, "checked": checked}, as_json)
        else:
            lines = (f"{d.what} {d.id}: {d.stored} → {d.computed}" for d in differences)
            click.echo("\n".join([*lines, *(f"{name}: {n}" for name, n in checked.items())]))
    if differences:
        sys.exit(1)


report = AppGroup("report", help="Reports.")


@report.command()
@click.argument("day", type=DAY)
@click.option("--xlsx", type=click.Path(path_type=Path), required=True)
def daily(day: date, xlsx: Path) -> None:
    """Write the day's report as a workbook."""
    with command(as_json=False):
        write_daily_workbook(db.session(), day, xlsx, utcnow())
        click.echo(str(xlsx))


settings = AppGroup("settings", help="What the administrator may set.")


@settings.command("list")
def list_settings() -> None:
    """Every setting with the value that holds today."""
    now = utcnow()
    with command(as_json=False):
        values = settings_on(db.session(), today_of(db.session(), now))
        for name, setting in SETTINGS.items():
            click.echo(f"{name} = {setting.shown(values[name])}  · {setting.help}")


@settings.command("set")
@click.argument("name")
@click.argument("value")
@click.option("--from", "holds_from", type=DAY, help="The day from which it holds (today).")
@click.option("--reason", default="", help="Why it changes, for the history.")
def set_setting(name: str, value: str, holds_from: date | None, reason: str) -> None:
    """Give a setting a value from a day on; the earlier value keeps its days."""
    now = utcnow()
    with command(as_json=False), deed() as session:
        day = holds_from or today_of(session, now)
        change_setting(session, SYSTEM, now, name, value, day, reason=reason)


@click.command()
@with_appcontext
def worker() -> None:
    """Run the background jobs until stopped; first the run of days that were missed."""
    jobs_room.follow_missed_days()
    jobs.run_worker(current_app.config["SQLALCHEMY_DATABASE_URI"])
