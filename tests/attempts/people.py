"""The unit of the generated year: its portfolios and people, as rows that are in the store."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.attempts.facts import Account, Attempt, Bill, Norms, Person, Point, Portfolio
from tests.attempts.store import Store, cents

_PORTFOLIOS = ("agua", "mejoras", "alcantarillado", "luz")


@dataclass
class Unit:
    """Everything that can change; ``complained``: accounts whose bills' holds changed since last asked."""

    store: Store
    chance: random.Random
    norms: Norms
    holidays: set[date]
    portfolios: list[Portfolio] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    complained: set[int] = field(default_factory=set)
    #: Dialled or written to, and what will come of it: ``(attempt, person, known at, answered)``.
    unknown: list[tuple[Attempt, Person, datetime, bool]] = field(default_factory=list)

    def happens(self, share: float) -> bool:
        return self.chance.random() < share


def found_unit(unit: Unit, people: int, day: date) -> None:
    """Portfolios loaded a day before ``day`` and their first ``people``."""
    for name in _PORTFOLIOS:
        row = Portfolio(unit.store.key(), f"{name} {unit.store.key()}", day - timedelta(days=1))
        unit.store.add(row)
        unit.portfolios.append(row)
    for _ in range(people):
        unit.people.append(_person(unit))


def _person(unit: Unit) -> Person:
    chance = unit.chance
    key = unit.store.key()
    person = Person(key, f"CTA:{key}", f"LOOR VERA N{key}")
    unit.store.add(person)
    for _ in range(chance.choices((0, 1, 2, 3), (4, 50, 34, 12))[0]):
        add_point(unit, person, "phone")
    for kind, share in (("email", 0.75), ("address", 0.3)):
        if unit.happens(share):
            add_point(unit, person, kind)
    for _ in range(chance.choices((1, 2, 3), (60, 28, 12))[0]):
        _account(unit, person, chance.choice(unit.portfolios))
    return person


def add_point(unit: Unit, person: Person, kind: str) -> None:
    """A new phone, e-mail or address."""
    key = unit.store.key()
    is_mobile = kind == "phone" and unit.happens(0.8)
    value = {"phone": f"+593{key}", "email": f"n{key}@example.com", "address": f"CALLE {key}"}[kind]
    point = Point(key, person.id, kind, value, is_mobile)
    unit.store.add(point)
    person.points.append(point)


def _account(unit: Unit, person: Person, portfolio: Portfolio) -> None:
    key = unit.store.key()
    account = Account(
        key,
        portfolio.id,
        person.id,
        str(key),
        str(key),
        balance=Decimal(0),
        balance_as_of=portfolio.as_of,
        address=f"AVENIDA {key}" if unit.happens(0.75) else "",
        portfolio=portfolio,
    )
    amounts = [cents(unit.chance.uniform(4, 90)) for _ in range(unit.chance.randint(1, 4))]
    account.balance = sum(amounts, Decimal(0))
    unit.store.add(account)
    person.accounts.append(account)
    add_bills(unit, account, amounts)


def add_bills(unit: Unit, account: Account, amounts: Iterable[Decimal]) -> None:
    """New bills of ``account``."""
    for amount in amounts:
        bill = Bill(unit.store.key(), account.id, f"P{unit.store.key()}", amount)
        unit.store.add(bill)
        account.bills.append(bill)
