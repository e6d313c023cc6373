"""Applies a staged portfolio load in set-based SQL: people, accounts, bills, contacts, closing.

All or nothing: one transaction, with a lock a portfolio. Accounts whose rows' hash is unchanged are not
written again; the balance's history gets a row for each account that is new, changed or closed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.intake.models import Load

#: One row an account of the file, beside what we had: is it new, changed or unchanged?
_INCOMING = """
CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS
SELECT s.account_key, h.row_hash, h.balance, h.bills_count, h.oldest_due_on, h.agreed_balance,
       h.in_complaint, h.disputed_balance, s.id AS staged_id, s.person_key,
       a.id AS account_id, a.debtor_id AS old_debtor_id,
       CASE WHEN a.id IS NULL OR a.closed_on IS NOT NULL THEN 'new'
            WHEN a.row_hash <> h.row_hash THEN 'changed' ELSE 'unchanged' END AS what
  FROM (SELECT account_key, MIN(id) AS first_id, SUM(balance) AS balance,
               SUM(bills_count) AS bills_count, MIN(due_on) AS oldest_due_on,
               -- The same amount on each bill of an account is the account's; others add up.
               CASE WHEN MIN(agreed_balance) = MAX(agreed_balance) THEN MAX(agreed_balance)
                    ELSE SUM(agreed_balance) END AS agreed_balance,
               bool_or(in_complaint) AS in_complaint,
               CASE WHEN MIN(disputed_balance) = MAX(disputed_balance) THEN MAX(disputed_balance)
                    ELSE SUM(disputed_balance) END AS disputed_balance,
               sha256(string_agg(row_hash, '' ORDER BY row_hash)) AS row_hash
          FROM staged_row GROUP BY account_key) h
  JOIN staged_row s ON s.id = h.first_id
  LEFT JOIN account a ON a.portfolio_id = :portfolio_id AND a.number_key = s.account_key
"""

_STEPS = (
    _INCOMING,
    "CREATE UNIQUE INDEX ON incoming (account_key)",
    "ANALYZE incoming",
    # A person known only by an account whose identification is now reliable becomes that person.
    """
UPDATE debtor d SET person_key = u.person_key
  FROM (SELECT DISTINCT ON (i.person_key) i.person_key, i.old_debtor_id
          FROM incoming i
         WHERE i.what = 'changed' AND i.person_key LIKE 'ID:%'
         ORDER BY i.person_key, i.old_debtor_id) u
 WHERE d.id = u.old_debtor_id AND d.person_key LIKE 'CTA:%'
   AND NOT EXISTS (SELECT FROM debtor o WHERE o.person_key = u.person_key)
   AND (SELECT count(*) FROM account a WHERE a.debtor_id = d.id) = 1
""",
    """
INSERT INTO debtor (person_key, identification, identification_kind, identification_raw, name)
SELECT DISTINCT ON (i.person_key) i.person_key, s.identification, s.identification_kind,
       s.identification_raw, s.name
  FROM incoming i JOIN staged_row s ON s.id = i.staged_id
 WHERE i.what <> 'unchanged'
 ORDER BY i.person_key, s.id
ON CONFLICT (person_key) DO UPDATE
   SET identification = EXCLUDED.identification, identification_kind = EXCLUDED.identification_kind,
       identification_raw = EXCLUDED.identification_raw, name = EXCLUDED.name
 WHERE (debtor.identification, debtor.identification_raw, debtor.name)
       IS DISTINCT FROM (EXCLUDED.identification, EXCLUDED.identification_raw, EXCLUDED.name)
""",
    """
INSERT INTO account (portfolio_id, debtor_id, number, number_key, service, category,
       connection_status, sector, address, latitude, longitude, attributes, balance, bills_count,
       oldest_due_on, agreed_balance, in_complaint, disputed_balance, balance_as_of, closed_on,
       load_id, row_hash)
SELECT :portfolio_id, d.id, s.account_number, i.account_key, s.service, s.category,
       s.connection_status, s.sector, s.address, s.latitude, s.longitude, s.attributes, i.balance,
       i.bills_count, i.oldest_due_on, i.agreed_balance, i.in_complaint, i.disputed_balance,
       CAST(:as_of AS date), NULL, :load_id, i.row_hash
  FROM incoming i
  JOIN staged_row s ON s.id = i.staged_id
  JOIN debtor d ON d.person_key = i.person_key
 WHERE i.what <> 'unchanged'
ON CONFLICT (portfolio_id, number_key) DO UPDATE
   SET debtor_id = EXCLUDED.debtor_id, number = EXCLUDED.number, service = EXCLUDED.service,
       category = EXCLUDED.category, connection_status = EXCLUDED.connection_status,
       sector = EXCLUDED.sector, address = EXCLUDED.address, latitude = EXCLUDED.latitude,
       longitude = EXCLUDED.longitude, attributes = EXCLUDED.attributes,
       balance = EXCLUDED.balance, bills_count = EXCLUDED.bills_count,
       oldest_due_on = EXCLUDED.oldest_due_on, agreed_balance = EXCLUDED.agreed_balance,
       in_complaint = EXCLUDED.in_complaint, disputed_balance = EXCLUDED.disputed_balance,
       balance_as_of = EXCLUDED.balance_as_of, closed_on = NULL, load_id = EXCLUDED.load_id,
       row_hash = EXCLUDED.row_hash
""",
    """
UPDATE incoming i SET account_id = a.id
  FROM account a
 WHERE i.account_id IS NULL AND a.portfolio_id = :portfolio_id AND a.number_key = i.account_key
""",
    # Only a partial load needs it: a complete one moves the portfolio's own as-of date.
    """
