"""An invented book of calls, promises and payments, and a computation of its own over it."""

from __future__ import annotations

import io
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import force_locale
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.models import (
    Account,
    Call,
    Debtor,
    Load,
    Outcome,
    Payment,
    Portfolio,
    Promise,
)
from app.reports.service import (
    daily_report,
    make_workbook,
)
from app.reports.workbook import Stamp

GUAYAQUIL = ZoneInfo("America/Guayaquil")
DAY = date(2026, 11, 23)
SETTINGS = Settings({})
#: Nowhere in what an operator is shown: ID, account, balance, bills, promise, dates, note.
CANARIES = (
    "1712345675",
    "8800112233",
    "7391.17",
    "7.391,17",
    "7,391.17",
    "613",
    "4517.83",
    "4.517,83",
    "4,517.83",
    "2026-12-29",
    "29/12/2026",
    "31/12/2026",
    "CANARY-NOTE",
    "CANARY-REF",
)


@dataclass
class Book:
    """Writes invented rows straight into the tables."""

    session: Session
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        portfolio = Portfolio(name="agua-informes", as_of=date(2026, 11, 20))
        self.session.add(portfolio)
        self.session.flush()
        self.load = Load(
            kind="portfolio",
            portfolio_id=portfolio.id,
            file_name="x",
            as_of=date(2026, 11, 20),
            created_at=at_clock(time(6)),
        )
        self.session.add(self.load)
        self.session.flush()
        self.outcomes = {o.code: o for o in self.session.scalars(sa.select(Outcome))}

    def account(self, **values) -> Account:
        n = next(self.serial)
        debtor = Debtor(
            person_key=f"CTA:{n}",
            name=values.pop("name", f"CEDEÑO ANA {n}"),
            identification=values.pop("identification", ""),
        )
        number = values.pop("number", f"A-{n:06}")
        account = Account(
            debtor=debtor,
            portfolio_id=self.load.portfolio_id,
            number=number,
            number_key=number.replace("-", ""),
            balance=Decimal("10.00"),
            attributes={},
            balance_as_of=date(2026, 11, 20),
            load_id=self.load.id,
            row_hash=b"x",
        )
        self.session.add(account)
        self.session.flush()
        return account

    def call(self, account: Account, operator, code: str, at: datetime, **values) -> Call:
        outcome = self.outcomes[code]
        call = Call(
            **{
                "submit_key": uuid.uuid4(),
                "debtor_id": account.debtor_id,
                "account_id": account.id,
                "operator_id": operator.user_id,
                "outcome": outcome,
                "direction": "outgoing",
                "started_at": at,
                "ended_at": at + timedelta(minutes=1),
                "verified": outcome.right_party,
                "owed": Decimal("10.00"),
                "bills_count": 2,
            }
            | values
        )
        self.session.add(call)
        self.session.flush()
        return call

    def promise(self, call: Call, amount: str, **values) -> Promise:
        made = call.started_at.astimezone(GUAYAQUIL).date()
        account = self.session.get(Account, call.account_id)
        promise = Promise(
            **{
                "debtor_id": call.debtor_id,
                "account_id": account.id,
                "call_id": call.id,
                "amount": Decimal(amount),
                "due_on": made,
                "check_on": made + timedelta(days=3),
                "threshold_percent": Decimal(95),
                "made_on": made,
                "made_at": call.ended_at,
                "made_by_id": call.operator_id,
                "state": "kept",
                "paid": Decimal(0),
            }
            | values
        )
        self.session.add(promise)
        self.session.flush()
        return promise

    def payment(self, account: Account, amount: str, paid_on: date = DAY) -> Payment:
        payment = Payment(
            portfolio_id=account.portfolio_id,
            account_id=account.id,
            reference=f"R{next(self.serial)}",
            paid_on=paid_on,
            amount=Decimal(amount),
            is_reversal=Decimal(amount) < 0,
            load_id=self.load.id,
            recorded_at=at_clock(time(23)),
        )
        self.session.add(payment)
        self.session.flush()
        return payment


def at_clock(clock: time, day: date = DAY) -> datetime:
    return datetime.combine(day, clock, GUAYAQUIL).astimezone(UTC)


def report_of(session: Session, day: date = DAY, operator=None, settings: Settings = SETTINGS):
    return daily_report(session, settings, day, operator and operator.user_id)


@dataclass
class Told:
    call: Call
    by: SimpleNamespace
    promises: list[Decimal]


