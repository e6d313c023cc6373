"""The people of a load and how to reach them: steps of `app.intake.merge`."""

from __future__ import annotations

#: What of a person a load writes.
PERSON = ("person_key", "identification", "identification_kind", "identification_raw", "name")
_PERSON_BEFORE = "jsonb_build_object({})".format(", ".join(f"'{c}', d.{c}" for c in PERSON))

PEOPLE = (
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

CONTACTS = (
    _POINTS.format(which="p.is_new", otherwise=""),
    _POINTS.format(
        which="NOT p.is_new", otherwise="ON CONFLICT (debtor_id, kind, value) DO NOTHING"
    ),
)
