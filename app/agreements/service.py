"""Agreements: drafted, asked for, decided by somebody else, cancelled. What the payments decide is in
`app.agreements.judging`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.agreements.judging import judge_agreement, settle_bills
from app.agreements.models import GOING_ON, Agreement, AgreementBill, Instalment
from app.agreements.offers import Offer, OfferedBill, chosen_bills, offer_of
from app.agreements.terms import Proposal, Terms, propose
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.reasons import checked_reason
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debtors.identification import read_identification
from app.debts.models import Account
from app.holds.service import lift_holds_of_call
from app.promises.models import Promise
from app.promises.service import withdraw_pending_of_account


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for: bills of one account over ``months``. USD; what is None is proposed."""

    account_id: int
    bill_ids: tuple[int, ...]
    months: int
    down_payment: Decimal | None = None
    down_due_on: date | None = None
    first_due_on: date | None = None
    note: str = ""
    guarantor_name: str = ""
    guarantor_identification: str = ""
    guarantor_phone: str = ""
    guarantee: str = ""


def terms_of(offer: Offer, wanted: Wanted, today: date) -> Terms:
    """What ``wanted`` asks of the simulator; RuleBroken when the bills cannot be put off."""
    chosen = chosen_bills(offer, wanted.bill_ids, _draft(offer))
    return Terms(
        capital=sum((bill.left for bill in chosen), Decimal(0)),
        months=wanted.months,
        start=today,
        down_payment=wanted.down_payment,
        down_due_on=wanted.down_due_on,
        first_due_on=wanted.first_due_on,
    )


def _draft(offer: Offer) -> Agreement | None:
    going_on = offer.going_on
    return going_on if going_on is not None and going_on.state == "draft" else None


def draft_agreement(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    wanted: Wanted,
    *,
    call_id: int | None = None,
) -> Agreement:
    """Terms to be worked on, which nobody has asked for yet; the account's draft is written over."""
    return _write(session, agent, now, settings, wanted, call_id, state="draft")


def draft_asked_again(
    session: Session, agent: Agent, now: datetime, agreement_id: int, note: str, call_id: int
) -> Agreement:
    """The person asks once more while a specialist works on the draft: its terms stay, what was said is
    added to its note."""
    draft = locked_agreement(session, agreement_id)
    if draft.state != "draft":
        raise RuleBroken(
            _l("A colleague has just asked for an agreement over this debt: look at it first.")
        )
    _end_hold(session, agent, now, draft)
    draft.call_id = call_id
    draft.note = "\n".join(said for said in (draft.note, note.strip()) if said)
    _note(session, agent, now, "draft_agreement", draft, {"capital": draft.capital})
    return draft


def request_agreement(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    wanted: Wanted,
    *,
    call_id: int | None = None,
) -> Agreement:
    """Ask for an agreement over the chosen bills; the account's draft becomes it.

    Refuses terms that the unit does not give (see `propose`), bills that another agreement stands on,
    a second one for the account, and a large capital without guarantor or guarantee.
    """
    return _write(session, agent, now, settings, wanted, call_id, state="pending")


def _write(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    wanted: Wanted,
    call_id: int | None,
    *,
    state: str,
) -> Agreement:
    session.execute(select(Account.id).where(Account.id == wanted.account_id).with_for_update())
    today = local_day(now, settings["zone"])
    offer = offer_of(session, wanted.account_id)
    terms = terms_of(offer, wanted, today)
    proposal = propose(settings, calendar(session), terms)
    if state == "pending":
        _check_guarantee(wanted, proposal, offer)
    agreement = _draft(offer) or Agreement(made_at=now, made_by_id=agent.user_id)
    if call_id is not None:
        _end_hold(session, agent, now, agreement)
        agreement.call_id = call_id
    _fill(agreement, offer, wanted, proposal, settings)
    agreement.state = state
    if state == "pending":
        agreement.requested_at, agreement.requested_by_id = now, agent.user_id
    _keep(session, agreement, proposal, [b for b in offer.bills if b.bill_id in wanted.bill_ids])
    if state == "pending":
        _end_hold(session, agent, now, agreement)
    verb = "request_agreement" if state == "pending" else "draft_agreement"
    _note(
        session, agent, now, verb, agreement, {"capital": proposal.capital, "months": wanted.months}
    )
    return agreement


