"""What the people's list says of each person, asked once for a page: debts, last outcome, promise.

Each fact comes from its one definition: what is owed from `app.debts.queries.OWED`, a promise's state as
`app.promises.service.judge_promises` stores it. The fragments name the person ``debtor.id``, so that a
list and its filters say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.debts.queries import OWED

#: The person's sums over open accounts, by name. ``day``: the unit's day.
SUMS: Mapping[str, str] = {
    "owed": "COALESCE(SUM(o.owed), 0)",
    "bills": "COALESCE(SUM(o.bills_count) FILTER (WHERE o.owed > 0), 0)",
    "days": "COALESCE(CAST(:day AS date) - MIN(o.oldest_due_on) FILTER (WHERE o.owed > 0), 0)",
}

#: The last contact that no correction replaced.
LAST_CALL = """
SELECT c.id, c.outcome_id, c.started_at FROM call c
 WHERE c.debtor_id = debtor.id AND NOT EXISTS (SELECT FROM call fix WHERE fix.corrects_id = c.id)
 ORDER BY c.started_at DESC, c.id DESC LIMIT 1
"""

#: The pending promise that falls due first; without one, the newest.
SHOWN_PROMISE = """
SELECT p.state, p.due_on FROM promise p
 WHERE p.debtor_id = debtor.id AND p.state NOT IN ('replaced', 'withdrawn')
 ORDER BY p.state <> 'pending', CASE WHEN p.state = 'pending' THEN p.due_on END, p.made_at DESC, p.id DESC
 LIMIT 1
"""

_FACTS = text(
    f"""
SELECT debtor.id, d.accounts, d.owed, d.bills, d.days, u.label, u.label_en, l.started_at,
       p.state, p.due_on,
       (SELECT COUNT(*) FROM promise b WHERE b.debtor_id = debtor.id AND b.state = 'broken') AS broken
  FROM debtor
 CROSS JOIN LATERAL (
       SELECT COUNT(*) AS accounts, {SUMS["owed"]} AS owed, {SUMS["bills"]} AS bills,
              {SUMS["days"]} AS days
         FROM ({OWED}) o WHERE o.debtor_id = debtor.id) d
  LEFT JOIN LATERAL ({LAST_CALL}) l ON TRUE
  LEFT JOIN outcome u ON u.id = l.outcome_id
  LEFT JOIN LATERAL ({SHOWN_PROMISE}) p ON TRUE
 WHERE debtor.id = ANY(CAST(:ids AS bigint[]))
"""
)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """``owed`` in USD over ``accounts`` open accounts; ``days`` since the oldest due date (0: none);
    the last outcome's labels and moment; the promise shown and how many were broken."""

    debtor_id: int
    accounts: int
    owed: Decimal
    bills: int
    days: int
    outcome: str | None
    outcome_en: str | None
    called_at: datetime | None
    promise: str | None
    due_on: date | None
    broken: int


def people_facts(session: Session, debtor_ids: Sequence[int], day: date) -> dict[int, PersonFacts]:
    """The facts of each of ``debtor_ids`` as of the unit's ``day``, in one question."""
    rows = session.execute(_FACTS, {"ids": list(debtor_ids), "day": day})
    return {row[0]: PersonFacts(*row) for row in rows}


#: ``{op}`` compares a sum with ``value``. Where many people match, each is looked at as the list is
#: walked; where few do, all sums at once are cheaper than a walk through everybody.
PERSON_BY_PERSON = "(SELECT {sum} FROM ({owed}) o WHERE o.debtor_id = debtor.id) {op} :value"
ALL_AT_ONCE = """
SELECT o.debtor_id FROM ({owed}) o GROUP BY o.debtor_id HAVING {sum} {op} :value
"""

#: The people whose `LAST_CALL` ended in one of the outcomes ``value``, out of those who ever had one.
LAST_ENDED_SO = f"""
SELECT debtor.id FROM (SELECT DISTINCT debtor_id AS id FROM call WHERE outcome_id = ANY(:value)) debtor
 WHERE (SELECT last.outcome_id FROM ({LAST_CALL}) last) = ANY(:value)
"""
