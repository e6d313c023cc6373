"""The bills of an account that an agreement may stand on, and what each still owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agreements.models import GOING_ON, Agreement, AgreementBill
from app.core.errors import RuleBroken
from app.core.money import money
from app.debts.models import Account, Bill
from app.debts.service import OwedAccount, owed_by_person
from app.holds.models import Hold

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class OfferedBill:
    """An open bill. ``left``: what it owes in USD, payments since the load taken from the oldest first.
    ``bound_by``: the number of the agreement that keeps it from another one, else empty. ``disputed``: a
    complaint's hold keeps it from being collected, and so from being put off, until it is answered."""

    bill_id: int
    number: str
    bills_count: int
    is_grouped: bool
    due_on: date | None
    left: Decimal
    bound_by: str
    disputed: bool

    @property
    def is_free(self) -> bool:
        """It may be put off."""
        return not (self.bound_by or self.disputed)


@dataclass(frozen=True, slots=True)
class Offer:
    """An account whose debt may be put off. ``most``: what an agreement may come to, in USD: owed, less
    what is under complaint. ``going_on``: the agreement that the account has already."""

    account: Account
    owed: OwedAccount
    bills: list[OfferedBill]
    going_on: Agreement | None

    @property
    def most(self) -> Decimal:
        """Owed less what is under complaint."""
        return max(self.owed.owed - self.owed.disputed, _NOTHING)

    @property
    def free(self) -> list[OfferedBill]:
        """The bills that no other agreement binds and no complaint disputes."""
        return [bill for bill in self.bills if bill.is_free]


def offer_of(session: Session, account_id: int) -> Offer:
    """What of an account may be put off; RuleBroken when it is closed or unknown."""
    account = session.get(Account, account_id)
    owed = account and next(
        (o for o in owed_by_person(session, account.debtor_id) if o.account_id == account.id), None
    )
    if account is None or owed is None:
        raise RuleBroken(_l("That account owes nothing now: there is nothing to put off."))
    return Offer(account, owed, _bills(session, account, owed), going_on(session, account_id))


def going_on(session: Session, account_id: int) -> Agreement | None:
    """The account's agreement that somebody works on or that runs."""
    return session.scalar(
        select(Agreement).where(Agreement.account_id == account_id, Agreement.state.in_(GOING_ON))
    )


def _bills(session: Session, account: Account, owed: OwedAccount) -> list[OfferedBill]:
    binding = dict(
        session.execute(
            select(AgreementBill.bill_id, Agreement)
            .join(Agreement, Agreement.id == AgreementBill.agreement_id)
            .join(Bill, Bill.id == AgreementBill.bill_id)
            .where(AgreementBill.binds, Bill.account_id == account.id)
        ).all()
    )
    held = select(Hold.bill_id).where(
        Hold.account_id == account.id, Hold.scope == "bill", Hold.lifted_at.is_(None)
    )
    disputed = set(session.scalars(held.where(Hold.expired_on.is_(None))))
    paid = max(owed.paid_since, _NOTHING)
    offered = []
    for bill in session.scalars(
        select(Bill)
        .where(Bill.account_id == account.id, Bill.closed_on.is_(None), Bill.balance > 0)
        .order_by(Bill.due_on.nulls_first(), Bill.id)
    ):
        taken = min(paid, bill.balance)
        paid -= taken
        bound = binding.get(bill.id)
        left = bill.balance - taken
        if left > 0:
            offered.append(
                OfferedBill(
                    bill.id,
                    bill.number,
                    bill.bills_count,
                    bill.is_grouped,
                    bill.due_on,
                    left,
                    bound.number if bound else "",
                    bill.id in disputed,
                )
            )
    return offered


def chosen_bills(
    offer: Offer, bill_ids: Sequence[int], own: Agreement | None = None
) -> list[OfferedBill]:
    """The bills that were chosen of ``offer``; RuleBroken in one sentence when they cannot be put off.
    ``own``: the draft that is being worked on, which binds nothing."""
    chosen = [bill for bill in offer.bills if bill.bill_id in set(bill_ids)]
    if not chosen or len(chosen) < len(set(bill_ids)):
        raise RuleBroken(_l("Choose at least one bill that this account still owes."), "bills")
    for bill in chosen:
        if bill.bound_by:
            raise RuleBroken(
                _l(
                    "These bills stand under the agreement %(number)s: the same debt is not put off twice.",
                    number=bill.bound_by,
                ),
                "bills",
            )
    if any(bill.disputed for bill in chosen):
        raise RuleBroken(
            _l("A bill under complaint is not put off: choose others, or wait for its answer."),
            "bills",
        )
    if offer.going_on is not None and offer.going_on is not own:
        raise RuleBroken(
            _l(
                "This account has the agreement %(number)s already: it takes one at a time.",
                number=offer.going_on.number,
            )
        )
    capital = sum((bill.left for bill in chosen), _NOTHING)
    if capital > offer.most:
        raise RuleBroken(
            _l(
                "The chosen bills (%(capital)s) are more than what may be put off (%(most)s).",
                capital=money(capital),
                most=money(offer.most),
            ),
            "bills",
        )
    return chosen
