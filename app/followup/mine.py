"""What an operator follows up: their own promises and agreements with the computed state, their own
callbacks, the complaints that they took in and the referrals that they proposed, while these go on.

Everything is masked: a name and a state, and by when an area has to answer. No amount, no promised day, no
account before the identity check of a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.agent import Agent

#: What may be asked for, and the states that it holds; ``agreement``: all of that kind.
FILTERS: dict[str, tuple[str, ...]] = {
    "all": (),
    "agreement": (),
    "complaint": (),
    "referral": (),
    "pending": (
        *("pending", "asked", "awaiting", "active"),
        *("received", "routed", "proposed", "approved", "assigned", "visited"),
    ),
    "today": ("today",),
    "late": ("late",),
    "kept": ("kept",),
    "broken": ("broken", "partial", "refused", "void"),
}
#: What ended so long ago no longer comes along.
IN_SIGHT = timedelta(days=60)
#: More than one goes through at a time; the newest first.
MOST = 300

#: The agreement g ended badly and nobody has spoken with the person since: whoever asked for it is told.
_UNTOLD = """(g.state IN ('broken', 'refused', 'void') AND NOT EXISTS (
    SELECT FROM call c WHERE c.debtor_id = g.debtor_id AND c.verified
       AND c.started_at > GREATEST(g.decided_at, g.judged_at)))"""
_SINCE = "COALESCE(g.ended_on, (g.decided_at AT TIME ZONE :zone)::date) >= :since"
_UNTOLD_COUNT = text(
    f"SELECT count(*) FROM agreement g WHERE g.requested_by_id = :me AND {_SINCE} AND {_UNTOLD}"
)

#: The complaint k was answered and nobody has spoken with the person since.
_UNHEARD = """(k.state = 'answered' AND NOT EXISTS (
    SELECT FROM call c WHERE c.debtor_id = k.debtor_id AND c.verified AND c.started_at > k.answered_at))"""

#: A promise is late from the day after its own on, until its grace ends and it is judged; a callback from
#: its minute on; an agreement by what has fallen due; a complaint from the day after its deadline. What was done months ago does not come along.
#: Parameters: me, now, day, day_end, zone, since, which, states, most.
_MINE = text(
    f"""
SELECT kind, id, debtor_id, name, at, due_on, state, untold FROM (
    SELECT 'promise' AS kind, p.id, p.debtor_id, d.name, NULL::timestamptz AS at,
           NULL::date AS due_on, p.due_on AS day,
           CASE WHEN p.state <> 'pending' THEN p.state
                WHEN p.due_on = :day THEN 'today'
                WHEN p.due_on < :day THEN 'late'
                ELSE 'pending' END AS state, FALSE AS untold
      FROM promise p JOIN debtor d ON d.id = p.debtor_id
     WHERE p.made_by_id = :me AND p.state NOT IN ('replaced', 'withdrawn')
       AND (p.state = 'pending' OR p.check_on >= :since)
    UNION ALL
    SELECT 'callback', b.id, b.debtor_id, d.name, b.due_at, NULL, (b.due_at AT TIME ZONE :zone)::date,
           CASE WHEN b.due_at < :now THEN 'late'
                WHEN b.due_at < :day_end THEN 'today'
                ELSE 'pending' END, FALSE
      FROM callback b JOIN debtor d ON d.id = b.debtor_id
     WHERE b.operator_id = :me AND b.done_at IS NULL
    UNION ALL
    SELECT 'agreement', g.id, g.debtor_id, d.name, NULL, NULL, COALESCE(g.ended_on, g.requested_at::date),
           CASE WHEN g.state = 'pending' THEN 'asked' WHEN g.late > 0 THEN 'late' ELSE g.state END,
           {_UNTOLD}
      FROM agreement g JOIN debtor d ON d.id = g.debtor_id
     WHERE g.requested_by_id = :me
       AND (g.state IN ('pending', 'awaiting', 'active') OR {_SINCE})
       AND g.ended_by_id IS DISTINCT FROM :me
    UNION ALL
    SELECT 'complaint', k.id, k.debtor_id, d.name, NULL,
           CASE WHEN k.state <> 'answered' THEN k.due_on END, k.due_on,
           CASE WHEN k.state <> 'answered' AND k.due_on < :day THEN 'late' ELSE k.state END, {_UNHEARD}
      FROM complaint k JOIN debtor d ON d.id = k.debtor_id
     WHERE k.received_by_id = :me AND k.state IN ('received', 'routed', 'answered')
    UNION ALL
    SELECT 'referral', r.id, r.debtor_id, d.name, NULL, NULL,
           (r.proposed_at AT TIME ZONE :zone)::date, r.state, FALSE
      FROM referral r JOIN debtor d ON d.id = r.debtor_id
     WHERE r.proposed_by_id = :me AND r.state IN ('proposed', 'approved', 'assigned', 'visited')
) mine
 WHERE :which = 'all' OR kind = :which OR state = ANY (CAST(:states AS text[]))
 ORDER BY untold DESC,
          array_position(ARRAY['late', 'today', 'pending', 'received', 'routed', 'answered', 'awaiting',
                               'asked', 'active', 'visited', 'assigned', 'approved', 'proposed', 'broken',
                               'partial', 'refused', 'void', 'cancelled', 'kept'], state),
          CASE WHEN state IN ('late', 'today', 'pending', 'received', 'routed') THEN day END,
          day DESC, at, kind, id
 LIMIT :most
"""
)


@dataclass(frozen=True, slots=True)
class FollowRow:
    """``kind``: promise, callback, agreement, complaint or referral; ``at`` only of a callback, ``due_on``
    only of a complaint that waits; ``state``: late, today, pending, kept, partial or broken; of an agreement
    also asked, awaiting, active, refused, void or cancelled; of a complaint or a referral its own.
    ``untold``: the person has not been told yet how it ended."""

    kind: str
    id: int
    debtor_id: int
    name: str
    at: datetime | None
    due_on: date | None
    state: str
    untold: bool


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
    """The agent's own, most urgent first, at most `MOST`; judged promises whose grace ended, and
    agreements that ended, from ``since`` on. ``which`` is one of `FILTERS`."""
    values = {
        "me": agent.user_id,
        "now": now,
        "day": day,
        "day_end": day_end,
        "zone": zone,
        "since": since,
        "which": which,
        "states": list(FILTERS[which]),
        "most": MOST,
    }
    return [FollowRow(*row) for row in session.execute(_MINE, values)]


def untold_agreements(session: Session, agent: Agent, day: date, zone: str) -> int:
    """How many agreements that the agent asked for broke, were refused or came to nothing, whose people
    nobody has spoken with since."""
    values = {"me": agent.user_id, "since": day - IN_SIGHT, "zone": zone}
    return session.scalar(_UNTOLD_COUNT, values) or 0
