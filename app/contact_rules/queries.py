"""May this person be contacted, by this channel, now? One SQL definition over a set.

One person before dialling is a set of one, the worklist asks for a handful, a campaign for all. It is
closed by default: a rule that cannot be answered refuses.

`GATE` takes ``{asked}``, a SELECT of (debtor_id, account_id), and gives for each asked row
``refused_by`` (every rule that refuses, in `RULES` order) and ``next_allowed_at`` (null while some
rule has no end of its own). Parameters: ``at`` timestamptz, ``channel``, and the settings in
`gate_parameters`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.settings import Settings
from app.debts.queries import OWED

RULES = (
    "hours",
    "weekend",
    "holiday",
    "attempts",
    "contacts",
    "nothing_owed",
    "stale",
    "promise",
    "agreement",
    "hold",
    "opt_out",
    "deceased",
    "no_contact_point",
)

GATE = f"""
WITH moment AS MATERIALIZED (
    SELECT at, at AT TIME ZONE :zone AS wall, (at AT TIME ZONE :zone)::date AS day,
           (at AT TIME ZONE :zone)::date::timestamp AT TIME ZONE :zone AS day_start,
           ((at AT TIME ZONE :zone)::date + 1)::timestamp AT TIME ZONE :zone AS day_end
      FROM (SELECT CAST(:at AS timestamptz) AS at) given
), asked AS MATERIALIZED (
    {{asked}}
), person AS (
    SELECT d.id AS debtor_id, d.deceased_reported_at IS NOT NULL AS deceased,
           tried.attempts >= :attempts_per_day AS attempts_spent,
           -- Being called at the hour that one asked for is service, and part of that contact.
           tried.contacts >= :contacts_per_day AND NOT EXISTS (
               SELECT FROM callback b
                WHERE b.debtor_id = d.id AND b.done_at IS NULL AND b.due_at >= m.day_start
                  AND b.due_at <= m.at) AS contacts_spent,
           CASE :channel
                WHEN 'visit' THEN EXISTS (SELECT FROM account a
                                       WHERE a.debtor_id = d.id AND btrim(a.address) <> '')
                     OR EXISTS (SELECT FROM contact_point c WHERE c.debtor_id = d.id
                                   AND c.kind = 'address' AND c.state <> 'retired')
                ELSE EXISTS (
                    SELECT FROM contact_point c
                     WHERE c.debtor_id = d.id AND c.state <> 'retired'
                       AND CASE :channel WHEN 'call' THEN c.kind = 'phone'
                                         WHEN 'email' THEN c.kind = 'email'
                                         ELSE c.kind = 'phone' AND c.is_mobile END)
           END AS reachable
      FROM (SELECT DISTINCT debtor_id FROM asked) q
      JOIN debtor d ON d.id = q.debtor_id
     CROSS JOIN moment m
     CROSS JOIN LATERAL (
           SELECT count(*) AS attempts, count(*) FILTER (WHERE t.answered) AS contacts
             FROM contact_attempt t
            WHERE t.debtor_id = d.id AND t.at >= m.day_start AND t.at < m.at) tried
), held AS (
    SELECT q.debtor_id, q.account_id, h.scope, h.starts_on, h.ends_on
      FROM asked q
     CROSS JOIN moment m
     CROSS JOIN LATERAL (
           SELECT h.scope, h.starts_on, h.ends_on FROM hold h
            WHERE h.debtor_id = q.debtor_id AND h.ends_on >= m.day AND h.lifted_at IS NULL
              AND (h.scope = 'person' OR (h.scope = 'channel' AND h.channel = :channel))
           UNION ALL
           SELECT h.scope, h.starts_on, h.ends_on FROM hold h
            WHERE h.account_id = q.account_id AND h.scope = 'account' AND h.ends_on >= m.day
              AND h.lifted_at IS NULL) h
), holding AS (
    SELECT h.debtor_id, h.account_id,
           max(h.ends_on) FILTER (WHERE h.scope <> 'channel') AS hold_until,
           max(h.ends_on) FILTER (WHERE h.scope = 'channel') AS opt_out_until
      FROM held h CROSS JOIN moment m
     WHERE h.starts_on <= m.day
     GROUP BY h.debtor_id, h.account_id
), fact AS (
    SELECT q.debtor_id, q.account_id, m.at, m.day, m.day_end,
           m.wall::time < :contact_from OR m.wall::time >= :contact_until AS out_of_hours,
           EXTRACT(isodow FROM m.day) > 5 AS weekend,
           EXISTS (SELECT FROM holiday f WHERE f.day = m.day) AS holiday,
           p.attempts_spent, p.contacts_spent, p.deceased, p.reachable,
           COALESCE(o.owed, 0) <= 0 AS nothing_owed,
           m.day - GREATEST(f.as_of, a.balance_as_of) > :stale_after_days AS stale,
           pr.check_on AS promise_until,
           COALESCE(o.agreed, 0) + COALESCE(o.covered, 0) > 0
               AND COALESCE(o.collectable, 0) <= 0 AS agreed,
           COALESCE(o.disputed, 0) > 0 AND o.collectable <= 0 AS disputed,
           h.hold_until, h.opt_out_until
      FROM asked q
     CROSS JOIN moment m
      JOIN person p ON p.debtor_id = q.debtor_id
      LEFT JOIN account a ON a.id = q.account_id
      LEFT JOIN portfolio f ON f.id = a.portfolio_id
      LEFT JOIN ({OWED}) o ON o.account_id = q.account_id
      LEFT JOIN promise pr
             ON pr.account_id = q.account_id AND pr.state = 'pending' AND m.day <= pr.check_on
      LEFT JOIN holding h
             ON h.debtor_id = q.debtor_id AND h.account_id IS NOT DISTINCT FROM q.account_id
), verdict AS (
    SELECT debtor_id, account_id,
           array_remove(ARRAY[
               CASE WHEN out_of_hours THEN 'hours' END,
               CASE WHEN weekend THEN 'weekend' END,
               CASE WHEN holiday THEN 'holiday' END,
               CASE WHEN attempts_spent THEN 'attempts' END,
               CASE WHEN contacts_spent THEN 'contacts' END,
               CASE WHEN nothing_owed THEN 'nothing_owed' END,
               CASE WHEN stale THEN 'stale' END,
               CASE WHEN promise_until IS NOT NULL THEN 'promise' END,
               CASE WHEN agreed THEN 'agreement' END,
               CASE WHEN disputed OR hold_until IS NOT NULL THEN 'hold' END,
               CASE WHEN opt_out_until IS NOT NULL THEN 'opt_out' END,
               CASE WHEN deceased THEN 'deceased' END,
               CASE WHEN NOT reachable THEN 'no_contact_point' END], NULL) AS refused_by,
           nothing_owed OR COALESCE(stale, FALSE) OR agreed OR disputed OR deceased OR NOT reachable AS endless,
           GREATEST(
               at,
               CASE WHEN attempts_spent OR contacts_spent THEN day_end END,
               (GREATEST(promise_until, hold_until, opt_out_until) + 1)::timestamp AT TIME ZONE :zone
           ) AS earliest
      FROM fact
)
SELECT v.debtor_id, v.account_id, v.refused_by,
       CASE WHEN v.refused_by <> '{{{{}}}}' AND NOT v.endless THEN (
           SELECT GREATEST(v.earliest, (g.day + CAST(:contact_from AS time)) AT TIME ZONE :zone)
             FROM generate_series(0, 120) n
            CROSS JOIN LATERAL (SELECT (v.earliest AT TIME ZONE :zone)::date + n AS day) g
            WHERE EXTRACT(isodow FROM g.day) <= 5
              AND NOT EXISTS (SELECT FROM holiday f WHERE f.day = g.day)
              AND NOT EXISTS (SELECT FROM held h
                               WHERE h.debtor_id = v.debtor_id
                                 AND h.account_id IS NOT DISTINCT FROM v.account_id
                                 AND g.day BETWEEN h.starts_on AND h.ends_on)
              AND v.earliest < (g.day + CAST(:contact_until AS time)) AT TIME ZONE :zone
            ORDER BY n LIMIT 1) END AS next_allowed_at
  FROM verdict v
"""

#: A person may be contacted when at least one account may be asked about; the earliest next moment
#: of all accounts counts. Takes ``{asked}`` like `GATE`.
PERSONS = f"""
SELECT debtor_id,
       CASE WHEN bool_or(refused_by = '{{{{}}}}') THEN CAST('{{{{}}}}' AS text[])
            ELSE string_to_array(string_agg(array_to_string(refused_by, ','), ','), ',')
       END AS refused_by,
       CASE WHEN bool_or(refused_by = '{{{{}}}}') THEN NULL ELSE min(next_allowed_at) END
           AS next_allowed_at
  FROM ({GATE}) gate
 GROUP BY debtor_id
"""


def gate_parameters(settings: Settings, channel: str, at: datetime) -> dict[str, Any]:
    """The bind values of `GATE`: one place where the gate reads its settings."""
    names = (
        "zone",
        "contact_from",
        "contact_until",
        "attempts_per_day",
        "contacts_per_day",
        "stale_after_days",
    )
    return {name: settings[name] for name in names} | {"channel": channel, "at": at}
