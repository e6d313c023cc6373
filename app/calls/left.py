"""What left the phone with a person, as their statement tells it: complaints, and referrals with visits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.complaints.models import OPEN, Complaint
from app.referrals.models import GOING, Referral

#: How many of each are told; those in course come first.
_TOLD = 12


def complaints_of(session: Session, debtor_id: int) -> Sequence[Complaint]:
    """The person's complaints with category, area and bills: those that wait for an answer, then the newest."""
    return session.scalars(
        select(Complaint)
        .where(Complaint.debtor_id == debtor_id, Complaint.state != "withdrawn")
        .options(
            joinedload(Complaint.category),
            joinedload(Complaint.area),
            joinedload(Complaint.account),
            selectinload(Complaint.bills),
        )
        .order_by(Complaint.state.in_(OPEN).desc(), Complaint.id.desc())
        .limit(_TOLD)
    ).all()


def referrals_of(session: Session, debtor_id: int) -> Sequence[Referral]:
    """The person's referrals with their visits: those that go on, then the newest."""
    return session.scalars(
        select(Referral)
        .where(Referral.debtor_id == debtor_id, Referral.state != "withdrawn")
        .options(
            joinedload(Referral.account),
            joinedload(Referral.assigned_to),
            selectinload(Referral.visits),
        )
        .order_by(Referral.state.in_(GOING).desc(), Referral.id.desc())
        .limit(_TOLD)
    ).all()


def going_referral(session: Session, debtor_id: int) -> bool:
    """Whether a referral of the person goes on."""
    going = select(Referral.id).where(Referral.debtor_id == debtor_id, Referral.state.in_(GOING))
    return session.scalar(going.limit(1)) is not None


def disputed_here(complaints: Iterable[Complaint]) -> dict[int, str]:
    """The number of the complaint that waits about a bill, by the bill's id."""
    return {
        line.bill_id: complaint.number
        for complaint in complaints
        if complaint.state in OPEN
        for line in complaint.bills
    }