UPDATE account a SET balance_as_of = CAST(:as_of AS date)
  FROM incoming i
 WHERE :partial AND a.id = i.account_id AND i.what = 'unchanged'
   AND a.balance_as_of < CAST(:as_of AS date)
""",
    # Bills without a number, or with one that comes twice, get one of their own: none is lost.
    """
INSERT INTO bill (account_id, number, bills_count, issued_on, due_on, amount, interest, balance, closed_on)
SELECT account_id, CASE WHEN nth = 1 THEN number ELSE number || ' #' || nth END, bills_count,
       issued_on, due_on, amount, interest, balance, NULL
  FROM (SELECT i.account_id, s.*, COALESCE(NULLIF(s.bill_number, ''), 'AGRUPADA') AS number,
               row_number() OVER (PARTITION BY i.account_id, COALESCE(NULLIF(s.bill_number, ''), 'AGRUPADA')
                                  ORDER BY s.due_on, s.row_number) AS nth
          FROM incoming i
          JOIN staged_row s ON s.account_key = i.account_key
         WHERE i.what <> 'unchanged') b
ON CONFLICT (account_id, number) DO UPDATE
   SET bills_count = EXCLUDED.bills_count, issued_on = EXCLUDED.issued_on, due_on = EXCLUDED.due_on,
       amount = EXCLUDED.amount, interest = EXCLUDED.interest, balance = EXCLUDED.balance,
       closed_on = NULL
""",
    """
UPDATE bill b SET closed_on = CAST(:as_of AS date)
  FROM incoming i
 WHERE i.what <> 'unchanged' AND b.account_id = i.account_id AND b.closed_on IS NULL
   AND NOT EXISTS (
       SELECT FROM (SELECT COALESCE(NULLIF(s.bill_number, ''), 'AGRUPADA') AS number,
                           row_number() OVER (PARTITION BY COALESCE(NULLIF(s.bill_number, ''), 'AGRUPADA')
                                              ORDER BY s.due_on, s.row_number) AS nth
                      FROM staged_row s
                     WHERE s.account_key = i.account_key) n
        WHERE b.number = CASE WHEN n.nth = 1 THEN n.number ELSE n.number || ' #' || n.nth END)
""",
    # What an operator verified or retired stays as it is.
    """
INSERT INTO contact_point (debtor_id, kind, value, is_mobile, origin, state, position, added_at)
SELECT DISTINCT ON (a.debtor_id, c.kind, c.value) a.debtor_id, c.kind, c.value,
       c.kind = 'phone' AND c.value LIKE '+5939%', 'BASE', 'unverified', c.position,
       CAST(:now AS timestamptz)
  FROM incoming i
  JOIN account a ON a.id = i.account_id
  JOIN staged_row s ON s.account_key = i.account_key
 CROSS JOIN LATERAL (
       SELECT 'phone' AS kind, value, position FROM unnest(s.phones) WITH ORDINALITY p (value, position)
       UNION ALL
       SELECT 'email', value, position FROM unnest(s.emails) WITH ORDINALITY e (value, position)) c
 WHERE i.what <> 'unchanged'
 ORDER BY a.debtor_id, c.kind, c.value, c.position
ON CONFLICT (debtor_id, kind, value) DO NOTHING
""",
    # An account of a rejected row is neither changed nor closed: nobody knows what it owes.
    """
CREATE TEMPORARY TABLE closing ON COMMIT DROP AS
SELECT a.id
  FROM account a
 WHERE NOT :partial AND a.portfolio_id = :portfolio_id AND a.closed_on IS NULL
   AND NOT EXISTS (SELECT FROM incoming i WHERE i.account_key = a.number_key)
   AND NOT EXISTS (SELECT FROM load_problem p
                    WHERE p.load_id = :load_id AND p.kind = ANY (CAST(:rejecting AS text[]))
                      AND ltrim(regexp_replace(upper(p.account), '[^0-9A-Z]', '', 'g'), '0') = a.number_key)
""",
    "UPDATE account a SET closed_on = CAST(:as_of AS date) FROM closing c WHERE a.id = c.id",
    """
UPDATE bill b SET closed_on = CAST(:as_of AS date)
  FROM closing c WHERE b.account_id = c.id AND b.closed_on IS NULL
""",
    """
INSERT INTO balance_history (account_id, load_id, as_of, balance, bills_count, oldest_due_on)
SELECT account_id, :load_id, CAST(:as_of AS date), balance, bills_count, oldest_due_on
  FROM incoming WHERE what <> 'unchanged'
UNION ALL
SELECT id, :load_id, CAST(:as_of AS date), 0, 0, NULL FROM closing
""",
    """
UPDATE portfolio SET as_of = CAST(:as_of AS date), loaded_at = CAST(:now AS timestamptz)
 WHERE id = :portfolio_id AND NOT :partial
""",
)

_COUNTS = """
SELECT count(*) FILTER (WHERE what = 'new') AS new, count(*) FILTER (WHERE what = 'changed') AS changed,
       count(*) FILTER (WHERE what = 'unchanged') AS unchanged,
       (SELECT count(*) FROM closing) AS closed
  FROM incoming
"""


def merge_staged(
    session: Session, load: Load, as_of: date, now: datetime, rejecting: list[str]
) -> dict[str, int]:
    """Apply the staged rows of ``load``; ``{new, changed, unchanged, closed}`` accounts.

    ``rejecting`` are the kinds of problem whose rows were not staged. The caller holds the
    portfolio's lock and commits.
    """
    values: dict[str, Any] = {
        "load_id": load.id,
        "portfolio_id": load.portfolio_id,
        "partial": load.partial,
        "as_of": as_of,
        "now": now,
        "rejecting": rejecting,
    }
    for step in _STEPS:
        session.execute(text(step), values)
    return dict(session.execute(text(_COUNTS)).mappings().one())
