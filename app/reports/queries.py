"""The figures of a day, one SQL definition each: for the screen, the workbook and the rows behind them.

Parameters: ``start``, ``end`` (UTC, half-open), ``zone``, ``day``, and ``operator_id`` where
``{who}`` narrows to one. A call that a later row corrects no longer counts; the correction does.
"""

from __future__ import annotations

_ATTEMPT = "(c.direction = 'outgoing' AND u.attempt)"
_HOLDER = "(u.right_party AND c.verified)"

#: What a contact must be to count, by the name of its figure. `attempts` is the denominator of
#: answered, right_party and effective; `holders` (whoever called whom) that of `promising`.
MEASURES = {
    "contacts": "TRUE",
    "attempts": _ATTEMPT,
    "others": f"NOT {_ATTEMPT}",
    "answered": f"({_ATTEMPT} AND u.answered)",
    "right_party": f"({_ATTEMPT} AND {_HOLDER})",
    "effective": f"({_ATTEMPT} AND u.effective)",
    "holders": _HOLDER,
    "promising": f"({_HOLDER} AND EXISTS (SELECT FROM promise p WHERE p.call_id = c.id))",
}

#: No later row corrects it: asked of one person's calls by a look into the index, and of many calls by
#: reading the corrections once; what the second form adds keeps the uncorrected rows (nearly all) out.
_ONE_STANDS = "NOT EXISTS (SELECT FROM call fix WHERE fix.corrects_id = c.id)"
_STANDS = f"{_ONE_STANDS.removesuffix(')')} AND fix.corrects_id IS NOT NULL)"
_COUNTED = f"""
  FROM call c
  JOIN outcome u ON u.id = c.outcome_id
 WHERE c.started_at >= :start AND c.started_at < :end {{who}} AND {_STANDS}
"""
#: What ``{who}`` becomes, for contacts and for promises.
BY_OPERATOR = "AND c.operator_id = :operator_id"
PROMISED_BY_OPERATOR = "AND p.made_by_id = :operator_id"

_HOUR = "CAST(EXTRACT(hour FROM c.started_at AT TIME ZONE :zone) AS integer)"

_SUMS = ("promises", "promised", "owed")

#: One pass over the day, counted by operator, outcome and hour, and these few counts added up for the
#: unit, each operator, outcome and hour. ``level`` tells which: 7 unit, 3 operator, 5 outcome, 6 hour.
#: An outcome that makes no promise is not looked up for one.
FIGURES = f"""
SELECT GROUPING(operator_id, outcome_id, hour) AS level, operator_id, outcome_id, hour,
       {", ".join(f"CAST(COALESCE(SUM({name}), 0) AS bigint) AS {name}" for name in MEASURES)},
       {", ".join(f"COALESCE(SUM({name}), 0.00) AS {name}" for name in _SUMS)}
  FROM (SELECT c.operator_id, c.outcome_id, {_HOUR} AS hour, SUM(c.owed) AS owed,
               SUM(made.promises) AS promises, SUM(made.promised) AS promised,
               {", ".join(f"COUNT(*) FILTER (WHERE {sql}) AS {name}" for name, sql in MEASURES.items() if name != "promising")},
               COUNT(*) FILTER (WHERE {_HOLDER} AND made.promises > 0) AS promising
          FROM call c
          JOIN outcome u ON u.id = c.outcome_id
          LEFT JOIN LATERAL (SELECT COUNT(*) AS promises, SUM(p.amount) AS promised
                               FROM promise p WHERE u.promise AND p.call_id = c.id) made ON TRUE
         WHERE c.started_at >= :start AND c.started_at < :end {{who}} AND {_STANDS}
         GROUP BY 1, 2, 3) counted
 GROUP BY GROUPING SETS ((), (operator_id), (outcome_id), (hour))
"""
UNIT, OPERATOR, OUTCOME, HOUR = 7, 3, 5, 6

#: *Mejor gestión*: the person's heaviest contact of the day; the later one when two weigh the same.
BEST = f"""
SELECT DISTINCT ON (c.debtor_id) c.id, c.debtor_id, c.outcome_id {_COUNTED}
 ORDER BY c.debtor_id, u.weight DESC, c.started_at DESC, c.id DESC
"""
PERSONS_BY_BEST = f"SELECT outcome_id, COUNT(*) FROM ({BEST}) best GROUP BY outcome_id"

#: Contacts of each of ``days``, each from its start to its end: all of them, which the index alone
#: tells, less those that were corrected.
CONTACTS_BY_DAY = """
SELECT d.day, (SELECT COUNT(*) FROM call c
                WHERE c.started_at >= d.start AND c.started_at < d.finish {who}) - COALESCE(f.corrected, 0)
  FROM unnest(CAST(:days AS date[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       AS d(day, start, finish)
  LEFT JOIN (SELECT CAST(c.started_at AT TIME ZONE :zone AS date) AS day, COUNT(*) AS corrected
               FROM call fix JOIN call c ON c.id = fix.corrects_id
              WHERE fix.corrects_id IS NOT NULL AND c.started_at >= :start AND c.started_at < :end {who}
              GROUP BY 1) f USING (day)
"""
#: A promise is made on the day of its contact, which is never corrected: no need to read that.
PROMISES_BY_DAY = """
SELECT p.made_on, COUNT(*)
  FROM promise p
 WHERE p.made_on >= CAST(:first AS date) AND p.made_on <= CAST(:day AS date) AND p.call_id IS NOT NULL {who}
 GROUP BY 1
"""

