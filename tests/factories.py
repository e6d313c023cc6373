"""Invented portfolios, people and debts, written straight into the tables.

Each helper writes one thing with sensible defaults, flushes and returns the row. Amounts are USD,
given as text or Decimal; moments carry their zone. Extra keywords are columns of the row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.models import (
    Account,
    Agreement,
    AgreementBill,
    Bill,
    ContactAttempt,
    ContactPoint,
    Debtor,
    Hold,
    Instalment,
    Load,
    Payment,
    Portfolio,
    Promise,
)

Amount = str | Decimal
Row = TypeVar("Row")
#: Every number, reference and identification is used once in a test process.
_serial = itertools.count(1)


def _written(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def make_portfolio(session: Session, as_of: date, name: str | None = None) -> Portfolio:
    """A portfolio whose one complete load shows what was owed on ``as_of``."""
    loaded_at = _midnight(as_of)
    name = name or f"cartera {next(_serial)}"
    portfolio = _written(session, Portfolio(name=name, as_of=as_of, loaded_at=loaded_at))
    make_load(session, portfolio, as_of)
    return portfolio


def make_load(session: Session, portfolio: Portfolio, as_of: date, kind: str = "portfolio") -> Load:
    """An applied load of a ``portfolio`` or of ``payments``."""
    load = Load(
        kind=kind,
        portfolio_id=portfolio.id,
        file_name=f"{kind}.csv",
        as_of=as_of,
        status="applied",
        created_at=_midnight(as_of),
        applied_at=_midnight(as_of),
    )
    return _written(session, load)


def make_debtor(
    session: Session,
    name: str = "LOOR VERA MARÍA",
    *,
    phones: Iterable[str] = ("+593991234567",),
    emails: Iterable[str] = (),
    addresses: Iterable[str] = (),
    **columns: Any,
) -> Debtor:
    """A person with these contact points; phones in E.164."""
    number = f"{next(_serial):010d}"
    defaults = {"person_key": f"ID:{number}", "identification": number}
    debtor = _written(
        session, Debtor(name=name, **(defaults | {"identification_kind": "cedula"} | columns))
    )
    for kind, values in (("phone", phones), ("email", emails), ("address", addresses)):
        for value in values:
            make_contact_point(session, debtor, kind, value)
    return debtor


def make_contact_point(
    session: Session, debtor: Debtor, kind: str, value: str, **columns: Any
) -> ContactPoint:
    """A ``phone``, ``email`` or ``address`` that came with a load; a phone +5939… is a mobile."""
    defaults = {"origin": "BASE", "added_at": datetime(2026, 1, 5, 12, tzinfo=UTC)}
    is_mobile = value.startswith("+5939")
    point = ContactPoint(
        debtor_id=debtor.id, kind=kind, value=value, is_mobile=is_mobile, **(defaults | columns)
    )
    return _written(session, point)


def make_account(
    session: Session,
    debtor: Debtor,
    portfolio: Portfolio,
    balance: Amount = "100.00",
    *,
    bills: Iterable[Amount] | None = None,
    **columns: Any,
) -> Account:
    """An account as the portfolio's last load gave it; one bill of the whole balance unless told."""
    number = f"{next(_serial):08d}"
    amounts = [Decimal(amount) for amount in ([balance] if bills is None else bills)]
    load = session.scalars(
        select(Load).where(Load.portfolio_id == portfolio.id).order_by(Load.id.desc()).limit(1)
    ).one()
    due_on = portfolio.as_of - timedelta(days=45)
    defaults = {
        "number": number,
        "number_key": number.lstrip("0"),
        "bills_count": len(amounts),
        "oldest_due_on": due_on,
        "balance_as_of": portfolio.as_of,
        "row_hash": number.encode(),
    }
    account = Account(
        portfolio_id=portfolio.id,
        debtor_id=debtor.id,
        balance=Decimal(balance),
        load_id=load.id,
        **(defaults | columns),
    )
    _written(session, account)
    for amount in amounts:
        bill = Bill(
            account_id=account.id,
            number=f"P{next(_serial)}",
            due_on=due_on,
            amount=amount,
            balance=amount,
        )
        _written(session, bill)
    return account


def make_payment(
    session: Session, account: Account, amount: Amount, paid_on: date, **columns: Any
) -> Payment:
    """A payment of ``account``; a negative amount is a reversal."""
    load = make_load(session, session.get_one(Portfolio, account.portfolio_id), paid_on, "payments")
    payment = Payment(
        portfolio_id=account.portfolio_id,
        account_id=account.id,
        amount=Decimal(amount),
        is_reversal=Decimal(amount) < 0,
        paid_on=paid_on,
        load_id=load.id,
        **({"reference": f"R{next(_serial)}", "recorded_at": _midnight(paid_on)} | columns),
    )
    return _written(session, payment)


