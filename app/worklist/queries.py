"""Who is worth calling next, and why: one SQL that weighs every person with something to collect.

A person stands once, with all accounts. Reasons are named and weighted by settings; the screen shows
their names before the identity check, never an amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.access.staff_queries import AWAY
from app.core.clock import local_day
from app.core.settings import Settings
from app.debts.queries import OWED

REASONS = (
    "visited",
    "callback",
    "broken_promise",
    "broken_agreement",
    "late_instalment",
    "answered",
    "never_called",
    "amount",
    "age",
    "answers",
)

#: What came back for the person (a row of worklist_push, alias ``{alias}``) and the holder has not been spoken
#: to since. The table is small: joined, it costs the whole queue one look at it.
_CAME_BACK = """LEFT JOIN worklist_push {alias} ON {alias}.debtor_id = w.debtor_id AND {alias}.reason = '{reason}'
           AND NOT EXISTS (SELECT FROM call c WHERE c.debtor_id = w.debtor_id AND c.verified
                              AND c.started_at > {alias}.pushed_at)"""

#: ``{which}`` narrows the people (alias o: rows of OWED). Columns as in worklist_item. Whom the field visited
#: outweighs all that can be said of anybody else.
WEIGHED = f"""
WITH debt AS (
    SELECT o.debtor_id, SUM(o.collectable) AS collectable, MIN(o.oldest_due_on) AS oldest_due_on
      FROM ({OWED}) o
     WHERE o.collectable > 0 AND {{which}}
     GROUP BY o.debtor_id
), person AS (
    SELECT w.debtor_id, w.collectable, w.oldest_due_on,
           cb.due_at AS callback_at,
           EXISTS (SELECT FROM promise p WHERE p.debtor_id = w.debtor_id
                      AND p.state IN ('broken', 'partial')
                      AND NOT EXISTS (SELECT FROM call c WHERE c.debtor_id = w.debtor_id AND c.verified
                                         AND c.started_at > p.judged_at)) AS broken_promise,
           EXISTS (SELECT FROM agreement g WHERE g.debtor_id = w.debtor_id AND g.state = 'broken'
                      AND NOT EXISTS (SELECT FROM call c WHERE c.debtor_id = w.debtor_id AND c.verified
                                         AND c.started_at > g.judged_at)) AS broken_agreement,
           EXISTS (SELECT FROM agreement g WHERE g.debtor_id = w.debtor_id AND g.state = 'active'
                      AND g.late > 0) AS late_instalment,
           fv.debtor_id IS NOT NULL AS visited, fa.debtor_id IS NOT NULL AS answered,
           NOT EXISTS (SELECT FROM call c WHERE c.debtor_id = w.debtor_id) AS never_called,
           EXISTS (SELECT FROM call c JOIN outcome u ON u.id = c.outcome_id
                     JOIN contact_point t ON t.id = c.contact_point_id
                    WHERE c.debtor_id = w.debtor_id AND u.answered AND t.state <> 'retired') AS answers
      FROM debt w
      JOIN debtor d ON d.id = w.debtor_id AND d.deceased_reported_at IS NULL
      LEFT JOIN LATERAL (SELECT MIN(b.due_at) AS due_at FROM callback b
                          WHERE b.debtor_id = w.debtor_id AND b.done_at IS NULL) cb ON TRUE
      {_CAME_BACK.format(alias="fv", reason="visited")}
      {_CAME_BACK.format(alias="fa", reason="answered")}
     WHERE EXISTS (SELECT FROM contact_point t
                    WHERE t.debtor_id = w.debtor_id AND t.kind = 'phone' AND t.state <> 'retired')
       -- The field has them. One look at the person's own holds: as NOT EXISTS it is joined to all of them,
       -- which the planner takes for few.
       AND (SELECT TRUE FROM hold h
             WHERE h.debtor_id = w.debtor_id AND h.scope = 'person'
               AND h.reason = 'referral' AND h.lifted_at IS NULL
               AND CAST(:day AS date) BETWEEN h.starts_on AND h.ends_on
             LIMIT 1) IS NULL
), weighed AS (
    SELECT p.debtor_id, p.callback_at, r.code, r.weight
      FROM person p
     CROSS JOIN LATERAL (VALUES
           ('visited', CASE WHEN p.visited AND :weight_visited > 0
                            THEN :weight_visited + :weight_all_others ELSE 0 END),
           ('callback', CASE WHEN p.callback_at IS NOT NULL THEN :weight_callback ELSE 0 END),
           ('broken_promise', CASE WHEN p.broken_promise THEN :weight_broken_promise ELSE 0 END),
           ('broken_agreement', CASE WHEN p.broken_agreement THEN :weight_broken_agreement ELSE 0 END),
           ('late_instalment', CASE WHEN p.late_instalment THEN :weight_late_instalment ELSE 0 END),
           ('answered', CASE WHEN p.answered THEN :weight_answered ELSE 0 END),
           ('never_called', CASE WHEN p.never_called THEN :weight_never_called ELSE 0 END),
           ('amount', CASE WHEN p.collectable >= 1000 THEN :weight_amount
                           WHEN p.collectable >= 300 THEN :weight_amount * 2 / 3
                           WHEN p.collectable >= 100 THEN :weight_amount / 3 ELSE 0 END),
           ('age', CASE WHEN CAST(:day AS date) - p.oldest_due_on > 360 THEN :weight_age
                        WHEN CAST(:day AS date) - p.oldest_due_on > 60 THEN :weight_age / 2
                        ELSE 0 END),
           ('answers', CASE WHEN p.answers THEN :weight_answers ELSE 0 END)
         ) r (code, weight)
)
SELECT debtor_id, SUM(weight) AS score,
       COALESCE(jsonb_agg(jsonb_build_object('code', code, 'weight', weight)
                          ORDER BY weight DESC, code) FILTER (WHERE weight > 0), '[]') AS reasons,
       MIN(callback_at) AS not_before, CAST(:now AS timestamptz) AS built_at
  FROM weighed
 GROUP BY debtor_id
