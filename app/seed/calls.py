"""Writes calls: their times, their lengths, what was owed, what the operator noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.calls.models import Outcome
from app.seed import words
from app.seed.copying import Ids
from app.seed.debts import Debt
from app.seed.people import Person, Phone
from app.seed.sheets import Sheets, money
from app.seed.world import Shift, World

_HIGHEST_LEVEL = 3
#: Of a hundred who say that they paid, so many know the number of the receipt.
_WITH_RECEIPT = 60
#: How long calls last, in seconds: with the holder, with somebody, with nobody.
_TALKS, _ANSWERS, _RINGS = (90, 420), (25, 110), (15, 45)


@dataclass(slots=True)
class Case:
    """A person while their story is told. ``free`` is the first day on which they may be called
    again, ``open`` the callbacks that wait: due, whose, asked at."""

    person: Person
    debts: list[Debt]
    free: date
    open: list[tuple[datetime, int | None, datetime]] = field(default_factory=list)

    def main_on(self, day: date) -> Debt:
        """The account with most to ask for."""
        return max(self.debts, key=lambda debt: debt.collectable_before(day))

    def phones(self) -> list[Phone]:
        """Those that still serve."""
        return [phone for phone in self.person.phones if phone.state != "retired"]


@dataclass(slots=True)
class Told:
    """A call that was told, about the account ``main``."""

    id: int
    shift: Shift
    operator: int
    started: datetime
    ended: datetime
    outcome: Outcome
    main: Debt


class Calls:
    """Adds calls to the sheets; ``made`` counts them."""

    def __init__(self, rng: Random, world: World, ids: Ids, sheets: Sheets) -> None:
        self._rng, self._world, self._ids, self._sheets = rng, world, ids, sheets
        self.made = 0

    def make(
        self,
        case: Case,
        main: Debt,
        shift: Shift,
        slot: tuple[int, int, int],
        outcome: Outcome,
        phone: Phone | None,
    ) -> Told:
        """One call in ``slot`` (second of the shift, longest length, operator); no ``phone``: an
        incoming one. Settles callbacks and the number's state as saving a call does."""
        begins, longest, operator = slot
        started = shift.begins + timedelta(seconds=begins)
        ended = started + timedelta(seconds=min(longest, self._length(outcome)))
        told = Told(self._ids.take("call"), shift, operator, started, ended, outcome, main)
        self._write(case, told, phone)
        self.made += 1
        if outcome.answered or outcome.final:
            self.settle_open(case, told.ended)
        self._mark(case.person, phone, told)
        return told

    def settle_open(self, case: Case, done: datetime | None) -> None:
        """Write the callbacks that wait: done at that moment, or (None) still due."""
        for due, operator, asked in case.open:
            self._sheets.add("callback", case.person.id, due, operator, asked, done)
        case.open = []

    def _length(self, outcome: Outcome) -> int:
        if outcome.right_party:
            return self._rng.randint(*_TALKS)
        return self._rng.randint(*(_ANSWERS if outcome.answered else _RINGS))

    def _write(self, case: Case, told: Told, phone: Phone | None) -> None:
        outcome, day = told.outcome, told.shift.day
        owing = [debt for debt in case.debts if debt.owed_before(day) > 0]
        self._sheets.add(
            "call",
            told.id,
            UUID(int=self._rng.getrandbits(128), version=4),
            case.person.id,
            told.main.id,
            told.operator,
            outcome.id,
            "outgoing" if phone else "incoming",
            told.started,
            told.ended,
            phone.id if phone else None,
            outcome.right_party,
            self._reason(outcome),
            self._receipt(outcome),
            self._rng.choice(words.NOTES.get(outcome.code, ("",))),
            money(sum(debt.owed_before(day) for debt in owing)),
            sum(debt.bills_before(day) for debt in owing),
        )

    def _reason(self, outcome: Outcome) -> int | None:
        if "reason" not in outcome.asks or not self._world.reasons:
            return None
        return self._rng.choice(self._world.reasons)

    def _receipt(self, outcome: Outcome) -> str:
        if "receipt" not in outcome.asks or self._rng.randrange(100) >= _WITH_RECEIPT:
            return ""
        return str(self._rng.randrange(10**6, 10**7))

    def _mark(self, person: Person, phone: Phone | None, told: Told) -> None:
        outcome = told.outcome
        if phone is not None and outcome.retires_number:
            phone.state, phone.state_at, phone.retired_reason = "retired", told.ended, outcome.code
        elif phone is not None and outcome.right_party and phone.state == "unverified":
            phone.state, phone.state_at = "verified", told.ended
        if outcome.code == "TPC_DECEASED":
            person.deceased_at = told.ended
        if outcome.code == "RPC_REFUSE":
            person.level = min(person.level + 1, _HIGHEST_LEVEL)
