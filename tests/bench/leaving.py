"""Fifty thousand complaints and as many referrals for the lists of the bench: the demonstration's, and old ones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

MANY = 50_000

_COMPLAINTS = """
INSERT INTO complaint (debtor_id, account_id, category_id, area_id, state, origin, text, received_at, received_by_id,
                       due_on, warn_on, routed_at, answered_at, answered_by_id, ruling, answer, closed_at, closed_by_id)
SELECT a.debtor_id, a.id, k.id, k.area_id, CASE WHEN a.open THEN 'routed' ELSE 'closed' END, 'desk', 'Reclamo', a.at, u.id,
       (a.at + interval '21 days')::date, (a.at + interval '18 days')::date, a.at,
       CASE WHEN NOT a.open THEN a.at + interval '9 days' END, CASE WHEN NOT a.open THEN u.id END,
       CASE WHEN NOT a.open THEN 'unfounded' END, CASE WHEN NOT a.open THEN 'Revisado' ELSE '' END,
       CASE WHEN NOT a.open THEN a.at + interval '10 days' END, CASE WHEN NOT a.open THEN u.id END
  FROM (SELECT a.id, a.debtor_id, n, n % 20 = 0 AS open,
               CAST(:now AS timestamptz) - (n % 700 * interval '1 day' + n % 480 * interval '1 minute') AS at
          FROM (SELECT a.id, a.debtor_id, row_number() OVER (ORDER BY a.id) AS n FROM account a) a) a
  JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS many
          FROM complaint_category WHERE area_id IS NOT NULL) k ON k.nth = a.n % k.many
 CROSS JOIN (SELECT min(id) AS id FROM ab_user) u
 ORDER BY a.n LIMIT :missing
"""
_REFERRALS = """
INSERT INTO referral (kind, state, debtor_id, account_id, reason, proposed_at, proposed_by_id, decided_at, decided_by_id,
                      assigned_to_id, assigned_by_id, assigned_at, planned_on, ended_at, ended_by_id)
SELECT 'hard', CASE WHEN a.n % 3 = 0 THEN 'closed' ELSE 'returned' END, a.debtor_id, a.id, 'No atiende', a.at, u.id,
       a.at + interval '1 day', u.id, u.id, u.id, a.at + interval '1 day', (a.at + interval '2 days')::date,
       a.at + interval '3 days', u.id
  FROM (SELECT a.id, a.debtor_id, n,
               CAST(:now AS timestamptz) - ((4 + n % 700) * interval '1 day' + n % 480 * interval '1 minute') AS at
          FROM (SELECT a.id, a.debtor_id, row_number() OVER (ORDER BY a.id DESC) AS n FROM account a) a) a
 CROSS JOIN (SELECT min(id) AS id FROM ab_user) u
 ORDER BY a.n LIMIT :missing
"""


def fill_leaving(session: Session, now: datetime) -> None:
    """Bring both tables to `MANY` rows; what is there already stays."""
    for table, statement in (("complaint", _COMPLAINTS), ("referral", _REFERRALS)):
        have = session.scalar(text(f"SELECT count(*) FROM {table}"))
        session.execute(text(statement), {"now": now, "missing": max(MANY - have, 0)})
