"""What is read of a complaint, and of an account about which one is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.complaints.models import (
    OPEN,
    Complaint,
    ComplaintBill,
    ComplaintEntry,
    ComplaintFile,
)
from app.core.models import StoredFile
from app.models import Account, Area, Bill


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill that may be disputed. ``under``: the number of the complaint that waits about it, or empty."""

    bill: Bill
    under: str


def find_complaint(session: Session, complaint_id: int) -> Complaint | None:
    """The complaint with its person, account, bills, history and files."""
    entries, bills = selectinload(Complaint.entries), selectinload(Complaint.bills)
    return session.scalar(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .options(
            joinedload(Complaint.debtor),
            joinedload(Complaint.account).joinedload(Account.portfolio),
            joinedload(Complaint.category),
            joinedload(Complaint.area),
            joinedload(Complaint.received_by),
            joinedload(Complaint.answered_by),
            joinedload(Complaint.closed_by),
            bills.joinedload(ComplaintBill.bill),
            bills.joinedload(ComplaintBill.hold),
            entries.joinedload(ComplaintEntry.by),
            entries.joinedload(ComplaintEntry.area),
            selectinload(Complaint.files).joinedload(ComplaintFile.file),
        )
        .execution_options(populate_existing=True)
    )


def find_file(session: Session, complaint_id: int, file_id: int) -> StoredFile | None:
    """A file of that complaint; None for any other."""
    return session.scalar(
        select(StoredFile)
        .join(ComplaintFile, ComplaintFile.file_id == StoredFile.id)
        .where(ComplaintFile.complaint_id == complaint_id, StoredFile.id == file_id)
    )


def find_open_account(session: Session, account_id: int) -> Account | None:
    """The open account with its person and portfolio."""
    return session.scalar(
        select(Account)
        .where(Account.id == account_id, Account.closed_on.is_(None))
        .options(joinedload(Account.debtor), joinedload(Account.portfolio))
    )


def open_bills(session: Session, account_id: int) -> list[OpenBill]:
    """What the account still owes by the last load, the newest first, and what is disputed already."""
    under = {
        bill_id: complaint.number
        for bill_id, complaint in session.execute(
            select(ComplaintBill.bill_id, Complaint)
            .join(Complaint, Complaint.id == ComplaintBill.complaint_id)
            .where(Complaint.account_id == account_id, Complaint.state.in_(OPEN))
        )
    }
    bills = session.scalars(
        select(Bill)
        .where(Bill.account_id == account_id, Bill.closed_on.is_(None), Bill.balance > 0)
        .order_by(Bill.due_on.desc().nulls_last(), Bill.id.desc())
    )
    return [OpenBill(bill, under.get(bill.id, "")) for bill in bills]


def active_areas(session: Session) -> Sequence[Area]:
    """The areas in use, by name."""
    return session.scalars(select(Area).where(Area.is_active).order_by(Area.name)).all()


def disputed_total(complaint: Complaint) -> Decimal:
    """What its bills came to when it was opened, USD."""
    return sum((line.balance for line in complaint.bills), Decimal(0))
