"""Referrals of the demonstration: people without a number, hard ones and old large debts, in every state, with
the visits made for them and today's route of the field.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import at_local, local_day
from app.seed.world import World

#: Of twenty field cases, by turns: what became of each.
_FATES = (
    *("proposed",) * 5,
    "refused",
    *("approved",) * 2,
    *("assigned",) * 5,
    *("visited",) * 2,
    *("returned",) * 3,
    *("closed",) * 2,
)
#: A debt so old, in days, and so large, in USD, is worth a hand-over; refusals that make a case hard.
_OLD, _LARGE, _REFUSALS = 500, 150, 1

#: Each person once: kind, the account with most debt, the last contact, and who made it.
_CANDIDATES = """
CREATE TEMPORARY TABLE leaving ON COMMIT DROP AS
SELECT kind, debtor_id, account_id, at, by_id, row_number() OVER (ORDER BY at, debtor_id) - 1 AS nth
  FROM (SELECT CASE WHEN NOT p.reachable THEN 'not_located'
                    WHEN p.balance >= :large AND p.oldest_due_on < CAST(:today AS date) - :old THEN 'enforcement'
                    WHEN p.refusals >= :refusals THEN 'hard' END AS kind,
               p.debtor_id, p.account_id, p.at, p.by_id
          FROM (SELECT d.id AS debtor_id, a.id AS account_id, a.balance, a.oldest_due_on, l.ended_at AS at,
                       l.operator_id AS by_id,
                       EXISTS (SELECT FROM contact_point t WHERE t.debtor_id = d.id AND t.kind = 'phone'
                                  AND t.state <> 'retired') AS reachable,
                       (SELECT count(*) FROM call c JOIN outcome o ON o.id = c.outcome_id
                         WHERE c.debtor_id = d.id AND o.code = 'RPC_REFUSE') AS refusals
                  FROM debtor d
                 CROSS JOIN LATERAL (SELECT a.id, a.balance, a.oldest_due_on FROM account a
                                      WHERE a.debtor_id = d.id AND a.closed_on IS NULL AND a.balance > 0
                                      ORDER BY a.balance DESC, a.id LIMIT 1) a
                 CROSS JOIN LATERAL (SELECT c.ended_at, c.operator_id FROM call c WHERE c.debtor_id = d.id
                                      ORDER BY c.started_at DESC LIMIT 1) l
                 WHERE d.deceased_reported_at IS NULL
                   AND l.ended_at < CAST(:now AS timestamptz) - interval '1 day'
                   AND NOT EXISTS (SELECT FROM promise p WHERE p.debtor_id = d.id AND p.state = 'pending')
                   AND NOT EXISTS (SELECT FROM agreement g WHERE g.debtor_id = d.id
                                      AND g.state IN ('pending', 'awaiting', 'active'))
                   AND NOT EXISTS (SELECT FROM hold h WHERE h.debtor_id = d.id AND h.lifted_at IS NULL
                                      AND h.ends_on >= CAST(:today AS date))) p) known
 WHERE kind IS NOT NULL
"""
_PROPOSE = """
INSERT INTO referral (kind, state, debtor_id, account_id, rule, reason, proposed_at, proposed_by_id, decided_at,
                      decided_by_id, decision, assigned_to_id, assigned_by_id, assigned_at, planned_on, ended_at,
                      ended_by_id, end_reason)
SELECT kind, state, debtor_id, account_id, CASE kind WHEN 'not_located' THEN 'no_number' ELSE '' END,
       CASE kind WHEN 'not_located' THEN '' WHEN 'hard' THEN CAST(:hard AS text) ELSE CAST(:old_debt AS text) END,
       at, CASE kind WHEN 'not_located' THEN NULL WHEN 'hard' THEN by_id ELSE :specialist END,
       CASE WHEN state <> 'proposed' THEN decided_at END, CASE WHEN state <> 'proposed' THEN :specialist END,
       CASE WHEN state = 'refused' THEN CAST(:refused AS text) ELSE '' END,
       worker, CASE WHEN worker IS NOT NULL THEN :specialist END, CASE WHEN worker IS NOT NULL THEN decided_at END,
       CASE WHEN worker IS NULL THEN NULL WHEN state = 'assigned' THEN CAST(:today AS date)
            ELSE (decided_at AT TIME ZONE :zone)::date END,
       CASE WHEN state IN ('refused', 'returned', 'closed') THEN LEAST(decided_at + interval '5 hours', :now) END,
       CASE WHEN state IN ('refused', 'closed') THEN :specialist WHEN state = 'returned' THEN COALESCE(worker, :specialist) END,
       CASE WHEN state = 'closed' AND kind <> 'enforcement' THEN CAST(:nobody_there AS text) ELSE '' END
  FROM (SELECT l.*, f.state, LEAST(l.at + interval '20 hours', :now) AS decided_at,
               CASE WHEN f.state IN ('assigned', 'visited', 'returned', 'closed') AND l.kind <> 'enforcement'
                    THEN (CAST(:workers AS integer[]))[1 + l.nth % :many] END AS worker
          FROM leaving l
         CROSS JOIN LATERAL (
               SELECT CASE WHEN l.kind = 'enforcement'
                           THEN (ARRAY['proposed', 'approved', 'closed', 'refused'])[1 + l.nth % 4]
                           ELSE (CAST(:fates AS text[]))[1 + l.nth * 7 % :fate_count] END AS state) f) told
 ORDER BY at, debtor_id
