"""What the specialist's board asks for, over the report's own definitions: four statements.

Parameters: those of a report's day (`app.reports.scope.Scope`) and ``now``.
"""

from __future__ import annotations

from app.access.staff_queries import AWAY, MAY_CALL
from app.reports import queries

_OF_A_CALL = {name: sql for name, sql in queries.MEASURES.items() if name != "promising"}

#: One pass over the day's calls. A row an operator and hour: every figure that adds up, the end of the
#: last call; and on each row, the same, how far the day's persons came (``tried_outside``: those
#: who are no longer in the queue). A promise is not made before its contact began.
CALLS = f"""
WITH counted AS MATERIALIZED (
    SELECT c.operator_id, c.debtor_id, c.ended_at,
           CAST(EXTRACT(hour FROM c.started_at AT TIME ZONE :zone) AS integer) AS hour,
           {", ".join(f"{sql} AS {name}" for name, sql in _OF_A_CALL.items())},
           {queries.MEASURES["holders"]} AND made.promises > 0 AS promising,
           made.promises, made.promised
      FROM call c
      JOIN outcome u ON u.id = c.outcome_id
      LEFT JOIN (SELECT p.call_id, COUNT(*) AS promises, SUM(p.amount) AS promised
                   FROM promise p WHERE p.made_at >= :start GROUP BY p.call_id) made
        ON made.call_id = c.id AND u.promise
     WHERE {queries.PROMISE_MADE}
)
SELECT cell.*, persons.*
  FROM (SELECT operator_id, hour, MAX(ended_at) AS last_ended,
               {", ".join(f"COUNT(*) FILTER (WHERE {n}) AS {n}" for n in queries.MEASURES)},
               CAST(COALESCE(SUM(promises), 0) AS integer) AS promises, COALESCE(SUM(promised), 0.00) AS promised
          FROM counted
         GROUP BY operator_id, hour) cell
 CROSS JOIN (SELECT COUNT(*) AS tried, COUNT(*) FILTER (WHERE w.debtor_id IS NULL) AS tried_outside,
                    COUNT(*) FILTER (WHERE of_one.answered) AS persons_answered,
                    COUNT(*) FILTER (WHERE of_one.holder) AS persons_holder,
                    COUNT(*) FILTER (WHERE of_one.promised) AS persons_promised
               FROM (SELECT debtor_id, bool_or(answered) AS answered, bool_or(right_party) AS holder,
                            bool_or(right_party AND promising) AS promised
                       FROM counted WHERE attempts GROUP BY debtor_id) of_one
               LEFT JOIN worklist_item w ON w.debtor_id = of_one.debtor_id) persons
"""

#: The money of the day and the promises judged this month, summed over everybody.
MONEY = f"""
SELECT r.*, k.*
  FROM (SELECT CAST(COALESCE(SUM(payments) FILTER (WHERE operator_id IS NOT NULL), 0) AS integer) AS credited,
               COALESCE(SUM(amount) FILTER (WHERE operator_id IS NOT NULL), 0.00) AS recovered,
               CAST(COALESCE(SUM(payments), 0) AS integer) AS payments
          FROM ({queries.RECOVERED}) by_operator) r
 CROSS JOIN (SELECT CAST(COALESCE(SUM(judged), 0) AS integer) AS judged,
                   CAST(COALESCE(SUM(kept), 0) AS integer) AS kept
               FROM ({queries.KEPT.format(who="")}) by_maker) k
"""

#: Whoever may work the queue, or has worked today (``worked``), with what they hold at this moment and
#: why they are away, if they are. A claim that lapsed before any dial is abandoned: it will be given back.
OPERATORS = f"""
SELECT o.id, o.first_name || ' ' || o.last_name AS name, held.claimed_at, held.direction, held.dialled_at,
       COALESCE(st.daily_goal, :daily_goal) AS goal,
       {AWAY.format(user="o.id", at="CAST(:now AS timestamptz)")} AS away
  FROM ab_user o
  LEFT JOIN staff st ON st.user_id = o.id
  LEFT JOIN LATERAL (
       SELECT c.claimed_at, c.direction, c.lapses_at,
              (SELECT MIN(t.at) FROM contact_attempt t WHERE t.claim_key = c.key) AS dialled_at
         FROM claim c WHERE c.operator_id = o.id AND c.closed_at IS NULL) held
    ON held.dialled_at IS NOT NULL OR held.lapses_at >= CAST(:now AS timestamptz)
 WHERE o.id = ANY(CAST(:worked AS integer[])) OR o.active AND o.id IN ({MAY_CALL})
 ORDER BY o.last_name, o.first_name, o.id
"""

