"""Tells what happened with one person: calls, promises, payments, callbacks, holds, refusals.

Day by day and lawfully: nobody is called while a promise waits, a hold lasts or nothing is owed; an
answer ends the person's day. What follows from the facts (attempts, identity checks, a promise's
state) is not told here but derived afterwards.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from uuid import UUID

from app.calls.models import Outcome
from app.seed import words
from app.seed.clocks import Clocks
from app.seed.copying import Ids
from app.seed.debts import Debt
from app.seed.outcomes import HOLDS, Draw
from app.seed.payers import Payers
from app.seed.people import Person, Phone
from app.seed.sheets import Sheets, money
from app.seed.world import Shift, World

_NEVER = date.max - timedelta(days=1)
_DAY = timedelta(days=1)
_LONGEST_AHEAD = timedelta(days=45)
#: A person is tried so often on a day, while nobody answers (times, weight).
_TRIES, _TRY_WEIGHTS = (1, 2, 3), (76, 19, 5)
_INCOMING, _MINE, _REPLACED, _REFUSED = 0.04, 0.75, 0.05, 0.04
_MOST_PROMISES = 2
#: Dollars that are not worth a promise, in cents.
_SMALL = 300
#: Due today, tomorrow and the day after, for every operator, in business days ahead.
_AHEAD = (0, 0, 0, 1, 1, 2)


@dataclass(slots=True)
class Told:
    """A call as it is told: its time, what is owed that day, and to whom it was."""

    id: int
    shift: Shift
    operator: int
    started: datetime
    ended: datetime
    outcome: Outcome
    main: Debt


class Teller:
    """Tells one person after another; the generator gives the same story every time."""

    def __init__(self, rng: Random, world: World, ids: Ids, sheets: Sheets, clocks: Clocks, morning: Clocks) -> None:
        self._rng, self._world, self._ids, self._sheets = rng, world, ids, sheets
        self._clocks, self._morning = clocks, morning
        self._draw = Draw(world.outcomes.values())
        self._payers = Payers(rng, world)
        self._workdays = world.days.coming(world.first_as_of, world.until + _LONGEST_AHEAD)
        self._position = {day: n for n, day in enumerate(self._workdays)}
        ahead = [day for day in self._workdays if day >= world.until]
        self._wanted = deque((operator, ahead[n]) for n in _AHEAD for operator in world.operators)
        self._open: list[tuple] = []
        self._free = world.first_as_of
        self._checks: dict[date, date] = {}
        #: Promises after the first of an account: written once the earlier one is judged.
        self.later: list[tuple] = []
        self.calls = 0

    def tell(self, person: Person, debts: list[Debt], quota: int, *, today: bool) -> None:
        """About ``quota`` calls on past days, and one this morning when ``today``."""
        self._free = self._world.first_as_of
        self._open = []
        for debt in debts:
            self._payers.pay_unasked(debt)
        if self._wanted and person.serial % 3 == 1 and self._world.shifts:
            self._ask_back(person, debts)
        else:
            self._tell_past(person, debts, quota)
            if today and self._world.today is not None and self._free <= self._world.until:
                for debt in debts:
                    debt.left += debt.newer
                self._tell_day(person, debts, self._world.today, self._morning, tries=1)
        for due, operator, asked in self._open:
            self._sheets.add("callback", person.id, due, operator, asked, None)

    def _tell_past(self, person: Person, debts: list[Debt], quota: int) -> None:
        shifts, before = self._world.shifts, self.calls
        ahead = self._rng.sample(range(len(shifts)), min(len(shifts), quota))
        heapify(ahead)
        while ahead and (self._open or self.calls - before < quota):
            shift = shifts[heappop(ahead)]
            if shift.day < self._free:
                continue
            tries = self._rng.choices(_TRIES, _TRY_WEIGHTS)[0]
            self._tell_day(person, debts, shift, self._clocks, tries=tries)
            self._free = max(self._free, shift.day + _DAY)
            due = self._position.get(self._free, len(shifts))
            if self._open and due < len(shifts):
                heappush(ahead, due)

    def _tell_day(
        self, person: Person, debts: list[Debt], shift: Shift, clocks: Clocks, *, tries: int
    ) -> None:
        main = max(debts, key=lambda d: d.collectable_before(shift.day))
        phones = [p for p in person.phones if p.state != "retired"]
        if main.collectable_before(shift.day) <= 0 or not phones:
            self._free = _NEVER
            return
        tries = min(tries, self._world.settings["attempts_per_day"])
        ended = -1
        for begins, length, operator in self._times(shift, clocks, tries):
            if begins <= ended:
                continue
            phone = phones[self.calls % len(phones)]
            outcome = self._draw.with_holder(self._rng) if self._open else self._draw.any(self._rng)
            ended = begins + self._call(person, debts, main, shift, operator, begins, length, phone, outcome)
            phones = [p for p in phones if p.state != "retired"]
            if outcome.answered or not phones:
                return

    def _times(self, shift: Shift, clocks: Clocks, tries: int) -> list[tuple[int, int, int]]:
        operators = self._rng.choices(self._world.operators, k=tries)
        return sorted((*clocks.take(shift, operator), operator) for operator in operators)

    def _call(
        self, person: Person, debts: list[Debt], main: Debt, shift: Shift, operator: int,
        begins: int, length: int, phone: Phone, outcome: Outcome,
    ) -> int:
        """One call and what follows from it; returns its length in seconds."""
        outcome = self._possible(outcome, main, shift.day)
        incoming = outcome.right_party and self._rng.random() < _INCOMING
        told = self._told(shift, operator, begins, length, outcome, main)
        self._write(person, debts, told, None if incoming else phone)
        if outcome.answered or outcome.final:
            self._settle_open(person, told)
        self._mark(person, phone, told, incoming)
        self._follow(person, told)
        return (told.ended - told.started).seconds

    def _told(
        self, shift: Shift, operator: int, begins: int, longest: int, outcome: Outcome, main: Debt
    ) -> Told:
        started = shift.begins + timedelta(seconds=begins)
        ended = started + timedelta(seconds=min(longest, self._length(outcome)))
        return Told(self._ids.take("call"), shift, operator, started, ended, outcome, main)

    def _possible(self, outcome: Outcome, main: Debt, day: date) -> Outcome:
        """A promise needs something to promise; whoever has promised often refuses."""
        if not outcome.promise:
            return outcome
        if main.promises >= _MOST_PROMISES or main.left < _SMALL:
            return self._world.outcomes["RPC_REFUSE"]
        if main.left < main.collectable_before(day):
            return self._world.outcomes["RPC_PTP_PART"]
        return outcome

    def _length(self, outcome: Outcome) -> int:
        if outcome.right_party:
            return self._rng.randint(90, 420)
        return self._rng.randint(25, 110) if outcome.answered else self._rng.randint(15, 45)

    def _write(self, person: Person, debts: list[Debt], told: Told, phone: Phone | None) -> None:
        rng, outcome, day = self._rng, told.outcome, told.shift.day
        note = rng.choice(words.NOTES.get(outcome.code, ("",)))
        reason = rng.choice(self._world.reasons) if "reason" in outcome.asks and self._world.reasons else None
        receipt = f"{rng.randrange(10**6, 10**7)}" if "receipt" in outcome.asks and rng.random() < 0.6 else ""
        owing = [d for d in debts if d.owed_before(day) > 0]
        self.calls += 1
        self._sheets.add(
            "call", told.id, UUID(int=rng.getrandbits(128), version=4), person.id, told.main.id,
            told.operator, outcome.id, "outgoing" if phone else "incoming", told.started, told.ended,
            phone.id if phone else None, outcome.right_party, reason, receipt, note,
            money(sum(d.owed_before(day) for d in owing)), sum(d.bills_before(day) for d in owing),
        )

    def _settle_open(self, person: Person, told: Told) -> None:
        for due, operator, asked in self._open:
            self._sheets.add("callback", person.id, due, operator, asked, told.ended)
        self._open = []

    def _mark(self, person: Person, phone: Phone, told: Told, incoming: bool) -> None:
        outcome = told.outcome
        if outcome.retires_number:
            phone.state, phone.state_at, phone.retired_reason = "retired", told.ended, outcome.code
        elif outcome.right_party and not incoming and phone.state == "unverified":
            phone.state, phone.state_at = "verified", told.ended
        if outcome.code == "TPC_DECEASED":
            person.deceased_at, self._free = told.ended, _NEVER
        if outcome.code == "RPC_REFUSE":
            person.level = min(person.level + 1, 3)

    def _follow(self, person: Person, told: Told) -> None:
        """The promise, callback or hold that the outcome asks for; until when nobody calls."""
        if told.outcome.promise:
            self._promise(person, told)
        elif "callback" in told.outcome.asks:
            due = self._workdays[self._position[told.shift.day] + self._rng.randint(1, 4)]
            self._call_back(told, due, told.operator if self._rng.random() < _MINE else None)
        elif told.outcome.code in HOLDS:
            self._hold(person, told)

    def _call_back(self, told: Told, due: date, operator: int | None) -> None:
        minutes = self._rng.randrange(self._world.open_minutes // 60, self._world.open_minutes // 7) * 5
        at = self._world.opening(due) + timedelta(minutes=minutes)
        self._open.append((at, operator, told.ended))
        self._free = due

    def _ask_back(self, person: Person, debts: list[Debt]) -> None:
        """A call on the last past day that asks for another one today or on the coming days."""
        shift = self._world.shifts[-1]
        main = max(debts, key=lambda d: d.collectable_before(shift.day))
        outcome = self._world.outcomes["RPC_CALLBACK"]
        if main.collectable_before(shift.day) <= 0 or not person.phones:
            return
        operator, due = self._wanted.popleft()
        told = self._told(shift, operator, *self._clocks.take(shift, operator), outcome, main)
        self._write(person, debts, told, person.phones[0])
        self._mark(person, person.phones[0], told, incoming=False)
        self._call_back(told, due, operator)

    def _hold(self, person: Person, told: Told) -> None:
        reason, days, scope = HOLDS[told.outcome.code]
        day = told.shift.day
        ends = day + timedelta(days=self._world.settings[days])
        self._sheets.add(
            "hold", scope, person.id, told.main.id if scope == "account" else None,
            "call" if scope == "channel" else None, reason, "", day, ends, told.ended, told.operator,
        )
        self._pause(person, told, ends, "opt_out" if scope == "channel" else "hold")

    def _pause(self, person: Person, told: Told, last: date, rule: str) -> None:
        """Nobody calls until ``last`` is over; now and then somebody tries and is refused."""
        self._free = max(self._free, last + _DAY)
        position = self._position[told.shift.day] + 1
        if self._rng.random() < _REFUSED and position < len(self._world.shifts) and self._workdays[position] <= last:
            at = self._world.shifts[position].begins + timedelta(seconds=self._rng.randrange(3600))
            allowed = self._world.opening(self._world.days.add(last, 1))
            self._sheets.add("contact_refusal", person.id, "call", at, [rule], allowed, "claim", told.operator)

    def _promise(self, person: Person, told: Told) -> None:
        """A promise, sometimes replaced by a later one before its day; then the payments, or not."""
        day, debt = told.shift.day, told.main
        due = self._due(day)
        amount = self._amount(told)
        again = self._position[day] + 2
        if again < len(self._world.shifts) and self._workdays[again] < due and self._rng.random() < _REPLACED:
            new = self._ids.take("promise")
            self._put_promise(person, told, amount, due, "replaced", new, self._ids.take("promise"))
            self._replace(person, told, amount, self._world.shifts[again], new)
            return
        self._put_promise(person, told, amount, due, "pending", None, self._ids.take("promise"))
        debt.promises += 1
        self._payers.pay_promised(debt, amount, day, due, self._check_on(due))
        self._pause(person, told, self._check_on(due), "promise")

    def _replace(self, person: Person, first: Told, amount: int, shift: Shift, promise_id: int) -> None:
        """The person calls in and moves the day."""
        slot = self._clocks.take(shift, first.operator)
        told = self._told(shift, first.operator, *slot, first.outcome, first.main)
        amount = min(amount, told.main.owed_before(shift.day))
        self._write(person, [told.main], told, None)
        due = self._due(shift.day)
        self._put_promise(person, told, amount, due, "pending", None, promise_id)
        told.main.promises += 1
        self._payers.pay_promised(told.main, amount, shift.day, due, self._check_on(due))
        self._pause(person, told, self._check_on(due), "promise")

    def _due(self, day: date) -> date:
        """A business day within the longest term."""
        longest = self._world.settings["promise_max_days"]
        due = day + timedelta(days=self._rng.randint(0, longest))
        while not self._world.days.is_business_day(due):
            due -= timedelta(days=1)
        return max(due, day)

    def _check_on(self, due: date) -> date:
        if due not in self._checks:
            self._checks[due] = self._world.days.add(due, self._world.settings["promise_grace_days"])
        return self._checks[due]

    def _amount(self, told: Told) -> int:
        asked = told.main.collectable_before(told.shift.day)
        if told.outcome.code == "RPC_PTP_FULL":
            return min(asked, told.main.left)
        part = asked * self._rng.randint(25, 70) // 100
        return max(min(part - part % 100, told.main.left), 100)

    def _put_promise(
        self, person: Person, told: Told, amount: int, due: date, state: str, replaced_by: int | None, promise_id: int
    ) -> None:
        means = self._rng.choice(self._world.means)[0] if self._world.means else None
        row = (
            promise_id, person.id, told.main.id, told.id, money(amount), due, self._check_on(due),
            self._world.settings["promise_threshold_percent"], means, told.shift.day, told.ended,
            told.operator, state, replaced_by,
        )
        if told.main.promises:
            self.later.append(row)
        else:
            self._sheets.add("promise", *row)
