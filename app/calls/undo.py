"""What a correction takes back: whatever followed from the outcome that was not so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.models import Call, Outcome
from app.core.agent import Agent
from app.debtors.levels import settle_levels
from app.debtors.models import ContactPoint, Debtor
from app.debtors.service import restore_contact_point, withdraw_deceased
from app.holds.service import lift_holds_of_call


def undo_outcome(session: Session, agent: Agent, now: datetime, call: Call) -> None:
    """Lift the call's holds, withdraw its report of a death, restore the number that it retired and
    the level that it raised. What another call says stays."""
    lift_holds_of_call(session, agent, now, call.id)
    debtor = session.get_one(Debtor, call.debtor_id)
    if call.outcome.code == "TPC_DECEASED" and not _said_again(session, call):
        withdraw_deceased(session, agent, now, debtor)
    if call.outcome.code == "RPC_REFUSE":
        settle_levels(session, [debtor.id])
    if call.outcome.retires_number and call.contact_point_id is not None:
        point = session.get_one(ContactPoint, call.contact_point_id)
        if point.retired_reason == call.outcome.code:
            restore_contact_point(session, agent, now, point)


def _said_again(session: Session, call: Call) -> bool:
    """Whether another call of the person that still stands says the same."""
    corrected = select(Call.corrects_id).where(Call.corrects_id.is_not(None))
    return bool(
        session.scalar(
            select(Call.id)
            .join(Outcome, Outcome.id == Call.outcome_id)
            .where(
                Call.debtor_id == call.debtor_id,
                Call.id != call.id,
                Outcome.code == call.outcome.code,
                Call.id.not_in(corrected),
            )
            .limit(1)
        )
    )
