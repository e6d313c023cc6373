"""Invents what people owe: accounts, their bills as of the two loads, and what they pay of them.

Money is counted in whole cents here and becomes NUMERIC on its way into the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from app.debts.numbers import account_key
from app.seed import words
from app.seed.people import Person
from app.seed.world import World

WATER, WORKS = "agua", "mejoras"
#: How many unpaid bills an account has: a short head and a long tail (from, to, weight).
_BILL_COUNTS = (
    (1, 1, 42),
    (2, 2, 23),
    (3, 3, 12),
    (4, 6, 12),
    (7, 12, 6.5),
    (13, 24, 3),
    (25, 40, 1.5),
)
_RANGES = [(low, high) for low, high, _ in _BILL_COUNTS]
_RANGE_WEIGHTS = [weight for *_, weight in _BILL_COUNTS]
_MONTH = timedelta(days=30)
_BOTH, _ONLY_WORKS = 0.12, 0.06
#: A company's bill beside a household's.
_LARGER = 5


@dataclass(slots=True)
class DebtBill:
    """A planilla: issued for ``amount``, with interest ``total``; ``cents`` is what is left of it."""

    number: str
    issued_on: date
    due_on: date
    amount: int
    total: int
    cents: int
    count: int = 1
    id: int = 0

    @property
    def closed(self) -> bool:
        """Nothing is left of it."""
        return self.cents == 0


@dataclass(slots=True)
class Paid:
    """A payment, or its reversal when ``cents`` is negative."""

    day: date
    cents: int
    reference: int
    means: str


@dataclass(slots=True)
class Debt:
    """An account. ``opening`` is its balance in the first load (0: it came in the second), ``left``
    what may still be promised or paid of it."""

    portfolio: str
    number: str
    serial: int
    bills: list[DebtBill]
    opening: int = 0
    opening_bills: int = 0
    opening_oldest: date | None = None
    #: What the second load adds, and the day from which that is known.
    newer: int = 0
    newer_from: date = date.max
    left: int = 0
    agreed: int = 0
    in_complaint: bool = False
    disputed: int = 0
    promises: int = 0
    agreement: bool = False
    paid: list[Paid] = field(default_factory=list)
    id: int = 0

    @property
    def key(self) -> str:
        """The number as it is compared."""
        return account_key(self.number)

    @property
    def standing(self) -> list[DebtBill]:
        """The bills of which something is left."""
        return [bill for bill in self.bills if bill.cents]

    @property
    def closing(self) -> int:
        """The balance in the second load, once `settle_bills` has run."""
        return sum(bill.cents for bill in self.bills)

    def owed_before(self, day: date) -> int:
        """Cents that its owner was known to owe in the morning of ``day``."""
        known = self.opening + (self.newer if day >= self.newer_from else 0)
        return known - sum(p.cents for p in self.paid if p.day < day)

    def bills_before(self, day: date) -> int:
        """How many bills the load of that morning had."""
        return self.opening_bills if day < self.newer_from else sum(b.count for b in self.bills)

    def collectable_before(self, day: date) -> int:
        """The same without what is under complaint."""
        if self.in_complaint:
            return max(self.owed_before(day) - self.disputed, 0) if self.disputed else 0
        return self.owed_before(day)


def invent_debts(rng: Random, world: World, person: Person, serial: int, room: int) -> list[Debt]:
    """The person's accounts, at most ``room``; ``serial`` numbers the first."""
    draw = rng.random()
    if draw < _BOTH and room > 1:
        kinds: tuple[str, ...] = (WATER, WORKS)
    else:
        kinds = (WORKS,) if draw > 1 - _ONLY_WORKS else (WATER,)
    return [_invent(rng, world, person, kind, serial + n) for n, kind in enumerate(kinds)]


def _invent(rng: Random, world: World, person: Person, portfolio: str, serial: int) -> Debt:
    scale = rng.lognormvariate(0.2, 0.95) * (_LARGER if person.kind == "ruc_company" else 1)
    bills = _monthly_bills(rng, world, serial, scale)
    if portfolio == WORKS:
        bills = [_grouped(bills)]
    number = f"{serial + 10_001:08d}" if portfolio == WATER else f"CM-{serial + 500_001}"
    debt = Debt(portfolio, number, serial, bills)
    known = [bill for bill in bills if bill.due_on <= world.first_as_of]
    debt.opening = debt.left = sum(bill.cents for bill in known)
    debt.newer = sum(bill.cents for bill in bills) - debt.opening
    debt.newer_from = world.as_of + timedelta(days=1)
    debt.opening_bills = sum(bill.count for bill in known)
    debt.opening_oldest = known[0].due_on if known else None
    _complain_or_agree(rng, debt)
    return debt


def _monthly_bills(rng: Random, world: World, serial: int, scale: float) -> list[DebtBill]:
    """Oldest first, the newest already due at the second load; some supplies were cut long ago."""
    low, high = rng.choices(_RANGES, _RANGE_WEIGHTS)[0]
    count = rng.randint(low, high)
    newest = world.as_of - timedelta(days=rng.randint(10, 80))
    if rng.random() < 0.07:
        newest -= timedelta(days=rng.randint(90, 700))
    bills: list[DebtBill] = []
    for back in range(count - 1, -1, -1):
        due = newest - back * _MONTH
        amount = max(int(1850 * scale * rng.uniform(0.6, 1.5)), 215)
        interest = amount * back * 8 // 1000
        number = f"{due:%Y%m}-{serial + 10_001:07d}"
        if bills and bills[-1].number == number:
            number += "-2"
        total = amount + interest
        bills.append(DebtBill(number, due - timedelta(days=18), due, amount, total, total))
    return bills


def _grouped(bills: list[DebtBill]) -> DebtBill:
    """One row an account: the count of planillas, their sum and the oldest day, named as intake names it."""
    total = sum(bill.cents for bill in bills)
    amount = sum(bill.amount for bill in bills)
    first = bills[0]
    return DebtBill("AGRUPADA", first.issued_on, first.due_on, amount, total, total, len(bills))


def _complain_or_agree(rng: Random, debt: Debt) -> None:
    draw = rng.random()
    if draw < 0.025:
        debt.in_complaint = True
        debt.disputed = debt.left // 3 if draw < 0.012 else 0
    elif draw < 0.055:
        debt.agreed = rng.randint(60, 900) * 100


def settle_bills(debt: Debt, as_of: date) -> None:
    """What was paid until the second load goes off the oldest bills, as billing does it."""
    paid = sum(p.cents for p in debt.paid if p.day <= as_of)
    for bill in debt.bills:
        taken = min(paid, bill.cents)
        bill.cents -= taken
        paid -= taken


def address_of(rng: Random) -> str:
    """A street corner."""
    return f"{rng.choice(words.STREETS)} {rng.randint(1, 999)} Y {rng.choice(words.STREETS)}"