"""
#: What the field brings back: nobody met waits for the specialist, somebody met goes back to the phone.
_VISIT = """
INSERT INTO visit (key, referral_id, debtor_id, account_id, visited_by_id, at, received_at, result, note, latitude,
                   longitude, accuracy)
SELECT gen_random_uuid(), r.id, r.debtor_id, r.account_id, r.assigned_to_id, t.at, t.at,
       CASE r.state WHEN 'visited' THEN 'nobody' WHEN 'returned' THEN (ARRAY['holder', 'third_party'])[1 + r.id % 2]
            ELSE (ARRAY['vacant', 'moved', 'no_such_place'])[1 + r.id % 3] END,
       '', a.latitude, a.longitude, CASE WHEN a.latitude IS NOT NULL THEN 12 END
  FROM referral r
  JOIN account a ON a.id = r.account_id
 CROSS JOIN LATERAL (SELECT LEAST(r.decided_at + interval '4 hours', :now) AS at) t
 WHERE r.assigned_to_id IS NOT NULL AND r.state IN ('visited', 'returned', 'closed')
 ORDER BY r.id
"""
_TRY = """
INSERT INTO contact_attempt (debtor_id, channel, at, agent_id, answered)
SELECT v.debtor_id, 'visit', v.at, v.visited_by_id, v.result IN ('holder', 'third_party') FROM visit v ORDER BY v.id
"""
_NUMBER = """
INSERT INTO contact_point (debtor_id, kind, value, is_mobile, origin, state, position, added_at, added_by_id)
SELECT v.debtor_id, 'phone', '+59398' || to_char(1000000 + v.id * 7919 % 8999999, 'FM0000000'), TRUE, 'GESTION',
       'unverified', 20, v.at, v.visited_by_id
  FROM visit v WHERE v.result IN ('holder', 'third_party')
    ON CONFLICT (debtor_id, kind, value) DO NOTHING
"""
_PUSH = """
INSERT INTO worklist_push (debtor_id, reason, pushed_at)
SELECT r.debtor_id, 'visited', r.ended_at FROM referral r
 WHERE r.state = 'returned' AND r.ended_at > CAST(:now AS timestamptz) - interval '7 days'
    ON CONFLICT (debtor_id, reason) DO NOTHING
"""
_HOLD = """
INSERT INTO hold (scope, debtor_id, reason, note, starts_on, ends_on, placed_at, placed_by_id, lifted_at, lift_reason)
SELECT 'person', r.debtor_id, 'referral', '', (r.decided_at AT TIME ZONE :zone)::date,
       (r.decided_at AT TIME ZONE :zone)::date + CAST(:days AS integer), r.decided_at, r.decided_by_id, r.ended_at,
       CASE WHEN r.ended_at IS NULL THEN '' ELSE 'referral_' || r.state END
  FROM referral r
 WHERE r.kind <> 'enforcement' AND r.state IN ('approved', 'assigned', 'visited', 'returned', 'closed')
 ORDER BY r.id
"""
_NAME_HOLD = """
UPDATE referral r SET hold_id = h.id
  FROM hold h
 WHERE h.debtor_id = r.debtor_id AND h.reason = 'referral' AND h.placed_at = r.decided_at AND r.kind <> 'enforcement'
"""
_ENFORCE = """
UPDATE account a SET enforced_at = r.decided_at
  FROM referral r
 WHERE r.account_id = a.id AND r.kind = 'enforcement' AND r.state IN ('approved', 'closed')
