"""What is known of the unit's people at a moment: plain rows, named as the tables and columns are.

The reference reads these and nothing else; `tests.attempts.store` mirrors every row and change into
the database.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo


@dataclass(eq=False)
class Row:
    """``TABLE`` is where it is written; fields in ``LOOSE`` are the reference's own, no columns."""

    id: int

    TABLE = ""
    LOOSE = ()


@dataclass(eq=False)
class Portfolio(Row):
    name: str
    as_of: date

    TABLE = "portfolio"


@dataclass(eq=False)
class Bill(Row):
    account_id: int
    number: str
    balance: Decimal
    closed_on: date | None = None

    TABLE = "bill"


@dataclass(eq=False)
class Payment(Row):
    portfolio_id: int
    account_id: int
    reference: str
    paid_on: date
    amount: Decimal
    is_reversal: bool
    recorded_at: datetime

    TABLE = "payment"


@dataclass(eq=False)
class Promise(Row):
    debtor_id: int
    account_id: int
    amount: Decimal
    due_on: date
    check_on: date
    made_on: date
    made_at: datetime
    state: str = "pending"

    TABLE = "promise"


@dataclass(eq=False)
class Account(Row):
    portfolio_id: int
    debtor_id: int
    number: str
    number_key: str
    balance: Decimal
    balance_as_of: date
    address: str = ""
    agreed_balance: Decimal = Decimal(0)
    covered: Decimal = Decimal(0)
    in_complaint: bool = False
    disputed_balance: Decimal = Decimal(0)
    enforced_at: datetime | None = None
    closed_on: date | None = None
    portfolio: Portfolio | None = None
    bills: list[Bill] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)

    TABLE = "account"
    LOOSE = ("portfolio", "bills", "payments", "promises")


@dataclass(eq=False)
class Point(Row):
    debtor_id: int
    kind: str
    value: str
    is_mobile: bool = False
    state: str = "unverified"

    TABLE = "contact_point"


@dataclass(eq=False)
class Hold(Row):
    debtor_id: int
    scope: str
    reason: str
    starts_on: date
    ends_on: date
    placed_at: datetime
    account_id: int | None = None
    bill_id: int | None = None
    channel: str | None = None
    contact_point_id: int | None = None
    lifted_at: datetime | None = None

    TABLE = "hold"


@dataclass(eq=False)
class Callback(Row):
    debtor_id: int
    due_at: datetime
    asked_at: datetime
    done_at: datetime | None = None

    TABLE = "callback"


@dataclass(eq=False)
class Attempt(Row):
    debtor_id: int
    channel: str
    at: datetime
    answered: bool | None = None

    TABLE = "contact_attempt"


@dataclass(eq=False)
class Holiday(Row):
    day: date
    name: str
    scope: str

    TABLE = "holiday"


@dataclass(eq=False)
class Person(Row):
    person_key: str
    name: str
    deceased_reported_at: datetime | None = None
    accounts: list[Account] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)

    TABLE = "debtor"
    LOOSE = ("accounts", "points", "holds", "callbacks", "attempts")


@dataclass(frozen=True)
class Norms:
    """The unit's settings in force: hours, caps (0 a week: no such cap), how old a portfolio may be."""

    zone: ZoneInfo = ZoneInfo("America/Guayaquil")
    contact_from: time = time(7)
    contact_until: time = time(20)
    attempts_per_day: int = 3
    contacts_per_day: int = 1
    attempts_per_week: int = 0
    contacts_per_week: int = 0
    stale_after_days: int = 7


def known_of(person: Person) -> str:
    """All facts of a person that can still matter, a line each, for a disagreement."""
    accounts = [
        row for account in person.accounts for row in (account, account.portfolio, *_debts(account))
    ]
    holds = [hold for hold in person.holds if hold.lifted_at is None]
    rows = [person, *person.points, *accounts, *holds, *person.callbacks, *person.attempts[-8:]]
    return "\n".join(f"  {row.TABLE}: {_told(row)}" for row in rows)


def _debts(account: Account) -> list[Row]:
    return [
        *(bill for bill in account.bills if bill.closed_on is None),
        *account.payments,
        *account.promises,
    ]


def _told(row: Row) -> str:
    told = [f for f in fields(row) if f.name not in row.LOOSE]
    usual = {f.name: f.default for f in told if f.default is not MISSING}
    values = {f.name: getattr(row, f.name) for f in told}
    return ", ".join(
        f"{name}={value}" for name, value in values.items() if value != usual.get(name, MISSING)
    )