"""

#: The whole queue in one statement: who no longer belongs goes, who is new comes, and only a row that
#: changed is written, so that a build locks nobody whom an operator could take meanwhile. A retry
#: time stays. Gives the number of people. ``{which}`` as in `WEIGHED`, ``{scope}`` the
#: same people as rows of worklist_item (alias w).
PUT = f"""
WITH weighed_now AS MATERIALIZED (
{WEIGHED}
), gone AS (
    DELETE FROM worklist_item w
     WHERE {{scope}} AND NOT EXISTS (SELECT FROM weighed_now n WHERE n.debtor_id = w.debtor_id)
), moved AS (
    UPDATE worklist_item w
       SET score = n.score, reasons = n.reasons, built_at = n.built_at,
           not_before = COALESCE(n.not_before, w.not_before)
      FROM weighed_now n
     WHERE w.debtor_id = n.debtor_id
       AND ((w.score, w.reasons) IS DISTINCT FROM (n.score, n.reasons)
            OR n.not_before IS DISTINCT FROM w.not_before AND n.not_before IS NOT NULL)
), added AS (
    INSERT INTO worklist_item (debtor_id, score, reasons, not_before, built_at)
    SELECT debtor_id, score, reasons, not_before, built_at FROM weighed_now n
     WHERE NOT EXISTS (SELECT FROM worklist_item w WHERE w.debtor_id = n.debtor_id)
    ON CONFLICT (debtor_id) DO NOTHING
)
SELECT count(*) FROM weighed_now
"""

_OWNER_AWAY_THEN = AWAY.format(user="b.operator_id", at="b.due_at")
_OWNER_AWAY_NOW = AWAY.format(user="b.operator_id", at="CAST(:now AS timestamptz)")
#: Why a callback's owner (alias b, with an owner) is not there for it, at its hour or, once that has
#: come, now; NULL when they are.
OWNER_AWAY = f"""COALESCE({_OWNER_AWAY_THEN},
    CASE WHEN b.due_at <= CAST(:now AS timestamptz) THEN {_OWNER_AWAY_NOW} END)"""

#: The ten best people not held by anyone (the number is written out, so that a plan made once knows
#: it), locked so that no other operator reads them meanwhile. Those whom a colleague promised to call
#: back are not offered until a day after the hour was missed; from the hour on at once, when that
#: colleague is not there. ``{which}`` narrows the people (alias w).
_OFFERED = f"""
SELECT w.debtor_id, w.reasons
  FROM worklist_item w
 WHERE (w.not_before IS NULL OR w.not_before <= CAST(:now AS timestamptz))
   AND NOT EXISTS (SELECT FROM claim c WHERE c.debtor_id = w.debtor_id AND c.closed_at IS NULL)
   -- One look at the person's own callbacks: as NOT EXISTS it is joined to all open ones, ten times slower.
   AND (SELECT TRUE FROM callback b
         WHERE b.debtor_id = w.debtor_id AND b.done_at IS NULL
           AND b.operator_id <> :operator_id
           AND b.due_at > CAST(:now AS timestamptz) - interval '1 day'
           AND (b.due_at > CAST(:now AS timestamptz) OR {OWNER_AWAY} IS NULL)
         LIMIT 1) IS NULL
   AND w.debtor_id <> ALL (CAST(:seen AS bigint[]))
   AND {{which}}
 ORDER BY w.score DESC, w.debtor_id
 LIMIT 10
   FOR UPDATE OF w SKIP LOCKED
