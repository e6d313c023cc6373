"""The end of a hold's days, found once and written down: the gate reads the days themselves."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.timeline import who_and_when

_EXPIRE = text(
    """
WITH due AS (
    SELECT id FROM hold
     WHERE ends_on < :day AND lifted_at IS NULL AND expired_on IS NULL
     ORDER BY id FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE hold SET expired_on = :day WHERE id IN (SELECT id FROM due)
    RETURNING id, debtor_id, account_id, reason, scope, ends_on
)
INSERT INTO timeline_event (at, agent_id, agent_name, ip, request_id, deed, debtor_id, account_id,
                            subject, subject_id, before)
SELECT :now, :agent_id, :agent_name, :ip, :request_id, 'expire_hold', debtor_id, account_id,
       'hold', id, jsonb_build_object('reason', reason, 'scope', scope, 'ends_on', ends_on)
  FROM ended ORDER BY id
RETURNING 1
"""
)


def expire_holds(session: Session, agent: Agent, now: datetime, day: date) -> int:
    """Mark the holds whose last day was before ``day`` and that nobody lifted, each with a timeline row;
    returns how many. Repeatable: one is found once. One that somebody is lifting or extending at this moment
    is left to them."""
    values = who_and_when(agent, now) | {"day": day}
    return len(session.execute(_EXPIRE, values).all())
