"""Quality in SQL: which calls may be drawn, how far each sample is, and what the reviews say together."""

from __future__ import annotations

from app.quality.scoring import WORTH_SQL

#: A conversation by telephone that somebody answered (call c, its outcome u): what can be listened to. A
#: technical failure and what the system saved alone are none, nor a counter visit. A corrected row
#: stands for nothing: its correction does, with the same operator and moment.
_REVIEWABLE = """c.direction IN ('outgoing', 'incoming')
   AND u.answered AND u.attempt AND NOT u.by_system
   AND NOT EXISTS (SELECT FROM call fix WHERE fix.corrects_id = c.id)"""
#: The conversation was drawn before, under this row or under one that it corrects: a correction keeps
#: the operator, the person and the moment.
_DRAWN = """EXISTS (SELECT FROM quality_review q JOIN call k ON k.id = q.call_id
                 WHERE k.operator_id = c.operator_id AND k.debtor_id = c.debtor_id
                   AND k.started_at = c.started_at)"""
_OF_PERIOD = "c.started_at >= :start AND c.started_at < :end"

#: Who made a telephone call in the period.
CALLERS = f"""
SELECT DISTINCT c.operator_id FROM call c
 WHERE {_OF_PERIOD} AND c.direction IN ('outgoing', 'incoming')
"""

#: One draw at a time: two at once would take the same calls and each get fewer than there are.
LOCK_DRAWING = "SELECT pg_advisory_xact_lock(hashtext('telecobro quality sample'))"

#: The first so many of each operator by the hash of the seed and the call: any call is as likely as any
#: other, and the same seed over the same calls gives the same ones. Gives how many each operator got.
DRAW = f"""
WITH drawn AS (
    INSERT INTO quality_review (sample_id, call_id, operator_id)
    SELECT :sample_id, ordered.id, ordered.operator_id
      FROM (SELECT c.id, c.operator_id,
                   row_number() OVER (PARTITION BY c.operator_id
                                      ORDER BY md5(:seed || ':' || c.id), c.id) AS place
              FROM call c JOIN outcome u ON u.id = c.outcome_id
             WHERE {_OF_PERIOD} AND c.operator_id = ANY(CAST(:operators AS integer[]))
               AND {_REVIEWABLE} AND NOT {_DRAWN}) ordered
     WHERE ordered.place <= :per_operator
     ORDER BY ordered.operator_id, ordered.place
    RETURNING operator_id)
SELECT operator_id, count(*) FROM drawn GROUP BY operator_id
"""

#: The samples, newest first: id, first_day, last_day, per_operator, drawn_at, who drew it, operators asked
#: for, calls drawn, scored, acknowledged, operators with fewer than asked. Parameters: ``only``, ``most``.
SAMPLES = """
SELECT s.id, s.first_day, s.last_day, s.per_operator, s.seed, s.drawn_at,
       b.first_name || ' ' || b.last_name AS drawn_by, cardinality(s.operator_ids) AS operators,
       r.drawn, r.scored, r.acknowledged, cardinality(s.operator_ids) - r.complete AS short
  FROM quality_sample s
  JOIN ab_user b ON b.id = s.drawn_by_id
 CROSS JOIN LATERAL (
       SELECT COALESCE(SUM(o.drawn), 0)::integer AS drawn, COALESCE(SUM(o.scored), 0)::integer AS scored,
              COALESCE(SUM(o.acknowledged), 0)::integer AS acknowledged,
              count(*) FILTER (WHERE o.drawn >= s.per_operator)::integer AS complete
         FROM (SELECT count(*) AS drawn, count(q.scored_at) AS scored,
                      count(q.acknowledged_at) AS acknowledged
                 FROM quality_review q WHERE q.sample_id = s.id GROUP BY q.operator_id) o) r
 WHERE CAST(:only AS integer) IS NULL OR s.id = :only
 ORDER BY s.id DESC
 LIMIT :most
"""

#: Each operator of a sample: id, name, calls drawn (none too), scored, acknowledged, mean score.
SAMPLE_OPERATORS = """
SELECT o.id, o.first_name || ' ' || o.last_name, count(q.id), count(q.scored_at),
       count(q.acknowledged_at), round(avg(q.score), 2)
  FROM quality_sample s
  JOIN ab_user o ON o.id = ANY(s.operator_ids)
  LEFT JOIN quality_review q ON q.sample_id = s.id AND q.operator_id = o.id
 WHERE s.id = :sample_id
 GROUP BY o.id
 ORDER BY 2, 1
"""

