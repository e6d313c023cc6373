"""Writes people and their debts as two complete loads and the payment files between them left them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import date, time
from hashlib import blake2b
from random import Random

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models import Load, Portfolio
from app.seed import words
from app.seed.copying import Ids
from app.seed.debts import WATER, WORKS, Debt, address_of, settle_bills
from app.seed.people import Person
from app.seed.sheets import Sheets, money
from app.seed.world import World

_LAYOUTS = {WATER: "planillas", WORKS: "guayas"}
_SERVICES = {
    WATER: ("AGUA POTABLE", "AGUA POTABLE Y ALCANTARILLADO"),
    WORKS: ("CONTRIBUCIÓN ESPECIAL DE MEJORAS",),
}
_LOADED, _PAYMENTS_LOADED = time(6, 30), time(6, 50)
#: The town around which the invented houses stand, in degrees.
_LATITUDE, _LONGITUDE, _SPREAD = -1.0546, -80.4545, 0.035


class Books:
    """The portfolios with their loads; `write_person` fills the sheets, `close` the loads' counts."""

    def __init__(
        self, session: Session, rng: Random, world: World, ids: Ids, sheets: Sheets
    ) -> None:
        self._rng, self._world, self._ids, self._sheets = rng, world, ids, sheets
        self._mornings = [s.day for s in world.shifts if s.day > world.first_as_of] + [world.until]
        self._portfolios = {name: Portfolio(name=name) for name in (WATER, WORKS)}
        session.add_all(self._portfolios.values())
        session.flush()
        self._loads = {
            (name, day): self._load(name, "portfolio", day)
            for name in self._portfolios
            for day in (world.first_as_of, world.as_of)
        }
        self._files = {
            (name, day): self._load(name, "payments", day)
            for name in self._portfolios
            for day in self._mornings
        }
        session.add_all([*self._loads.values(), *self._files.values()])
        session.flush()
        self._load_ids = {key: load.id for key, load in self._loads.items()}
        self._file_facts = {key: (load.id, load.applied_at) for key, load in self._files.items()}
        self._portfolio_ids = {name: p.id for name, p in self._portfolios.items()}
        self._tally: dict[tuple[str, str, date], Counter] = {
            **{("portfolio", *key): Counter() for key in self._loads},
            **{("payments", *key): Counter() for key in self._files},
        }

    def _load(self, name: str, kind: str, day: date) -> Load:
        what = f"cartera_{name}" if kind == "portfolio" else f"pagos_{name}"
        if kind == "portfolio":
            applied = self._world.at(self._world.days.add(day, 1), _LOADED)
        else:
            applied = self._world.at(day, _PAYMENTS_LOADED)
        return Load(
            kind=kind,
            portfolio_id=self._portfolios[name].id,
            layout_name=_LAYOUTS[name] if kind == "portfolio" else "",
            file_name=f"{what}_{day:%Y%m%d}.csv",
            as_of=day,
            status="applied",
            created_at=applied,
            created_by_id=self._world.specialist,
            applied_at=applied,
        )

    def write_person(self, person: Person, debts: list[Debt]) -> None:
        """The debtor, the ways to reach them, their accounts, bills, histories and payments."""
        rng = self._rng
        first = debts[0]
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
        added = self._loads[first.portfolio, self._world.first_as_of].applied_at
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
                9,
                added,
                None,
                None,
            )
        sector, address = rng.choice(words.SECTORS), address_of(rng)
        for debt in debts:
            settle_bills(debt, self._world.as_of)
            self._write_account(person, debt, sector, address)
            self._write_bills(debt)
            self._write_histories(debt)
            self._write_payments(debt)

    def _write_account(self, person: Person, debt: Debt, sector: str, address: str) -> None:
        rng, standing = self._rng, debt.standing
        category = (
            "COMERCIAL"
            if person.kind == "ruc_private"
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
            self._portfolio_ids[debt.portfolio],
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
            self._load_ids[debt.portfolio, self._world.as_of],
            blake2b(f"{debt.number}{debt.closing}".encode(), digest_size=32).digest(),
        )

    def _write_bills(self, debt: Debt) -> None:
        for bill in debt.bills:
            interest = max(bill.total - bill.amount, 0)
            self._sheets.add(
                "bill",
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
            self._count(debt, first, "new", debt.opening, debt.opening_bills)
        standing = debt.standing
        bills = sum(b.count for b in standing)
        if debt.closing == debt.opening:
            self._count(debt, last, "unchanged", debt.closing, bills)
            return
        self._write_history(
            debt, last, debt.closing, bills, standing[0].due_on if standing else None
        )
        fate = "closed" if not standing else "changed" if debt.opening else "new"
        self._count(debt, last, fate, debt.closing, bills)

    def _write_history(
        self, debt: Debt, day: date, cents: int, bills: int, oldest: date | None
    ) -> None:
        load = self._load_ids[debt.portfolio, day]
        self._sheets.add("balance_history", debt.id, load, day, money(cents), bills, oldest)

    def _count(self, debt: Debt, day: date, fate: str, cents: int, bills: int) -> None:
        tally = self._tally["portfolio", debt.portfolio, day]
        tally[fate] += 1
        if fate != "closed":
            tally["accounts"] += 1
            tally["bills"] += bills
            tally["rows"] += bills if debt.portfolio == WATER else 1
            tally["cents"] += cents

    def _write_payments(self, debt: Debt) -> None:
        for paid in debt.paid:
            morning = self._mornings[
                min(bisect_right(self._mornings, paid.day), len(self._mornings) - 1)
            ]
            load_id, at = self._file_facts[debt.portfolio, morning]
            self._sheets.add(
                "payment",
                self._portfolio_ids[debt.portfolio],
                debt.id,
                f"R{paid.reference:09d}",
                paid.day,
                money(paid.cents),
                paid.cents < 0,
                paid.means,
                load_id,
                at,
            )
            tally = self._tally["payments", debt.portfolio, morning]
            tally["rows"] += 1
            tally["applied"] += 1
            tally["cents"] += paid.cents

    def close(self, session: Session) -> None:
        """Give every load its counts; a morning without payments had no file."""
        world = self._world
        for (name, day), load in self._loads.items():
            self._close_load(load, self._tally["portfolio", name, day])
        empty = []
        for (name, day), load in self._files.items():
            tally = self._tally["payments", name, day]
            self._close_load(load, tally)
            if not tally["rows"]:
                empty.append(load.id)
        for name, portfolio in self._portfolios.items():
            portfolio.as_of = world.as_of
            portfolio.loaded_at = self._loads[name, world.as_of].applied_at
        session.flush()
        session.execute(delete(Load).where(Load.id.in_(empty)))

    def _close_load(self, load: Load, tally: Counter) -> None:
        load.amount = money(tally.pop("cents", 0))
        load.progress = tally["rows"]
        for name, value in tally.items():
            setattr(load, name, value)
