"""Reading what happened with a person."""

from __future__ import annotations

#: Newest first, all accounts. The timeline's rows stay with the record on which the deed was done: those
#: of a person merged into this one are read with this one's. Columns as in `app.calls.sheet.HistoryRow`. Parameters: debtor_id, limit.
HISTORY = """
SELECT at, kind, label, state, amount, paid, day, until, who, note, id FROM (
    SELECT c.started_at AS at, 'call' AS kind, u.label AS label,
           CASE WHEN fix.id IS NOT NULL THEN 'corrected' WHEN c.corrects_id IS NOT NULL THEN 'correction'
                ELSE c.direction END AS state,
           NULL::numeric AS amount, NULL::numeric AS paid, NULL::date AS day, NULL::date AS until,
           o.first_name || ' ' || o.last_name AS who, c.note AS note, c.id
      FROM call c
      JOIN outcome u ON u.id = c.outcome_id
      JOIN ab_user o ON o.id = c.operator_id
      LEFT JOIN call fix ON fix.corrects_id = c.id
     WHERE c.debtor_id = :debtor_id
    UNION ALL
    SELECT p.made_at, 'promise', '', p.state, p.amount, p.paid, p.due_on, p.check_on,
           o.first_name || ' ' || o.last_name, '', p.id
      FROM promise p JOIN ab_user o ON o.id = p.made_by_id
     WHERE p.debtor_id = :debtor_id
    UNION ALL
    SELECT p.ended_at, 'promise_ended', '', p.state, p.amount, NULL, p.due_on, NULL,
           o.first_name || ' ' || o.last_name, p.end_reason, p.id
      FROM promise p JOIN ab_user o ON o.id = p.ended_by_id
     WHERE p.debtor_id = :debtor_id
    UNION ALL
    SELECT y.recorded_at, CASE WHEN y.is_reversal THEN 'reversal' ELSE 'payment' END, y.channel, '',
           y.amount, NULL, y.paid_on, NULL, '', '', y.id
      FROM payment y JOIN account a ON a.id = y.account_id
     WHERE a.debtor_id = :debtor_id
    UNION ALL
    SELECT h.placed_at, 'hold', h.reason, CASE WHEN h.lifted_at IS NULL THEN '' ELSE 'lifted' END, NULL, NULL, h.starts_on, h.ends_on, '', h.note, h.id
      FROM hold h
     WHERE h.debtor_id = :debtor_id
    UNION ALL
    SELECT v.opened_at, 'case', v.kind, 'open', NULL, NULL, NULL, v.due_on,
           o.first_name || ' ' || o.last_name, '', v.id
      FROM verification_case v JOIN ab_user o ON o.id = v.opened_by_id
     WHERE v.debtor_id = :debtor_id
    UNION ALL
    SELECT v.closed_at, 'case', v.kind, v.finding, NULL, NULL, NULL, v.due_on,
           COALESCE(o.first_name || ' ' || o.last_name, ''), v.finding_note, v.id
      FROM verification_case v LEFT JOIN ab_user o ON o.id = v.closed_by_id
     WHERE v.debtor_id = :debtor_id AND v.closed_at IS NOT NULL
    UNION ALL
    SELECT e.at, e.kind || '_complaint',
           'R-' || lpad(CAST(q.id AS text), GREATEST(6, length(CAST(q.id AS text))), '0') || ' · ' || k.name
           || COALESCE(' → ' || r.name, ''), COALESCE(e.ruling, ''), NULL, NULL, NULL, NULL,
           COALESCE(o.first_name || ' ' || o.last_name, ''), e.text, e.id
      FROM complaint q
      JOIN complaint_category k ON k.id = q.category_id
      JOIN complaint_entry e ON e.complaint_id = q.id
      LEFT JOIN area r ON r.id = e.area_id AND e.kind IN ('open', 'route', 'reopen', 'return')
      LEFT JOIN ab_user o ON o.id = e.by_id
     WHERE q.debtor_id = :debtor_id
    UNION ALL
    SELECT e.at, e.deed, 'CV-' || lpad(CAST(g.id AS text), 6, '0'), e.after ->> 'state', g.total,
           CAST(e.after ->> 'paid' AS numeric), NULL, NULL, e.agent_name,
           COALESCE(e.after ->> 'reason', ''), e.id
      FROM timeline_event e JOIN agreement g ON g.id = e.subject_id
     WHERE e.debtor_id = ANY (ARRAY(SELECT CAST(:debtor_id AS bigint) UNION ALL
                                    SELECT m.id FROM debtor m WHERE m.merged_into_id = :debtor_id))
       AND e.subject = 'agreement' AND e.after ? 'state'
    UNION ALL
    SELECT e.at, e.deed,
           CASE e.subject WHEN 'referral' THEN 'D-' || lpad(CAST(e.subject_id AS text), 6, '0')
                          WHEN 'visit' THEN e.after ->> 'result'
                          WHEN 'hold' THEN e.before ->> 'reason'
                          ELSE COALESCE(e.after ->> 'kind', '') END,
           COALESCE(e.after ->> 'state', ''), NULL, NULL, CAST(e.after ->> 'planned_on' AS date),
           CAST(e.after ->> 'ends_on' AS date), e.agent_name,
           COALESCE(e.after ->> 'reason', e.after ->> 'why', ''), e.id
      FROM timeline_event e
     WHERE e.debtor_id = ANY (ARRAY(SELECT CAST(:debtor_id AS bigint) UNION ALL
                                    SELECT m.id FROM debtor m WHERE m.merged_into_id = :debtor_id))
       AND (e.subject IN ('contact_point', 'referral', 'visit')
            OR e.subject = 'merge' AND e.debtor_id = :debtor_id
            OR e.subject = 'hold' AND e.deed = 'extend_hold'
            -- A code belongs to a deed that is told itself: its answer, its return, its correction.
            OR e.subject = 'hold' AND e.deed = 'lift_hold' AND e.after ->> 'why' !~ '^[a-z_]+$')
) happened
 ORDER BY at DESC, kind, id DESC
 LIMIT :limit
"""

