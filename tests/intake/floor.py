"""The small files of `tests/data`, and how they are loaded."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.debts.service import find_account, find_portfolio, owed_totals
from app.intake.files import keep_path
from app.intake.receiving import receive_load
from app.intake.service import apply_load
from app.models import Account, Load
from tests.conftest import NOW

DATA = Path(__file__).parents[1] / "data"
PORTFOLIOS = {"manabi": "txt", "guayas": "csv", "planillas": "xlsx"}
DAY1, DAY2 = date(2026, 11, 20), date(2026, 11, 23)
#: What a portfolio load may change, less its own log.
TABLES = ("debtor", "account", "bill", "contact_point", "balance_history", "payment", "portfolio")


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def load(app, session, people):
    """``load(path, …)``: receive and apply as the command does; a refusal is the load's own."""

    def make(
        path: Path, kind="portfolio", portfolio=None, as_of=None, partial=False, now=NOW
    ) -> Load:
        stored = keep_path(app.config["VAR"], path)
        received = receive_load(
            session,
            people.eva,
            now,
            kind=kind,
            portfolio_name=portfolio,
            as_of=as_of,
            partial=partial,
            stored=stored,
        )
        applied = apply_load(
            session, people.eva, app.config["VAR"], now, received.id, lambda _: None
        )
        end_transaction(session)
        return applied

    return make


def end_transaction(session) -> None:
    """What a commit does beside keeping: the test's own transaction goes on."""
    session.execute(sa.text("DISCARD TEMPORARY"))
    session.expire_all()


def file_of(name: str, day: int) -> Path:
    return DATA / f"cartera_{name}_dia{day}.{PORTFOLIOS[name]}"


def control(name: str) -> dict:
    return json.loads((DATA / f"control_{name}.json").read_text("utf-8"))


def totals(session, name: str) -> dict:
    accounts, bills, balance = owed_totals(session, find_portfolio(session, name).id)
    return {"accounts": accounts, "bills": bills, "balance": str(balance)}


def counts(session) -> dict[str, int]:
    return {t: session.scalar(sa.text(f"SELECT count(*) FROM {t}")) for t in TABLES}


def content(session) -> list[str]:
    """A hash of every row that a load may change."""
    return [
        session.scalar(
            sa.text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
        )
        for table in TABLES
    ]


def account(session, number: str, portfolio: str = "manabi") -> Account:
    return find_account(session, find_portfolio(session, portfolio), number)


def lines(name: str, day: int) -> list[str]:
    return file_of(name, day).read_bytes().decode("latin-1").splitlines(keepends=True)


@pytest.fixture
def rewritten(tmp_path):
    """``rewritten(lines)``: a file like the Manabí one with these lines."""

    def make(changed: list[str], name: str = "cartera.txt") -> Path:
        path = tmp_path / name
        path.write_text("".join(changed), "latin-1", newline="")
        return path

    return make
