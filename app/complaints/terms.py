"""What a complaint must be to be taken in, and by when it has to be answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.complaints.models import OPEN, Complaint, ComplaintBill, ComplaintCategory
from app.core.business_days import calendar
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.models import Account, Area, Bill, Call

LONGEST_TEXT = 4000


def said(text: str, missing: Any, field: str = "text") -> str:
    """``text`` without the space around it; RuleBroken ``missing`` when nothing is left, or when it is longer
    than `LONGEST_TEXT`."""
    text = text.strip()
    if not text:
        raise RuleBroken(missing, field)
    return not_too_long(text, field)


def not_too_long(text: str, field: str = "text") -> str:
    """``text`` without the space around it, which may be nothing; RuleBroken when it is too long."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(_l("The text is too long: at most %(n)s letters.", n=LONGEST_TEXT), field)
    return text


def active_category(session: Session, category_id: int) -> ComplaintCategory:
    """The category, while new complaints may be of it."""
    category = session.get(ComplaintCategory, category_id)
    if category is None or not category.is_active:
        raise RuleBroken(_l("Choose what the complaint is about."), "category")
    return category


def active_area(session: Session, area_id: int) -> Area:
    """The area, while it is in use."""
    area = session.get(Area, area_id)
    if area is None or not area.is_active:
        raise RuleBroken(_l("Choose the area that has to answer."), "area")
    return area


def locked_account(session: Session, debtor_id: int, account_id: int) -> Account:
    """The person's open account, locked: two complaints about the same bills come one after the other."""
    account = session.scalar(
        select(Account)
        .where(
            Account.id == account_id, Account.debtor_id == debtor_id, Account.closed_on.is_(None)
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if account is None:
        raise RuleBroken(_l("Choose the account that the complaint is about."), "account")
    return account


def disputed_bills(
    session: Session, category: ComplaintCategory, account: Account, bill_ids: Iterable[int]
) -> list[Bill]:
    """The bills that were chosen: open ones of the account that no other complaint waits about, at least
    one where the category needs it."""
    wanted = set(bill_ids)
    if not wanted and category.needs_bills:
        raise RuleBroken(_l("Choose the bills that the complaint is about."), "bills")
    bills = list(
        session.scalars(
            select(Bill)
            .where(
                Bill.id.in_(wanted),
                Bill.account_id == account.id,
                Bill.closed_on.is_(None),
                Bill.balance > 0,
            )
            .order_by(Bill.id)
        )
    )
    if len(bills) < len(wanted):
        raise RuleBroken(_l("Choose among the bills that this account still owes."), "bills")
    other = waiting_about(session, bills)
    if other is not None:
        raise RuleBroken(
            _l(
                "One of these bills is already under the complaint %(number)s, which waits for its answer.",
                number=other.number,
            ),
            "bills",
        )
    return bills


def waiting_about(session: Session, bills: Iterable[Bill]) -> Complaint | None:
    """A complaint that waits for its answer about any of the bills; the caller holds their account's lock."""
    return session.scalar(
        select(Complaint)
        .join(ComplaintBill, ComplaintBill.complaint_id == Complaint.id)
        .where(Complaint.state.in_(OPEN), ComplaintBill.bill_id.in_([bill.id for bill in bills]))
        .order_by(Complaint.id)
        .limit(1)
    )


def check_call(session: Session, debtor_id: int, call: Call | None) -> None:
    """A call is this person's and opens one complaint at most."""
    if call is None:
        return
    if call.debtor_id != debtor_id:
        raise RuleBroken(_l("That call was with somebody else."))
    if session.scalar(select(Complaint.id).where(Complaint.call_id == call.id)) is not None:
        raise RuleBroken(_l("This call has opened its complaint already."))


def set_deadline(
    session: Session,
    settings: Settings,
    now: datetime,
    category: ComplaintCategory,
    complaint: Complaint,
) -> None:
    """The last day to answer, counting business days from the day after today, and the day from which the
    inbox warns."""
    today = local_day(now, settings["zone"])
    complaint.warn_on, complaint.due_on = deadline(session, category, today)


def deadline(session: Session, category: ComplaintCategory, today: date) -> tuple[date, date]:
    """``(warn_on, due_on)`` of a complaint of ``category`` that comes ``today``."""
    days = calendar(session)
    return (
        days.add(today, category.business_days - category.warn_days),
        days.add(today, category.business_days),
    )
