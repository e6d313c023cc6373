"""Applies a staged portfolio load in set-based SQL: people, accounts, bills, contacts, closing.

All or nothing: one transaction, with a lock a portfolio, and one load after the other while they write.
Accounts that stay as they are (``same_account``) are not touched; the balance's history gets a row for
each account that is new, changed or closed. What a step changes it first keeps in ``load_before``, and
what it adds lies between two numbers of ``load.brought``: so `app.intake.undo` takes it back.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.intake.models import Load

#: The tables to which a load adds rows that do not name it, each with its sequence.
BROUGHT = ("debtor", "account", "bill", "contact_point")
_NUMBERS = ", ".join(f"'{table}', nextval('{table}_id_seq')" for table in BROUGHT)

_ALONE = (
    # Only loads add people: one at a time, nobody adds the same person between a look and an insert.
    "SELECT pg_advisory_xact_lock(hashtext('merge'))",
    "SELECT set_config('work_mem', '64MB', TRUE), set_config('jit', 'off', TRUE)",
)

_BEGIN = (
    # Only the last load can be taken back.
    "DELETE FROM load_before WHERE load_id IN (SELECT id FROM load WHERE portfolio_id = :portfolio_id)",
    f"""
UPDATE load SET brought = CASE WHEN id = :load_id THEN jsonb_build_object('from', jsonb_build_object({_NUMBERS})) END
 WHERE portfolio_id = :portfolio_id AND (id = :load_id OR brought IS NOT NULL)
""",
)

#: One row an account of the file that is new or changed, beside what we had.
_INCOMING = """
CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS
SELECT h.*, s.person_key, a.id IS NULL AS is_new, a.id IS NULL OR a.closed_on IS NOT NULL AS comes,
       a.debtor_id AS old_debtor_id, COALESCE(a.id, nextval('account_id_seq')) AS account_id
  FROM (SELECT account_key, MIN(row_number) AS first_row, SUM(balance) AS balance,
               SUM(bills_count) AS bills_count, MIN(due_on) AS oldest_due_on,
               -- The same amount on each bill of an account is the account's; others add up.
               CASE WHEN MIN(agreed_balance) = MAX(agreed_balance) THEN MAX(agreed_balance)
                    ELSE SUM(agreed_balance) END AS agreed_balance,
               bool_or(in_complaint) AS in_complaint,
               CASE WHEN MIN(disputed_balance) = MAX(disputed_balance) THEN MAX(disputed_balance)
                    ELSE SUM(disputed_balance) END AS disputed_balance,
               string_agg(row_hash, '' ORDER BY row_hash) AS row_hash, bool_or(flawed) AS flawed
          FROM staged_row GROUP BY account_key) h
  JOIN staged_row s ON s.row_number = h.first_row
  LEFT JOIN account a ON a.portfolio_id = :portfolio_id AND a.number_key = h.account_key
"""

#: What of a person a load writes.
PERSON = ("person_key", "identification", "identification_kind", "identification_raw", "name")
_PERSON_BEFORE = "jsonb_build_object({})".format(", ".join(f"'{c}', d.{c}" for c in PERSON))

_PEOPLE = (
    # A person known only by an account whose identification is now reliable becomes that person.
    f"""
WITH known AS (
    SELECT d.id, u.person_key
      FROM (SELECT DISTINCT ON (i.person_key) i.person_key, i.old_debtor_id
              FROM incoming i
             WHERE NOT i.comes AND i.person_key LIKE 'ID:%'
             ORDER BY i.person_key, i.old_debtor_id) u
      JOIN debtor d ON d.id = u.old_debtor_id
     WHERE d.person_key LIKE 'CTA:%' AND d.merged_into_id IS NULL
       AND NOT EXISTS (SELECT FROM debtor o WHERE o.person_key = u.person_key)
       AND (SELECT count(*) FROM account a WHERE a.debtor_id = d.id) = 1
), kept AS (
    INSERT INTO load_before (load_id, table_name, row_id, before)
    SELECT :load_id, 'debtor', d.id, {_PERSON_BEFORE} FROM known k JOIN debtor d ON d.id = k.id
)
UPDATE debtor d SET person_key = k.person_key FROM known k WHERE d.id = k.id
""",
    # Whom a person was merged into has the accounts and keeps the name.
    """
