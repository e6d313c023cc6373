"""May this person be contacted, by this channel, now? One SQL definition over a set.

One person before dialling is a set of one, the worklist asks for a handful, a campaign for all. It is
closed by default: a rule that cannot be answered refuses.

`GATE` takes ``{asked}``, a SELECT of (debtor_id, account_id), and gives for each asked row
``refused_by`` (every rule that refuses, in `RULES` order) and ``next_allowed_at`` (null while some
rule has no end of its own). Parameters: ``at`` timestamptz, ``channel``, and the settings in
`gate_parameters`.

A hold stands at a moment when it had been placed and not yet lifted then, whatever became of it since.
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
    "week",
    "nothing_owed",
    "stale",
    "promise",
    "agreement",
    "enforcement",
    "hold",
    "opt_out",
    "deceased",
    "no_contact_point",
)

#: A hold (alias h) that nobody had lifted at the moment m, and whose last day was not over.
STANDS = (
    "h.ends_on >= m.day AND h.placed_at <= m.at AND (h.lifted_at IS NULL OR h.lifted_at > m.at)"
)
#: The field's own hold is no reason for it not to go.
_STOPS = "(h.reason <> 'referral' OR :channel <> 'visit')"
#: Being called at the hour that one asked for is service, and part of that contact; another channel is not.
_ASKED_FOR = """(:channel = 'call' AND EXISTS (
               SELECT FROM callback b
                WHERE b.debtor_id = d.id AND b.done_at IS NULL AND b.due_at >= m.day_start
                  AND b.due_at <= m.at))"""
#: A contact point (alias c) of ``{debtor}`` that serves the channel and that nobody retired.
_POINT = """contact_point c
                     WHERE c.debtor_id = {debtor} AND c.state <> 'retired'
                       AND CASE :channel WHEN 'call' THEN c.kind = 'phone'
                                         WHEN 'email' THEN c.kind = 'email'
                                         WHEN 'visit' THEN c.kind = 'address'
                                         ELSE c.kind = 'phone' AND c.is_mobile END"""
#: Such a point that is not under hold on ``{day}``, nor the equal of one of a person joined to this one.
_FREE_POINT = f"""{_POINT}
                       AND NOT EXISTS (
                           SELECT FROM hold h JOIN contact_point k ON k.id = h.contact_point_id
                            WHERE h.debtor_id = {{debtor}} AND h.scope = 'number'
                              AND {{day}} BETWEEN h.starts_on AND h.ends_on AND {STANDS}
                              AND k.kind = c.kind AND k.value = c.value)"""
#: An account is visited wherever an address of its holder is known, of an account or given.
_AT_AN_ACCOUNT = """:channel = 'visit' AND EXISTS (
                     SELECT FROM account a WHERE a.debtor_id = d.id AND btrim(a.address) <> '')"""


def _week_until(cap: str, which: str) -> str:
    """The last day on which as many as ``cap`` of the person's attempts lie within seven days: that of the
    oldest of so many, and six more. Null without a cap, and while there are fewer."""
    limit = f"CAST(:{cap} AS integer)"
    return f"""(
               SELECT (t.at AT TIME ZONE :zone)::date + 6 FROM contact_attempt t
                WHERE {limit} > 0 AND t.debtor_id = d.id AND {which}
                  AND t.at >= m.week_start AND t.at < m.at
                ORDER BY t.at DESC OFFSET GREATEST({limit} - 1, 0) LIMIT 1)"""


#: Days from the verdict's (alias v) earliest one on, beyond its holds, that no run of holidays fills.
_FARTHEST = "120 + GREATEST(v.last_held - first.day, v.numbers_until - first.day, 0)"


def _first_open(low: str, high: str) -> str:
    """The first lawful moment of the verdict v on one of these days, counted from its earliest one: most are
    found among a few, and looking at all of them costs ten times as much."""
    return f"""
           SELECT g.opens
             FROM (SELECT (v.earliest AT TIME ZONE :zone)::date AS day) first
            CROSS JOIN moment m
            CROSS JOIN generate_series({low}, {high}) n
            CROSS JOIN LATERAL (SELECT first.day + n AS day) later
            CROSS JOIN LATERAL (
                  SELECT later.day, CASE
                         WHEN v.contacts_until >= later.day THEN (
                              SELECT GREATEST(v.earliest, min(b.due_at)) FROM callback b
                               WHERE :channel = 'call' AND b.debtor_id = v.debtor_id
                                 AND b.done_at IS NULL AND (b.due_at AT TIME ZONE :zone)::date = later.day
                              HAVING count(*) > 0)
                         ELSE v.earliest END AS moment) c
            CROSS JOIN LATERAL (
                  SELECT c.day, GREATEST(c.moment, (c.day + CAST(:contact_from AS time)) AT TIME ZONE :zone)
                         AS opens) g
            WHERE EXTRACT(isodow FROM g.day) <= 5
              AND c.moment < (g.day + CAST(:contact_until AS time)) AT TIME ZONE :zone
              AND NOT EXISTS (SELECT FROM holiday f WHERE f.day = g.day)
              AND (v.last_held IS NULL OR g.day > v.last_held OR NOT EXISTS (
                  SELECT FROM held h
                   WHERE h.debtor_id = v.debtor_id AND h.account_id IS NOT DISTINCT FROM v.account_id
                     AND g.day BETWEEN h.starts_on AND h.ends_on))
              AND (v.numbers_until IS NULL OR v.numbers_until < g.day OR EXISTS (
                   SELECT FROM {_FREE_POINT.format(debtor="v.debtor_id", day="g.day")}))
            ORDER BY n LIMIT 1"""


GATE = f"""
WITH moment AS MATERIALIZED (
    SELECT at, at AT TIME ZONE :zone AS wall, (at AT TIME ZONE :zone)::date AS day,
           (at AT TIME ZONE :zone)::date::timestamp AT TIME ZONE :zone AS day_start,
           ((at AT TIME ZONE :zone)::date + 1)::timestamp AT TIME ZONE :zone AS day_end,
           ((at AT TIME ZONE :zone)::date - 6)::timestamp AT TIME ZONE :zone AS week_start
      FROM (SELECT CAST(:at AS timestamptz) AS at) given
), asked AS MATERIALIZED (
    {{asked}}
), person AS MATERIALIZED (
    SELECT d.id AS debtor_id, d.deceased_reported_at IS NOT NULL AS deceased,
           tried.attempts >= :attempts_per_day AS attempts_spent,
           {_week_until("attempts_per_week", "TRUE")} AS week_until,
           tried.contacts >= :contacts_per_day AND NOT asked_for.now AS contacts_spent,
           contacts.week_until IS NOT NULL AND NOT asked_for.now AS contacts_week_spent,
           -- The last day on which only what was asked for is part of a contact that was.
           contacts.until AS contacts_until,
           contacts.until IS NOT NULL AND :channel = 'call' AND EXISTS (
               SELECT FROM callback b
                WHERE b.debtor_id = d.id AND b.done_at IS NULL AND b.due_at > m.at
                  AND (b.due_at AT TIME ZONE :zone)::date <= contacts.until) AS asked_for_later,
           at_account.known OR EXISTS (SELECT FROM {_POINT.format(debtor="d.id")}) AS reachable,
           at_account.known OR EXISTS (
               SELECT FROM {_FREE_POINT.format(debtor="d.id", day="m.day")}) AS reachable_today,
           CASE WHEN NOT at_account.known THEN (
               SELECT max(h.ends_on) FROM hold h
                WHERE h.debtor_id = d.id AND h.scope = 'number' AND {STANDS}) END AS numbers_until
      FROM (SELECT DISTINCT debtor_id FROM asked) q
      JOIN debtor d ON d.id = q.debtor_id
     CROSS JOIN moment m
     CROSS JOIN LATERAL (
           SELECT count(*) AS attempts, count(*) FILTER (WHERE t.answered) AS contacts
             FROM contact_attempt t
            WHERE t.debtor_id = d.id AND t.at >= m.day_start AND t.at < m.at) tried
     CROSS JOIN LATERAL (SELECT {_ASKED_FOR} AS now OFFSET 0) asked_for
     CROSS JOIN LATERAL (SELECT {_AT_AN_ACCOUNT} AS known OFFSET 0) at_account
     CROSS JOIN LATERAL (
           SELECT week_until, GREATEST(
                      week_until, CASE WHEN tried.contacts >= :contacts_per_day THEN m.day END) AS until
             FROM (SELECT {_week_until("contacts_per_week", "t.answered")} AS week_until) week
           OFFSET 0) contacts
), held AS (
    SELECT q.debtor_id, q.account_id, h.scope, h.starts_on, h.ends_on
      FROM asked q
     CROSS JOIN moment m
     CROSS JOIN LATERAL (
           SELECT h.scope, h.starts_on, h.ends_on FROM hold h
            WHERE h.debtor_id = q.debtor_id AND {STANDS}
              AND (h.scope = 'person' AND {_STOPS} OR h.scope = 'channel' AND h.channel = :channel)
           UNION ALL
           SELECT h.scope, h.starts_on, h.ends_on FROM hold h
            WHERE h.account_id = q.account_id AND h.scope = 'account' AND {STANDS} AND {_STOPS}) h
), holding AS (
    SELECT h.debtor_id, h.account_id,
           max(h.ends_on) FILTER (WHERE h.scope <> 'channel' AND h.starts_on <= m.day) AS hold_until,
           max(h.ends_on) FILTER (WHERE h.scope = 'channel' AND h.starts_on <= m.day) AS opt_out_until,
           max(h.ends_on) AS last_held
      FROM held h CROSS JOIN moment m
     GROUP BY h.debtor_id, h.account_id
), fact AS (
    SELECT q.debtor_id, q.account_id, m.at, m.day, m.day_end,
           m.wall::time < :contact_from OR m.wall::time >= :contact_until AS out_of_hours,
           EXTRACT(isodow FROM m.day) > 5 AS weekend,
           EXISTS (SELECT FROM holiday f WHERE f.day = m.day) AS holiday,
           p.attempts_spent, p.contacts_spent, p.contacts_until, p.asked_for_later, p.deceased, p.reachable,
           p.week_until IS NOT NULL OR p.contacts_week_spent AS week_spent, p.week_until,
           p.reachable_today, p.numbers_until,
           COALESCE(o.owed, 0) <= 0 AS nothing_owed,
           m.day - GREATEST(f.as_of, a.balance_as_of) > :stale_after_days AS stale,
           pr.check_on AS promise_until,
           -- What may be asked for, were the account not in the hands of enforcement.
           COALESCE(o.agreed, 0) + COALESCE(o.covered, 0) > 0
               AND COALESCE(o.owed - o.disputed - o.covered, 0) <= 0 AS agreed,
           COALESCE(a.enforced_at <= m.at, FALSE) AS enforced,
           COALESCE(o.disputed, 0) > 0 AND o.owed - o.disputed - o.covered <= 0 AS disputed,
           h.hold_until, h.opt_out_until, h.last_held
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
), verdict AS MATERIALIZED (
    SELECT debtor_id, account_id,
           array_remove(ARRAY[
               CASE WHEN out_of_hours THEN 'hours' END,
               CASE WHEN weekend THEN 'weekend' END,
               CASE WHEN holiday THEN 'holiday' END,
               CASE WHEN attempts_spent THEN 'attempts' END,
               CASE WHEN contacts_spent THEN 'contacts' END,
               CASE WHEN week_spent THEN 'week' END,
               CASE WHEN nothing_owed THEN 'nothing_owed' END,
               CASE WHEN stale THEN 'stale' END,
               CASE WHEN promise_until IS NOT NULL THEN 'promise' END,
               CASE WHEN agreed THEN 'agreement' END,
               CASE WHEN enforced THEN 'enforcement' END,
               CASE WHEN disputed OR hold_until IS NOT NULL THEN 'hold' END,
               CASE WHEN opt_out_until IS NOT NULL THEN 'opt_out' END,
               CASE WHEN deceased THEN 'deceased' END,
               CASE WHEN NOT reachable_today THEN 'no_contact_point' END], NULL) AS refused_by,
           nothing_owed OR COALESCE(stale, FALSE) OR agreed OR enforced OR disputed OR deceased
               OR NOT reachable AS endless,
           last_held, numbers_until, CASE WHEN asked_for_later THEN contacts_until END AS contacts_until,
           GREATEST(
               at,
               CASE WHEN attempts_spent THEN day_end END,
               (GREATEST(week_until, CASE WHEN NOT asked_for_later THEN contacts_until END,
                         promise_until, hold_until, opt_out_until) + 1)::timestamp AT TIME ZONE :zone
           ) AS earliest
      FROM fact
)
SELECT v.debtor_id, v.account_id, v.refused_by,
       CASE WHEN v.refused_by <> '{{{{}}}}' AND NOT v.endless THEN COALESCE(
           ({_first_open("0", "9")}),
           ({_first_open("10", _FARTHEST)})) END AS next_allowed_at
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
        "attempts_per_week",
        "contacts_per_week",
        "stale_after_days",
    )
    return {name: settings[name] for name in names} | {"channel": channel, "at": at}
