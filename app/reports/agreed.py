"""What is owed, parted: free to be asked for, put off by agreements made here, under complaint.

One row an account from `OWED`; the three parts are what is owed, to the cent. What billing itself put off
stands beside the balance and is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.agreements.models import GOING_ON
from app.debts.queries import OWED

_BATCH = 1000

#: account_id, portfolio_id, debtor_id, owed, disputed, agreed, free, imported.
_PARTS = f"""
SELECT o.account_id, o.portfolio_id, o.debtor_id, o.owed, o.disputed,
       LEAST(o.covered, o.owed - o.disputed) AS agreed, o.collectable AS free, o.agreed AS imported
  FROM ({OWED}) o
 WHERE o.owed > 0
"""

_BY_PORTFOLIO = f"""
SELECT p.portfolio_id, MIN(f.name), COUNT(*), COUNT(*) FILTER (WHERE p.agreed > 0), SUM(p.owed),
       SUM(p.free), SUM(p.agreed), SUM(p.disputed), SUM(p.imported)
  FROM ({_PARTS}) p JOIN portfolio f ON f.id = p.portfolio_id
 GROUP BY GROUPING SETS ((p.portfolio_id), ())
 ORDER BY 2
"""

#: Those that go on, and those that ended from ``first`` to ``day``: state, how many, USD of total, paid, late.
_BY_STATE = """
SELECT state, COUNT(*), SUM(total), SUM(paid), SUM(late), COUNT(*) FILTER (WHERE late > 0)
  FROM (SELECT g.state, g.total, g.late,
               GREATEST(g.paid, 0) AS paid
          FROM agreement g
         WHERE g.state IN ('pending', 'awaiting', 'active')
            OR COALESCE(g.ended_on, (g.decided_at AT TIME ZONE :zone)::date)
               BETWEEN :first AND :day AND g.state <> 'draft') agreed
 GROUP BY state
"""

#: Payments of the span on agreements that were given and had not ended before, and on everything else;
#: a reversal goes with its payment, as in `app.agreements.judging.COUNTED`.
_PAID = """
SELECT y.portfolio_id,
       COALESCE(SUM(y.amount) FILTER (WHERE g.id IS NOT NULL), 0),
       COALESCE(SUM(y.amount) FILTER (WHERE g.id IS NULL), 0)
  FROM payment y
  LEFT JOIN payment o
         ON y.is_reversal AND NOT o.is_reversal AND o.portfolio_id = y.portfolio_id
        AND o.reference = y.reference AND o.account_id = y.account_id
  LEFT JOIN LATERAL (
       SELECT g.id FROM agreement g
        WHERE g.account_id = y.account_id AND g.decided_at IS NOT NULL AND g.state <> 'refused'
          AND COALESCE(o.paid_on, y.paid_on) >= g.counts_from
          AND COALESCE(o.recorded_at, y.recorded_at) > g.requested_at
          AND (g.ended_on IS NULL OR COALESCE(o.paid_on, y.paid_on) <= g.ended_on)
        LIMIT 1) g ON TRUE
 WHERE y.paid_on BETWEEN :first AND :day
 GROUP BY y.portfolio_id
"""

_LISTED = f"""
SELECT a.number, d.name, d.identification, f.name, p.owed, p.free, p.agreed, p.disputed, p.imported,
       g.id, g.state, g.total, g.paid, g.late
  FROM ({_PARTS}) p
  JOIN account a ON a.id = p.account_id
  JOIN debtor d ON d.id = p.debtor_id
  JOIN portfolio f ON f.id = p.portfolio_id
  LEFT JOIN agreement g ON g.account_id = p.account_id AND g.state IN ('pending', 'awaiting', 'active')
 WHERE p.agreed > 0 OR p.imported > 0 OR g.id IS NOT NULL
 ORDER BY f.name, a.number_key, p.account_id
"""


@dataclass(frozen=True, slots=True)
class Parted:
    """A portfolio's debt; the total has no portfolio. USD: ``owed`` = free + agreed + disputed;
    ``imported`` beside it; paid from the month's first day on, to agreements and to free debt."""

    portfolio_id: int | None
    portfolio: str
    accounts: int
    with_agreement: int
    owed: Decimal
    free: Decimal
    agreed: Decimal
    disputed: Decimal
    imported: Decimal
    paid_agreed: Decimal = Decimal("0.00")
    paid_free: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class OfState:
    """Agreements in a state. USD; ``behind``: how many have an instalment past its day."""

    state: str
    agreements: int
    total: Decimal
    paid: Decimal
    late: Decimal
    behind: int

    @property
    def left(self) -> Decimal:
        """What is still to come of them: nothing of those that are over."""
        return self.total - self.paid if self.state in GOING_ON else Decimal("0.00")


@dataclass(frozen=True, slots=True)
class AgreedAccount:
    """An account with something put off. USD as it is owed now; the agreement made here, if it goes on."""

    number: str
    name: str
    identification: str
    portfolio: str
    owed: Decimal
    free: Decimal
    agreed: Decimal
    disputed: Decimal
    imported: Decimal
    agreement_id: int | None
    state: str | None
    total: Decimal | None
    paid: Decimal | None
    late: Decimal | None


def parted_debt(session: Session, first: date, day: date) -> tuple[Parted | None, list[Parted]]:
    """The total (None when nobody owes) and each portfolio; payments of ``first`` to ``day``."""
    paid = {
        portfolio_id: (agreed, free)
        for portfolio_id, agreed, free in session.execute(text(_PAID), {"first": first, "day": day})
    }
    rows = [tuple(row) for row in session.execute(text(_BY_PORTFOLIO))]
    parts = [Parted(*row, *paid.get(row[0], ())) for row in rows if row[0] is not None]
    total = next((row for row in rows if row[0] is None and row[2]), None)
    if total is None:
        return None, []
    of_all = [sum(of_one, Decimal("0.00")) for of_one in zip(*paid.values(), strict=True)]
    return Parted(*total, *of_all), parts


def agreements_by_state(session: Session, zone: str, first: date, day: date) -> list[OfState]:
    """Those that go on, then those that ended from ``first`` to ``day``, in the order of their life."""
    order = ("pending", "awaiting", "active", "kept", "broken", "void", "refused", "cancelled")
    values = {"zone": zone, "first": first, "day": day}
    found = {row[0]: OfState(*row) for row in session.execute(text(_BY_STATE), values)}
    return [found[state] for state in order if state in found]


def agreed_accounts(session: Session) -> Iterator[AgreedAccount]:
    """The accounts with debt put off, here or by billing, by portfolio and number."""
    rows = session.execute(text(_LISTED), execution_options={"yield_per": _BATCH})
    return (AgreedAccount(*row) for row in rows)