"""

BEST = _OFFERED.format(which="TRUE")

#: Whom the operator promised to call back by now: they come before everybody.
PROMISED_BACK = _OFFERED.format(
    which="""w.debtor_id IN (SELECT b.debtor_id FROM callback b
                      WHERE b.operator_id = :operator_id AND b.done_at IS NULL
                        AND b.due_at <= CAST(:now AS timestamptz))"""
)

#: Open callbacks (alias b) that need somebody: late by more than the alarm, without their owner at
#: their hour, or anyone's and promised by somebody who has left. Parameters: ``now``, ``late`` (due by then), ``zone``.
NEED_SOMEBODY = f"""
SELECT * FROM (
    SELECT b.id, b.debtor_id, d.name, b.due_at, b.asked_at, b.operator_id, b.promised_by_id,
           concat_ws(' ', o.first_name, o.last_name) AS owner,
           concat_ws(' ', p.first_name, p.last_name) AS promised_by,
           p.active IS FALSE AS promiser_left,
           b.due_at <= CAST(:late AS timestamptz) AS late,
           CASE WHEN b.operator_id IS NOT NULL THEN {OWNER_AWAY} END AS away
      FROM callback b
      JOIN debtor d ON d.id = b.debtor_id
      LEFT JOIN ab_user o ON o.id = b.operator_id
      LEFT JOIN ab_user p ON p.id = b.promised_by_id
     WHERE b.done_at IS NULL) open
 WHERE late OR away IS NOT NULL OR (promiser_left AND operator_id IS NULL)
 ORDER BY due_at, id
 LIMIT :most
"""

#: Nothing brings an hour forward that was promised to the person. Parameters: ``debtor_ids``, ``until``.
PUT_OFF = """
UPDATE worklist_item w
   SET not_before = GREATEST(CAST(:until AS timestamptz), (
           SELECT MIN(b.due_at) FROM callback b
            WHERE b.debtor_id = w.debtor_id AND b.done_at IS NULL))
 WHERE w.debtor_id = ANY(CAST(:debtor_ids AS bigint[]))
"""


def weigh_parameters(settings: Settings, now: datetime) -> Mapping[str, Any]:
    """The bind values of `WEIGHED`: one place where the queue reads its settings."""
    weights = {f"weight_{name}": settings[f"weight_{name}"] for name in REASONS}
    return weights | {
        "weight_all_others": sum(weights.values()) - weights["weight_visited"],
        "now": now,
        "day": local_day(now, settings["zone"]),
    }
