"""Reading what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.errors import RuleBroken
from app.debts.models import Account, Portfolio
from app.debts.queries import OWED


@dataclass(frozen=True, slots=True)
class OwedAccount:
    """What one account owes now, USD. ``collectable`` is owed less what is under complaint and what an
    agreement made here covers."""

    account_id: int
    debtor_id: int
    as_of: date
    balance: Decimal
    paid_since: Decimal
    owed: Decimal
    disputed: Decimal
    covered: Decimal
    collectable: Decimal
    agreed: Decimal
    bills_count: int
    oldest_due_on: date | None


_BY_DEBTOR = text(
    f"SELECT {', '.join(OwedAccount.__dataclass_fields__)} FROM ({OWED}) o"
    " WHERE debtor_id = :debtor_id ORDER BY owed DESC, account_id"
)


def owed_by_person(session: Session, debtor_id: int) -> list[OwedAccount]:
    """The person's open accounts across all portfolios, the largest debt first."""
    return [OwedAccount(*row) for row in session.execute(_BY_DEBTOR, {"debtor_id": debtor_id})]


_TOTALS = text(
    f"SELECT COUNT(*) AS accounts, COALESCE(SUM(bills_count), 0) AS bills,"
    f" COALESCE(SUM(owed), 0.00) AS balance FROM ({OWED}) o"
    " WHERE portfolio_id = :portfolio_id AND owed <> 0"
)


_OWED_BY_ACCOUNT = text(
    f"SELECT account_id, owed FROM ({OWED}) o WHERE account_id = ANY(CAST(:ids AS bigint[]))"
)


def owed_by_account(session: Session, account_ids: Sequence[int]) -> dict[int, Decimal]:
    """What each of these accounts owes now, in USD; a closed one is not in it."""
    rows = session.execute(_OWED_BY_ACCOUNT, {"ids": list(account_ids)})
    return {account_id: owed for account_id, owed in rows}


def owed_totals(session: Session, portfolio_id: int) -> tuple[int, int, Decimal]:
    """``(accounts, bills, balance)`` owed now in a portfolio; paid-off accounts do not count."""
    accounts, bills, balance = session.execute(_TOTALS, {"portfolio_id": portfolio_id}).one()
    return accounts, int(bills), balance


def find_portfolio(session: Session, name: str) -> Portfolio:
    """The portfolio called ``name``; RuleBroken that names the known ones otherwise."""
    portfolio = session.scalar(select(Portfolio).where(Portfolio.name == name))
    if portfolio is None:
        known = ", ".join(session.scalars(select(Portfolio.name).order_by(Portfolio.name))) or "—"
        raise RuleBroken(
            _l("There is no portfolio called %(name)s. Known: %(known)s.", name=name, known=known)
        )
    return portfolio


def find_account(session: Session, portfolio: Portfolio, number_key: str) -> Account:
    """The account of ``portfolio`` with that compared number (open or closed); RuleBroken otherwise."""
    account = session.scalar(
        select(Account).where(
            Account.portfolio_id == portfolio.id, Account.number_key == number_key
        )
    )
    if account is None:
        raise RuleBroken(
            _l(
                "Portfolio %(portfolio)s has no account %(account)s.",
                portfolio=portfolio.name,
                account=number_key,
            )
        )
    return account
