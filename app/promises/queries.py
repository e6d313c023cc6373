"""A promise's state: the one SQL definition, computed from the payments.

What counts towards it is every payment of its account from the day it was made to its last day of
grace. A reversal takes away the payment whose reference it bears, whenever it comes, so the promise
reopens; one whose payment is unknown counts by its own day. Kept once the share that was asked for
has come; after the grace, partial when something came and broken when nothing did.
"""

from __future__ import annotations

#: ``{which}`` narrows the promises (alias p). One row a promise: id, account_id, debtor_id, state
#: (as stored), paid (as stored), now_paid, now_state. Parameter ``day``: judged as of that day.
JUDGED = """
SELECT p.id, p.account_id, p.debtor_id, p.state, p.paid, p.made_at, came.paid AS now_paid,
       CASE WHEN came.paid * 100 >= p.amount * p.threshold_percent THEN 'kept'
            WHEN CAST(:day AS date) <= p.check_on THEN 'pending'
            WHEN came.paid > 0 THEN 'partial'
            ELSE 'broken' END AS now_state
  FROM promise p
 CROSS JOIN LATERAL (
       SELECT COALESCE(SUM(y.amount), 0) AS paid
         FROM payment y
         LEFT JOIN payment o
                ON y.is_reversal AND NOT o.is_reversal AND o.portfolio_id = y.portfolio_id
               AND o.reference = y.reference AND o.account_id = y.account_id
        WHERE y.account_id = p.account_id AND y.paid_on <= CAST(:day AS date)
          AND y.paid_on >= p.made_on AND (y.is_reversal OR y.paid_on <= p.check_on)
          AND COALESCE(o.paid_on, y.paid_on) BETWEEN p.made_on AND p.check_on
       ) came
 WHERE p.state <> 'replaced' AND {which}
"""

#: Stores what `JUDGED` computes where it differs. A promise that would reopen while another one of
#: its account is pending, or while a newer one reopens, keeps its state: one open promise an account.
STORE_JUDGED = f"""
WITH judged AS ({JUDGED.format(which="{which}")})
UPDATE promise p
   SET state = j.now_state, paid = j.now_paid, judged_at = CAST(:now AS timestamptz)
  FROM judged j
 WHERE p.id = j.id AND (p.state, p.paid) IS DISTINCT FROM (j.now_state, j.now_paid)
   AND NOT (j.now_state = 'pending' AND j.state <> 'pending' AND (
            EXISTS (SELECT FROM promise o WHERE o.account_id = p.account_id AND o.state = 'pending')
            OR EXISTS (SELECT FROM judged n
                        WHERE n.account_id = j.account_id AND n.now_state = 'pending' AND n.id > j.id)))
RETURNING p.id, p.debtor_id, p.account_id, j.state AS before, p.state AS after, p.paid
"""
