"""Reading holds: one with all that its page tells, a person's, and what of a person can be held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.debts.models import Account, Bill
from app.holds.models import Hold
from app.models import AgreementBill, ContactPoint

_TOLD = (
    joinedload(Hold.debtor),
    joinedload(Hold.account).joinedload(Account.portfolio),
    joinedload(Hold.bill),
    joinedload(Hold.contact_point),
    joinedload(Hold.placed_by),
    joinedload(Hold.lifted_by),
)


def find_hold(session: Session, hold_id: int) -> Hold | None:
    """The hold with what it is about and who did what; None for none."""
    return session.get(Hold, hold_id, options=_TOLD)


def holds_of_person(session: Session, debtor_id: int, today: date) -> Sequence[Hold]:
    """The person's holds that are neither lifted nor over ``today``, the one that ends first at the top."""
    return session.scalars(
        select(Hold)
        .where(Hold.debtor_id == debtor_id, Hold.lifted_at.is_(None), Hold.ends_on >= today)
        .options(*_TOLD[1:4])
        .order_by(Hold.ends_on, Hold.id)
    ).all()


def state_of(hold: Hold, today: date) -> str:
    """``live``, ``coming``, ``ended`` or ``lifted``, as of ``today``."""
    if hold.lifted_at is not None:
        return "lifted"
    if hold.ends_on < today:
        return "ended"
    return "coming" if hold.starts_on > today else "live"


@dataclass(frozen=True, slots=True)
class Holdable:
    """What of a person can be put on hold. ``bills``: open ones that owe something and that no agreement
    binds; ``points``: telephones and e-mails in use."""

    accounts: Sequence[Account]
    bills: Sequence[Bill]
    points: Sequence[ContactPoint]


def holdable(session: Session, debtor_id: int) -> Holdable:
    """The person's open accounts, their bills, and the numbers in use."""
    accounts = session.scalars(
        select(Account)
        .where(Account.debtor_id == debtor_id, Account.closed_on.is_(None))
        .order_by(Account.number, Account.id)
    ).all()
    bound = select(AgreementBill.bill_id).where(AgreementBill.binds)
    bills = session.scalars(
        select(Bill)
        .where(
            Bill.account_id.in_([account.id for account in accounts]),
            Bill.closed_on.is_(None),
            Bill.balance > 0,
            Bill.id.not_in(bound),
        )
        .options(joinedload(Bill.account))
        .order_by(Bill.account_id, Bill.due_on, Bill.id)
    ).all()
    points = session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.debtor_id == debtor_id,
            ContactPoint.kind.in_(("phone", "email")),
            ContactPoint.state != "retired",
        )
        .order_by(ContactPoint.position, ContactPoint.id)
    ).all()
    return Holdable(accounts, bills, points)


def is_held(session: Session, point: ContactPoint, today: date) -> bool:
    """Whether a hold of the person's keeps the number, or its equal of one joined to them, ``today``."""
    held = (
        select(Hold.id)
        .join(ContactPoint, ContactPoint.id == Hold.contact_point_id)
        .where(
            Hold.debtor_id == point.debtor_id,
            Hold.lifted_at.is_(None),
            Hold.starts_on <= today,
            Hold.ends_on >= today,
            ContactPoint.kind == point.kind,
            ContactPoint.value == point.value,
        )
    )
    return session.scalar(held.limit(1)) is not None
