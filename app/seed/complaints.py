"""Complaints of the demonstration: one of each call that disputed something, most of the old ones answered,
a few left past their day; the disputed bills on hold until the answer.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import local_day
from app.core.settings import Settings
from app.holds.contested import settle_contested

#: Of a hundred whose day has passed, so many still wait; of those whose day is to come, so many are answered.
_OVERDUE, _EARLY = 20, 25

#: Whoever answers for an area belongs to one: the first that categories name.
_BELONG = """
INSERT INTO staff (user_id, area_id)
SELECT u.id, (SELECT k.area_id FROM complaint_category k WHERE k.area_id IS NOT NULL ORDER BY k.position LIMIT 1)
  FROM ab_user u JOIN ab_user_role g ON g.user_id = u.id JOIN ab_role r ON r.id = g.role_id
 WHERE r.name = 'area' AND u.active
    ON CONFLICT (user_id) DO UPDATE SET area_id = COALESCE(staff.area_id, EXCLUDED.area_id)
"""
_OPEN = """
INSERT INTO complaint (debtor_id, account_id, category_id, area_id, state, origin, call_id, text, received_at,
                       received_by_id, due_on, warn_on, routed_at)
SELECT c.debtor_id, c.account_id, k.id, k.area_id, CASE WHEN k.area_id IS NULL THEN 'received' ELSE 'routed' END,
       CASE c.direction WHEN 'outgoing' THEN 'call' WHEN 'other' THEN 'desk' ELSE c.direction END, c.id,
       CAST(:said AS text) || ' (' || lower(k.name) || ').', c.ended_at, c.operator_id,
       d.days[k.business_days], d.days[GREATEST(k.business_days - k.warn_days, 1)],
       CASE WHEN k.area_id IS NOT NULL THEN c.ended_at END
  FROM call c
  JOIN outcome o ON o.id = c.outcome_id AND o.code = 'RPC_DISPUTE'
  JOIN (SELECT *, row_number() OVER (ORDER BY position, id) - 1 AS nth, count(*) OVER () AS many
          FROM complaint_category WHERE is_active AND needs_bills) k ON k.nth = c.id % k.many
 CROSS JOIN LATERAL (
       SELECT array_agg(f.day ORDER BY f.day) AS days
         FROM (SELECT (c.ended_at AT TIME ZONE :zone)::date + n AS day
                 FROM generate_series(1, 2 * k.business_days + 20) n) f
        WHERE EXTRACT(isodow FROM f.day) <= 5
          AND NOT EXISTS (SELECT FROM holiday h WHERE h.day = f.day)) d
 WHERE c.account_id IS NOT NULL
   -- Somebody who disputes a bill twice is heard once: the first of the account stands.
   AND NOT EXISTS (SELECT FROM call e WHERE e.account_id = c.account_id AND e.outcome_id = c.outcome_id AND e.id < c.id)
 ORDER BY c.id
"""
_BILLS = """
INSERT INTO complaint_bill (complaint_id, bill_id, balance)
SELECT q.id, b.id, b.balance
  FROM complaint q
 CROSS JOIN LATERAL (SELECT b.id, b.balance FROM bill b
                      WHERE b.account_id = q.account_id AND b.closed_on IS NULL AND b.balance > 0
                      ORDER BY b.due_on DESC NULLS LAST, b.id DESC LIMIT 1) b
 ORDER BY q.id
"""
#: A fate by turns; who answers is of the area where somebody is, else the specialist.
_ANSWER = """
UPDATE complaint q
   SET state = CASE WHEN f.answered_at < CAST(:now AS timestamptz) - interval '2 days' AND q.id % 10 < 7
                    THEN 'closed' ELSE 'answered' END,
       answered_at = f.answered_at, answered_by_id = COALESCE(f.by_id, :specialist),
       ruling = (ARRAY['founded', 'partly', 'unfounded', 'unfounded', 'unfounded'])[1 + q.id % 5],
       answer = (CAST(:answers AS text[]))[LEAST(1 + q.id % 5, 3)],
       closed_at = CASE WHEN f.answered_at < CAST(:now AS timestamptz) - interval '2 days' AND q.id % 10 < 7
                        THEN f.answered_at + interval '1 day' END,
       closed_by_id = CASE WHEN f.answered_at < CAST(:now AS timestamptz) - interval '2 days' AND q.id % 10 < 7
                           THEN CAST(:specialist AS integer) END
  FROM (SELECT w.id, LEAST(w.received_at + (2 + w.id % 6) * interval '1 day', :now) AS answered_at,
               (SELECT min(s.user_id) FROM staff s WHERE s.area_id = w.area_id) AS by_id
          FROM complaint w) f
 WHERE f.id = q.id AND q.area_id IS NOT NULL AND q.received_at < CAST(:now AS timestamptz) - interval '2 days'
   AND CASE WHEN q.due_on < (CAST(:now AS timestamptz) AT TIME ZONE :zone)::date THEN q.id * 37 % 100 >= :overdue
            ELSE q.id * 37 % 100 < :early END
