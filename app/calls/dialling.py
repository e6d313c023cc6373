"""Before the conversation: holds a person outside the queue, dials a number. Both ask the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.contact_rules.service import Verdict, count_attempt, log_refusal, may_contact
from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.models import ContactPoint
from app.holds.reading import is_held
from app.worklist.models import Claim
from app.worklist.service import claim_person, keep_claim


def attend(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    debtor_id: int,
    direction: str,
) -> Claim | Verdict:
    """Hold a person outside the queue. Calling someone looked up asks the gate (a refusal comes back
    as its `Verdict`, logged); an incoming call or a visit to the counter is service."""
    if direction == "outgoing":
        verdict = may_contact(session, settings, [debtor_id], "call", now)[debtor_id]
        if not verdict.allowed:
            log_refusal(session, agent, now, verdict, "call", "claim")
            return verdict
    return claim_person(session, agent, settings, now, debtor_id, direction)


def dial(
    session: Session, agent: Agent, settings: Settings, now: datetime, claim: Claim, point_id: int
) -> Verdict:
    """Ask the gate at the moment of dialling; when it allows, count the attempt.

    The caller dials only if the returned verdict allows. Refuses a number that is not this person's,
    is retired or on hold.
    """
    point = session.get(ContactPoint, point_id)
    if point is None or point.debtor_id != claim.debtor_id or point.kind != "phone":
        raise RuleBroken(_l("That telephone does not belong to this person."))
    if claim.closed_at is not None:
        raise RuleBroken(_l("This call is already closed."))
    if claim.direction != "outgoing":
        raise RuleBroken(_l("This person came to us: there is nothing to dial."))
    verdict = may_contact(session, settings, [claim.debtor_id], "call", now)[claim.debtor_id]
    if point.state == "retired" or is_held(session, point, local_day(now, settings["zone"])):
        rules = (rule for rule in verdict.refused_by if rule != "no_contact_point")
        verdict = replace(verdict, refused_by=(*rules, "no_contact_point"))
    if not verdict.allowed:
        log_refusal(session, agent, now, verdict, "call", "dial")
        return verdict
    count_attempt(
        session,
        agent,
        now,
        claim.debtor_id,
        "call",
        contact_point_id=point.id,
        claim_key=claim.key,
    )
    keep_claim(session, claim, settings, now)
    return verdict
