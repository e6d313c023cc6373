"""The commands about agreements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import click
from flask.cli import AppGroup

from app.agreements.terms import Proposal, Terms, propose
from app.cli_base import DAY, answer, command
from app.core.business_days import calendar
from app.core.settings import settings_on
from app.extensions import db

agreements = AppGroup("agreements", help="Agreements (convenios de pago).")


class _Amount(click.ParamType):
    """An amount or a percentage with a decimal point."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            self.fail(f"{value} no es un valor como 523.47", param, ctx)
        return found


@agreements.command()
@click.option("--capital", type=_Amount(), required=True, help="USD to be put off: 523.47")
@click.option("--months", type=int, required=True, help="Instalments, a month apart.")
@click.option("--down-percent", type=_Amount(), help="Down payment (the smallest allowed).")
@click.option("--from", "start", type=DAY, required=True, help="The day of the agreement.")
@click.option("--json", "as_json", is_flag=True)
def simulate(
    capital: Decimal, months: int, down_percent: Decimal | None, start: date, as_json: bool
) -> None:
    """What terms come to under the settings of that day; nothing is stored."""
    with command(as_json):
        session = db.session()
        settings = settings_on(session, start)
        terms = Terms(capital, months, start, down_percent)
        answer(_told(propose(settings, calendar(session), terms)), as_json)


def _told(proposal: Proposal) -> dict[str, Any]:
    """Amounts as text with two decimals, days as yyyy-mm-dd."""
    return {
        "capital": f"{proposal.capital:.2f}",
        "down_payment": f"{proposal.down_payment:.2f}",
        "down_due_on": proposal.down_due_on.isoformat(),
        "instalments": [
            {"number": due.number, "due_on": due.due_on.isoformat(), "amount": f"{due.amount:.2f}"}
            for due in proposal.instalments
        ],
        "total": f"{proposal.total:.2f}",
        "rate_percent": f"{proposal.rate_percent:.2f}",
        "needs_guarantee": proposal.needs_guarantee,
    }
