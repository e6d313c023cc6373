"""What referrals ask of the whole portfolio at once."""

from __future__ import annotations

from app.debts.queries import OWED

#: Why a referral (alias r, of ``ids``) cannot be approved now: dead, paid or agreed. referral_id, why.
HINDERED = f"""
SELECT * FROM (
    SELECT r.id,
           CASE WHEN d.deceased_reported_at IS NOT NULL THEN 'deceased'
                WHEN COALESCE(o.owed, 0) <= 0 THEN 'paid'
                WHEN r.kind = 'enforcement' AND o.covered > 0 THEN 'agreed' END AS why
      FROM referral r
      JOIN debtor d ON d.id = r.debtor_id
      LEFT JOIN ({OWED}) o ON o.account_id = r.account_id
     WHERE r.id = ANY (CAST(:ids AS bigint[]))) hindered
 WHERE why IS NOT NULL
"""

#: Whoever is in the field: active, with the role. One row each, by name, as `Worker` has them.
FIELD_WORKERS = """
SELECT u.id, concat_ws(' ', u.first_name, u.last_name) AS name, COALESCE(st.zone, '') AS zone,
       going.load, going.planned,
       COALESCE((SELECT b.reason FROM absence b
                  WHERE b.user_id = u.id AND b.cancelled_at IS NULL
                    AND CAST(:day AS date) BETWEEN b.first_day AND b.last_day), '') AS away
  FROM ab_user u
  LEFT JOIN staff st ON st.user_id = u.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS load, count(*) FILTER (WHERE r.planned_on = CAST(:day AS date)) AS planned
         FROM referral r
        WHERE r.assigned_to_id = u.id AND r.state = 'assigned') going
 WHERE u.active
   AND EXISTS (SELECT FROM ab_user_role ur JOIN ab_role l ON l.id = ur.role_id
                WHERE ur.user_id = u.id AND l.name = 'campo')
 ORDER BY name, u.id
"""

#: A case (alias r) that keeps its account in the hands of coactiva: approved, or handed over by somebody.
_ENFORCING = """r.kind = 'enforcement'
           AND (r.state = 'approved' OR r.state = 'closed' AND r.ended_by_id IS NOT NULL)"""

#: Accounts whose mark is not what their cases say: id, whether it is marked, whether it should be.
ENFORCED_OTHERWISE = f"""
SELECT a.id, CAST(a.enforced_at IS NOT NULL AS text), CAST(e.account_id IS NOT NULL AS text)
  FROM account a
  LEFT JOIN (SELECT DISTINCT r.account_id FROM referral r WHERE {_ENFORCING}) e
         ON e.account_id = a.id
 WHERE (a.enforced_at IS NOT NULL) <> (e.account_id IS NOT NULL)
 ORDER BY a.id
"""

#: Cases that go on and whose debt is paid or whose account no longer came, and those handed over to
#: coactiva whose debt is.
PAID = f"""
SELECT r.id
  FROM referral r
 WHERE (r.state IN ('proposed', 'approved', 'assigned', 'visited')
        OR {_ENFORCING})
   AND COALESCE((SELECT o.owed FROM ({OWED}) o WHERE o.account_id = r.account_id), 0) <= 0
 ORDER BY r.id
"""

