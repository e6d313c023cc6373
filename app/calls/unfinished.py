"""Calls that were dialled and never saved: settled at night, or when their operator leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.catalogues import current_outcome
from app.calls.effects import CallResult
from app.calls.identity import identity_of
from app.calls.models import Outcome
from app.calls.service import UNFINISHED, finish_call, write_call
from app.contact_rules.service import attempts_of_claim
from app.core.agent import SYSTEM, Agent
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debts.service import owed_by_person
from app.worklist.callbacks import free_work
from app.worklist.models import Claim
from app.worklist.service import return_lapsed_claims


def close_unfinished(session: Session, settings: Settings, now: datetime) -> int:
    """Give every dialled and long abandoned claim the outcome *Sin tipificar*; returns how many.

    The attempt was made and counts; its operator may still correct the row.
    """
    return_lapsed_claims(session, now)
    return _close(session, settings, now, Claim.lapses_at < now)


def leave_work(
    session: Session, agent: Agent, settings: Settings, now: datetime, user_id: int
) -> None:
    """A person of the unit leaves: their callbacks are anyone's and the person whom they held returns
    to the queue; a call that they had dialled is *Sin tipificar*, as it would be at night."""
    free_work(session, agent, now, user_id)
    _close(session, settings, now, Claim.operator_id == user_id)


def _close(session: Session, settings: Settings, now: datetime, which: Any) -> int:
    outcome = current_outcome(session, UNFINISHED)
    if outcome is None:
        raise LookupError(UNFINISHED)
    claims = session.scalars(
        select(Claim).where(Claim.closed_at.is_(None), which).with_for_update(skip_locked=True)
    ).all()
    for claim in claims:
        _close_one(session, settings, now, claim, outcome)
    return len(claims)


def _close_one(
    session: Session, settings: Settings, now: datetime, claim: Claim, outcome: Outcome
) -> None:
    operator = Agent(claim.operator_id, SYSTEM.name)
    owed = owed_by_person(session, claim.debtor_id)
    verified = identity_of(session, settings, claim, now).verified
    result = CallResult(UNFINISHED)
    dials = attempts_of_claim(session, claim.key)
    call = write_call(session, operator, now, claim, outcome, verified, result, owed, dials)
    session.add(call)
    session.flush()
    note_deed(
        session,
        SYSTEM,
        now,
        "close_unfinished",
        "call",
        call.id,
        debtor_id=call.debtor_id,
        after={"outcome": outcome.code},
    )
    finish_call(session, operator, settings, now, claim, call, outcome, dialled=bool(dials))
