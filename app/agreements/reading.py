"""Reading agreements: those of a person, and what has been paid of each instalment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.agreements.models import Agreement

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """An instalment with what the payments made of it, the oldest first. USD. ``state``: paid, late
    (its day has passed), due (today) or coming."""

    number: int
    due_on: date
    amount: Decimal
    paid: Decimal
    state: str

    @property
    def left(self) -> Decimal:
        """What is still to be paid of it."""
        return self.amount - self.paid


def schedule_of(agreement: Agreement, today: date) -> list[ScheduleLine]:
    """The agreement's instalments; what was paid beyond the last is nobody's."""
    lines = []
    for due in agreement.instalments:
        before = due.cumulative - due.amount
        paid = min(max(agreement.paid - before, _NOTHING), due.amount)
        lines.append(
            ScheduleLine(
                due.number,
                due.due_on,
                due.amount,
                paid,
                _state(due.due_on, due.amount, paid, today),
            )
        )
    return lines


def _state(due_on: date, amount: Decimal, paid: Decimal, today: date) -> str:
    if paid >= amount:
        return "paid"
    if due_on < today:
        return "late"
    return "due" if due_on == today else "coming"


def agreements_of_person(session: Session, debtor_id: int) -> Sequence[Agreement]:
    """All of the person's agreements but drafts, newest first, with account, instalments and bills."""
    return session.scalars(
        select(Agreement)
        .where(Agreement.debtor_id == debtor_id, Agreement.state != "draft")
        .options(*WHOLE)
        .order_by(Agreement.made_at.desc(), Agreement.id.desc())
    ).all()


#: What a page, a document or a statement shows of an agreement.
WHOLE = (
    joinedload(Agreement.account),
    selectinload(Agreement.instalments),
    selectinload(Agreement.bills),
)
