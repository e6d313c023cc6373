"""What is owed *now*: the one SQL definition, used by screen, gate, worklist, batch and report.

Owed = the last load's balance − payments dated after that load's as-of date (reversals add). An
account that no longer came in a complete load owes nothing here.
"""

from __future__ import annotations

#: One row an open account: account_id, portfolio_id, debtor_id, as_of, balance, paid_since, owed,
#: disputed (the part under complaint: what the load says and the bills contested here, added, because nobody
#: can tell whether they are the same), covered (the part that an agreement made here puts off), collectable
#: (what may be asked for; nothing of an account in the hands of enforcement), agreed (imported, beside the balance), bills_count, oldest_due_on. Embed as a subquery or CTE; PostgreSQL evaluates it for the joined rows only.
#:
#: An open account came in the last complete load (else it would be closed) or in a later partial
#: one, so its as-of date is the later of the two.
OWED = """
SELECT a.id AS account_id, a.portfolio_id, a.debtor_id, a.number_key,
       a.balance, paid.since AS paid_since, a.balance - paid.since AS owed,
       GREATEST(p.as_of, a.balance_as_of) AS as_of,
       CASE WHEN NOT a.in_complaint AND a.contested = 0 THEN 0
            WHEN a.in_complaint AND a.disputed_balance = 0 THEN a.balance - paid.since
            ELSE LEAST(CASE WHEN a.in_complaint THEN a.disputed_balance ELSE 0 END + a.contested,
                       a.balance - paid.since) END AS disputed,
       CASE WHEN a.enforced_at IS NOT NULL THEN 0
            WHEN NOT a.in_complaint AND a.contested = 0 AND a.covered = 0 THEN a.balance - paid.since
            WHEN a.in_complaint AND a.disputed_balance = 0 THEN 0
            ELSE GREATEST(a.balance - paid.since - a.contested - a.covered
                          - CASE WHEN a.in_complaint THEN a.disputed_balance ELSE 0 END, 0)
             END AS collectable,
       LEAST(a.covered, GREATEST(a.balance - paid.since, 0)) AS covered,
       a.agreed_balance AS agreed, a.bills_count, a.oldest_due_on
  FROM account a
  JOIN portfolio p ON p.id = a.portfolio_id
 CROSS JOIN LATERAL (
       SELECT COALESCE(SUM(y.amount), 0) AS since
         FROM payment y
        WHERE y.account_id = a.id AND y.paid_on > GREATEST(p.as_of, a.balance_as_of)
       ) paid
 WHERE a.closed_on IS NULL
"""