#: Proposes, each with its timeline row, whoever is collectable and alive and cannot be reached by
#: telephone: without a number that serves (no_number), or tried on so many different days of the unit
#: without an answer since the last one, or since the field gave them back (attempts). Not those who
#: have a visit's referral that goes on, nor one that was refused or closed within :quiet_days before
#: :day (or given back, as long as nobody found a number). Parameters: day, zone, attempt_days,
#: quiet_days, until (end of day), and `who_and_when`.
PROPOSE = f"""
WITH debt AS (
    SELECT DISTINCT ON (o.debtor_id) o.debtor_id, o.account_id
      FROM ({OWED}) o
     WHERE o.collectable > 0
     ORDER BY o.debtor_id, o.collectable DESC, o.account_id
), wanted AS (
    SELECT w.debtor_id, w.account_id
      FROM debt w
      JOIN debtor d ON d.id = w.debtor_id AND d.deceased_reported_at IS NULL
     WHERE NOT EXISTS (
           SELECT FROM referral r
            WHERE r.debtor_id = w.debtor_id AND r.kind <> 'enforcement'
              AND (r.state IN ('proposed', 'approved', 'assigned', 'visited')
                   OR r.state IN ('refused', 'closed')
                      AND (r.ended_at AT TIME ZONE :zone)::date > CAST(:day AS date) - :quiet_days))
), numbered AS (
    SELECT DISTINCT t.debtor_id
      FROM contact_point t
     WHERE t.kind = 'phone' AND t.state <> 'retired'
       AND NOT EXISTS (
           SELECT FROM hold h
            WHERE h.contact_point_id = t.id AND h.scope = 'number' AND h.lifted_at IS NULL
              AND CAST(:day AS date) BETWEEN h.starts_on AND h.ends_on)
), heard AS (
    SELECT debtor_id, max(at) AS at FROM (
           SELECT t.debtor_id, t.at FROM contact_attempt t WHERE t.answered
            UNION ALL
           SELECT c.debtor_id, c.started_at FROM call c
             JOIN outcome u ON u.id = c.outcome_id AND u.answered
            WHERE c.direction <> 'outgoing'
            UNION ALL
           SELECT r.debtor_id, r.ended_at FROM referral r
            WHERE r.state = 'returned' AND r.kind <> 'enforcement') spoken
     WHERE at < CAST(:until AS timestamptz)
     GROUP BY debtor_id
), tried AS (
    SELECT t.debtor_id
      FROM contact_attempt t
      LEFT JOIN heard s ON s.debtor_id = t.debtor_id
     WHERE t.channel = 'call' AND t.answered IS FALSE AND t.at < CAST(:until AS timestamptz)
       AND (s.at IS NULL OR t.at > s.at)
     GROUP BY t.debtor_id
    HAVING count(DISTINCT (t.at AT TIME ZONE :zone)::date) >= :attempt_days
), found AS (
    SELECT w.debtor_id, w.account_id,
           CASE WHEN n.debtor_id IS NULL AND NOT EXISTS (
                     SELECT FROM referral r
                      WHERE r.debtor_id = w.debtor_id AND r.kind <> 'enforcement'
                        AND r.state = 'returned'
                        AND (r.ended_at AT TIME ZONE :zone)::date
                            > CAST(:day AS date) - :quiet_days) THEN 'no_number'
                WHEN n.debtor_id IS NOT NULL AND y.debtor_id IS NOT NULL THEN 'attempts'
            END AS rule
      FROM wanted w
      LEFT JOIN numbered n ON n.debtor_id = w.debtor_id
      LEFT JOIN tried y ON y.debtor_id = w.debtor_id
), proposed AS (
    INSERT INTO referral (kind, state, debtor_id, account_id, rule, proposed_at)
    SELECT 'not_located', 'proposed', debtor_id, account_id, rule, :now
      FROM found WHERE rule IS NOT NULL
     ORDER BY debtor_id
        ON CONFLICT DO NOTHING
    RETURNING id, kind, state, debtor_id, account_id, rule
)
INSERT INTO timeline_event (at, agent_id, agent_name, ip, request_id, deed, debtor_id, account_id,
                            subject, subject_id, after)
SELECT :now, :agent_id, :agent_name, :ip, :request_id, 'propose_referral', debtor_id, account_id,
       'referral', id, jsonb_build_object('kind', kind, 'state', state, 'rule', rule)
  FROM proposed ORDER BY id
RETURNING 1
"""

#: Sectors with referrals in :state of :kinds; `SectorCount`. An account without one is of the sector ''.
SECTORS = """
SELECT a.sector, count(*), count(*) FILTER (WHERE r.kind = 'not_located'),
       count(*) FILTER (WHERE r.kind = 'hard'), count(*) FILTER (WHERE r.kind = 'enforcement'),
       min(r.proposed_at)
  FROM referral r
  JOIN account a ON a.id = r.account_id
 WHERE r.state = :state AND r.kind = ANY (CAST(:kinds AS text[]))
 GROUP BY a.sector
 ORDER BY count(*) DESC, a.sector
"""

#: What was done with the person of the referral :id before: attempts by telephone, those that were
#: answered, calls with the verified holder, the last contact, promises about the account that were not
#: kept, visits.
DONE_BEFORE = """
SELECT (SELECT count(*) FROM contact_attempt t
         WHERE t.debtor_id = r.debtor_id AND t.channel = 'call') AS attempts,
       (SELECT count(*) FROM contact_attempt t
         WHERE t.debtor_id = r.debtor_id AND t.channel = 'call' AND t.answered) AS answered,
       (SELECT count(*) FROM call c WHERE c.debtor_id = r.debtor_id AND c.verified) AS holder,
       (SELECT max(c.started_at) FROM call c WHERE c.debtor_id = r.debtor_id) AS last_at,
       (SELECT count(*) FROM promise p
         WHERE p.account_id = r.account_id AND p.state IN ('broken', 'partial')) AS broken,
       (SELECT count(*) FROM visit v WHERE v.debtor_id = r.debtor_id) AS visits
  FROM referral r WHERE r.id = :id
"""