#: The next call that ``me`` may score: of the preferred sample first, then of the oldest.
NEXT = """
SELECT q.id FROM quality_review q
 WHERE q.scored_at IS NULL AND q.operator_id <> :me
 ORDER BY q.sample_id IS DISTINCT FROM CAST(:sample_id AS integer), q.sample_id, q.id
 LIMIT 1
"""

#: The rows from the reviewed one back to the call as it was first saved: its key is its claim's.
FIRST_KEY = """
WITH RECURSIVE back AS (
    SELECT id, corrects_id, submit_key FROM call WHERE id = :call_id
    UNION ALL
    SELECT k.id, k.corrects_id, k.submit_key FROM call k JOIN back ON k.id = back.corrects_id)
SELECT submit_key FROM back WHERE corrects_id IS NULL
"""

#: Scored reviews by the day of their call. Parameters: ``start``, ``end``.
_SCORED = f"""
SELECT q.id, q.operator_id, q.score, c.started_at
  FROM quality_review q JOIN call c ON c.id = q.call_id
 WHERE q.scored_at IS NOT NULL AND {_OF_PERIOD}
   AND (CAST(:operator_id AS integer) IS NULL OR q.operator_id = :operator_id)
"""
_PERIOD = "CAST(date_trunc(:step, s.started_at AT TIME ZONE :zone) AS date)"

#: Each week or month with a review: its first day, reviews, mean score. Parameters also ``step``, ``zone``.
BY_PERIOD = f"""
SELECT {_PERIOD}, count(*), round(avg(s.score), 2) FROM ({_SCORED}) s GROUP BY 1 ORDER BY 1
"""

#: Each operator with a review, and the unit (NULL): id, name, reviews, mean score, how many scored 0.
BY_OPERATOR = f"""
SELECT s.operator_id, min(o.first_name || ' ' || o.last_name) AS name, count(*),
       round(avg(s.score), 2), count(*) FILTER (WHERE s.score = 0)
  FROM ({_SCORED}) s JOIN ab_user o ON o.id = s.operator_id
 GROUP BY GROUPING SETS ((s.operator_id), ())
HAVING count(*) > 0
 ORDER BY s.operator_id IS NULL, 2, 1
"""

#: Each criterion that was marked, of each operator and of the unit (operator NULL): operator, criterion,
#: its name, marks that apply, met, partly, missed, not applicable, share earned of those that apply (%).
BY_CRITERION = f"""
SELECT s.operator_id, k.id, min(k.name), count({WORTH_SQL}), count(*) FILTER (WHERE m.mark = 'met'),
       count(*) FILTER (WHERE m.mark = 'partly'), count(*) FILTER (WHERE m.mark = 'missed'),
       count(*) FILTER (WHERE m.mark = 'not_applicable'), round(100 * avg({WORTH_SQL}), 2)
  FROM ({_SCORED}) s
  JOIN quality_mark m ON m.review_id = s.id
  JOIN criterion k ON k.id = m.criterion_id
 GROUP BY GROUPING SETS ((s.operator_id, k.id), (k.id))
 ORDER BY min(k.position), k.id
"""

#: Each week or month: its first day, one's own reviews and mean score, the unit's, and how many operators
#: made those. Parameters: ``me``, ``step``, ``zone``, ``start``, ``end``, ``operator_id`` (None).
MINE_BESIDE_UNIT = f"""
SELECT {_PERIOD}, count(*) FILTER (WHERE s.operator_id = :me),
       round(avg(s.score) FILTER (WHERE s.operator_id = :me), 2), count(*), round(avg(s.score), 2),
       count(DISTINCT s.operator_id)
  FROM ({_SCORED}) s GROUP BY 1 ORDER BY 1
"""

#: One's own scored reviews, newest first: id, when it was called, the person's key and name, outcome,
#: score, when it was scored and acknowledged. Parameters: ``me``, ``most``, ``skipped``.
MINE = """
SELECT q.id, c.started_at, c.debtor_id, d.name, u.label, u.label_en, q.score, q.scored_at,
       q.acknowledged_at
  FROM quality_review q
  JOIN call c ON c.id = q.call_id
  JOIN debtor d ON d.id = c.debtor_id
  JOIN outcome u ON u.id = c.outcome_id
 WHERE q.operator_id = :me AND q.scored_at IS NOT NULL
 ORDER BY q.acknowledged_at IS NOT NULL, q.scored_at DESC, q.id DESC
 LIMIT :most OFFSET :skipped
"""
