"""Accounts with debt whose holder nobody can reach: no telephone that serves, nor an e-mail.

One SQL definition, counted by portfolio and sector and listed row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.debts.queries import OWED

#: Which contacts are missing: phone (cannot be called), any (neither telephone nor e-mail).
MISSING = ("any", "phone")
_BATCH = 1000

#: One row an account that owes: account_id, portfolio_id, debtor_id, owed, bills_count, oldest_due_on,
#: sector, no_phone, nothing (neither telephone nor e-mail).
_ACCOUNTS = f"""
SELECT o.account_id, o.portfolio_id, o.debtor_id, o.owed, o.bills_count, o.oldest_due_on,
       btrim(a.sector) AS sector, NOT r.phone AS no_phone, NOT (r.phone OR r.email) AS nothing
  FROM ({OWED}) o
  JOIN account a ON a.id = o.account_id
 CROSS JOIN LATERAL (
       SELECT COALESCE(bool_or(c.kind = 'phone'), FALSE) AS phone,
              COALESCE(bool_or(c.kind = 'email'), FALSE) AS email
         FROM contact_point c WHERE c.debtor_id = o.debtor_id AND c.state <> 'retired') r
 WHERE o.owed > 0
"""

_COUNTED = f"""
SELECT u.portfolio_id, MIN(p.name), u.sector, COUNT(*), SUM(u.owed),
       COUNT(*) FILTER (WHERE u.no_phone), COALESCE(SUM(u.owed) FILTER (WHERE u.no_phone), 0),
       COUNT(*) FILTER (WHERE u.nothing), COALESCE(SUM(u.owed) FILTER (WHERE u.nothing), 0)
  FROM ({_ACCOUNTS}) u JOIN portfolio p ON p.id = u.portfolio_id
 GROUP BY GROUPING SETS ((u.portfolio_id, u.sector), ())
 ORDER BY 8 DESC, 6 DESC, 2, 3
"""

_LISTED = f"""
SELECT u.account_id, u.debtor_id, a.number, d.name, d.identification, p.name, u.sector, a.address,
       u.bills_count, u.owed, u.oldest_due_on, u.no_phone, u.nothing
  FROM ({_ACCOUNTS}) u
  JOIN account a ON a.id = u.account_id
  JOIN debtor d ON d.id = u.debtor_id
  JOIN portfolio p ON p.id = u.portfolio_id
 WHERE CASE :missing WHEN 'phone' THEN u.no_phone ELSE u.nothing END
   AND (CAST(:portfolio_id AS int) IS NULL OR u.portfolio_id = :portfolio_id)
   AND (CAST(:sector AS text) IS NULL OR u.sector = :sector)
   AND u.account_id > :after
 ORDER BY u.account_id
 LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Accounts that owe in a portfolio and sector, and those of them without contact. USD. The total has
    neither portfolio nor sector."""

    portfolio_id: int | None
    portfolio: str
    sector: str | None
    accounts: int
    owed: Decimal
    no_phone: int
    no_phone_owed: Decimal
    nothing: int
    nothing_owed: Decimal


@dataclass(frozen=True, slots=True)
class UnreachedAccount:
    """One account behind a figure. USD as it is owed now."""

    account_id: int
    debtor_id: int
    number: str
    name: str
    identification: str
    portfolio: str
    sector: str
    address: str
    bills: int
    owed: Decimal
    oldest_due_on: date | None
    no_phone: bool
    nothing: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Which accounts: what is ``missing`` (of `MISSING`), in which portfolio and sector (None: all)."""

    missing: str = "any"
    portfolio_id: int | None = None
    sector: str | None = None


def count_unreached(session: Session) -> tuple[Unreached | None, list[Unreached]]:
    """The total (None when nobody owes) and the rows by portfolio and sector, the worst first."""
    rows = [Unreached(*row) for row in session.execute(text(_COUNTED))]
    total = next((row for row in rows if row.portfolio_id is None and row.accounts), None)
    return total, [row for row in rows if row.portfolio_id is not None]


def unreached_accounts(
    session: Session, asked: Asked, *, after: int = 0, limit: int | None = None
) -> Iterator[UnreachedAccount]:
    """The accounts behind a figure in the order of their keys, after the key ``after``."""
    values: dict[str, Any] = {
        "missing": asked.missing,
        "portfolio_id": asked.portfolio_id,
        "sector": asked.sector,
        "after": after,
        "limit": limit,
    }
    rows = session.execute(text(_LISTED), values, execution_options={"yield_per": _BATCH})
    return (UnreachedAccount(*row) for row in rows)