def _check_guarantee(wanted: Wanted, proposal: Proposal, offer: Offer) -> None:
    if wanted.guarantor_identification.strip():
        read = read_identification(wanted.guarantor_identification)
        if not read.reliable:
            raise RuleBroken(
                _l("The guarantor's ID is not valid: look at its digits."),
                "guarantor_identification",
            )
        if read.number == offer.account.debtor.identification:
            raise RuleBroken(
                _l("The debtor cannot be the guarantor: write somebody else's ID."),
                "guarantor_identification",
            )
    guarantor = wanted.guarantor_name.strip() and wanted.guarantor_identification.strip()
    if proposal.needs_guarantee and not (guarantor or wanted.guarantee.strip()):
        raise RuleBroken(
            _l("A capital this large asks for a guarantor (name and ID) or a guarantee."),
            "guarantor_name",
        )


def _fill(
    agreement: Agreement, offer: Offer, wanted: Wanted, proposal: Proposal, settings: Settings
) -> None:
    agreement.debtor_id = offer.account.debtor_id
    agreement.account_id = offer.account.id
    agreement.capital = proposal.capital
    agreement.months = proposal.months
    agreement.rate_percent = proposal.rate_percent
    agreement.grace_days = settings["agreement_grace_days"]
    agreement.total = proposal.total
    agreement.counts_from = offer.owed.as_of + timedelta(days=1)
    agreement.note = wanted.note.strip()
    agreement.guarantor_name = " ".join(wanted.guarantor_name.split())
    agreement.guarantor_identification = read_identification(wanted.guarantor_identification).number
    agreement.guarantor_phone = wanted.guarantor_phone.strip()
    agreement.guarantee = wanted.guarantee.strip()


def _keep(
    session: Session, agreement: Agreement, proposal: Proposal, bills: list[OfferedBill]
) -> None:
    """Write it with its bills and instalments; what the database refuses is a rule of ours."""
    try:
        with session.begin_nested():
            session.add(agreement)
            session.flush()
            for table in (AgreementBill, Instalment):
                session.execute(delete(table).where(table.agreement_id == agreement.id))
            session.add_all(
                AgreementBill(agreement_id=agreement.id, bill_id=b.bill_id, amount=b.left)
                for b in bills
            )
            session.add_all(_instalments(agreement, proposal))
            settle_bills(session, agreement.account_id)
    except IntegrityError as error:
        raise RuleBroken(
            _l("A colleague has just asked for an agreement over this debt: look at it first.")
        ) from error
    session.expire(agreement, ["bills", "instalments"])


def _instalments(agreement: Agreement, proposal: Proposal) -> list[Instalment]:
    cumulative, rows = Decimal(0), []
    for due in proposal.dues:
        cumulative += due.amount
        grace = timedelta(days=agreement.grace_days if due.number else 0)
        rows.append(
            Instalment(
                agreement_id=agreement.id,
                number=due.number,
                due_on=due.due_on,
                amount=due.amount,
                cumulative=cumulative,
                lapses_on=due.due_on + grace,
            )
        )
    return rows


