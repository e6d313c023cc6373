"""What falls on the days of a year: a holiday among them has to be told to somebody."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

_FALLING = text("""
SELECT d.day, count(*) FILTER (WHERE d.kind = 'promise') AS promises,
       count(*) FILTER (WHERE d.kind = 'callback') AS callbacks,
       count(*) FILTER (WHERE d.kind = 'instalment') AS instalments
  FROM (SELECT 'promise' AS kind, p.due_on AS day FROM promise p
         WHERE p.state = 'pending' AND p.due_on = ANY(:days)
        UNION ALL
        SELECT 'callback', (b.due_at AT TIME ZONE :zone)::date FROM callback b
         WHERE b.done_at IS NULL AND (b.due_at AT TIME ZONE :zone)::date = ANY(:days)
        UNION ALL
        SELECT 'instalment', i.due_on FROM instalment i JOIN agreement g ON g.id = i.agreement_id
         WHERE g.state IN ('awaiting', 'active') AND g.paid < i.cumulative AND i.due_on = ANY(:days)) d
 GROUP BY d.day
""")


def falling_on(session: Session, zone: str, days: list[date]) -> dict[date, tuple[int, int, int]]:
    """Pending promises, callbacks to come and unpaid instalments that fall on each of ``days``; a day
    without any is not there."""
    rows = session.execute(_FALLING, {"days": days, "zone": zone})
    return {row.day: (row.promises, row.callbacks, row.instalments) for row in rows}
