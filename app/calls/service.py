"""Records what came of a contact: once, whatever the network and the mouse do; never edited."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.catalogues import current_outcome, nonpayment_reasons
from app.calls.effects import CallResult, apply_outcome, next_offer
from app.calls.identity import identity_of
from app.calls.models import Call, Outcome
from app.contact_rules.models import ContactAttempt
from app.contact_rules.service import (
    attempts_of_claim,
    count_attempt,
    log_refusal,
    may_contact,
    settle_attempts,
)
from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debtors.models import ContactPoint
from app.debts.service import OwedAccount, owed_by_person
from app.payments.means import check_means
from app.worklist.callbacks import settle_callbacks
from app.worklist.models import Claim
from app.worklist.service import close_claim, find_claim, put_off, requeue

#: The outcome of a call that was dialled and never saved.
UNFINISHED = "SYS_UNDISPO"


def record_call(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    key: uuid.UUID,
    result: CallResult,
) -> tuple[Call, bool]:
    """Save the outcome of the claim ``key``; ``(call, is_new)``.

    The same key again gives the call that it made: a double click, a reload or a second tab never
    makes two. A call that the night closed without outcome is corrected by the late save.
    """
    claim = _own_claim(session, agent, key)
    closed = _closed_call(session, claim)
    if closed is not None and (standing := _standing_call(session, closed)) is not None:
        return standing, False
    if claim.closed_how == "released":
        raise RuleBroken(_l("You gave this person back. Open them again with Register contact."))
    outcome, verified = _checked(session, settings, now, claim, result)
    owed = owed_by_person(session, claim.debtor_id)
    dials = attempts_of_claim(session, claim.key)
    call = write_call(session, agent, now, claim, outcome, verified, result, owed, dials)
    if outcome.attempt and claim.direction == "outgoing" and not dials:
        _ask_late(session, agent, settings, now, claim)
    if closed is not None:
        call.submit_key, call.corrects_id = uuid.uuid5(key, "late"), closed.id
    session.add(call)
    session.flush()
    apply_outcome(session, agent, settings, now, call, outcome, result, owed)
    _note_call(session, agent, now, call, outcome)
    finish_call(session, agent, settings, now, claim, call, outcome, dialled=bool(dials))
    return call, True


def _own_claim(session: Session, agent: Agent, key: uuid.UUID) -> Claim:
    claim = find_claim(session, agent, key)
    if claim is None:
        raise RuleBroken(
            _l("This call is not yours or does not exist. Open it again from your list.")
        )
    return claim


def _closed_call(session: Session, claim: Claim) -> Call | None:
    """The call that a closed claim has, locked: a correction of it waits here, or this save for the
    correction; one of them is the correction."""
    if claim.closed_at is None:
        return None
    return session.scalar(select(Call).where(Call.submit_key == claim.key).with_for_update())


def _standing_call(session: Session, closed: Call) -> Call | None:
    """What was saved already; None when the night closed it without outcome and nobody corrected it."""
    fixed = session.scalar(select(Call).where(Call.corrects_id == closed.id))
    if fixed is None and closed.outcome.code == UNFINISHED:
        return None
    return fixed or closed


def _checked(
    session: Session, settings: Settings, now: datetime, claim: Claim, result: CallResult
) -> tuple[Outcome, bool]:
    """The outcome that was chosen, and whether the holder is verified; refuses what does not fit."""
    outcome = chosen_outcome(session, result.outcome_code)
    verified = identity_of(session, settings, claim, now).verified
    check_outcome(outcome, verified, result, claim.direction)
    if "complaint" in outcome.asks and (
        result.complaint is None or result.complaint.category_id is None
    ):
        raise RuleBroken(_l("Choose what the complaint is about."), "category")
    check_means(session, local_day(now, settings["zone"]), result.means_id)
    _check_chosen(nonpayment_reasons(session), result.nonpayment_reason_id, "nonpayment_reason_id")
    return outcome, verified


def chosen_outcome(session: Session, code: str) -> Outcome:
    """The newest version of what the operator chose; the system's own are refused."""
    outcome = current_outcome(session, code)
    if outcome is None or outcome.by_system:
        raise RuleBroken(_l("Choose what came of the call."), "outcome")
    return outcome


