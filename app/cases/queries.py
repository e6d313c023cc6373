"""The cases to verify in SQL: which claims of a payment the payments prove, and who else it could be."""

from __future__ import annotations

#: The accounts (alias a) that a case (alias v) is about: one, or all of the person's.
_OF_CASE = "a.debtor_id = v.debtor_id AND (v.account_id IS NULL OR a.id = v.account_id)"
_PLAIN = "regexp_replace(upper({}), '[^A-Z0-9]', '', 'g')"
#: The payment (alias y) is the one whose receipt was named on the call (alias c): separators, spaces and
#: case aside.
MATCHES = (
    f"(c.receipt <> '' AND NOT y.is_reversal"
    f" AND {_PLAIN.format('y.reference')} = {_PLAIN.format('c.receipt')})"
)
_REVERSED = """EXISTS (SELECT FROM payment r WHERE r.portfolio_id = y.portfolio_id
                          AND r.reference = y.reference AND r.is_reversal AND r.account_id = y.account_id)"""
#: The first day whose payments are looked at. Parameters: ``days`` before the call, ``zone``.
_SINCE = "(c.started_at AT TIME ZONE :zone)::date - CAST(:days AS integer)"

#: The payments of a case's accounts since some days before its call, newest first: id, paid_on, amount,
#: reference, channel, account, is_reversal, recorded_at, matches. One with the named receipt comes
#: whatever its day. Parameters: ``case_id``, ``days``, ``zone``, ``most``.
PAYMENTS = f"""
SELECT y.id, y.paid_on, y.amount, y.reference, y.channel, a.number AS account, y.is_reversal,
       y.recorded_at, {MATCHES} AS matches
  FROM verification_case v
  JOIN call c ON c.id = v.call_id
  JOIN account a ON {_OF_CASE}
  JOIN payment y ON y.account_id = a.id
 WHERE v.id = :case_id AND (y.paid_on >= {_SINCE} OR {MATCHES})
 ORDER BY matches DESC, y.paid_on DESC, y.id DESC
 LIMIT :most
"""

#: Open claims that a payment proves: the named receipt has come to one of the accounts and was not
#: reversed, or payments since some days before the call leave nothing owed on any of them. Whatever a
#: specialist is closing at this moment is passed over. ``{{owed}}`` is `app.debts.queries.OWED`.
#: Parameters: ``day`` (payments up to it), ``days``, ``zone``.
PROVED = f"""
SELECT v.id
  FROM verification_case v
  JOIN call c ON c.id = v.call_id
 WHERE v.closed_at IS NULL AND v.kind = 'paid_claim'
   AND (EXISTS (SELECT FROM account a JOIN payment y ON y.account_id = a.id
                 WHERE {_OF_CASE} AND y.paid_on <= CAST(:day AS date) AND {MATCHES}
                   AND NOT {_REVERSED})
     OR EXISTS (SELECT FROM account a JOIN payment y ON y.account_id = a.id
                 WHERE {_OF_CASE} AND y.paid_on BETWEEN {_SINCE} AND CAST(:day AS date)
                   AND NOT y.is_reversal AND NOT {_REVERSED})
    AND NOT EXISTS (SELECT FROM ({{owed}}) o
                     WHERE o.debtor_id = v.debtor_id AND o.owed > 0
                       AND (v.account_id IS NULL OR o.account_id = v.account_id)))
 ORDER BY v.id
   FOR UPDATE OF v SKIP LOCKED
"""

#: Other people with the same telephone, e-mail, account, identification, or found to be perhaps one:
#: debtor_id, name, identification, deceased, and why (codes of `app.cases.reading.SHARED`).
#: Parameters: ``debtor_id``, ``most``.
OTHERS = """
SELECT d.id, d.name, d.identification, d.deceased_reported_at IS NOT NULL AS deceased,
       array_agg(DISTINCT o.why ORDER BY o.why) AS why
  FROM (
    (SELECT t.debtor_id, t.kind AS why
       FROM contact_point m JOIN contact_point t ON t.value = m.value AND t.kind = m.kind
      WHERE m.debtor_id = :debtor_id AND m.kind IN ('phone', 'email') AND t.debtor_id <> m.debtor_id
      LIMIT :most)
    UNION ALL
    (SELECT t.debtor_id, 'account'
       FROM account m JOIN account t ON t.number_key = m.number_key
      WHERE m.debtor_id = :debtor_id AND t.debtor_id <> m.debtor_id
      LIMIT :most)
    UNION ALL
    (SELECT t.id, 'identification'
       FROM debtor m JOIN debtor t ON t.identification = m.identification
      WHERE m.id = :debtor_id AND m.identification <> '' AND m.identification_kind <> 'final_consumer'
        AND t.id <> m.id
      LIMIT :most)
    UNION ALL
    SELECT CASE WHEN p.first_id = :debtor_id THEN p.second_id ELSE p.first_id END, 'repeated'
      FROM repeated_pair p
     WHERE :debtor_id IN (p.first_id, p.second_id) AND p.different_at IS NULL
  ) o
  JOIN debtor d ON d.id = o.debtor_id AND d.merged_into_id IS NULL
 GROUP BY d.id
 ORDER BY count(*) DESC, d.id
 LIMIT :most
"""

#: Open cases: how many, and how many past their day. Parameter ``day``.
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE due_on < CAST(:day AS date))
  FROM verification_case WHERE closed_at IS NULL
"""

#: Open cases whose hold is over, so that the gate lets the person be called again. Parameter ``day``.
EXPIRED = """
SELECT count(*)
  FROM verification_case v
 WHERE v.closed_at IS NULL
   AND NOT EXISTS (SELECT FROM hold h
                    WHERE h.id = v.hold_id AND h.lifted_at IS NULL AND h.ends_on >= CAST(:day AS date))
"""