CREATE TEMPORARY TABLE person ON COMMIT DROP AS
SELECT p.person_key, p.first_row, d.id IS NULL AS is_new, d.merged_into_id IS NOT NULL AS is_merged,
       COALESCE(d.merged_into_id, d.id, nextval('debtor_id_seq')) AS debtor_id
  FROM (SELECT person_key, MIN(first_row) AS first_row FROM incoming GROUP BY person_key) p
  LEFT JOIN debtor d ON d.person_key = p.person_key
""",
    "ANALYZE person (person_key, debtor_id)",
    """
INSERT INTO debtor (id, person_key, identification, identification_kind, identification_raw, name)
SELECT p.debtor_id, p.person_key, s.identification, s.identification_kind, s.identification_raw, s.name
  FROM person p JOIN staged_row s ON s.row_number = p.first_row
 WHERE p.is_new
""",
    f"""
WITH moved AS (
    SELECT d.id, s.identification, s.identification_kind, s.identification_raw, s.name,
           {_PERSON_BEFORE} AS before
      FROM person p
      JOIN staged_row s ON s.row_number = p.first_row
      JOIN debtor d ON d.id = p.debtor_id
     WHERE NOT p.is_new AND NOT p.is_merged
       AND (d.identification, d.identification_raw, d.name)
           IS DISTINCT FROM (s.identification, s.identification_raw, s.name)
), kept AS (
    INSERT INTO load_before (load_id, table_name, row_id, before)
    SELECT :load_id, 'debtor', id, before FROM moved
    ON CONFLICT DO NOTHING
)
UPDATE debtor d
   SET identification = m.identification, identification_kind = m.identification_kind,
       identification_raw = m.identification_raw, name = m.name
  FROM moved m WHERE d.id = m.id
""",
)

#: Column of `account` → where it comes from: s the account's first row, i the account, p the person.
_ACCOUNT = {
    "debtor_id": "p.debtor_id",
    "number": "s.account_number",
    **{
        name: f"s.{name}"
        for name in (
            "service",
            "category",
            "connection_status",
            "sector",
            "address",
            "latitude",
            "longitude",
            "attributes",
        )
    },
    **{
        name: f"i.{name}"
        for name in (
            "balance",
            "bills_count",
            "oldest_due_on",
            "agreed_balance",
            "in_complaint",
            "disputed_balance",
            "row_hash",
            "flawed",
        )
    },
    "balance_as_of": "CAST(:as_of AS date)",
    "closed_on": "CAST(NULL AS date)",
    "load_id": ":load_id",
}
_OF_ACCOUNT = """
  FROM incoming i
  JOIN staged_row s ON s.row_number = i.first_row
  JOIN person p ON p.person_key = i.person_key
"""

_ACCOUNTS = (
    f"""
INSERT INTO account (id, portfolio_id, number_key, {", ".join(_ACCOUNT)})
SELECT i.account_id, :portfolio_id, i.account_key, {", ".join(_ACCOUNT.values())} {_OF_ACCOUNT}
 WHERE i.is_new
""",
    """
INSERT INTO load_before (load_id, table_name, row_id, before)
SELECT :load_id, 'account', a.id, to_jsonb(a)
  FROM incoming i JOIN account a ON a.id = i.account_id WHERE NOT i.is_new
""",
    f"""
UPDATE account a SET {", ".join(f"{column} = {value}" for column, value in _ACCOUNT.items())}
 {_OF_ACCOUNT}
 WHERE a.id = i.account_id AND NOT i.is_new
""",
    # Only a partial load needs it: a complete one moves the portfolio's own as-of date.
    """
