"""What a statement of account tells beside the debt itself: payments, pending promises, agreements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from app.agreements.models import Agreement
from app.agreements.reading import ScheduleLine, agreements_of_person, schedule_of
from app.debts.queries import OWED
from app.promises.models import Promise

#: An agreement that was refused, cancelled, void or kept is history.
_TOLD = ("pending", "awaiting", "active", "broken")
#: How many payments are told beside those after the last load.
LAST_PAYMENTS = 12


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment, or (below zero) a reversal, of an open account. USD. ``is_since``: it came after the
    last load, so what is owed was lowered by it here."""

    account: str
    paid_on: date
    amount: Decimal
    channel: str
    reference: str
    is_since: bool


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement made here, with what has been paid of each instalment."""

    agreement: Agreement
    schedule: list[ScheduleLine]


#: Everything after each account's last load, and the newest before it. Parameters: debtor_id, newest.
_PAYMENTS = text(
    f"""
SELECT number, paid_on, amount, channel, reference, is_since
  FROM (SELECT a.number, y.id, y.paid_on, y.amount, y.channel, y.reference, y.paid_on > o.as_of AS is_since,
               row_number() OVER (ORDER BY y.paid_on DESC, y.id DESC) AS nth
          FROM ({OWED}) o
          JOIN account a ON a.id = o.account_id
          JOIN payment y ON y.account_id = a.id
         WHERE o.debtor_id = :debtor_id) p
 WHERE is_since OR nth <= :newest
 ORDER BY paid_on DESC, id DESC
"""
)


def payments_of(session: Session, debtor_id: int) -> list[PaymentLine]:
    """The person's payments after the last load and the last `LAST_PAYMENTS`, newest first."""
    values = {"debtor_id": debtor_id, "newest": LAST_PAYMENTS}
    return [PaymentLine(*row) for row in session.execute(_PAYMENTS, values)]


def pending_promises(session: Session, debtor_id: int) -> Sequence[Promise]:
    """The person's promises that are not judged yet, the next due first, with account and means."""
    return session.scalars(
        select(Promise)
        .where(Promise.debtor_id == debtor_id, Promise.state == "pending")
        .options(joinedload(Promise.account), joinedload(Promise.means))
        .order_by(Promise.due_on, Promise.id)
    ).all()


def told_agreements(session: Session, debtor_id: int, today: date) -> list[AgreementLine]:
    """The person's agreements that go on or were broken, newest first."""
    return [
        AgreementLine(agreement, schedule_of(agreement, today))
        for agreement in agreements_of_person(session, debtor_id)
        if agreement.state in _TOLD
    ]
