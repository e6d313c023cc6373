"""What every command shares: days, refusals in one sentence, answers as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import settings_on
from app.intake.suggest import Suggestion, Undescribed


class _Day(click.ParamType):
    """A day as yyyy-mm-dd."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} no es una fecha como 2026-11-24", param, ctx)


DAY = _Day()


def today_of(session: Session, now: datetime) -> date:
    """The unit's day at ``now``."""
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
                click.echo("\n".join(suggested(refused.suggestion)), err=True)
            if as_json:
                click.echo(json.dumps(said, ensure_ascii=False))
            sys.exit(1)


def answer(values: Mapping[str, Any], as_json: bool) -> None:
    """The result: one JSON object on the last line, or a line a figure."""
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        click.echo("\n".join(f"{name}: {value}" for name, value in values.items()))


def suggested(found: Suggestion) -> list[str]:
    """A line a column: what it seems to be, and how sure that is."""
    return [f"{c.source} → {c.field} ({c.percent} %, {c.word})" for c in found.columns]