def make_promise(
    session: Session,
    agent: Agent,
    account: Account,
    due_on: date,
    *,
    amount: Amount = "50.00",
    check_on: date | None = None,
    **columns: Any,
) -> Promise:
    """A pending promise taken by ``agent`` five days before ``due_on``; no grace unless told."""
    made_on = due_on - timedelta(days=5)
    promise = Promise(
        debtor_id=account.debtor_id,
        account_id=account.id,
        amount=Decimal(amount),
        due_on=due_on,
        check_on=check_on or due_on,
        made_by_id=agent.user_id,
        **({"threshold_percent": 95, "made_on": made_on, "made_at": _midnight(made_on)} | columns),
    )
    return _written(session, promise)


def make_agreement(
    session: Session,
    requester: Agent,
    approver: Agent,
    account: Account,
    dues: Sequence[tuple[date, Amount]],
    *,
    state: str = "awaiting",
    requested_at: datetime | None = None,
    grace_days: int = 8,
    counts_from: date | None = None,
    **columns: Any,
) -> Agreement:
    """An agreement over all bills of ``account`` as its request and approval leave it. ``dues``: day and
    amount of the down payment, then of each instalment. Asked for when the down payment falls due
    unless told; payments count from the day after the balance's. ``state`` pending: not decided yet."""
    asked = requested_at or _midnight(dues[0][0])
    total = sum((Decimal(amount) for _, amount in dues), Decimal(0))
    decided = state != "pending"
    defaults = {
        "capital": total,
        "made_at": asked,
        "made_by_id": requester.user_id,
        "requested_by_id": requester.user_id,
        "decided_at": asked if decided else None,
        "decided_by_id": approver.user_id if decided else None,
    }
    agreement = Agreement(
        debtor_id=account.debtor_id,
        account_id=account.id,
        state=state,
        months=len(dues) - 1,
        grace_days=grace_days,
        total=total,
        requested_at=asked,
        counts_from=counts_from or account.balance_as_of + timedelta(days=1),
        **(defaults | columns),
    )
    agreement.bills = [
        AgreementBill(
            bill_id=bill.id, amount=bill.balance, binds=state in ("pending", "awaiting", "active")
        )
        for bill in session.scalars(select(Bill).where(Bill.account_id == account.id))
    ]
    agreement.instalments = _instalments(dues, grace_days)
    return _written(session, agreement)


def _instalments(dues: Sequence[tuple[date, Amount]], grace_days: int) -> list[Instalment]:
    """The down payment has no grace."""
    sums = itertools.accumulate(Decimal(amount) for _, amount in dues)
    return [
        Instalment(
            number=number,
            due_on=due_on,
            amount=Decimal(amount),
            cumulative=cumulative,
            lapses_on=due_on + timedelta(days=grace_days if number else 0),
        )
        for number, ((due_on, amount), cumulative) in enumerate(zip(dues, sums, strict=True))
    ]


def make_hold(
    session: Session,
    debtor: Debtor,
    starts_on: date,
    ends_on: date,
    *,
    account: Account | None = None,
    channel: str | None = None,
    point: ContactPoint | None = None,
    **columns: Any,
) -> Hold:
    """A hold on the person, or on ``account``, the number ``point``, or an opt-out of ``channel``; both days
    included. Placed a month before it begins unless told."""
    named = (("account", account), ("channel", channel), ("number", point))
    hold = Hold(
        scope=next((scope for scope, what in named if what), "person"),
        contact_point_id=point.id if point else None,
        debtor_id=debtor.id,
        account_id=account.id if account else None,
        channel=channel,
        starts_on=starts_on,
        ends_on=ends_on,
        **(
            {
                "reason": "optout" if channel else "hardship",
                "placed_at": _midnight(starts_on - timedelta(days=30)),
            }
            | columns
        ),
    )
    return _written(session, hold)


def make_attempt(
    session: Session,
    debtor: Debtor,
    at: datetime,
    channel: str = "call",
    *,
    answered: bool | None = False,
    **columns: Any,
) -> ContactAttempt:
    """The person was dialled or written to at ``at``; ``answered`` None: not known yet."""
    attempt = ContactAttempt(
        debtor_id=debtor.id, at=at, channel=channel, answered=answered, **columns
    )
    return _written(session, attempt)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
