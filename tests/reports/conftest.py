"""What the tests of the reports stand on."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from tests.reports.book import (
    DAY,
    Book,
    at_clock,
)


@pytest.fixture
def book(session: Session) -> Book:
    return Book(session)


@pytest.fixture
def canary(session, book, people) -> SimpleNamespace:
    account = book.account(name="QUISHPE ALMA", identification="1712345675", number="8800112233")
    call = book.call(
        account,
        people.ana,
        "RPC_PTP_FULL",
        at_clock(time(9)),
        owed=Decimal("7391.17"),
        bills_count=613,
        note="CANARY-NOTE",
    )
    book.promise(
        call,
        "4517.83",
        due_on=date(2026, 12, 29),
        check_on=date(2026, 12, 31),
        paid=Decimal("4517.83"),
    )
    other = book.account(name="QUISHPE ALMA", identification="1712345675", number="8800112233-1")
    book.promise(
        book.call(
            other,
            people.ana,
            "RPC_PTP_FULL",
            at_clock(time(10)),
            bills_count=613,
            owed=Decimal("7391.17"),
        ),
        "0.17",
        check_on=DAY,
    )
    book.payment(account, "7391.17").reference = "CANARY-REF"
    session.commit()
    return SimpleNamespace(account=account, call=call)
