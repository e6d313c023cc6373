"""Reading agreements: those of a person, and what has been paid of each instalment and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from app.agreements.judging import COUNTED
from app.agreements.models import Agreement, AgreementBill
from app.debts.models import Account

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
        .options(*_WHOLE)
        .order_by(Agreement.made_at.desc(), Agreement.id.desc())
    ).all()


#: What a statement shows of an agreement.
_WHOLE = (
    joinedload(Agreement.account),
    selectinload(Agreement.instalments),
    selectinload(Agreement.bills),
)
#: With whom it is of and who did what.
_TOLD = (
    joinedload(Agreement.debtor),
    joinedload(Agreement.account).joinedload(Account.portfolio),
    joinedload(Agreement.made_by),
    joinedload(Agreement.requested_by),
    joinedload(Agreement.decided_by),
    joinedload(Agreement.ended_by),
    selectinload(Agreement.instalments),
    selectinload(Agreement.bills).joinedload(AgreementBill.bill),
)


def find_agreement(session: Session, agreement_id: int) -> Agreement:
    """The agreement with all that its page tells; LookupError for none."""
    found = session.get(Agreement, agreement_id, options=_TOLD)
    if found is None:
        raise LookupError(agreement_id)
    return found


@dataclass(frozen=True, slots=True)
class CountedPayment:
    """A payment that counts for an agreement, or (below zero) a reversal. USD. ``on_day``: the day by
    which it is judged, for a reversal that of the payment which it takes away."""

    paid_on: date
    on_day: date
    amount: Decimal
    channel: str
    reference: str


_COUNTED_PAYMENTS = text(
    f"""
SELECT c.paid_on, c.on_day, c.amount, c.channel, c.reference
  FROM agreement g
 CROSS JOIN LATERAL ({COUNTED}) c
 WHERE g.id = :agreement_id AND g.decided_at IS NOT NULL AND g.state <> 'refused'
   AND (g.ended_on IS NULL OR c.on_day < g.ended_on
        OR g.state IN ('kept', 'cancelled') AND c.on_day = g.ended_on)
 ORDER BY c.on_day, c.id
"""
)


def counted_payments(session: Session, agreement_id: int, today: date) -> list[CountedPayment]:
    """The payments that made the agreement's ``paid`` what it is, the oldest first."""
    rows = session.execute(_COUNTED_PAYMENTS, {"agreement_id": agreement_id, "day": today})
    return [CountedPayment(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What a list tells beside the row itself: USD, and the next day on which something is due of one
    that goes on."""

    agreement_id: int
    down_payment: Decimal
    next_due_on: date | None


_FACTS = text(
    """
SELECT g.id, COALESCE(down.amount, 0), coming.due_on
  FROM agreement g
  LEFT JOIN instalment down ON down.agreement_id = g.id AND down.number = 0
  LEFT JOIN LATERAL (
       SELECT MIN(i.due_on) AS due_on FROM instalment i
        WHERE i.agreement_id = g.id AND i.cumulative > g.paid) coming
         ON g.state IN ('pending', 'awaiting', 'active')
 WHERE g.id = ANY(CAST(:ids AS bigint[]))
"""
)


def agreement_facts(session: Session, ids: Sequence[int]) -> dict[int, AgreementFacts]:
    """The facts of each agreement of ``ids``, in one question."""
    rows = session.execute(_FACTS, {"ids": list(ids)})
    return {row[0]: AgreementFacts(*row) for row in rows}


def to_decide(session: Session, user_id: int) -> int:
    """How many wait for a decision that ``user_id`` may take: never on one's own request."""
    return session.scalar(count_to_decide(user_id)) or 0


def count_to_decide(user_id: int) -> Select[int]:
    """Counts the same."""
    return select(func.count(Agreement.id)).where(
        Agreement.state == "pending", Agreement.requested_by_id != user_id
    )