WITH older AS (
    SELECT a.* FROM account a
     WHERE :partial AND a.id IN (SELECT account_id FROM same_account)
       AND a.balance_as_of < CAST(:as_of AS date)
), kept AS (
    INSERT INTO load_before (load_id, table_name, row_id, before)
    SELECT :load_id, 'account', o.id, to_jsonb(o) FROM older o
)
UPDATE account a SET balance_as_of = CAST(:as_of AS date) FROM older o WHERE a.id = o.id
""",
)

#: Bills without a number, or with one that comes twice, get one of their own: none is lost.
_NUMBERED = """
SELECT account_id, CASE WHEN nth = 1 THEN number ELSE number || ' #' || nth END AS number,
       bills_count, issued_on, due_on, amount, interest, balance
  FROM (SELECT i.account_id, s.bills_count, s.issued_on, s.due_on, s.amount, s.interest, s.balance,
               COALESCE(NULLIF(s.bill_number, ''), 'AGRUPADA') AS number,
               row_number() OVER (PARTITION BY i.account_id, COALESCE(NULLIF(s.bill_number, ''), 'AGRUPADA')
                                  ORDER BY s.due_on, s.row_number) AS nth
          FROM incoming i
          JOIN staged_row s ON s.account_key = i.account_key
         WHERE {which}) b
"""
_BILL = ("bills_count", "issued_on", "due_on", "amount", "interest", "balance")
_INSERT_BILL = f"INSERT INTO bill (account_id, number, {', '.join(_BILL)})"
_SAME_BILL = "n.account_id = b.account_id AND n.number = b.number"

_BILLS = (
    _INSERT_BILL + _NUMBERED.format(which="i.is_new"),
    "CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS" + _NUMBERED.format(which="NOT i.is_new"),
    "ANALYZE numbered",
    f"""
CREATE TEMPORARY TABLE old_bill ON COMMIT DROP AS
SELECT b.id, n.account_id IS NULL AS is_gone, to_jsonb(b) AS before,
       {", ".join(f"n.{column}" for column in _BILL)}
  FROM incoming i
  JOIN bill b ON b.account_id = i.account_id
  LEFT JOIN numbered n ON {_SAME_BILL}
 WHERE NOT i.is_new
   AND CASE WHEN n.account_id IS NULL THEN b.closed_on IS NULL
            ELSE (b.closed_on, {", ".join(f"b.{column}" for column in _BILL)})
                 IS DISTINCT FROM (NULL, {", ".join(f"n.{column}" for column in _BILL)}) END
""",
    f"""
{_INSERT_BILL}
SELECT n.* FROM numbered n WHERE NOT EXISTS (SELECT FROM bill b WHERE {_SAME_BILL})
""",
    """
INSERT INTO load_before (load_id, table_name, row_id, before)
SELECT :load_id, 'bill', id, before FROM old_bill
""",
    f"""
UPDATE bill b SET closed_on = NULL, {", ".join(f"{column} = o.{column}" for column in _BILL)}
  FROM old_bill o WHERE b.id = o.id AND NOT o.is_gone
""",
    """
UPDATE bill b SET closed_on = CAST(:as_of AS date) FROM old_bill o WHERE b.id = o.id AND o.is_gone
""",
)

#: What an operator verified or retired stays as it is.
_POINTS = """
INSERT INTO contact_point (debtor_id, kind, value, is_mobile, origin, state, position, added_at)
SELECT DISTINCT ON (p.debtor_id, c.value) p.debtor_id,
       CASE WHEN c.value LIKE '%@%' THEN 'email' ELSE 'phone' END, c.value, c.value LIKE '+5939%',
       'BASE', 'unverified',
       CASE WHEN n > cardinality(s.phones) THEN n - cardinality(s.phones) ELSE n END,
       CAST(:now AS timestamptz)
  FROM incoming i
  JOIN person p ON p.person_key = i.person_key
  JOIN staged_row s ON s.account_key = i.account_key
 CROSS JOIN LATERAL unnest(s.phones || s.emails) WITH ORDINALITY c (value, n)
 WHERE {which}
 ORDER BY p.debtor_id, c.value, n
{otherwise}
"""

_CONTACTS = (
    _POINTS.format(which="p.is_new", otherwise=""),
    _POINTS.format(
        which="NOT p.is_new", otherwise="ON CONFLICT (debtor_id, kind, value) DO NOTHING"
    ),
)

_CLOSING = (
    # An account of a rejected row is neither changed nor closed: nobody knows what it owes.
    """
