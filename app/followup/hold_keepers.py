"""On what a hold hangs: the case, the complaint or the referral that is still open and lifts it itself."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.complaints.models import OPEN
from app.core.errors import RuleBroken
from app.models import Complaint, ComplaintBill, Referral, VerificationCase
from app.referrals.models import GOING


@dataclass(frozen=True, slots=True)
class Keeper:
    """``kind``: case, complaint or referral; ``endpoint`` and ``key``: its page; ``sentence``: what has to be
    done instead of lifting the hold."""

    kind: str
    endpoint: str
    key: int
    number: str
    sentence: str


def keeper_of(session: Session, hold_id: int) -> Keeper | None:
    """What keeps the hold and is still open; None: it may be lifted by hand."""
    case = session.scalar(
        select(VerificationCase.id).where(
            VerificationCase.hold_id == hold_id, VerificationCase.closed_at.is_(None)
        )
    )
    if case is not None:
        sentence = _l("Case %(number)s placed it and is open: close the case.", number=case)
        return Keeper("case", "CaseScreen.show", case, f"{case}", sentence)
    complaint = session.scalar(
        select(Complaint)
        .join(ComplaintBill, ComplaintBill.complaint_id == Complaint.id)
        .where(ComplaintBill.hold_id == hold_id, Complaint.state.in_(OPEN))
    )
    if complaint is not None:
        sentence = _l(
            "Complaint %(number)s placed it and waits for its answer, which lifts it.",
            number=complaint.number,
        )
        return Keeper("complaint", "ComplaintScreen.show", complaint.id, complaint.number, sentence)
    referral = session.scalar(
        select(Referral).where(Referral.hold_id == hold_id, Referral.state.in_(GOING))
    )
    if referral is None:
        return None
    sentence = _l(
        "Referral %(number)s placed it and is going on: return or close it.",
        number=referral.number,
    )
    return Keeper("referral", "ReferralScreen.show", referral.id, referral.number, sentence)


def check_free(session: Session, hold_id: int) -> None:
    """RuleBroken while something that lifts the hold itself is open."""
    keeper = keeper_of(session, hold_id)
    if keeper is not None:
        raise RuleBroken(keeper.sentence)
