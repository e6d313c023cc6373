"""A person with three bills, and the agreement over them that Ana asks for and Eva approves."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.agreements.judging import judge_agreements
from app.agreements.models import Agreement
from app.agreements.service import (
    Wanted,
    approve_agreement,
    request_agreement,
)
from app.core.agent import SYSTEM
from app.models import Account, Bill, Hold
from app.worklist.service import build_worklist
from tests.calls.floor import DAY, HOUR, SETTINGS
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment

_BILLS = ("110.10", "120.20", "130.30")


@pytest.fixture
def owes(session, portfolio):
    """Three bills on one account, 360.60 in all."""
    person = make_debtor(session, "VERA PLAZA ROSA")
    make_account(session, person, portfolio, "360.60", bills=_BILLS)
    build_worklist(session, SETTINGS, NOW)
    return person


@pytest.fixture
def account(owes) -> Account:
    return owes.accounts[0]


@pytest.fixture
def bills(session, account) -> list[Bill]:
    return list(session.scalars(sa.select(Bill).where(Bill.account_id == account.id)))


@pytest.fixture
def wanted(account, bills) -> Wanted:
    """All three over six months."""
    return Wanted(account.id, tuple(bill.id for bill in bills), 6)


@pytest.fixture
def agreed(session, people, wanted):
    """Ana asks on Tuesday, Eva approves."""
    made = request_agreement(session, people.ana, NOW, SETTINGS, wanted)
    return approve_agreement(session, people.eva, NOW + HOUR, SETTINGS, made.id)


def of(session) -> Agreement:
    return session.scalars(sa.select(Agreement)).one()


def holds(session) -> list[tuple[str, bool]]:
    rows = session.execute(sa.select(Hold.reason, Hold.lifted_at.is_(None)).order_by(Hold.id))
    return [tuple(row) for row in rows]


def pay(session, agreement, day: date, amount: Decimal, *, judged: date | None = None) -> None:
    """A payment, and the night's judging of that day (or ``judged``)."""
    paid = make_payment(session, agreement.account, amount, day)
    paid.recorded_at = NOW + timedelta(days=(day - DAY).days, hours=3)
    judge(session, agreement, judged or day)


def judge(session, agreement, day: date) -> None:
    now = NOW + timedelta(days=(day - DAY).days, hours=4)
    judge_agreements(session, SYSTEM, now, day, accounts=[agreement.account_id])
    session.refresh(agreement)
    session.expire_all()
