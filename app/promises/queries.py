"""A promise's state: the one SQL definition, computed from the payments.

What counts towards it is every payment of its account from the day it was made to its last day of
grace. A reversal takes away the payment whose reference it bears, whenever it comes, so the promise
reopens; one whose payment is unknown counts by its own day. Kept once the share that was asked for
has come; after the grace, partial when something came and broken when nothing did.
"""

from __future__ import annotations

#: Whether the payment y counts for the promise p. Parameter ``day``: as it was known on that day.
_COUNTS = """
y.account_id = p.account_id AND y.paid_on BETWEEN p.made_on AND CAST(:day AS date)
AND CASE WHEN y.is_reversal THEN COALESCE(
                (SELECT o.paid_on FROM payment o
                  WHERE o.portfolio_id = y.portfolio_id AND o.reference = y.reference
                    AND NOT o.is_reversal AND o.account_id = y.account_id), y.paid_on)
         ELSE y.paid_on END BETWEEN p.made_on AND p.check_on
"""
#: A promise that was replaced or withdrawn is judged no more.
_JUDGED_STATES = "p.state IN ('pending', 'kept', 'partial', 'broken')"

#: ``{which}`` narrows the promises (alias p). One row a promise: id, account_id, debtor_id, state
#: (as stored), paid (as stored), now_paid, now_state. Parameter ``day``: judged as of that day.
JUDGED = f"""
SELECT p.id, p.account_id, p.debtor_id, p.state, p.paid, p.now_paid,
       CASE WHEN p.now_paid * 100 >= p.amount * p.threshold_percent THEN 'kept'
            WHEN CAST(:day AS date) <= p.check_on THEN 'pending'
            WHEN p.now_paid > 0 THEN 'partial'
            ELSE 'broken' END AS now_state
  FROM (SELECT p.id, p.account_id, p.debtor_id, p.state, p.paid, p.amount, p.threshold_percent, p.check_on,
               CAST(COALESCE(SUM(y.amount), 0) AS numeric(12, 2)) AS now_paid
          FROM promise p
          LEFT JOIN payment y ON {_COUNTS}
         WHERE {_JUDGED_STATES} AND {{which}}
         GROUP BY p.id) p
"""

#: Rows of `JUDGED` whose state or paid is not what is stored. A promise that would reopen while another
#: one of its account is pending, or while a newer one reopens, keeps what it has: one open promise an
#: account.
DIFFERENT = f"""
WITH judged AS MATERIALIZED ({JUDGED}
), reopening AS MATERIALIZED (
    SELECT id, account_id FROM judged WHERE now_state = 'pending' AND state <> 'pending'
)
SELECT j.* FROM judged j
 WHERE (j.state, j.paid) IS DISTINCT FROM (j.now_state, j.now_paid)
   AND NOT (j.now_state = 'pending' AND j.state <> 'pending' AND (
            EXISTS (SELECT FROM promise o WHERE o.account_id = j.account_id AND o.state = 'pending')
            OR EXISTS (SELECT FROM reopening n WHERE n.account_id = j.account_id AND n.id > j.id)))
"""

#: Stores them, with a row of the timeline for each change of state; whoever replaced or withdrew one
#: meanwhile is right. ``judged_at`` is never after the day that was judged: what is recorded later is
#: news to a promise, also when a day is caught up with.
STORE_JUDGED = f"""
WITH different AS ({DIFFERENT}
), stored AS (
    UPDATE promise p
       SET state = j.now_state, paid = j.now_paid,
           judged_at = LEAST(CAST(:now AS timestamptz),
                             CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE 'UTC')
      FROM different j
     WHERE p.id = j.id AND p.state = j.state
    RETURNING p.id, p.debtor_id, p.account_id, j.state AS before, p.state AS after, p.paid
), noted AS (
    INSERT INTO timeline_event (at, agent_id, agent_name, ip, request_id, deed, debtor_id, account_id,
           subject, subject_id, before, after)
    SELECT :now, :agent_id, :agent_name, :ip, :request_id, 'judge_promise', debtor_id, account_id,
           'promise', id, jsonb_build_object('state', before),
           jsonb_build_object('state', after, 'paid', CAST(paid AS text))
      FROM stored WHERE before <> after
)
SELECT id, debtor_id, account_id, before, after, paid FROM stored
"""

#: Which promises may have changed since they were judged: the open ones, and those whose payments were
#: recorded since (of their span, or a reversal).
OPEN_OR_TOUCHED = """
(p.state = 'pending' OR p.id IN (
    SELECT r.id FROM promise r JOIN payment n ON n.account_id = r.account_id
     WHERE r.state IN ('kept', 'partial', 'broken') AND n.recorded_at > r.judged_at
       AND n.paid_on >= r.made_on AND (n.is_reversal OR n.paid_on <= r.check_on)))
"""
#: Which ones a load may have changed, whatever was judged meanwhile: those of its payments' accounts and
#: of ``accounts``, from which it took some; and those whose grace is over.
OF_LOAD = """
p.id IN (SELECT r.id FROM promise r JOIN payment n ON n.account_id = r.account_id
          WHERE n.load_id = CAST(:load_id AS bigint)
         UNION ALL
         SELECT r.id FROM promise r WHERE r.account_id = ANY (CAST(:accounts AS bigint[]))
         UNION ALL
         SELECT r.id FROM promise r WHERE r.state = 'pending' AND r.check_on < CAST(:day AS date))
"""
#: Which ones may reopen once another one of their account, of ``accounts``, is no longer open.
MAY_REOPEN = """
p.state <> 'pending' AND p.check_on >= CAST(:day AS date)
AND p.account_id IN (SELECT unnest(CAST(:accounts AS bigint[])))
"""

#: An account has one pending promise: those that a newer one should have replaced.
SURPLUS = """
SELECT p.id, p.account_id, p.debtor_id, p.state, p.paid, p.paid AS now_paid, 'replaced' AS now_state
  FROM promise p
 WHERE p.state = 'pending' AND EXISTS (SELECT FROM promise o WHERE o.account_id = p.account_id
                                          AND o.state = 'pending' AND o.id > p.id)
"""

#: The payments and reversals that count for each of the promises ``ids``, in the order of their day, with
#: what had come by then.
COUNTED = f"""
SELECT p.id AS promise_id, y.paid_on, y.amount, y.channel, y.reference,
       SUM(y.amount) OVER (PARTITION BY p.id ORDER BY y.paid_on, y.id) AS total
  FROM promise p JOIN payment y ON {_COUNTS}
 WHERE {_JUDGED_STATES} AND p.id = ANY (CAST(:ids AS bigint[]))
 ORDER BY p.id, y.paid_on, y.id
"""