def tell_day(rng: random.Random, book: Book, people) -> SimpleNamespace:
    """Three days of invented contacts around DAY, with corrections, promises and payments."""
    accounts = [book.account() for _ in range(12)]
    standing: list[Told] = []
    for _ in range(60):
        day = DAY + timedelta(rng.choice((-1, 0, 0, 0, 1)))
        at = at_clock(time(rng.choice((0, 7, 8, 13, 19, 23)), rng.choice((0, 30, 59))), day)
        told = told_call(rng, book, rng.choice(accounts), rng.choice((people.ana, people.luis)), at)
        if not told.promises and rng.random() < 0.2:
            fixed = told_call(rng, book, told.call.account, told.by, at, corrects_id=told.call.id)
            told = fixed
        standing.append(told)
    for account in rng.sample(accounts, 8):
        book.payment(account, str(Decimal(rng.randrange(1, 99999)) / 100))
    return SimpleNamespace(standing=standing)


def told_call(rng: random.Random, book: Book, account: Account, by, at: datetime, **values) -> Told:
    code = rng.choice(sorted(book.outcomes))
    direction = rng.choice(("outgoing", "outgoing", "outgoing", "incoming", "counter"))
    owed = Decimal(rng.randrange(0, 10**7)) / 100
    call = book.call(
        account,
        by,
        code,
        at,
        direction=direction,
        owed=owed,
        bills_count=rng.randrange(9),
        **values,
    )
    session = book.session
    session.refresh(call)
    promises = []
    for _ in range(rng.choice((1, 1, 2)) if call.outcome.promise else 0):
        amount = Decimal(rng.randrange(1, 10**6)) / 100
        state, check_on = (
            rng.choice(("kept", "partial", "broken", "replaced")),
            DAY + timedelta(rng.choice((0, 1))),
        )
        book.promise(call, str(amount), state=state, due_on=DAY - timedelta(1), check_on=check_on)
        promises.append(amount)
    return Told(call, by, promises)


def same_figures(figures, calls: list[Told]) -> None:
    out = [
        c
        for c in calls
        if c.call.direction == "outgoing"
        and c.call.outcome.code not in ("SYS_BLOCKED", "SYS_ERROR")
    ]
    holders = [c for c in calls if c.call.outcome.code.startswith("RPC_")]
    assert figures.contacts == len(calls)
    assert (figures.attempts, figures.others) == (len(out), len(calls) - len(out))
    assert figures.answered == sum(c.call.outcome.code[:3] in ("RPC", "TPC", "UNV") for c in out)
    assert figures.right_party == sum(c.call.outcome.code.startswith("RPC_") for c in out)
    assert figures.effective == sum(c.call.outcome.effective for c in out)
    assert (figures.holders, figures.promising) == (
        len(holders),
        sum(bool(c.promises) for c in holders),
    )
    assert figures.promises == sum(len(c.promises) for c in calls)
    assert figures.promised == sum((p for c in calls for p in c.promises), Decimal(0))
    assert figures.owed == sum((c.call.owed for c in calls), Decimal(0))


def best_of(calls: list[Told]) -> dict[int, int]:
    by_person: dict[int, Call] = {}
    for told in sorted(calls, key=lambda c: (c.call.outcome.weight, c.call.started_at, c.call.id)):
        by_person[told.call.debtor_id] = told.call
    return dict(Counter(call.outcome.id for call in by_person.values()))


def day_of(call: Call) -> date:
    return call.started_at.astimezone(GUAYAQUIL).date()


def hour_of(call: Call) -> int:
    return call.started_at.astimezone(GUAYAQUIL).hour


def made_workbook(session: Session, day: date = DAY) -> io.BytesIO:
    file = io.BytesIO()
    stamp = Stamp("Empresa", "America/Guayaquil", at_clock(time(20)), "Eva Loor")
    with force_locale("es"):
        make_workbook(session, SETTINGS, day, None, file, stamp)
    file.seek(0)
    return file


def sheets_of(file: io.BytesIO) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(file)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def table_of(rows: list[list], head: str) -> tuple[list[list], list]:
    """The rows below the heading ``head``, and the total under them."""
    start = next(n for n, row in enumerate(rows) if row[0] == head) + 1
    end = next(n for n, row in enumerate(rows) if n >= start and row[0] == "Total")
    return rows[start:end], rows[end]


def cents_of(values) -> Decimal:
    """Σ of what was read back, each value exactly as its cell says; dashes count for nothing."""
    numbers = (Decimal(repr(v)) for v in values if not isinstance(v, str))
    return sum(numbers, Decimal(0)).quantize(Decimal("0.01"))


def plain_cell(cell) -> str:
    return f"{cell:%d/%m/%Y} {cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell)
