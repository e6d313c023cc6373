"""Reading what happened with a person."""

from __future__ import annotations

#: Newest first, all accounts. Columns as in `app.calls.sheet.HistoryRow`. Parameters: debtor_id, limit.
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
    SELECT y.recorded_at, CASE WHEN y.is_reversal THEN 'reversal' ELSE 'payment' END, y.channel, '',
           y.amount, NULL, y.paid_on, NULL, '', '', y.id
      FROM payment y JOIN account a ON a.id = y.account_id
     WHERE a.debtor_id = :debtor_id
    UNION ALL
    SELECT h.placed_at, 'hold', h.reason, CASE WHEN h.lifted_at IS NULL THEN '' ELSE 'lifted' END, NULL, NULL, h.starts_on, h.ends_on, '', h.note, h.id
      FROM hold h
     WHERE h.debtor_id = :debtor_id
    UNION ALL
    SELECT e.at, e.deed, COALESCE(e.after ->> 'kind', ''), COALESCE(e.after ->> 'state', ''),
           NULL, NULL, NULL, NULL, e.agent_name, '', e.id
      FROM timeline_event e
     WHERE e.debtor_id = :debtor_id AND e.subject = 'contact_point'
) happened
 ORDER BY at DESC, kind, id DESC
 LIMIT :limit
"""

#: contact_point_id, tries, answered, last outcome. Parameter: debtor_id.
POINT_RESULTS = """
SELECT c.contact_point_id, COUNT(*), COUNT(*) FILTER (WHERE u.answered),
       (array_agg(u.label ORDER BY c.started_at DESC))[1]
  FROM call c JOIN outcome u ON u.id = c.outcome_id
 WHERE c.debtor_id = :debtor_id AND c.contact_point_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM call fix WHERE fix.corrects_id = c.id)
 GROUP BY c.contact_point_id
"""
