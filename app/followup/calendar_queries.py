"""What falls due as one statement, which writes the answer's JSON itself: a month of the unit is thousands
of rows, and each of them costs more in Python than in the database."""

from __future__ import annotations

from collections.abc import Collection

KINDS = ("callback", "promise", "instalment", "down")

#: ``{mine}`` narrows to an owner. Every part gives the columns of `due` in `_FEED`.
_CALLBACKS = """
SELECT 'callback', b.id, b.debtor_id, (b.due_at AT TIME ZONE :zone)::date, b.due_at, b.operator_id,
       CASE WHEN b.due_at < :now THEN 'late' ELSE 'open' END, NULL::numeric, NULL::int
  FROM callback b
 WHERE b.done_at IS NULL AND b.due_at >= :start AND b.due_at < :end {mine}
"""
#: From the day after its own on it is in its grace; once that has passed it is late until it is judged.
_PROMISES = """
SELECT 'promise', p.id, p.debtor_id, p.due_on, NULL::timestamptz, p.made_by_id,
       CASE WHEN p.state = 'kept' THEN 'kept' WHEN p.due_on >= :day THEN 'open'
            WHEN p.check_on >= :day THEN 'grace' ELSE 'late' END,
       CASE WHEN p.state = 'kept' THEN p.amount ELSE GREATEST(p.amount - p.paid, 0) END,
       NULL::int
  FROM promise p
 WHERE {states} AND p.due_on BETWEEN :first AND :last {mine}
"""
#: No grace ends before the promised day: the index of the open ones by the end of their grace finds them.
_PENDING = "p.state = 'pending' AND p.check_on >= :first"
#: One is paid when all up to it is: see `app.agreements.reading.schedule_of`, which shares what was paid.
_INSTALMENTS = """
SELECT CASE WHEN i.number = 0 THEN 'down' ELSE 'instalment' END, i.id, g.debtor_id, i.due_on,
       NULL::timestamptz, g.requested_by_id,
       CASE WHEN g.paid >= i.cumulative THEN 'paid' WHEN i.due_on >= :day THEN 'open'
            WHEN i.lapses_on >= :day THEN 'grace' ELSE 'late' END,
       CASE WHEN g.paid >= i.cumulative THEN i.amount ELSE LEAST(i.amount, i.cumulative - g.paid) END,
       i.number
  FROM instalment i
  JOIN agreement g ON g.id = i.agreement_id
 WHERE g.state IN {states} AND i.due_on BETWEEN :first AND :last AND {numbers} {mine}
"""
#: The first of each kind and day, by their hour; one row says how many more there are. They are counted
#: apart, so that no more than are shown need a place (a window over all of them took half the time).
_FEED = """
WITH due (kind, id, debtor_id, day, at, owner_id, state, amount, number) AS MATERIALIZED ({due}), counted AS (
    SELECT d.kind, d.day, count(*) AS total,
           CASE WHEN d.kind = 'callback' THEN :timed ELSE :untimed END AS most
      FROM due d
     GROUP BY d.kind, d.day
), ranked AS (
    SELECT placed.*, c.total, c.most
      FROM (SELECT d.*, row_number() OVER (PARTITION BY d.day, d.kind ORDER BY d.at, d.id) AS n
              FROM due d) placed
      JOIN counted c ON c.kind = placed.kind AND c.day = placed.day
     WHERE placed.n <= GREATEST(CAST(:timed AS bigint), CAST(:untimed AS bigint))
), shown AS (
    SELECT json_strip_nulls(json_build_object(
               'key', r.kind || '-' || r.id, 'kind', r.kind, 'day', r.day,
               'at', to_char(r.at AT TIME ZONE :zone, 'YYYY-MM-DD"T"HH24:MI'), 'seen', r.at,
               'person', r.debtor_id, 'name', p.name, 'state', r.state, 'number', r.number,
               'mine', r.owner_id = :me, 'owner', r.owner_id{amount})) AS event,
           r.day, r.kind, r.n
      FROM ranked r
      JOIN debtor p ON p.id = r.debtor_id
     WHERE r.n <= CASE WHEN r.total > r.most THEN r.most - 1 ELSE r.most END
), rest AS (
    SELECT json_build_object('kind', r.kind, 'day', r.day, 'more', r.total - r.n + 1) AS event,
           r.day, r.kind, r.n
      FROM ranked r
     WHERE r.total > r.most AND r.n = r.most
)
SELECT COALESCE((SELECT json_agg(e.event ORDER BY e.day, e.kind, e.n)
                   FROM (SELECT * FROM shown UNION ALL SELECT * FROM rest) e)::text, '[]'),
       (SELECT count(*) FROM shown), (SELECT COALESCE(SUM(total), 0) FROM counted)
"""
#: What is past its own day, in its grace or not.
_LATE = {
    "callback": "AND b.due_at < :now",
    "promise": "AND p.due_on < :day",
    "instalment": "AND i.due_on < :day",
}


def feed_sql(kinds: Collection[str], state: str, *, unit: bool, amounts: bool) -> str:
    """The statement for some of `KINDS` in a state (open, late, all); without ``unit`` only what is
    ``owner_id``'s. Gives one row: the JSON, how many are in it, how many there are. Parameters: first,
    last, start, end, now, day, zone, me, owner_id, anyones, timed, untimed."""
    parts = []
    late = _LATE if state == "late" else dict.fromkeys(_LATE, "")
    if "callback" in kinds:
        owner = " AND (b.operator_id = :owner_id OR b.operator_id IS NULL AND :anyones)"
        parts.append(_CALLBACKS.format(mine=late["callback"] + ("" if unit else owner)))
    if "promise" in kinds:
        states = "p.state IN ('pending', 'kept')" if state == "all" else _PENDING
        mine = "" if unit else " AND p.made_by_id = :owner_id"
        parts.append(_PROMISES.format(states=states, mine=late["promise"] + mine))
    numbers = _numbers(kinds)
    if numbers:
        states = "('awaiting', 'active', 'kept')" if state == "all" else "('awaiting', 'active')"
        unpaid = "" if state == "all" else "AND g.paid < i.cumulative "
        mine = late["instalment"] + ("" if unit else " AND g.requested_by_id = :owner_id")
        parts.append(_INSTALMENTS.format(states=states, mine=unpaid + mine, numbers=numbers))
    amount = ", 'amount', r.amount" if amounts else ""
    return _FEED.format(due=" UNION ALL ".join(parts), amount=amount)


def _numbers(kinds: Collection[str]) -> str:
    """Number 0 is the down payment."""
    if "instalment" in kinds:
        return "TRUE" if "down" in kinds else "i.number > 0"
    return "i.number = 0" if "down" in kinds else ""