def approve_agreement(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    agreement_id: int,
    remark: str = "",
) -> Agreement:
    """Give it: never by who asked for it, nor after its first day has passed. The account's pending
    promise gives way; what was paid meanwhile counts."""
    _hold_promise(session, agreement_id)
    agreement = _to_decide(session, agent, agreement_id)
    if session.get_one(Account, agreement.account_id).closed_on is not None:
        raise RuleBroken(
            _l("Its account is no longer overdue: there is nothing to put off. Refuse it.")
        )
    today = local_day(now, settings["zone"])
    first = agreement.instalments[0].due_on
    if first < today:
        raise RuleBroken(
            _l(
                "Its first payment was due on %(day)s: refuse it, and ask again with new days.",
                day=f"{first:%d/%m/%Y}",
            )
        )
    agreement.state = "awaiting"
    agreement.decided_at, agreement.decided_by_id = now, agent.user_id
    agreement.decision = remark.strip()
    reason = str(_l("Agreement %(number)s was approved.", number=agreement.number))
    withdraw_pending_of_account(session, agent, now, agreement.account_id, reason)
    _note(session, agent, now, "approve_agreement", agreement, {"total": agreement.total})
    judge_agreement(session, agent, now, today, agreement)
    session.refresh(agreement)
    return agreement


def _hold_promise(session: Session, agreement_id: int) -> None:
    """The promise that gives way is locked before the agreement, as the run of the day does it."""
    account = select(Agreement.account_id).where(Agreement.id == agreement_id).scalar_subquery()
    session.execute(
        select(Promise.id)
        .where(Promise.account_id == account, Promise.state == "pending")
        .with_for_update()
    )


def refuse_agreement(
    session: Session, agent: Agent, now: datetime, agreement_id: int, reason: str
) -> Agreement:
    """Say no, and why: never by who asked for it."""
    agreement = _to_decide(session, agent, agreement_id)
    agreement.decision = checked_reason(reason, _l("Write why it is refused."), longest=None)
    agreement.state = "refused"
    agreement.decided_at, agreement.decided_by_id = now, agent.user_id
    _note(session, agent, now, "refuse_agreement", agreement, {"reason": agreement.decision})
    settle_bills(session, agreement.account_id)
    return agreement


def _to_decide(session: Session, agent: Agent, agreement_id: int) -> Agreement:
    agreement = locked_agreement(session, agreement_id)
    if agreement.state != "pending":
        raise RuleBroken(_l("This agreement has been decided already: look at it again."))
    if agreement.requested_by_id == agent.user_id:
        raise RuleBroken(_l("You asked for this agreement: somebody else must decide it."))
    return agreement


def cancel_agreement(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    agreement_id: int,
    reason: str,
) -> Agreement:
    """End one that goes on, and say why: its debt may be asked for again at once."""
    agreement = locked_agreement(session, agreement_id)
    if agreement.state not in GOING_ON:
        raise RuleBroken(_l("This agreement has ended already: there is nothing to cancel."))
    agreement.end_reason = checked_reason(reason, _l("Write why it is cancelled."), longest=None)
    before = agreement.state
    agreement.state = "cancelled"
    agreement.late = Decimal(0)
    agreement.ended_on = local_day(now, settings["zone"])
    agreement.ended_by_id = agent.user_id
    _end_hold(session, agent, now, agreement)
    _note(
        session,
        agent,
        now,
        "cancel_agreement",
        agreement,
        {"reason": agreement.end_reason},
        before={"state": before},
    )
    settle_bills(session, agreement.account_id)
    return agreement


def locked_agreement(session: Session, agreement_id: int) -> Agreement:
    """The agreement as it is once whoever was at it has finished; LookupError for none."""
    found = session.scalar(
        select(Agreement)
        .where(Agreement.id == agreement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LookupError(agreement_id)
    return found


def _end_hold(session: Session, agent: Agent, now: datetime, agreement: Agreement) -> None:
    """The hold of the call in which it was asked for has done its work."""
    if agreement.call_id is not None:
        lift_holds_of_call(session, agent, now, agreement.call_id)


def _note(
    session: Session,
    agent: Agent,
    now: datetime,
    deed: str,
    agreement: Agreement,
    after: dict,
    before: dict | None = None,
) -> None:
    session.flush()
    note_deed(
        session,
        agent,
        now,
        deed,
        "agreement",
        agreement.id,
        debtor_id=agreement.debtor_id,
        account_id=agreement.account_id,
        before=before,
        after={"state": agreement.state} | after,
    )
