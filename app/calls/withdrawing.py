"""A pending promise is taken back: by the person in a verified call, or by a specialist."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.calls.identity import identity_of
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.promises.models import Promise
from app.promises.service import withdraw_promise
from app.worklist.models import Claim
from app.worklist.service import requeue


def withdraw_by_hand(
    session: Session, agent: Agent, settings: Settings, now: datetime, promise_id: int, reason: str
) -> Promise:
    """Withdraw it and weigh the person for the queue again. Refuses as `withdraw_promise` does."""
    promise = withdraw_promise(session, agent, now, promise_id, reason)
    requeue(session, settings, [promise.debtor_id], now)
    return promise


def withdraw_in_call(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    claim: Claim,
    promise_id: int,
    reason: str,
) -> Promise:
    """The verified holder of ``claim`` takes back a promise of their own. Refuses before the identity
    check, another person's promise, and as `withdraw_promise` does."""
    if not identity_of(session, settings, claim, now).verified:
        raise RuleBroken(_l("Only the verified holder can take a promise back."))
    promise = session.get(Promise, promise_id)
    if promise is None or promise.debtor_id != claim.debtor_id:
        raise RuleBroken(_l("That promise does not belong to this person."))
    return withdraw_by_hand(session, agent, settings, now, promise_id, reason)
