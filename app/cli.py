"""The commands that scripts depend on. Each is one transaction over the same services as the screens."""

from __future__ import annotations

import os

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from app.access.roles import seed_roles
from app.calls.outcomes import seed_catalogues
from app.core import jobs
from app.core.business_days import seed_holidays
from app.core.clock import utcnow
from app.core.transaction import deed
from app.extensions import db
from app.models import User


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (setup, worker):
        app.cli.add_command(command)


@click.command()
def setup() -> None:
    """Migrate, create roles, permissions, catalogues and the first administrator. Repeatable."""
    with db.engine.connect() as lock:
        lock.execute(text("SELECT pg_advisory_lock(hashtext('telecobro setup'))"))
        upgrade()
        _install_jobs()
        seed_roles(current_app.appbuilder)
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
    manager = current_app.appbuilder.sm
    manager.add_user(username, "Administrador", "Telecobro", email, manager.find_role("administrador"), password)


@click.command()
def worker() -> None:
    """Run the background jobs until stopped."""
    jobs.run_worker(current_app.config["SQLALCHEMY_DATABASE_URI"])