def check_outcome(
    outcome: Outcome, verified: bool, result: CallResult, direction: str = "outgoing"
) -> None:
    """Refuses an outcome that does not fit who came to whom, an unverified holder, or a note missing."""
    if direction != "outgoing" and outcome.attempt and not (outcome.answered or outcome.final):
        raise RuleBroken(
            _l("This person came to us: «%(outcome)s» is for calls.", outcome=outcome.label),
            "outcome",
        )
    if outcome.right_party and not verified:
        raise RuleBroken(
            _l("«%(outcome)s» needs the holder's identity checked first.", outcome=outcome.label),
            "outcome",
        )
    left = "plan" in outcome.asks and (result.plan is None or result.plan.by_specialist)
    if ("text" in outcome.asks or left) and not result.note.strip():
        raise RuleBroken(
            _l("Write in the note what the person said.")
            if outcome.answered
            else _l("Write in the note what happened."),
            "note",
        )


def _ask_late(
    session: Session, agent: Agent, settings: Settings, now: datetime, claim: Claim
) -> None:
    """A number that was called by hand could not be asked for before: what the gate would have refused
    is on record."""
    verdict = may_contact(session, settings, [claim.debtor_id], "call", now)[claim.debtor_id]
    if not verdict.allowed:
        log_refusal(session, agent, now, verdict, "call", "save")


def _check_chosen(known: Sequence[Any], key: int | None, field: str) -> None:
    """Somebody may take a row out of its catalogue while a call is open."""
    if key is not None and key not in {row.id for row in known}:
        raise RuleBroken(_l("What you chose is no longer in the catalogue. Choose another."), field)


def write_call(
    session: Session,
    agent: Agent,
    now: datetime,
    claim: Claim,
    outcome: Outcome,
    verified: bool,
    result: CallResult,
    owed: list[OwedAccount],
    dials: list[ContactAttempt],
) -> Call:
    """The row of the call under ``claim``, not yet in the session."""
    own = {account.account_id for account in owed}
    if result.account_id is not None and result.account_id not in own:
        raise RuleBroken(_l("That account does not belong to this person."), "account_id")
    first = owed[0].account_id if owed else None
    point_id = dials[-1].contact_point_id if dials else _own_phone(session, claim, result)
    return Call(
        submit_key=claim.key,
        debtor_id=claim.debtor_id,
        account_id=result.account_id or first,
        operator_id=agent.user_id,
        outcome_id=outcome.id,
        direction=claim.direction,
        # Two machines never agree to the millisecond: a call does not end before it began.
        started_at=min(dials[-1].at if dials else claim.claimed_at, now),
        ended_at=now,
        contact_point_id=point_id,
        verified=verified,
        nonpayment_reason_id=result.nonpayment_reason_id,
        receipt=result.receipt.strip()[:60],
        note=result.note.strip(),
        owed=sum((a.owed for a in owed), start=type(owed[0].owed)(0)) if owed else 0,
        bills_count=sum(a.bills_count for a in owed),
    )


def _note_call(session: Session, agent: Agent, now: datetime, call: Call, outcome: Outcome) -> None:
    note_deed(
        session,
        agent,
        now,
        "record_call",
        "call",
        call.id,
        debtor_id=call.debtor_id,
        account_id=call.account_id,
        after={"outcome": outcome.code, "direction": call.direction, "corrects": call.corrects_id},
    )


def _own_phone(session: Session, claim: Claim, result: CallResult) -> int | None:
    """The number that the operator says to have dialled by hand, if it is the person's."""
    if result.contact_point_id is None or claim.direction != "outgoing":
        return None
    point = session.get(ContactPoint, result.contact_point_id)
    if point is None or point.debtor_id != claim.debtor_id or point.kind != "phone":
        raise RuleBroken(_l("That telephone does not belong to this person."), "contact_point_id")
    return point.id


def finish_call(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    claim: Claim,
    call: Call,
    outcome: Outcome,
    *,
    dialled: bool,
) -> None:
    """Count the attempt, settle callbacks, put the person back into the queue, end the claim (last: see
    `close_claim`)."""
    if dialled and outcome.attempt:
        settle_attempts(session, claim.key, outcome.answered)
    elif outcome.attempt and claim.direction == "outgoing":
        count_attempt(
            session,
            agent,
            now,
            claim.debtor_id,
            "call",
            contact_point_id=call.contact_point_id,
            claim_key=claim.key,
            answered=outcome.answered,
        )
    if outcome.answered or outcome.final:
        settle_callbacks(session, claim.debtor_id, now)
    requeue(session, settings, [claim.debtor_id], now)
    if "callback" not in outcome.asks:
        put_off(session, claim.debtor_id, next_offer(settings, now, outcome))
    close_claim(session, claim, now, "saved")