#: What waits, a row each, named by ``what``: ``number`` of them, ``part`` of those at this moment.
#: queue: persons, who may be offered now. callbacks: due by the end of the day, late by now;
#: ``since``: when the first of them fell due (when one counts as missed: `missed_callbacks`).
#: agreements: to be decided; cases: to be verified, those past their last day; referrals: to be decided; ``since`` the oldest.
#: complaints: that wait for their area and whose warning has come, those past their day.
#: A load by its state: rows; ``since`` it was last worked on. portfolio: ``number`` 1 when it has open
#: accounts, known up to ``day``; its last payments ``id``: known up to ``paid_until``, ``part`` of them, USD.
WAITING = """
SELECT 'queue' AS what, CAST(NULL AS bigint) AS id, '' AS name, COUNT(*) AS number,
       COUNT(*) FILTER (WHERE not_before IS NULL OR not_before <= CAST(:now AS timestamptz)) AS part,
       CAST(NULL AS timestamptz) AS since, CAST(NULL AS date) AS day, CAST(NULL AS date) AS paid_until,
       CAST(NULL AS numeric) AS amount
  FROM worklist_item
UNION ALL
SELECT 'callbacks', NULL, '', COUNT(*), COUNT(*) FILTER (WHERE due_at < CAST(:now AS timestamptz)),
       MIN(due_at), NULL, NULL, NULL
  FROM callback WHERE done_at IS NULL AND due_at < :end
UNION ALL
SELECT 'agreements', NULL, '', COUNT(*), NULL, MIN(requested_at), NULL, NULL, NULL
  FROM agreement WHERE state = 'pending'
UNION ALL
SELECT 'cases', NULL, '', COUNT(*), COUNT(*) FILTER (WHERE due_on < :day), MIN(opened_at), NULL, NULL, NULL
  FROM verification_case WHERE closed_at IS NULL
UNION ALL
SELECT 'complaints', NULL, '', COUNT(*), COUNT(*) FILTER (WHERE due_on < :day), MIN(received_at), NULL, NULL, NULL
  FROM complaint WHERE state IN ('received', 'routed') AND warn_on <= :day
UNION ALL
SELECT 'referrals', NULL, '', COUNT(*), NULL, MIN(proposed_at), NULL, NULL, NULL
  FROM referral WHERE state = 'proposed'
UNION ALL
SELECT l.status, l.id, l.file_name, l.rows, NULL,
       COALESCE((SELECT MAX(e.at) FROM timeline_event e WHERE e.subject = 'load' AND e.subject_id = l.id),
                l.created_at), l.as_of, NULL, l.amount
  FROM load l
 WHERE l.status IN ('uploaded', 'checked', 'applying')
    OR l.status = 'refused' AND NOT EXISTS (
       SELECT FROM load n WHERE n.portfolio_id = l.portfolio_id AND n.kind = l.kind AND n.id > l.id
                            AND n.status IN ('checked', 'applying', 'applied'))
UNION ALL
SELECT 'portfolio', paid.id, p.name,
       CAST(EXISTS (SELECT FROM account a WHERE a.portfolio_id = p.id AND a.closed_on IS NULL) AS integer),
       paid.applied, NULL, p.as_of, paid.as_of, paid.amount
  FROM portfolio p
  LEFT JOIN LATERAL (SELECT l.id, l.applied, l.as_of, l.amount FROM load l
                      WHERE l.portfolio_id = p.id AND l.kind = 'payments' AND l.status = 'applied'
                      ORDER BY l.as_of DESC, l.id DESC LIMIT 1) paid ON TRUE
 WHERE p.as_of IS NOT NULL
 ORDER BY 1, 3, 2
"""

#: What changes with every deed and every dial: the board as it was drawn holds while neither moves.
NEWEST = """
SELECT COALESCE((SELECT MAX(id) FROM timeline_event), 0) AS deed,
       COALESCE((SELECT MAX(id) FROM contact_attempt), 0) AS dial
"""
