"""The accounts and bills of a load, and those that no longer come: steps of `app.intake.merge`."""

from __future__ import annotations

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

ACCOUNTS = (
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

BILLS = (
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

CLOSING = (
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
)
