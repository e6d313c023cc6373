"""What a specialist looks at to find out what is so, by kind of case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from app.cases.models import VerificationCase
from app.cases.queries import OTHERS, PAYMENTS
from app.core.settings import Settings
from app.debtors.models import Debtor
from app.debts.models import Account
from app.debts.service import OwedAccount, owed_by_person
from app.models import Agreement, Call, Promise

#: How many of each are shown: the newest, the likeliest.
_MOST_CALLS, _MOST_PAYMENTS, _MOST_PROMISES, _MOST_AGREEMENTS, _MOST_OTHERS = 8, 30, 10, 5, 20
#: What another person shares with the case's, in words.
SHARED = {
    "phone": _l("same telephone"),
    "email": _l("same e-mail"),
    "account": _l("same account number"),
    "identification": _l("same identification"),
    "repeated": _l("may be the same person"),
}


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A payment of the case's accounts, USD. ``matches``: it bears the receipt named on the call."""

    id: int
    paid_on: date
    amount: Decimal
    reference: str
    channel: str
    account: str
    is_reversal: bool
    recorded_at: datetime
    matches: bool


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """Somebody who shares something with the case's person; ``why``: codes of `SHARED`."""

    id: int
    name: str
    identification: str
    deceased: bool
    why: list[str]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known. ``owed`` by account key, USD, open accounts only; what a kind has no use for is empty."""

    case: VerificationCase
    person: Debtor
    accounts: Sequence[Account]
    owed: dict[int, OwedAccount]
    calls: Sequence[Call]
    others_open: Sequence[VerificationCase]
    payments: Sequence[PaymentSeen] = field(default_factory=list)
    promises: Sequence[Promise] = field(default_factory=list)
    agreements: Sequence[Agreement] = field(default_factory=list)
    others: Sequence[OtherPerson] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What is owed now on the accounts that the case is about."""
        about = {account.id for account in self.accounts}
        return sum((o.owed for key, o in self.owed.items() if key in about), Decimal(0))

    @property
    def informed_at(self) -> datetime | None:
        """The moment of the oldest load that the figures come from."""
        moments = [account.portfolio.loaded_at for account in self.accounts]
        return min((m for m in moments if m), default=None)


def find_case(session: Session, case_id: int) -> VerificationCase | None:
    """The case with its call, its person and who opened and closed it."""
    call = joinedload(VerificationCase.call)
    return session.scalar(
        select(VerificationCase)
        .where(VerificationCase.id == case_id)
        .options(
            call.joinedload(Call.outcome),
            call.joinedload(Call.nonpayment_reason),
            call.joinedload(Call.contact_point),
            joinedload(VerificationCase.account),
            joinedload(VerificationCase.hold),
            joinedload(VerificationCase.opened_by),
            joinedload(VerificationCase.closed_by),
        )
    )


def case_facts(session: Session, settings: Settings, case: VerificationCase) -> CaseFacts:
    """What to look at for ``case``."""
    person = session.scalars(
        select(Debtor)
        .where(Debtor.id == case.debtor_id)
        .options(
            selectinload(Debtor.contact_points),
            selectinload(Debtor.accounts).joinedload(Account.portfolio),
        )
    ).one()
    mine = [a for a in person.accounts if case.account_id in (None, a.id)]
    return CaseFacts(
        case=case,
        person=person,
        accounts=mine,
        owed={o.account_id: o for o in owed_by_person(session, person.id)},
        calls=_calls(session, person.id),
        others_open=_others_open(session, case),
        **_BY_KIND[case.kind](session, settings, case),
    )


def _calls(session: Session, debtor_id: int) -> Sequence[Call]:
    return session.scalars(
        select(Call)
        .where(Call.debtor_id == debtor_id)
        .options(joinedload(Call.outcome), joinedload(Call.operator))
        .order_by(Call.started_at.desc(), Call.id.desc())
        .limit(_MOST_CALLS)
    ).all()


def _others_open(session: Session, case: VerificationCase) -> Sequence[VerificationCase]:
    return session.scalars(
        select(VerificationCase)
        .where(
            VerificationCase.debtor_id == case.debtor_id,
            VerificationCase.closed_at.is_(None),
            VerificationCase.id != case.id,
        )
        .order_by(VerificationCase.due_on, VerificationCase.id)
    ).all()


def _payments(session: Session, settings: Settings, case: VerificationCase) -> dict[str, Any]:
    values = {
        "case_id": case.id,
        "days": settings["case_payments_days"],
        "zone": settings["zone"],
        "most": _MOST_PAYMENTS,
    }
    rows = session.execute(text(PAYMENTS), values)
    return {"payments": [PaymentSeen(*row) for row in rows]}


def _commitments(session: Session, _settings: Settings, case: VerificationCase) -> dict[str, Any]:
    promises = (
        select(Promise)
        .where(Promise.debtor_id == case.debtor_id)
        .options(joinedload(Promise.account))
        .order_by(Promise.made_at.desc(), Promise.id.desc())
        .limit(_MOST_PROMISES)
    )
    agreements = (
        select(Agreement)
        .where(Agreement.debtor_id == case.debtor_id)
        .options(joinedload(Agreement.account))
        .order_by(Agreement.id.desc())
        .limit(_MOST_AGREEMENTS)
    )
    return {
        "promises": session.scalars(promises).all(),
        "agreements": session.scalars(agreements).all(),
    }


def _sharers(session: Session, _settings: Settings, case: VerificationCase) -> dict[str, Any]:
    rows = session.execute(text(OTHERS), {"debtor_id": case.debtor_id, "most": _MOST_OTHERS})
    return {"others": [OtherPerson(*row) for row in rows]}


_BY_KIND = {
    "paid_claim": _payments,
    "hardship": _commitments,
    "not_debtor": _sharers,
    "deceased": _sharers,
}