"""
#: A bill under an agreement is not collected as it is.
_HOLD = """
INSERT INTO hold (scope, debtor_id, account_id, bill_id, reason, note, starts_on, ends_on, placed_at, placed_by_id,
                  lifted_at, lift_reason)
SELECT 'bill', q.debtor_id, q.account_id, b.bill_id, 'complaint', 'R-' || to_char(q.id, 'FM000000'), (q.received_at AT TIME ZONE :zone)::date,
       (q.received_at AT TIME ZONE :zone)::date + CAST(:days AS integer), q.received_at, q.received_by_id,
       q.answered_at, CASE WHEN q.answered_at IS NULL THEN '' ELSE 'complaint_answered' END
  FROM complaint q JOIN complaint_bill b ON b.complaint_id = q.id
 WHERE NOT EXISTS (SELECT FROM agreement_bill g JOIN agreement a ON a.id = g.agreement_id
                    WHERE g.bill_id = b.bill_id AND a.state IN ('pending', 'awaiting', 'active'))
 ORDER BY q.id
"""
_NAME_HOLD = """
UPDATE complaint_bill b SET hold_id = h.id
  FROM hold h, complaint q
 WHERE q.id = b.complaint_id AND h.bill_id = b.bill_id AND h.note = 'R-' || to_char(q.id, 'FM000000')
"""
_ENTRIES = """
INSERT INTO complaint_entry (complaint_id, kind, at, by_id, area_id, ruling, text)
SELECT q.id, e.kind, e.at, e.by_id, q.area_id, CASE e.kind WHEN 'answer' THEN q.ruling END, e.text
  FROM complaint q
 CROSS JOIN LATERAL (VALUES
       (1, 'open', q.received_at, q.received_by_id, q.text),
       (2, 'answer', q.answered_at, q.answered_by_id, q.answer),
       (3, 'close', q.closed_at, q.closed_by_id, '')) e (nth, kind, at, by_id, text)
 WHERE e.at IS NOT NULL
 ORDER BY e.at, q.id, e.nth
"""
_DEEDS = """
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after)
SELECT e.at, e.by_id, COALESCE(u.first_name || ' ' || u.last_name, 'sistema'), e.kind || '_complaint', q.debtor_id,
       q.account_id, 'complaint', q.id,
       jsonb_build_object('number', 'R-' || to_char(q.id, 'FM000000'), 'category_id', q.category_id,
                          'area_id', q.area_id, 'ruling', e.ruling, 'due_on', q.due_on, 'text', e.text,
                          'state', CASE e.kind WHEN 'answer' THEN 'answered' WHEN 'close' THEN 'closed'
                                        ELSE CASE WHEN q.area_id IS NULL THEN 'received' ELSE 'routed' END END)
  FROM complaint_entry e
  JOIN complaint q ON q.id = e.complaint_id
  LEFT JOIN ab_user u ON u.id = e.by_id
 ORDER BY e.at, e.id
"""
_SAID = "El usuario reclama por la planilla y pide que se revise"
_ANSWERS = [
    "Se revisó la lectura y se corregirá el valor en la próxima planilla.",
    "Se reconoce una parte: se ajusta la diferencia y se mantiene el resto.",
    "Se revisó el medidor y el consumo: el valor facturado es correcto.",
]


def invent_complaints(
    session: Session, settings: Settings, specialist: int | None, now: datetime
) -> None:
    """Open a complaint for every call that disputed something and answer most of the old ones."""
    zone = settings["zone"]
    session.execute(text(_BELONG))
    session.execute(text(_OPEN), {"zone": zone, "said": _SAID})
    session.execute(text(_BILLS))
    if specialist is not None:
        values = {"now": now, "zone": zone, "specialist": specialist, "answers": _ANSWERS}
        session.execute(text(_ANSWER), values | {"overdue": _OVERDUE, "early": _EARLY})
    session.execute(text(_HOLD), {"zone": zone, "days": settings["complaint_hold_days"]})
    session.execute(text(_NAME_HOLD))
    session.execute(text(_ENTRIES))
    session.execute(text(_DEEDS))
    settle_contested(session, local_day(now, zone))
