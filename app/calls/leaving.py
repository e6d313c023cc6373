"""What leaves the phone with a call: the complaint that it opens, the referral that it proposes, and both
taken back when the call is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.identity import identity_of
from app.calls.left import going_referral
from app.calls.models import Call, Outcome
from app.complaints.models import Complaint
from app.complaints.service import NewComplaint, open_complaint, withdraw_complaint
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.referrals.models import Referral
from app.referrals.service import NewReferral, propose_referral, withdraw_referral
from app.worklist.models import Claim

#: From where a complaint comes, by the call's direction.
_ORIGINS = {"incoming": "incoming", "counter": "counter"}


@dataclass(frozen=True, slots=True)
class ComplaintWish:
    """What was typed of a complaint beside the note: its category (None: not chosen), the disputed bills,
    and files that the same deed keeps."""

    category_id: int | None = None
    bill_ids: tuple[int, ...] = ()
    file_ids: tuple[int, ...] = ()


def open_asked(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    wish: ComplaintWish,
) -> Complaint:
    """The complaint that the saved ``call`` makes, about its account; its note is what the user says.
    RuleBroken without a category, and as `open_complaint` does."""
    wanted = NewComplaint(
        category_id=wish.category_id or 0,
        account_id=call.account_id or 0,
        bill_ids=wish.bill_ids,
        text=call.note,
        origin=_ORIGINS.get(call.direction, "call"),
        file_ids=wish.file_ids,
    )
    return open_complaint(session, agent, now, settings, call.debtor_id, wanted, call)


def complaint_of_call(session: Session, call_id: int) -> Complaint | None:
    """The complaint that the call opened."""
    return session.scalar(select(Complaint).where(Complaint.call_id == call_id))


def refer_unreached(
    session: Session, agent: Agent, settings: Settings, now: datetime, call: Call
) -> Referral | None:
    """No number is left: the visit that the saved ``call`` proposes. None where nobody is to be visited: a
    referral goes on already, or nothing is owed; the call was made all the same."""
    try:
        with session.begin_nested():
            wanted = NewReferral("not_located", reason=call.note)
            return propose_referral(session, agent, now, settings, call.debtor_id, wanted, call)
    except RuleBroken as refused:
        if refused.field == "reason":
            raise RuleBroken(refused.sentence, "note") from None
        return None


def refer_in_call(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    claim: Claim,
    wanted: NewReferral,
) -> Referral:
    """The operator who holds the person proposes them for a visit, or an account for coactiva, which takes
    the verified holder. Refuses as `propose_referral` does; before the check no account is named, nor what of the
    person or the debt refuses it."""
    verified = identity_of(session, settings, claim, now).verified
    if wanted.kind == "enforcement" and not verified:
        raise RuleBroken(_l("Enforcement is proposed once the holder is verified."), "kind")
    if wanted.kind == "enforcement" and wanted.account_id is None:
        raise RuleBroken(_l("Choose the account that goes to enforcement."), "account_id")
    if verified:
        return propose_referral(session, agent, now, settings, claim.debtor_id, wanted)
    unnamed = NewReferral(wanted.kind, None, wanted.reason)
    try:
        return propose_referral(session, agent, now, settings, claim.debtor_id, unnamed)
    except RuleBroken as refused:
        if refused.field == "reason" or going_referral(session, claim.debtor_id):
            raise
        raise RuleBroken(
            _l("This person is not proposed to the field now: verify the holder to see why.")
        ) from None


def take_leaving_back(
    session: Session, agent: Agent, settings: Settings, now: datetime, old: Call, new: Call
) -> None:
    """``new`` corrects ``old``: the complaint that nobody has answered and the referral that nobody has
    decided are withdrawn; where the outcome is the same, they are those of the new row."""
    if _code(session, old) == _code(session, new):
        for made in (complaint_of_call(session, old.id), referral_of_call(session, old.id)):
            if made is not None:
                made.call_id = new.id
        session.flush()
        return
    withdraw_complaint(session, agent, now, settings, old.id)
    withdraw_referral(session, agent, now, settings, old.id)


def _code(session: Session, call: Call) -> str:
    """The version of an outcome may have changed since."""
    return session.get_one(Outcome, call.outcome_id).code


def referral_of_call(session: Session, call_id: int) -> Referral | None:
    """The referral that the call proposed."""
    return session.scalar(select(Referral).where(Referral.call_id == call_id))
