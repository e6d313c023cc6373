"""Writes people, their accounts, bills, histories and payments, as the loads left them."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from random import Random

from app.seed import words
from app.seed.copying import Ids
from app.seed.debts import WATER, WORKS, Debt, address_of, settle_bills
from app.seed.loads import Loads
from app.seed.people import Person
from app.seed.sheets import Sheets, money
from app.seed.world import World

_SERVICES = {
    WATER: ("AGUA POTABLE", "AGUA POTABLE Y ALCANTARILLADO"),
    WORKS: ("CONTRIBUCIÓN ESPECIAL DE MEJORAS",),
}
#: The town around which the invented houses stand, in degrees.
_LATITUDE, _LONGITUDE, _SPREAD = -1.0546, -80.4545, 0.035
#: Where an e-mail stands among a person's contact points: after the telephones.
_LAST_POSITION = 9


class Books:
    """Fills the sheets with one person after the other, once their story is told."""

    def __init__(self, rng: Random, world: World, ids: Ids, sheets: Sheets, loads: Loads) -> None:
        self._rng, self._world, self._ids, self._sheets = rng, world, ids, sheets
        self._loads = loads

    def write_person(self, person: Person, debts: list[Debt]) -> None:
        """The debtor, the ways to reach them, their accounts, bills, histories and payments."""
        self._write_debtor(person, debts[0])
        self._write_points(person, debts[0])
        sector, address = self._rng.choice(words.SECTORS), address_of(self._rng)
        for debt in debts:
            settle_bills(debt, self._world.as_of)
            self._write_account(person, debt, sector, address)
            self._write_bills(debt)
            self._write_histories(debt)
            self._write_payments(debt)

    def _write_debtor(self, person: Person, first: Debt) -> None:
        key = (
            f"ID:{person.identification}"
            if person.identification
            else f"CTA:{first.portfolio}:{first.key}"
        )
        self._sheets.add(
            "debtor",
            person.id,
            key,
            person.identification,
            person.kind,
            person.identification,
            person.name,
            person.is_senior,
            person.deceased_at,
            person.level,
        )

    def _write_points(self, person: Person, first: Debt) -> None:
        added = self._loads.portfolio_load(first.portfolio, self._world.first_as_of)[1]
        for n, phone in enumerate(person.phones, 1):
            self._sheets.add(
                "contact_point",
                phone.id,
                person.id,
                "phone",
                phone.value,
                phone.is_mobile,
                phone.origin,
                phone.state,
                n,
                added,
                phone.state_at,
                phone.retired_reason,
            )
        if person.email:
            self._sheets.add(
                "contact_point",
                self._ids.take("contact_point"),
                person.id,
                "email",
                person.email,
                False,
                "BASE",
                "unverified",
                _LAST_POSITION,
                added,
                None,
                None,
            )

    def _write_account(self, person: Person, debt: Debt, sector: str, address: str) -> None:
        rng, standing = self._rng, debt.standing
        category = (
            "COMERCIAL"
            if person.kind == "ruc_company"
            else rng.choices(words.CATEGORIES, (90, 7, 1, 2))[0]
        )
        connection = rng.choices(
            words.CONNECTIONS, (80, 14, 6) if len(standing) < 4 else (45, 45, 10)
        )[0]
        located = rng.random() < 0.7
        day = self._world.as_of if standing or debt.newer else self._world.first_as_of
        self._sheets.add(
            "account",
            debt.id,
            self._loads.portfolio_ids[debt.portfolio],
            person.id,
            debt.number,
            debt.key,
            rng.choice(_SERVICES[debt.portfolio]),
            category,
            connection,
            sector,
            address,
            f"{_LATITUDE + rng.uniform(-_SPREAD, _SPREAD):.6f}" if located else None,
            f"{_LONGITUDE + rng.uniform(-_SPREAD, _SPREAD):.6f}" if located else None,
            "{}",
            money(debt.closing),
            sum(b.count for b in standing),
            standing[0].due_on if standing else None,
            money(debt.agreed),
            debt.in_complaint,
            money(debt.disputed),
            day,
            None if standing else self._world.as_of,
            self._loads.portfolio_load(debt.portfolio, self._world.as_of)[0],
            blake2b(f"{debt.number}{debt.closing}".encode(), digest_size=32).digest(),
        )

    def _write_bills(self, debt: Debt) -> None:
        for bill in debt.bills:
            interest = max(bill.total - bill.amount, 0)
            self._sheets.add(
                "bill",
                bill.id,
                debt.id,
                bill.number,
                bill.count,
                bill.issued_on,
                bill.due_on,
                money(bill.amount),
                money(interest),
                money(bill.cents),
                self._world.as_of if bill.closed else None,
            )

    def _write_histories(self, debt: Debt) -> None:
        """A row where a load made the account new, changed or closed it."""
        first, last = self._world.first_as_of, self._world.as_of
        if debt.opening:
            self._write_history(debt, first, debt.opening, debt.opening_bills, debt.opening_oldest)
            self._loads.count_account(
                debt.portfolio, first, "new", debt.opening, debt.opening_bills
            )
        standing = debt.standing
        bills = sum(b.count for b in standing)
        if debt.closing == debt.opening:
            self._loads.count_account(debt.portfolio, last, "unchanged", debt.closing, bills)
            return
        self._write_history(
            debt, last, debt.closing, bills, standing[0].due_on if standing else None
        )
        fate = "closed" if not standing else "changed" if debt.opening else "new"
        self._loads.count_account(debt.portfolio, last, fate, debt.closing, bills)

    def _write_history(
        self, debt: Debt, day: date, cents: int, bills: int, oldest: date | None
    ) -> None:
        load = self._loads.portfolio_load(debt.portfolio, day)[0]
        self._sheets.add("balance_history", debt.id, load, day, money(cents), bills, oldest)

    def _write_payments(self, debt: Debt) -> None:
        for paid in debt.paid:
            load_id, at = self._loads.payments_load(debt.portfolio, paid.day, paid.cents)
            self._sheets.add(
                "payment",
                self._loads.portfolio_ids[debt.portfolio],
                debt.id,
                f"R{paid.reference:09d}",
                paid.day,
                money(paid.cents),
                paid.cents < 0,
                paid.means,
                load_id,
                at,
            )
