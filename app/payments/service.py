"""Records payments: once by reference, on known accounts only; reversals are rows of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.payments.models import Payment


class PaymentLike(Protocol):
    """What a payments file says of one payment. ``amount`` USD, negative for a reversal."""

    row_number: int
    reference: str
    account_key: str
    paid_on: date
    amount: Decimal
    channel: str


_STAGE = """
CREATE TEMPORARY TABLE incoming_payment (
    row_number integer, reference text, account_key text, paid_on date, amount numeric(12, 2),
    channel text) ON COMMIT DROP
"""

#: What becomes of each row: the first of its reference in the file, on a known account, not yet
#: recorded, is applied. A repeated reference with another account or amount is told apart.
_JUDGE = """
CREATE TEMPORARY TABLE judged_payment ON COMMIT DROP AS
SELECT i.*, a.id AS account_id,
       CASE WHEN i.nth > 1 OR y.id IS NOT NULL THEN
                 CASE WHEN (i.account_key, i.amount) IS DISTINCT FROM
                           (COALESCE(ya.number_key, i.first_account), COALESCE(y.amount, i.first_amount))
                      THEN 'reference_conflict' ELSE 'duplicate' END
            WHEN a.id IS NULL THEN 'unknown_account' ELSE 'applied' END AS what
  FROM (SELECT p.*, row_number() OVER w AS nth, first_value(account_key) OVER w AS first_account,
               first_value(amount) OVER w AS first_amount
          FROM incoming_payment p
        WINDOW w AS (PARTITION BY reference, amount < 0 ORDER BY row_number)) i
  LEFT JOIN account a ON a.portfolio_id = :portfolio_id AND a.number_key = i.account_key
  LEFT JOIN payment y ON y.portfolio_id = :portfolio_id AND y.reference = i.reference
                     AND y.is_reversal = (i.amount < 0)
  LEFT JOIN account ya ON ya.id = y.account_id
"""

_RECORD = """
INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, is_reversal, channel,
                     load_id, recorded_at)
SELECT :portfolio_id, account_id, reference, paid_on, amount, amount < 0, channel, :load_id,
       CAST(:now AS timestamptz)
  FROM judged_payment WHERE what = 'applied'
"""

_COUNTS = """
SELECT count(*) FILTER (WHERE what = 'applied') AS applied,
       count(*) FILTER (WHERE what IN ('duplicate', 'reference_conflict')) AS duplicates,
       count(*) FILTER (WHERE what = 'unknown_account') AS unknown_accounts,
       COALESCE(sum(amount) FILTER (WHERE what = 'applied'), 0.00) AS amount
  FROM judged_payment
"""


def stage_payments(session: Session, rows: Iterable[PaymentLike]) -> None:
    """Put ``rows`` where `record_payments` of this transaction finds them; memory stays that of one."""
    session.execute(text(_STAGE))
    raw: Any = session.connection().connection.driver_connection
    with raw.cursor() as cursor, cursor.copy("COPY incoming_payment FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                (
                    row.row_number,
                    row.reference,
                    row.account_key,
                    row.paid_on,
                    row.amount,
                    row.channel,
                )
            )


def record_payments(
    session: Session, portfolio_id: int, load_id: int, now: datetime
) -> dict[str, Any]:
    """Record the staged payments; ``{applied, duplicates, unknown_accounts, amount}``.

    Set-based; `unrecorded_payments` then tells which rows were not recorded and why. The caller
    holds the portfolio's lock.
    """
    values = {"portfolio_id": portfolio_id, "load_id": load_id, "now": now}
    session.execute(text(_JUDGE), values)
    session.execute(text(_RECORD), values)
    return dict(session.execute(text(_COUNTS)).mappings().one())


def unrecorded_payments(session: Session) -> list[tuple[int, str, str, str]]:
    """``(row_number, account_key, kind, reference)`` of the rows that the last `record_payments` of
    this transaction did not record; kind is duplicate, reference_conflict or unknown_account."""
    rows = session.execute(
        text(
            "SELECT row_number, account_key, what, reference FROM judged_payment"
            " WHERE what <> 'applied' ORDER BY row_number"
        )
    )
    return [tuple(row) for row in rows]


def paid_accounts(session: Session, load_id: int) -> list[int]:
    """The accounts that a payments load paid."""
    return list(
        session.scalars(select(Payment.account_id).where(Payment.load_id == load_id).distinct())
    )
