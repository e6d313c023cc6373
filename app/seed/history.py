"""Tells what happened with one person, day by day and lawfully.

Nobody is called while a promise waits, a hold lasts or nothing is owed; an answer ends the person's
day. What follows from the facts (attempts, identity checks, a promise's state) is derived afterwards.
"""

from __future__ import annotations

from collections import deque
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from random import Random

from app.seed.calls import Calls, Case
from app.seed.clocks import Clocks
from app.seed.copying import Ids
from app.seed.debts import Debt
from app.seed.effects import Effects
from app.seed.outcomes import Draw
from app.seed.people import Person
from app.seed.sheets import Sheets
from app.seed.world import Shift, World

_DAY = timedelta(days=1)
#: A person is tried so often on a day, while nobody answers (times, weight).
_TRIES, _TRY_WEIGHTS = (1, 2, 3), (76, 19, 5)
_INCOMING = 0.04
#: Callbacks that every operator has due, in business days from the last day on.
_AHEAD = (0, 0, 0, 1, 1, 2)
#: One person in so many asks for one of those.
_EVERY = 3
#: The past shifts, from the last one back, on which an agreement is asked for whatever else is drawn.
_AGREED = (3, 1, 4)


class Teller:
    """Tells one person after another; the same generator gives the same story."""

    def __init__(
        self,
        rng: Random,
        world: World,
        ids: Ids,
        sheets: Sheets,
        clocks: Clocks,
        morning: Clocks,
    ) -> None:
        self._rng, self._world = rng, world
        self._clocks, self._morning = clocks, morning
        self._draw = Draw(world.outcomes.values())
        self._calls = Calls(rng, world, ids, sheets)
        self._effects = Effects(rng, world, ids, sheets, self._calls, clocks)
        ahead = [day for day in world.workdays if day >= world.until]
        self._agreed = deque(n for n in _AGREED if n <= len(world.shifts))
        self._wanted = deque((operator, ahead[n]) for n in _AHEAD for operator in world.operators)

    @property
    def made(self) -> int:
        """How many calls were told so far."""
        return self._calls.made

    @property
    def later(self) -> list[tuple]:
        """Promises to be written once the earlier ones of their accounts are judged."""
        return self._effects.later

    def tell(self, person: Person, debts: list[Debt], quota: int, *, today: bool) -> None:
        """About ``quota`` calls on past days, and one this morning when ``today``."""
        case = Case(person, debts, self._world.first_as_of)
        for debt in debts:
            self._effects.pay_unasked(debt)
        if self._wanted and person.serial % _EVERY == 1 and self._world.shifts:
            self._ask_back(case)
        elif self._agreed and person.serial % _EVERY == 2:
            self._ask_terms(case)
        else:
            self._tell_past(case, quota)
            if today:
                self._tell_morning(case)
        self._calls.settle_open(case, None)

    def _tell_past(self, case: Case, quota: int) -> None:
        """On days drawn ahead, and on those on which the person wants to be called back."""
        shifts, enough = self._world.shifts, self.made + quota
        ahead = self._rng.sample(range(len(shifts)), min(len(shifts), quota))
        heapify(ahead)
        while ahead and (case.open or self.made < enough):
            shift = shifts[heappop(ahead)]
            if shift.day < case.free:
                continue
            tries = self._rng.choices(_TRIES, _TRY_WEIGHTS)[0]
            self._tell_day(case, shift, self._clocks, tries)
            case.free = max(case.free, shift.day + _DAY)
            due = self._world.position.get(case.free, len(shifts))
            if case.open and due < len(shifts):
                heappush(ahead, due)

    def _tell_morning(self, case: Case) -> None:
        """By then the second load with its newer bills is known."""
        shift = self._world.today
        if shift is None or case.free > shift.day:
            return
        for debt in case.debts:
            debt.left += debt.newer
        self._tell_day(case, shift, self._morning, 1)

    def _tell_day(self, case: Case, shift: Shift, clocks: Clocks, tries: int) -> None:
        main, phones = case.main_on(shift.day), case.phones()
        if main.collectable_before(shift.day) <= 0 or not phones:
            case.free = date.max
            return
        ended = shift.begins
        for slot in self._slots(shift, clocks, tries):
            if shift.begins + timedelta(seconds=slot[0]) < ended or not phones:
                continue
            drawn = self._draw.with_holder if case.open else self._draw.any
            outcome = self._effects.possible(drawn(self._rng), main, shift.day)
            incoming = outcome.right_party and self._rng.random() < _INCOMING
            phone = None if incoming else phones[self.made % len(phones)]
            told = self._calls.make(case, main, shift, slot, outcome, phone)
            self._effects.follow(case, told)
            if outcome.answered:
                return
            ended, phones = told.ended, case.phones()

    def _slots(self, shift: Shift, clocks: Clocks, tries: int) -> list[tuple[int, int, int]]:
        """In order: second of the shift, longest length, operator."""
        most = min(tries, self._world.settings["attempts_per_day"])
        operators = self._rng.choices(self._world.operators, k=most)
        return sorted((*clocks.take(shift, operator), operator) for operator in operators)

    def _ask_back(self, case: Case) -> None:
        """A call on the last past day that asks for another one today or on the coming days."""
        shift = self._world.shifts[-1]
        main, phones = case.main_on(shift.day), case.phones()
        if main.collectable_before(shift.day) <= 0 or not phones:
            return
        operator, due = self._wanted.popleft()
        slot = (*self._clocks.take(shift, operator), operator)
        outcome = self._world.outcomes["RPC_CALLBACK"]
        told = self._calls.make(case, main, shift, slot, outcome, phones[0])
        self._effects.call_back(case, told, due, operator)

    def _ask_terms(self, case: Case) -> None:
        """A call on one of the last past days that asks for an agreement."""
        shift = self._world.shifts[-self._agreed[0]]
        main, phones = case.main_on(shift.day), case.phones()
        if not phones or not self._effects.may_agree(main, shift.day):
            return
        self._agreed.popleft()
        operator = self._rng.choice(self._world.operators)
        slot = (*self._clocks.take(shift, operator), operator)
        outcome = self._world.outcomes["RPC_PLAN_REQ"]
        told = self._calls.make(case, main, shift, slot, outcome, phones[0])
        self._effects.follow(case, told)
