"""What follows from the story, written by one statement each: attempts, checks, access, timeline."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

#: An outgoing call dialled somebody.
_ATTEMPTS = """
INSERT INTO contact_attempt (debtor_id, channel, at, contact_point_id, agent_id, claim_key, answered)
SELECT c.debtor_id, 'call', c.started_at, c.contact_point_id, c.operator_id, c.submit_key, o.answered
  FROM call c JOIN outcome o ON o.id = c.outcome_id
 WHERE c.direction = 'outgoing' AND o.attempt
 ORDER BY c.id
"""
#: Who was verified said something right; who did not identify themselves said something wrong once.
_CHECKS = """
INSERT INTO identity_check (claim_key, debtor_id, operator_id, at, by, passed)
SELECT c.submit_key, c.debtor_id, c.operator_id,
       LEAST(c.started_at + interval '20 seconds', c.ended_at),
       CASE WHEN d.identification = '' OR get_byte(uuid_send(c.submit_key), 0) % 4 = 0 THEN 'account' ELSE 'identification' END,
       c.verified
  FROM call c JOIN outcome o ON o.id = c.outcome_id JOIN debtor d ON d.id = c.debtor_id
 WHERE c.verified OR o.code = 'UNV_CONTACT'
 ORDER BY c.id
"""
#: The access log begins with the checks of the last days.
_ACCESS = """
INSERT INTO access_log (at, user_id, kind, what, debtor_id)
SELECT k.at, k.operator_id, CASE WHEN k.passed THEN 'identity_passed' ELSE 'identity_missed' END,
       k.by, k.debtor_id
  FROM identity_check k
 WHERE k.at >= CAST(:since AS timestamptz)
 ORDER BY k.id
"""
_CALL_DEEDS = """
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after)
SELECT c.ended_at, c.operator_id, u.first_name || ' ' || u.last_name, 'record_call', c.debtor_id,
       c.account_id, 'call', c.id,
       jsonb_build_object('outcome', o.code, 'direction', c.direction, 'corrects', NULL)
  FROM call c JOIN outcome o ON o.id = c.outcome_id JOIN ab_user u ON u.id = c.operator_id
 ORDER BY c.id
"""
_PROMISE_DEEDS = """
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after)
SELECT p.made_at, p.made_by_id, u.first_name || ' ' || u.last_name, 'make_promise', p.debtor_id,
       p.account_id, 'promise', p.id,
       jsonb_build_object('amount', p.amount::text, 'due_on', p.due_on, 'check_on', p.check_on)
  FROM promise p JOIN ab_user u ON u.id = p.made_by_id
 ORDER BY p.id
"""
#: What people did of an agreement; what the payments did is told when it is judged.
_AGREEMENT_DEEDS = """
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after)
SELECT d.at, d.agent_id, u.first_name || ' ' || u.last_name, d.deed, g.debtor_id, g.account_id,
       'agreement', g.id, jsonb_build_object('state', d.state) || d.more
  FROM agreement g
 CROSS JOIN LATERAL (VALUES
       (g.made_at, g.made_by_id, CASE WHEN g.requested_at IS NULL THEN 'draft_agreement' ELSE 'request_agreement' END,
        CASE WHEN g.requested_at IS NULL THEN 'draft' ELSE 'pending' END,
        jsonb_build_object('capital', g.capital::text, 'months', g.months)),
       (g.decided_at, g.decided_by_id, CASE WHEN g.state = 'refused' THEN 'refuse_agreement' ELSE 'approve_agreement' END,
        CASE WHEN g.state = 'refused' THEN 'refused' ELSE 'awaiting' END,
        CASE WHEN g.state = 'refused' THEN jsonb_build_object('reason', g.decision)
             ELSE jsonb_build_object('total', g.total::text) END),
       (CASE WHEN g.ended_by_id IS NOT NULL THEN g.ended_on + time '14:00' END AT TIME ZONE 'UTC', g.ended_by_id,
        'cancel_agreement', 'cancelled', jsonb_build_object('reason', g.end_reason))
     ) d (at, agent_id, deed, state, more)
  JOIN ab_user u ON u.id = d.agent_id
 WHERE d.at IS NOT NULL
 ORDER BY d.at, g.id
"""


def derive(session: Session, accessed_since: datetime) -> None:
    """Write all of it for the calls, promises and agreements that stand in the database."""
    session.execute(text(_ATTEMPTS))
    session.execute(text(_CHECKS))
    session.execute(text(_ACCESS), {"since": accessed_since})
    session.execute(text(_CALL_DEEDS))
    session.execute(text(_PROMISE_DEEDS))
    session.execute(text(_AGREEMENT_DEEDS))
