"""Corrects what a call was said to be: a new row that names the old one."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.effects import CallResult, apply_outcome
from app.calls.leaving import take_leaving_back
from app.calls.models import Call, Outcome
from app.calls.plan import take_plan_back
from app.calls.service import check_outcome, chosen_outcome
from app.calls.undo import undo_outcome
from app.cases.service import withdraw_case
from app.contact_rules.service import settle_attempts
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.promises.models import Promise
from app.worklist.service import requeue

#: What was true at the contact is as true of its correction.
_STAYS = (
    "debtor_id",
    "account_id",
    "operator_id",
    "direction",
    "started_at",
    "ended_at",
    "contact_point_id",
    "verified",
    "nonpayment_reason_id",
    "receipt",
    "owed",
    "bills_count",
)


def correct_call(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call_id: int,
    outcome_code: str,
    note: str,
    *,
    key: uuid.UUID,
) -> Call:
    """A new row that names the old one; the old one stays as it was written, and what followed from
    its outcome is taken back.

    One's own call, not corrected before. What follows from the outcome (a hold, a retired number,
    the contact of the day, a proposed visit) follows now; a promise, a callback or a complaint is not made
    afterwards, and an agreement's terms are the specialist's to prepare. The same
    key again gives the correction that it made.
    """
    old = session.scalar(select(Call).where(Call.id == call_id).with_for_update())
    # Of its own kind: a forged key that is an open claim's would keep that call from ever being saved.
    key = uuid.uuid5(key, f"correction of {call_id}")
    again = session.scalar(select(Call).where(Call.submit_key == key, Call.corrects_id == call_id))
    if again is not None:
        return again
    outcome = chosen_outcome(session, outcome_code)
    old = _correctable(session, agent, old, outcome)
    result = CallResult(outcome_code, note=note)
    check_outcome(outcome, old.verified, result)
    new = Call(
        submit_key=key,
        corrects_id=old.id,
        outcome_id=outcome.id,
        note=note.strip(),
        **{name: getattr(old, name) for name in _STAYS},
    )
    session.add(new)
    session.flush()
    _note_correction(session, agent, now, old, new, outcome)
    withdraw_case(session, agent, now, old.id)
    take_plan_back(session, agent, settings, now, old, new)
    take_leaving_back(session, agent, settings, now, old, new)
    undo_outcome(session, agent, now, old)
    apply_outcome(session, agent, settings, now, new, outcome, result, [])
    settle_attempts(session, _first_key(session, old), outcome.answered)
    requeue(session, settings, [new.debtor_id], now)
    return new


def _correctable(session: Session, agent: Agent, old: Call | None, outcome: Outcome) -> Call:
    """One's own call, not corrected before, that made no promise; and an outcome that makes none."""
    if old is None or old.operator_id != agent.user_id:
        raise RuleBroken(_l("You can only correct a call of your own."))
    if session.scalar(select(Call.id).where(Call.corrects_id == old.id)):
        raise RuleBroken(_l("This call has already been corrected; correct the newest row."))
    if outcome.is_commitment:
        raise RuleBroken(
            _l("A correction cannot make a promise or a callback: register a new contact.")
        )
    if "complaint" in outcome.asks and outcome.code != old.outcome.code:
        raise RuleBroken(
            _l("A correction cannot open a complaint: register a new contact with the person.")
        )
    if session.scalar(select(Promise.id).where(Promise.call_id == old.id)):
        raise RuleBroken(_l("This call made a promise: register a new contact that replaces it."))
    return old


def _note_correction(
    session: Session, agent: Agent, now: datetime, old: Call, new: Call, outcome: Outcome
) -> None:
    note_deed(
        session,
        agent,
        now,
        "correct_call",
        "call",
        new.id,
        debtor_id=new.debtor_id,
        account_id=new.account_id,
        before={"call": old.id, "outcome": old.outcome.code},
        after={"outcome": outcome.code},
    )


def _first_key(session: Session, call: Call) -> uuid.UUID:
    """The key of the claim under which a corrected call was dialled."""
    while call.corrects_id is not None:
        call = session.get_one(Call, call.corrects_id)
    return call.submit_key
