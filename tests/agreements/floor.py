"""What the tests of agreements stand on: days, sums, and what is done to an agreement."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.agreements.judging import judge_agreements
from app.agreements.service import Wanted
from app.core.agent import SYSTEM
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debts.service import owed_by_person
from app.models import Account, Agreement, Payment, TimelineEvent
from tests.conftest import NOW
from tests.factories import make_payment

SETTINGS = Settings({})
#: Tuesday; judged ones are asked for and given today, over what was owed ten days ago.
DAY = NOW.date()
AS_OF = DAY - timedelta(days=10)
GRACE = 3
#: 20.00 the day after tomorrow, then three of 30.00.
DUES = [
    (DAY + timedelta(days=n), amount)
    for n, amount in ((2, "20"), (10, "30"), (20, "30"), (30, "30"))
]
DOWN, FIRST, SECOND, LAST = (day for day, _ in DUES)
PLAIN = [
    (day, day + timedelta(days=GRACE if number else 0), Decimal(amount))
    for number, (day, amount) in enumerate(DUES)
]

LATER = NOW + timedelta(hours=2)
#: The last day on which a down payment may fall: Wednesday 2 December.
LATEST = date(2026, 12, 2)
REASON = "the person asked for it in writing"
_ticks = itertools.count(1)


def moment():
    """A moment after every one before: what is recorded first is judged first."""
    return NOW + timedelta(seconds=next(_ticks))


def pay(session, account: Account, amount: str, paid_on: date, **columns) -> Payment:
    columns = {"recorded_at": moment()} | columns
    payment = make_payment(
        session,
        account,
        amount,
        paid_on,
        **{name: value for name, value in columns.items() if name != "recorded_at"},
    )
    payment.recorded_at = columns["recorded_at"]
    session.flush()
    return payment


def take_back(session, payment: Payment, on: date) -> Payment:
    account = session.get_one(Account, payment.account_id)
    return pay(session, account, str(-payment.amount), on, reference=payment.reference)


def judge(session, day: date, **whose) -> list[tuple[str, str]]:
    judged = judge_agreements(session, SYSTEM, moment(), day, **whose)
    session.expire_all()
    return [(j.before, j.after) for j in judged if j.before != j.after]


def sums(session, account: Account) -> tuple[Decimal, Decimal, Decimal]:
    """What of the account is owed, covered and to be collected."""
    (owed,) = owed_by_person(session, account.debtor_id)
    return owed.owed, owed.covered, owed.collectable


def wanted(account: Account, *which: int, **changed) -> Wanted:
    """All bills of the account over six months, or ``which`` of them."""
    bills = [account.bills[n] for n in which] if which else account.bills
    return Wanted(account.id, tuple(b.id for b in bills), **({"months": 6} | changed))


def refusal(deed_, *args, **more) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        deed_(*args, **more)
    assert str(caught.value).strip().endswith(".")
    return caught.value


def told(session, agreement: Agreement) -> list[tuple[str, int | None]]:
    """The timeline of the agreement: deed and who."""
    return (
        session.execute(
            sa.select(TimelineEvent.deed, TimelineEvent.agent_id)
            .where(TimelineEvent.subject == "agreement", TimelineEvent.subject_id == agreement.id)
            .order_by(TimelineEvent.id)
        )
        .tuples()
        .all()
    )