_JUDGED = "p.check_on BETWEEN CAST(:first AS date) AND CAST(:day AS date) AND p.state IN ('kept', 'partial', 'broken')"
#: Promises whose last day of grace fell between ``first`` and ``day``, by who made them and whether it
#: was that very ``day``.
KEPT = f"""
SELECT p.made_by_id, p.check_on = CAST(:day AS date) AS on_day, COUNT(*) AS judged, COUNT(*) FILTER (WHERE p.state = 'kept') AS kept,
       SUM(p.amount) AS promised, SUM(GREATEST(LEAST(p.paid, p.amount), 0)) AS paid
  FROM promise p
 WHERE {_JUDGED} {{who}}
 GROUP BY 1, 2
"""

#: The day's payments, each with the last effective contact of its person from ``since`` on (that
#: many days before) up to the end of the day it was paid: a payment has a date and no hour.
_CREDITED = f"""
  FROM payment y
  JOIN account a ON a.id = y.account_id
  LEFT JOIN LATERAL (
       SELECT c.id AS call_id, c.operator_id, c.started_at
         FROM call c JOIN outcome u ON u.id = c.outcome_id
        WHERE c.debtor_id = a.debtor_id AND c.started_at >= :since AND c.started_at < :end
          AND u.effective AND {_ONE_STANDS}
        ORDER BY c.started_at DESC, c.id DESC LIMIT 1) c ON TRUE
 WHERE y.paid_on = CAST(:day AS date)
"""
#: By operator; NULL: no contact in that time. A reversal subtracts on its own day.
RECOVERED = (
    f"SELECT c.operator_id, COUNT(*) AS payments, SUM(y.amount) AS amount {_CREDITED} GROUP BY 1"
)

_OPERATOR = "o.first_name || ' ' || o.last_name"

#: The contacts behind a figure: ``{which}`` is one of `MEASURES` or a condition below, ``{page}`` LIMIT and OFFSET.
CALL_ROWS = f"""
SELECT c.id, c.started_at, c.debtor_id, a.number, a.number_key, d.identification, d.name,
       c.bills_count, c.owed, c.outcome_id, {_HOLDER} AS holder, u.answered, c.direction, t.value AS phone,
       t.origin, made.due_on, made.promised, c.note, {_OPERATOR} AS operator, u.weight
  FROM call c
  JOIN outcome u ON u.id = c.outcome_id
  JOIN debtor d ON d.id = c.debtor_id
  JOIN ab_user o ON o.id = c.operator_id
  LEFT JOIN account a ON a.id = c.account_id
  LEFT JOIN contact_point t ON t.id = c.contact_point_id
  LEFT JOIN LATERAL (SELECT MIN(p.due_on) AS due_on, SUM(p.amount) AS promised
                       FROM promise p WHERE u.promise AND p.call_id = c.id) made ON TRUE
 WHERE c.started_at >= :start AND c.started_at < :end {{who}} AND {_STANDS} AND {{which}}
 ORDER BY c.started_at, c.id {{page}}
"""
CALL_COUNT = f"SELECT COUNT(*) {_COUNTED} AND {{which}}"
WITH_OUTCOME = "c.outcome_id = :outcome_id"
IS_BEST = f"c.id IN (SELECT best.id FROM ({BEST}) best)"

#: Which promises ``{which}`` may name: made on a counted contact of the day, or judged.
PROMISE_MADE = f"c.started_at >= :start AND c.started_at < :end AND {_STANDS}"
PROMISE_JUDGED = _JUDGED
PROMISE_KEPT = f"{_JUDGED} AND p.state = 'kept'"
PROMISE_ROWS = f"""
SELECT p.id, p.made_at, p.debtor_id, a.number, a.number_key, d.identification, d.name, p.due_on,
       p.check_on, p.amount, p.paid, p.state, COALESCE(m.name, '') AS means, {_OPERATOR} AS operator, p.call_id
  FROM promise p
  LEFT JOIN call c ON c.id = p.call_id
  JOIN account a ON a.id = p.account_id
  JOIN debtor d ON d.id = p.debtor_id
  JOIN ab_user o ON o.id = p.made_by_id
  LEFT JOIN payment_means m ON m.id = p.means_id
 WHERE {{which}} {{who}}
 ORDER BY p.made_at, p.id {{page}}
"""
PROMISE_COUNT = (
    "SELECT COUNT(*) FROM promise p LEFT JOIN call c ON c.id = p.call_id WHERE {which} {who}"
)

PAYMENT_CREDITED = "AND c.operator_id IS NOT NULL"
PAYMENT_ALONE = "AND c.operator_id IS NULL"
PAYMENT_ROWS = f"""
SELECT y.id, y.paid_on, a.debtor_id, a.number, a.number_key, d.identification, d.name, y.amount,
       y.channel, y.reference, c.started_at, COALESCE({_OPERATOR}, '') AS operator
  FROM (SELECT y.*, c.started_at, c.operator_id {_CREDITED} {{which}} {{who}}) c
  JOIN payment y ON y.id = c.id
  JOIN account a ON a.id = y.account_id
  JOIN debtor d ON d.id = a.debtor_id
  LEFT JOIN ab_user o ON o.id = c.operator_id
 ORDER BY y.id {{page}}
"""
PAYMENT_COUNT = f"SELECT COUNT(*) {_CREDITED} {{which}} {{who}}"

#: Until when the portfolios are known: ``(name, as_of)``.
KNOWN_UNTIL = "SELECT name, as_of FROM portfolio WHERE as_of IS NOT NULL ORDER BY name"
