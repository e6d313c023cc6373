"""Who may call, and who is at work at a moment: one SQL definition of each, whoever asks."""

from __future__ import annotations

#: Those whose roles let them call from the queue: ids of users, active or not.
MAY_CALL = """SELECT ur.user_id
  FROM ab_user_role ur
  JOIN ab_permission_view_role pr ON pr.role_id = ur.role_id
  JOIN ab_permission_view pv ON pv.id = pr.permission_view_id
  JOIN ab_permission p ON p.id = pv.permission_id AND p.name = 'can_work'
  JOIN ab_view_menu v ON v.id = pv.view_menu_id AND v.name = 'WorkView'"""

#: Why user ``{user}`` (an SQL expression) does not work at ``{at}`` (timestamptz): inactive, absent or
#: off_shift; NULL when they do. Parameter: ``zone``. Without a row of staff its defaults hold.
AWAY = """CASE
    WHEN NOT EXISTS (SELECT FROM ab_user au WHERE au.id = {user} AND au.active) THEN 'inactive'
    WHEN EXISTS (SELECT FROM absence ab WHERE ab.user_id = {user} AND ab.cancelled_at IS NULL
                    AND CAST({at} AT TIME ZONE :zone AS date) BETWEEN ab.first_day AND ab.last_day)
         THEN 'absent'
    WHEN (SELECT CAST(EXTRACT(isodow FROM {at} AT TIME ZONE :zone) AS int)
                     <> ALL (COALESCE(st.weekdays, ARRAY[1, 2, 3, 4, 5]))
                 OR CAST({at} AT TIME ZONE :zone AS time) < st.shift_from
                 OR CAST({at} AT TIME ZONE :zone AS time) >= st.shift_until
            FROM (VALUES ({user})) one (id) LEFT JOIN staff st ON st.user_id = one.id)
         THEN 'off_shift'
END"""
