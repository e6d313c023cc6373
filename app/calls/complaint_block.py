"""What the call screen asks of a complaint: category, disputed bills of one account, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.calls.forms import ComplaintForm
from app.complaints.models import Complaint
from app.complaints.reading import OpenBill, open_bills
from app.core import web
from app.core.attaching import file_limits
from app.debts.service import owed_by_person
from app.worklist.models import Claim


@dataclass(frozen=True, slots=True)
class ComplaintSheet:
    """The open bills of an account, the ids of those that are ``chosen``, and the category."""

    account_id: int
    bills: list[OpenBill]
    chosen: frozenset[int]
    category_id: int | None


def complaint_shown(session: Session, claim: Claim, form: ComplaintForm) -> dict[str, Any]:
    """What the template takes: the block for what ``form`` holds, over the account that the form of the call
    names (the largest debt, unless it names another); of another account than it was shown of, from the
    beginning."""
    owed = [account.account_id for account in owed_by_person(session, claim.debtor_id)]
    if not owed:
        return {"complaint": None, "complaint_refused": _("This person has no open account.")}
    named = request.form.get("account_id", type=int)
    account_id = named if named in owed else owed[0]
    own = form.complaint_of.data == account_id
    bills = open_bills(session, account_id)
    free = [line.bill.id for line in bills if not line.under]
    # A single bill is the one; of several nobody can tell.
    chosen = form.complaint_bills.data or () if own else free if len(free) == 1 else ()
    return {
        "complaint": ComplaintSheet(
            account_id, bills, frozenset(chosen), form.complaint_category.data
        ),
        "complaint_refused": "",
        "file_limits": file_limits(),
    }


def complaint_told(complaint: Complaint) -> str:
    """What the operator tells the user once it is saved."""
    return _(
        "Complaint %(number)s of %(person)s: tell the user its number, and that it is answered until %(day)s.",
        number=complaint.number,
        person=complaint.debtor.name,
        day=web.day(complaint.due_on),
    )