"""
_PAPERS = """
INSERT INTO enforcement_paper (referral_id, document_id, reference, added_at, added_by_id)
SELECT r.id, d.id, 'N.º ' || r.id, r.decided_at, r.decided_by_id
  FROM referral r CROSS JOIN enforcement_document d
 WHERE r.kind = 'enforcement' AND (r.state = 'closed' OR r.state = 'approved' AND d.position < 3) AND d.is_required
 ORDER BY r.id, d.position
"""
_DEEDS = """
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after)
SELECT e.at, e.by_id, COALESCE(u.first_name || ' ' || u.last_name, 'sistema'), e.deed, r.debtor_id, r.account_id,
       e.subject, e.id, CASE e.subject WHEN 'visit' THEN e.more
           ELSE jsonb_build_object('kind', r.kind, 'state', e.state) || e.more END
  FROM referral r
  LEFT JOIN visit v ON v.referral_id = r.id
  LEFT JOIN ab_user w ON w.id = r.assigned_to_id
 CROSS JOIN LATERAL (VALUES
       (1, r.proposed_at, r.proposed_by_id, 'propose_referral', 'referral', r.id, 'proposed',
        jsonb_build_object('rule', r.rule, 'reason', r.reason)),
       (2, r.decided_at, r.decided_by_id, CASE r.state WHEN 'refused' THEN 'refuse_referral' ELSE 'approve_referral' END,
        'referral', r.id, CASE r.state WHEN 'refused' THEN 'refused' ELSE 'approved' END,
        jsonb_build_object('reason', r.decision)),
       (3, r.assigned_at, r.assigned_by_id, 'assign_referral', 'referral', r.id, 'assigned',
        jsonb_build_object('planned_on', r.planned_on, 'assigned_to_id', r.assigned_to_id,
                           'assigned_to', w.first_name || ' ' || w.last_name)),
       (4, v.at, v.visited_by_id, 'record_visit', 'visit', v.id, '',
        jsonb_build_object('result', v.result, 'at', v.at, 'phones', (v.result IN ('holder', 'third_party'))::int,
                           'late', '', 'corrects', NULL)),
       (5, CASE WHEN r.state IN ('returned', 'closed') AND r.kind <> 'enforcement' THEN r.ended_at END, r.ended_by_id,
        CASE r.state WHEN 'returned' THEN 'return_referral' ELSE 'close_referral' END, 'referral', r.id, r.state,
        jsonb_build_object('reason', r.end_reason)),
       (6, CASE WHEN r.state = 'closed' AND r.kind = 'enforcement' THEN r.ended_at END, r.ended_by_id, 'hand_over',
        'referral', r.id, 'closed', jsonb_build_object('papers', (SELECT count(*) FROM enforcement_paper p
                                                                   WHERE p.referral_id = r.id), 'note', ''))
     ) e (nth, at, by_id, deed, subject, id, state, more)
  LEFT JOIN ab_user u ON u.id = e.by_id
 WHERE e.at IS NOT NULL
 ORDER BY e.at, r.id, e.nth
"""
_WORDS = {
    "hard": "Se niega a pagar en varias llamadas.",
    "old_debt": "Deuda antigua y sin acuerdo: se pide entregarla a coactiva.",
    "refused": "Todavía se puede gestionar por teléfono.",
    "nobody_there": "No hay a quién notificar en el predio.",
}


def invent_referrals(session: Session, world: World) -> None:
    """Give the field and enforcement their cases, once calls, promises and agreements are told. Without a
    specialist nobody decides, and without field staff nobody is assigned: then there are none."""
    if world.specialist is None or not world.field:
        return
    zone, now = world.settings["zone"], world.now
    # Who was there at the opening of today cannot have decided later than that.
    known = min(now, at_local(local_day(now, zone), world.settings["contact_from"], zone))
    values = {"now": known, "today": local_day(now, zone), "zone": zone}
    session.execute(
        text(_CANDIDATES), values | {"large": _LARGE, "old": _OLD, "refusals": _REFUSALS}
    )
    told = {"specialist": world.specialist, "workers": world.field, "many": len(world.field)}
    fates = {"fates": list(_FATES), "fate_count": len(_FATES)}
    session.execute(text(_PROPOSE), values | told | fates | _WORDS)
    session.execute(text(_VISIT), values)
    for statement in (_TRY, _NUMBER, _ENFORCE, _PAPERS):
        session.execute(text(statement))
    session.execute(text(_PUSH), values)
    session.execute(text(_HOLD), values | {"days": world.settings["referral_days"]})
    session.execute(text(_NAME_HOLD))
    session.execute(text(_DEEDS))
