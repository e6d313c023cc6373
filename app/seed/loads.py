"""The files that brought it all: two complete loads of each portfolio and a payments file a morning."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models import Load, Portfolio
from app.seed.debts import WATER, WORKS
from app.seed.sheets import money
from app.seed.world import World

_LAYOUTS = {WATER: "planillas", WORKS: "guayas"}
_LOADED, _PAYMENTS_LOADED = time(6, 30), time(6, 50)


class Loads:
    """Keeps each load's id and counts; ``close`` writes the counts when everything is known."""

    def __init__(self, session: Session, world: World) -> None:
        self._world = world
        self._mornings = [*(shift.day for shift in world.shifts), world.until]
        self._portfolios = {name: Portfolio(name=name) for name in (WATER, WORKS)}
        session.add_all(self._portfolios.values())
        session.flush()
        self.portfolio_ids = {name: portfolio.id for name, portfolio in self._portfolios.items()}
        self._loads = {
            **{key: self._load(*key) for key in self._keys("portfolio")},
            **{key: self._load(*key) for key in self._keys("payments")},
        }
        session.add_all(self._loads.values())
        session.flush()
        self._facts = {key: (load.id, load.applied_at) for key, load in self._loads.items()}
        self._tallies = {key: Counter[str]() for key in self._loads}

    def _keys(self, kind: str) -> list[tuple[str, str, date]]:
        ends = [self._world.first_as_of, self._world.as_of]
        days = ends if kind == "portfolio" else self._mornings
        return [(kind, name, day) for name in self._portfolios for day in days]

    def _load(self, kind: str, name: str, day: date) -> Load:
        portfolio = kind == "portfolio"
        applied = (
            self._world.at(self._world.days.add(day, 1), _LOADED)
            if portfolio
            else self._world.at(day, _PAYMENTS_LOADED)
        )
        return Load(
            kind=kind,
            portfolio_id=self.portfolio_ids[name],
            layout_name=_LAYOUTS[name] if portfolio else "",
            file_name=f"{'cartera' if portfolio else 'pagos'}_{name}_{day:%Y%m%d}.csv",
            as_of=day,
            status="applied",
            created_at=applied,
            created_by_id=self._world.specialist,
            applied_at=applied,
        )

    def portfolio_load(self, name: str, day: date) -> tuple[int, datetime | None]:
        """Id and moment of the complete load as of ``day``."""
        return self._facts["portfolio", name, day]

    def count_account(self, name: str, day: date, fate: str, cents: int, bills: int) -> None:
        """An account that came new, changed or unchanged in that load, or was closed by it."""
        tally = self._tallies["portfolio", name, day]
        tally[fate] += 1
        if fate != "closed":
            tally["accounts"] += 1
            tally["bills"] += bills
            tally["rows"] += bills if name == WATER else 1
            tally["cents"] += cents

    def payments_load(self, name: str, paid_on: date, cents: int) -> tuple[int, datetime | None]:
        """Id and moment of the file that brought a payment: the next morning's, or the last one."""
        place = min(bisect_right(self._mornings, paid_on), len(self._mornings) - 1)
        key = ("payments", name, self._mornings[place])
        self._tallies[key].update(rows=1, applied=1, cents=cents)
        return self._facts[key]

    def close(self, session: Session) -> None:
        """Give every load its counts; a morning without payments had no file."""
        empty = []
        for key, load in self._loads.items():
            tally = self._tallies[key]
            if key[0] == "payments" and not tally["rows"]:
                empty.append(load.id)
            load.amount = Decimal(money(tally.pop("cents", 0)))
            load.progress = tally["rows"]
            for name, value in tally.items():
                setattr(load, name, value)
        for name, portfolio in self._portfolios.items():
            portfolio.as_of = self._world.as_of
            portfolio.loaded_at = self.portfolio_load(name, self._world.as_of)[1]
        session.flush()
        session.execute(delete(Load).where(Load.id.in_(empty)))
