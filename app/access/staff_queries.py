"""Who is at work at a moment: one SQL definition, for a person's page and for a queue of callbacks."""

from __future__ import annotations

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