#: What is known of each contact point of a person: contact_point_id, tries, answered, last outcome, who
#: added it, who judged its state, and for each band of hours in which it was dialled the band, the
#: tries and the answers (three arrays). A band is the number of `app.calls.hours.BANDS` that
#: begin by that hour. Attempts not settled yet do not count. Parameters: debtor_id, zone, bands.
POINT_RESULTS = """
WITH tried AS (
    SELECT t.contact_point_id, t.band, COUNT(*) AS tries, COUNT(*) FILTER (WHERE t.answered) AS answered
      FROM (SELECT contact_point_id, answered,
                   width_bucket(EXTRACT(hour FROM at AT TIME ZONE :zone)::int,
                                CAST(:bands AS int[])) AS band
              FROM contact_attempt
             WHERE debtor_id = :debtor_id AND channel = 'call' AND answered IS NOT NULL
               AND contact_point_id IS NOT NULL) t
     GROUP BY t.contact_point_id, t.band
), said AS (
    SELECT c.contact_point_id, (array_agg(u.label ORDER BY c.started_at DESC))[1] AS last_outcome
      FROM call c JOIN outcome u ON u.id = c.outcome_id
     WHERE c.debtor_id = :debtor_id AND c.contact_point_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM call fix WHERE fix.corrects_id = c.id)
     GROUP BY c.contact_point_id
)
SELECT p.id, COALESCE(SUM(t.tries), 0)::int, COALESCE(SUM(t.answered), 0)::int,
       COALESCE(MIN(s.last_outcome), ''), MIN(ab.first_name || ' ' || ab.last_name),
       MIN(sb.first_name || ' ' || sb.last_name),
       array_remove(array_agg(t.band ORDER BY t.band), NULL),
       array_remove(array_agg(t.tries::int ORDER BY t.band), NULL),
       array_remove(array_agg(t.answered::int ORDER BY t.band), NULL)
  FROM contact_point p
  LEFT JOIN tried t ON t.contact_point_id = p.id
  LEFT JOIN said s ON s.contact_point_id = p.id
  LEFT JOIN ab_user ab ON ab.id = p.added_by_id
  LEFT JOIN ab_user sb ON sb.id = p.state_by_id
 WHERE p.debtor_id = :debtor_id
 GROUP BY p.id
"""
