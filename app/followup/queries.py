"""What a run asks before it judges."""

from __future__ import annotations

#: When the last load by ``now`` was applied or undone: what hangs on payments was judged as of that day.
JUDGED_BY_LOADS = """
SELECT MAX(v.moment)
  FROM load l CROSS JOIN LATERAL (VALUES (l.applied_at), (l.undone_at)) v (moment)
 WHERE v.moment <= CAST(:now AS timestamptz)
"""

#: Who left the unit and still has somebody waiting for their call.
LEAVERS = """
SELECT DISTINCT b.operator_id
  FROM callback b JOIN ab_user u ON u.id = b.operator_id
 WHERE b.done_at IS NULL AND u.active IS NOT TRUE
 ORDER BY b.operator_id
"""

#: How many of the people ``ids`` are in the queue.
QUEUED = "SELECT count(*) FROM worklist_item WHERE debtor_id = ANY (CAST(:ids AS bigint[]))"

#: What the run of the day ``run`` (NULL: none was ever made) should have done: holds that had ended,
#: callbacks of who has left. what, id, stored, computed.
LEFT_UNDONE = """
SELECT 'hold.expired_on', id, '', CAST(CAST(:run AS date) AS text)
  FROM hold WHERE ends_on < CAST(:run AS date) AND lifted_at IS NULL AND expired_on IS NULL
UNION ALL
SELECT 'callback.operator_id', b.id, CAST(b.operator_id AS text), ''
  FROM callback b JOIN ab_user u ON u.id = b.operator_id
 WHERE b.done_at IS NULL AND u.active IS NOT TRUE
 ORDER BY 1, 2
"""

#: How many rows a check looks at.
CHECKED = """
SELECT (SELECT count(*) FROM promise) AS promises,
       (SELECT count(*) FROM agreement) AS agreements,
       (SELECT count(*) FROM account WHERE covered > 0) AS accounts_covered,
       (SELECT count(*) FROM hold) AS holds,
       (SELECT count(*) FROM account WHERE contested > 0) AS accounts_contested,
       (SELECT count(*) FROM account WHERE enforced_at IS NOT NULL) AS accounts_enforced,
       (SELECT count(*) FROM callback WHERE done_at IS NULL) AS callbacks
"""
