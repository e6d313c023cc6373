"""What an outcome does beside being recorded: promises, callbacks, complaints, referrals, holds, retired
numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.calls.leaving import (
    ComplaintWish,
    complaint_of_call,
    open_asked,
    refer_unreached,
    referral_of_call,
)
from app.calls.models import Call, Outcome
from app.calls.plan import PlanWish, ask_agreement
from app.cases.service import open_case
from app.contact_rules.service import check_lawful_moment
from app.core.agent import Agent
from app.core.clock import at_local, local, local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.levels import settle_levels
from app.debtors.models import ContactPoint, Debtor
from app.debtors.service import report_deceased, retire_contact_point, verify_contact_point
from app.debts.service import OwedAccount
from app.holds.service import place_hold
from app.promises.service import make_promises
from app.promises.terms import PromiseTerms
from app.worklist.callbacks import promise_callback


@dataclass(frozen=True, slots=True)
class CallResult:
    """What the operator typed. USD per account id in ``amounts``; ``callback_at`` in UTC."""

    outcome_code: str
    contact_point_id: int | None = None
    account_id: int | None = None
    note: str = ""
    nonpayment_reason_id: int | None = None
    receipt: str = ""
    amounts: dict[int, Decimal] = field(default_factory=dict)
    due_on: date | None = None
    means_id: int | None = None
    replace_reason: str = ""
    callback_at: datetime | None = None
    callback_mine: bool = True
    plan: PlanWish | None = None
    complaint: ComplaintWish | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """A hold that an outcome places: its reason, the setting of its days, and its reach."""

    reason: str
    days: str
    whole_person: bool = True


#: Outcomes that wait for somebody: by whom depends on the room; the dated hold is the same.
_HOLDS = {
    "RPC_PAID_CLAIM": _Rule("paid_claim", "hold_paid_claim_days"),
    "RPC_HARDSHIP": _Rule("hardship", "hold_review_days"),
    "RPC_NOT_DEBTOR": _Rule("not_debtor", "hold_review_days", whole_person=False),
    "TPC_DECEASED": _Rule("deceased", "hold_review_days"),
    "RPC_DISPUTE": _Rule("complaint", "hold_request_days", whole_person=False),
    "RPC_PLAN_REQ": _Rule("agreement", "hold_request_days", whole_person=False),
}


def apply_outcome(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    outcome: Outcome,
    result: CallResult,
    owed: list[OwedAccount],
) -> None:
    """Everything that follows from ``outcome``, in the call's own transaction."""
    if outcome.promise:
        _promise(session, agent, settings, now, call, outcome, result, owed)
    if "callback" in outcome.asks:
        _callback(session, agent, settings, now, call, result)
    if outcome.code == "RPC_PLAN_REQ":
        _plan(session, agent, settings, now, call, result)
    elif "complaint" in outcome.asks:
        _complaint(session, agent, settings, now, call, result)
    elif outcome.code == "BAD_EXHAUSTED" and referral_of_call(session, call.id) is None:
        refer_unreached(session, agent, settings, now, call)
    elif outcome.code in _HOLDS:
        _hold(session, agent, settings, now, call, _HOLDS[outcome.code], result)
    if outcome.code == "TPC_DECEASED":
        report_deceased(session, agent, now, session.get_one(Debtor, call.debtor_id))
    if outcome.code == "RPC_OPTOUT":
        place_hold(
            session,
            agent,
            now,
            settings,
            call.debtor_id,
            "optout",
            settings["hold_optout_days"],
            note=result.note,
            channel="call",
            call_id=call.id,
        )
    if outcome.code == "RPC_REFUSE":
        settle_levels(session, [call.debtor_id])
    _settle_number(session, agent, now, call, outcome)


def _promise(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    outcome: Outcome,
    result: CallResult,
    owed: list[OwedAccount],
) -> None:
    if result.due_on is None:
        raise RuleBroken(_l("Choose the day on which the person promises to pay."), "due_on")
    terms = PromiseTerms(
        {account: amount for account, amount in result.amounts.items() if amount},
        result.due_on,
        result.means_id,
        made_on=local_day(call.started_at, settings["zone"]),
        reason=result.replace_reason,
    )
    full = outcome.code == "RPC_PTP_FULL"
    make_promises(session, agent, now, settings, owed, terms, full=full, call_id=call.id)


def _callback(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    result: CallResult,
) -> None:
    if result.callback_at is None:
        raise RuleBroken(_l("Choose the day and hour to call back."), "callback_at")
    check_lawful_moment(session, settings, now, result.callback_at)
    promise_callback(
        session, agent, now, call.debtor_id, result.callback_at, mine=result.callback_mine
    )


def _plan(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    result: CallResult,
) -> None:
    """What is asked for covers its debt, the rest may be collected; a draft waits under a hold."""
    agreement = ask_agreement(session, agent, settings, now, call, result.plan)
    if agreement.state == "draft":
        _hold(session, agent, settings, now, call, _HOLDS["RPC_PLAN_REQ"], result)


def _complaint(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    result: CallResult,
) -> None:
    """What is typed opens it, with a hold on the disputed bills alone. A correction of the note keeps the
    one that was opened, or the account's hold of a release that opened none."""
    if result.complaint is not None:
        open_asked(session, agent, settings, now, call, result.complaint)
    elif complaint_of_call(session, call.id) is None:
        _hold(session, agent, settings, now, call, _HOLDS["RPC_DISPUTE"], result)


def _hold(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    rule: _Rule,
    result: CallResult,
) -> None:
    """The dated hold, and beside it the case of whoever has to find out what is so."""
    hold = place_hold(
        session,
        agent,
        now,
        settings,
        call.debtor_id,
        rule.reason,
        settings[rule.days],
        note=result.note,
        account_id=None if rule.whole_person else call.account_id,
        call_id=call.id,
    )
    open_case(session, agent, now, call, hold)


def _settle_number(
    session: Session, agent: Agent, now: datetime, call: Call, outcome: Outcome
) -> None:
    if call.contact_point_id is None:
        return
    point = session.get_one(ContactPoint, call.contact_point_id)
    if outcome.retires_number:
        retire_contact_point(session, agent, now, point, outcome.code)
    elif outcome.right_party and call.direction == "outgoing":
        verify_contact_point(session, agent, now, point)


def next_offer(settings: Settings, now: datetime, outcome: Outcome) -> datetime:
    """When the person may be offered again: tomorrow after a contact, later today otherwise."""
    if outcome.answered or outcome.final:
        tomorrow = local(now, settings["zone"]).date() + timedelta(days=1)
        return at_local(tomorrow, settings["contact_from"], settings["zone"])
    if outcome.retires_number:
        return now
    return now + timedelta(minutes=settings["retry_minutes"])