CREATE TEMPORARY TABLE closing ON COMMIT DROP AS
SELECT id FROM account WHERE NOT :partial AND portfolio_id = :portfolio_id AND closed_on IS NULL
EXCEPT SELECT account_id FROM incoming
EXCEPT SELECT account_id FROM same_account
EXCEPT SELECT a.id FROM unread_account u
         JOIN account a ON a.portfolio_id = :portfolio_id AND a.number_key = u.account_key
""",
    """
INSERT INTO load_before (load_id, table_name, row_id, before)
SELECT :load_id, 'account', a.id, to_jsonb(a) FROM closing c JOIN account a ON a.id = c.id
 UNION ALL
SELECT :load_id, 'bill', b.id, to_jsonb(b)
  FROM closing c JOIN bill b ON b.account_id = c.id WHERE b.closed_on IS NULL
 UNION ALL
SELECT :load_id, 'portfolio', id, jsonb_build_object('as_of', as_of, 'loaded_at', loaded_at)
  FROM portfolio WHERE id = :portfolio_id
""",
    "UPDATE account a SET closed_on = CAST(:as_of AS date) FROM closing c WHERE a.id = c.id",
    """
UPDATE bill b SET closed_on = CAST(:as_of AS date)
  FROM closing c WHERE b.account_id = c.id AND b.closed_on IS NULL
""",
    """
INSERT INTO balance_history (account_id, load_id, as_of, balance, bills_count, oldest_due_on)
SELECT account_id, :load_id, CAST(:as_of AS date), balance, bills_count, oldest_due_on FROM incoming
UNION ALL
SELECT id, :load_id, CAST(:as_of AS date), 0, 0, NULL FROM closing
""",
    """
UPDATE portfolio SET as_of = CAST(:as_of AS date), loaded_at = CAST(:now AS timestamptz)
 WHERE id = :portfolio_id AND NOT :partial
""",
    f"""
UPDATE load SET brought = brought || jsonb_build_object('to', jsonb_build_object({_NUMBERS}))
 WHERE id = :load_id
""",
)

_STEPS = (
    *_BEGIN,
    _INCOMING,
    "ANALYZE incoming (account_key, first_row, person_key, account_id)",
    *_PEOPLE,
    *_ACCOUNTS,
    *_BILLS,
    *_CONTACTS,
    *_CLOSING,
)

_COUNTS = """
SELECT count(*) FILTER (WHERE comes) AS new, count(*) FILTER (WHERE NOT comes) AS changed,
       (SELECT count(*) FROM closing) AS closed
  FROM incoming
"""

_SAME = """
SELECT count(*), COALESCE(sum(bills_count), 0), COALESCE(sum(balance), 0.00)
  FROM account WHERE id IN (SELECT account_id FROM same_account)
"""


def merge_staged(session: Session, load: Load, as_of: date, now: datetime) -> dict[str, int]:
    """Apply the staged rows of ``load``; ``{new, changed, closed}`` accounts.

    The caller holds the portfolio's lock and commits.
    """
    values: dict[str, Any] = {
        "load_id": load.id,
        "portfolio_id": load.portfolio_id,
        "partial": load.partial,
        "as_of": as_of,
        "now": now,
    }
    begin_writing(session)
    for step in _STEPS:
        session.execute(text(step), values)
    return dict(session.execute(text(_COUNTS)).mappings().one())


def begin_writing(session: Session) -> None:
    """Wait until no other load is writing; with memory for large sets until the transaction ends."""
    for step in _ALONE:
        session.execute(text(step))


def same_accounts(session: Session) -> tuple[int, int, Decimal]:
    """``(accounts, bills, balance)`` of the file's accounts that stay as they are."""
    accounts, bills, balance = session.execute(text(_SAME)).one()
    return accounts, int(bills), balance
