"""The holds on disputed bills: from the first minute until the answer, and on nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agreements.models import COVERING
from app.complaints.models import Complaint, ComplaintBill
from app.core.agent import Agent
from app.core.settings import Settings
from app.holds.service import hold_bills, lift_holds
from app.models import Agreement, AgreementBill, Bill


def hold_disputed(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint: Complaint,
    lines: Sequence[ComplaintBill],
) -> None:
    """Place the holds of the complaint's ``lines``.

    A bill that a going agreement covers gets none: its debt is put off already and taken out of what may be
    collected (``account.covered``), so that a hold would take it out twice; and the instalments that the
    user signed go on falling due. The holds name no call: they are the complaint's, which lifts them.
    """
    bills = _not_covered(session, [line.bill_id for line in lines])
    if not bills:
        return
    holds = hold_bills(
        session,
        agent,
        now,
        settings,
        complaint.debtor_id,
        bills,
        "complaint",
        settings["complaint_hold_days"],
        note=complaint.number,
    )
    by_bill = {hold.bill_id: hold.id for hold in holds}
    for line in lines:
        line.hold_id = by_bill.get(line.bill_id, line.hold_id)
    session.flush()


def hold_again(
    session: Session, agent: Agent, now: datetime, settings: Settings, complaint: Complaint
) -> None:
    """The complaint was reopened: its bills that are still open go on hold again; also those that another
    complaint disputes meanwhile, whose answer lifts its own hold alone."""
    lines = [line for line in complaint.bills if line.bill.closed_on is None]
    hold_disputed(session, agent, now, settings, complaint, lines)


def lift_disputed(
    session: Session, agent: Agent, now: datetime, complaint: Complaint, why: str
) -> None:
    """End the holds that the complaint placed, also those of a reopening since its lines were read."""
    placed = select(ComplaintBill.hold_id).where(ComplaintBill.complaint_id == complaint.id)
    holds = [hold_id for hold_id in session.scalars(placed) if hold_id is not None]
    if holds:
        lift_holds(session, agent, now, holds, why)


def _not_covered(session: Session, bill_ids: Sequence[int]) -> list[Bill]:
    covered = (
        select(AgreementBill.id)
        .join(Agreement, Agreement.id == AgreementBill.agreement_id)
        .where(AgreementBill.bill_id == Bill.id, Agreement.state.in_(COVERING))
        .exists()
    )
    return list(
        session.scalars(select(Bill).where(Bill.id.in_(bill_ids), ~covered).order_by(Bill.id))
    )
