"""Who pays what and when: never more than is owed, never after the demonstration's last day."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from app.seed.debts import Debt, Paid
from app.seed.world import World

_UNASKED, _REVERSED = 0.09, 0.006
#: What becomes of a promise (all at once, in two parts, only a part, late, never), in hundredths.
_BEHAVIOURS, _WEIGHTS = ("whole", "parts", "some", "late", "never"), (46, 9, 13, 12, 20)
_DAY = timedelta(days=1)


class Payers:
    """Adds payments to accounts; references count up over the whole demonstration."""

    def __init__(self, rng: Random, world: World) -> None:
        self._rng, self._world = rng, world
        self._last = min(world.until, world.now.date())
        self._reference = 0

    def pay_unasked(self, debt: Debt) -> None:
        """A few pay on a day of their own choosing, some of them everything."""
        if debt.opening <= 0 or self._rng.random() >= _UNASKED:
            return
        first = self._world.first_as_of + _DAY
        day = first + timedelta(days=self._rng.randint(0, (self._world.until - first).days))
        share = 100 if self._rng.random() < 0.4 else self._rng.randint(20, 80)
        self._pay(debt, day, debt.left * share // 100)

    def pay_promised(self, debt: Debt, cents: int, made: date, due: date, check: date) -> None:
        """What the person does about a promise of ``cents``."""
        kind = self._rng.choices(_BEHAVIOURS, _WEIGHTS)[0]
        if kind == "whole":
            self._pay(debt, self._between(made, check), cents)
        elif kind == "parts":
            self._pay(debt, made + _DAY, cents // 2)
            self._pay(debt, self._between(due, check), cents - cents // 2)
        elif kind == "some":
            self._pay(debt, self._between(made, check), cents * self._rng.randint(20, 70) // 100)
        elif kind == "late":
            self._pay(debt, check + timedelta(days=self._rng.randint(1, 12)), cents)

    def pay_agreed(self, debt: Debt, day: date, cents: int) -> None:
        """A payment under an agreement, on its day."""
        self._pay(debt, day, cents)

    def _between(self, first: date, last: date) -> date:
        return first + timedelta(days=self._rng.randint(0, (last - first).days))

    def _pay(self, debt: Debt, day: date, cents: int) -> None:
        cents = min(cents, debt.left)
        if cents <= 0 or day > self._last:
            return
        self._reference += 1
        means = self._rng.choice(self._world.means)[1] if self._world.means else ""
        debt.paid.append(Paid(day, cents, self._reference, means))
        debt.left -= cents
        if day < self._last and self._rng.random() < _REVERSED:
            debt.paid.append(Paid(day + _DAY, -cents, self._reference, means))
            debt.left += cents
