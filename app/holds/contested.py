"""What of each account's debt holds of its bills keep from being collected.

Stored on the account (`Account.contested`), because the gate and every list read it; what it must be has
this one definition, and this module alone writes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

#: A hold (alias h) that stands on ``day``: begun, not over, not lifted.
LIVE = """h.lifted_at IS NULL
   AND CAST(:day AS date) BETWEEN h.starts_on AND h.ends_on"""

#: account_id, stored, contested: the balance of its open bills that a hold keeps on ``day``, each counted
#: once. ``{mine}`` narrows the accounts (alias a).
CONTESTED = f"""
SELECT a.id AS account_id, a.contested AS stored, COALESCE(SUM(b.balance), 0) AS contested
  FROM account a
  LEFT JOIN LATERAL (
       SELECT b.balance FROM bill b
        WHERE b.account_id = a.id AND b.closed_on IS NULL
          AND EXISTS (SELECT FROM hold h WHERE h.bill_id = b.id AND {LIVE})) b ON TRUE
 WHERE {{mine}}
 GROUP BY a.id, a.contested
"""
#: Whose sum may be anything but 0.
_ANY = f"""
(a.id IN (SELECT c.id FROM account c WHERE c.contested <> 0
           UNION SELECT h.account_id FROM hold h WHERE h.bill_id IS NOT NULL AND {LIVE}))
"""
_SOME = "a.id = ANY (CAST(:ids AS bigint[]))"
_DIFFERENT = text(
    f"SELECT * FROM ({CONTESTED.format(mine=_ANY)}) c WHERE stored <> contested ORDER BY account_id"
)
#: Whoever contests another bill of the account at this moment is waited for: the sum is made after it.
_LOCK = text(f"SELECT FROM account a WHERE {_SOME} ORDER BY a.id FOR NO KEY UPDATE")
_SETTLE = text(f"""
UPDATE account t SET contested = c.contested
  FROM ({CONTESTED.format(mine=_SOME)}) c
 WHERE t.id = c.account_id AND c.stored <> c.contested
RETURNING t.id
""")


@dataclass(frozen=True, slots=True)
class Contested:
    """An account whose ``stored`` sum is not the ``contested`` one of its bills. USD."""

    account_id: int
    stored: str
    contested: str


def settle_contested(
    session: Session, day: date, account_ids: Collection[int] | None = None
) -> list[int]:
    """Write what is contested of these accounts on ``day`` (None: of all), where it differs; the ids of
    those that changed. After every change of a hold of a bill, of a bill's balance, and of the day."""
    session.flush()
    if account_ids is None:
        account_ids = [found.account_id for found in check_contested(session, day)]
    if not account_ids:
        return []
    values = {"day": day, "ids": sorted(account_ids)}
    session.execute(_LOCK, values)
    return list(session.scalars(_SETTLE, values))


def check_contested(session: Session, day: date) -> list[Contested]:
    """The accounts whose sum is not that of ``day``, without writing."""
    rows = session.execute(_DIFFERENT, {"day": day})
    return [Contested(key, f"{stored}", f"{contested}") for key, stored, contested in rows]
