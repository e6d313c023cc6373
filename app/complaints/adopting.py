"""Disputes of the release before, which knew no complaints: a hold of the whole account kept them away."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.complaints.models import Complaint, ComplaintCategory
from app.complaints.service import NewComplaint, open_complaint
from app.core.agent import SYSTEM, Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import settings_on
from app.holds.models import Hold
from app.holds.service import lift_hold
from app.models import Bill, Call

#: What a call's direction was, among the origins of complaints.
_ORIGINS = {"outgoing": "call", "incoming": "incoming", "counter": "counter"}


def adopt_disputes(session: Session, now: datetime, category: ComplaintCategory) -> list[Complaint]:
    """Open at the desk what calls disputed and a hold of the account still keeps at ``now``: nobody said
    which bills, so all that are open. A hold whose account has none any more stays until its day."""
    day = local_day(now, settings_on(session, now.date())["zone"])
    holds = select(Hold).where(
        Hold.reason == "complaint",
        Hold.scope == "account",
        Hold.call_id.is_not(None),
        Hold.lifted_at.is_(None),
        Hold.ends_on >= day,
    )
    adopted = []
    for hold in session.scalars(holds.order_by(Hold.id)).all():
        try:
            with session.begin_nested():
                adopted.append(_adopt(session, now, category, hold))
        except RuleBroken:
            continue
    return adopted


def _adopt(session: Session, now: datetime, category: ComplaintCategory, hold: Hold) -> Complaint:
    """Received when it was said, so that its deadline runs from then."""
    call = session.get_one(Call, hold.call_id, options=[joinedload(Call.operator)])
    open_bills = select(Bill.id).where(Bill.account_id == hold.account_id, Bill.closed_on.is_(None))
    wanted = NewComplaint(
        category_id=category.id,
        account_id=hold.account_id or 0,
        bill_ids=tuple(session.scalars(open_bills)),
        text=call.note or hold.note or _("Complaint of a call"),
        origin=_ORIGINS.get(call.direction, "desk"),
    )
    operator = Agent(call.operator_id, f"{call.operator.first_name} {call.operator.last_name}")
    settings = settings_on(session, hold.starts_on)
    complaint = open_complaint(
        session, operator, hold.placed_at, settings, hold.debtor_id, wanted, call
    )
    lift_hold(session, SYSTEM, now, hold.id, "complaint_opened")
    return complaint
