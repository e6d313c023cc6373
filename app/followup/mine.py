"""What an operator follows up: their own promises with the computed state, their own callbacks.

Everything is masked: a name and a state. No amount, no promised day, no account before the identity check
of a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.agent import Agent

#: What may be asked for, and the states that it holds.
FILTERS = ("all", "pending", "today", "late", "kept", "broken")
#: More than one goes through at a time; the newest first.
MOST = 300

#: A promise is late from the day after its own on, until its grace ends and it is judged; a callback from
#: its minute on. What was done months ago does not come along. Parameters: me, now, day, day_end, since.
_MINE = text(
    """
SELECT kind, id, debtor_id, name, at, state FROM (
    SELECT 'promise' AS kind, p.id, p.debtor_id, d.name, NULL::timestamptz AS at, p.due_on AS day,
           CASE WHEN p.state <> 'pending' THEN p.state
                WHEN p.due_on = :day THEN 'today'
                WHEN p.due_on < :day THEN 'late'
                ELSE 'pending' END AS state
      FROM promise p JOIN debtor d ON d.id = p.debtor_id
     WHERE p.made_by_id = :me AND p.state NOT IN ('replaced', 'withdrawn')
       AND (p.state = 'pending' OR p.check_on >= :since)
    UNION ALL
    SELECT 'callback', b.id, b.debtor_id, d.name, b.due_at, (b.due_at AT TIME ZONE :zone)::date,
           CASE WHEN b.due_at < :now THEN 'late'
                WHEN b.due_at < :day_end THEN 'today'
                ELSE 'pending' END
      FROM callback b JOIN debtor d ON d.id = b.debtor_id
     WHERE b.operator_id = :me AND b.done_at IS NULL
) mine
 WHERE :which = 'all' OR state = :which OR (:which = 'broken' AND state = 'partial')
 ORDER BY array_position(ARRAY['late', 'today', 'pending', 'broken', 'partial', 'kept'], state),
          CASE WHEN state IN ('broken', 'partial', 'kept') THEN NULL ELSE day END,
          day DESC, at, kind, id
 LIMIT :most
"""
)


@dataclass(frozen=True, slots=True)
class FollowRow:
    """``kind``: promise or callback; ``at`` only of a callback; ``state``: late, today, pending, kept,
    partial or broken."""

    kind: str
    id: int
    debtor_id: int
    name: str
    at: datetime | None
    state: str


def my_followups(
    session: Session,
    agent: Agent,
    now: datetime,
    day: date,
    day_end: datetime,
    zone: str,
    since: date,
    which: str = "all",
) -> Sequence[FollowRow]:
    """The agent's own, most urgent first, at most `MOST`; judged promises whose grace ended from
    ``since`` on. ``which`` is one of `FILTERS`."""
    values = {
        "me": agent.user_id,
        "now": now,
        "day": day,
        "day_end": day_end,
        "zone": zone,
        "since": since,
        "which": which,
        "most": MOST,
    }
    return [FollowRow(*row) for row in session.execute(_MINE, values)]
