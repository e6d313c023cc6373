"""Applies a staged portfolio load in set-based SQL: people, accounts, bills, contacts, closing.

All or nothing: one transaction, with a lock a portfolio, and one load after the other while they write.
Accounts that stay as they are (``same_account``) are not touched; the balance's history gets a row for
each account that is new, changed or closed. What a step changes it first keeps in ``load_before``, and
what it adds lies between two numbers of ``load.brought``: so `app.intake.undo` takes it back.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.intake.merge_debts import ACCOUNTS, BILLS, CLOSING
from app.intake.merge_people import CONTACTS, PEOPLE
from app.intake.models import Load

#: The tables to which a load adds rows that do not name it, each with its sequence.
BROUGHT = ("debtor", "account", "bill", "contact_point")
_NUMBERS = ", ".join(f"'{table}', nextval('{table}_id_seq')" for table in BROUGHT)

_ALONE = (
    # Only loads add people: one at a time, nobody adds the same person between a look and an insert.
    "SELECT pg_advisory_xact_lock(hashtext('merge'))",
    "SELECT set_config('work_mem', '64MB', TRUE), set_config('jit', 'off', TRUE)",
)

_BEGIN = (
    # Only the last load can be taken back.
    "DELETE FROM load_before WHERE load_id IN (SELECT id FROM load WHERE portfolio_id = :portfolio_id)",
    f"""
UPDATE load SET brought = CASE WHEN id = :load_id THEN jsonb_build_object('from', jsonb_build_object({_NUMBERS})) END
 WHERE portfolio_id = :portfolio_id AND (id = :load_id OR brought IS NOT NULL)
""",
)

#: One row an account of the file that is new or changed, beside what we had.
_INCOMING = """
CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS
SELECT h.*, s.person_key, a.id IS NULL AS is_new, a.id IS NULL OR a.closed_on IS NOT NULL AS comes,
       a.debtor_id AS old_debtor_id, COALESCE(a.id, nextval('account_id_seq')) AS account_id
  FROM (SELECT account_key, MIN(row_number) AS first_row, SUM(balance) AS balance,
               SUM(bills_count) AS bills_count, MIN(due_on) AS oldest_due_on,
               -- The same amount on each bill of an account is the account's; others add up.
               CASE WHEN MIN(agreed_balance) = MAX(agreed_balance) THEN MAX(agreed_balance)
                    ELSE SUM(agreed_balance) END AS agreed_balance,
               bool_or(in_complaint) AS in_complaint,
               CASE WHEN MIN(disputed_balance) = MAX(disputed_balance) THEN MAX(disputed_balance)
                    ELSE SUM(disputed_balance) END AS disputed_balance,
               string_agg(row_hash, '' ORDER BY row_hash) AS row_hash, bool_or(flawed) AS flawed
          FROM staged_row GROUP BY account_key) h
  JOIN staged_row s ON s.row_number = h.first_row
  LEFT JOIN account a ON a.portfolio_id = :portfolio_id AND a.number_key = h.account_key
"""

_END = (
    f"""
UPDATE load SET brought = brought || jsonb_build_object('to', jsonb_build_object({_NUMBERS}))
 WHERE id = :load_id
""",
)

_STEPS = (
    *_BEGIN,
    _INCOMING,
    "ANALYZE incoming (account_key, first_row, person_key, account_id)",
    *PEOPLE,
    *ACCOUNTS,
    *BILLS,
    *CONTACTS,
    *CLOSING,
    *_END,
)

_COUNTS = """
SELECT count(*) FILTER (WHERE comes) AS new, count(*) FILTER (WHERE NOT comes) AS changed,
       (SELECT count(*) FROM closing) AS closed
  FROM incoming
"""

_SAME = """
SELECT count(*), COALESCE(sum(bills_count), 0), COALESCE(sum(balance), 0.00)
  FROM account WHERE id IN (SELECT account_id FROM same_account)
"""


def merge_staged(session: Session, load: Load, as_of: date, now: datetime) -> dict[str, int]:
    """Apply the staged rows of ``load``; ``{new, changed, closed}`` accounts.

    The caller holds the portfolio's lock and commits.
    """
    values: dict[str, Any] = {
        "load_id": load.id,
        "portfolio_id": load.portfolio_id,
        "partial": load.partial,
        "as_of": as_of,
        "now": now,
    }
    begin_writing(session)
    for step in _STEPS:
        session.execute(text(step), values)
    return dict(session.execute(text(_COUNTS)).mappings().one())


def begin_writing(session: Session) -> None:
    """Wait until no other load is writing; with memory for large sets until the transaction ends."""
    for step in _ALONE:
        session.execute(text(step))


def same_accounts(session: Session) -> tuple[int, int, Decimal]:
    """``(accounts, bills, balance)`` of the file's accounts that stay as they are."""
    accounts, bills, balance = session.execute(text(_SAME)).one()
    return accounts, int(bills), balance
