"""What an outcome leaves behind: a promise and its payments, a callback, a hold; until when nobody calls."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from app.calls.models import Outcome
from app.seed.agreements import Agreements
from app.seed.calls import Calls, Case, Told
from app.seed.clocks import Clocks
from app.seed.copying import Ids
from app.seed.debts import Debt
from app.seed.outcomes import HOLDS
from app.seed.payers import Payers
from app.seed.sheets import Sheets, money
from app.seed.world import World

_DAY = timedelta(days=1)
_MINE, _REPLACED, _REFUSED = 0.75, 0.05, 0.04
_MOST_PROMISES = 2
#: What is not worth a promise, in cents.
_SMALL = 300


class Effects:
    """Follows up on calls; `later` holds the promises after the first of an account, which can only
    be written once the earlier one is judged."""

    def __init__(
        self, rng: Random, world: World, ids: Ids, sheets: Sheets, calls: Calls, clocks: Clocks
    ) -> None:
        self._rng, self._world, self._ids, self._sheets = rng, world, ids, sheets
        self._calls, self._clocks = calls, clocks
        self._payers = Payers(rng, world)
        self._agreements = Agreements(rng, world, ids, sheets, self._payers)
        self._checks: dict[date, date] = {}
        self.later: list[tuple] = []

    def may_agree(self, debt: Debt, day: date) -> bool:
        """An agreement may be asked for over it."""
        return self._agreements.may_ask(debt, day)

    def pay_unasked(self, debt: Debt) -> None:
        """Some pay without being asked."""
        self._payers.pay_unasked(debt)

    def possible(self, outcome: Outcome, main: Debt, day: date) -> Outcome:
        """A promise needs something to promise; whoever has promised often refuses."""
        if not outcome.promise:
            return outcome
        asked = main.collectable_before(day)
        if main.promises >= _MOST_PROMISES or min(asked, main.left) < _SMALL:
            return self._world.outcomes["RPC_REFUSE"]
        if main.left < asked:
            return self._world.outcomes["RPC_PTP_PART"]
        return outcome

    def follow(self, case: Case, told: Told) -> None:
        """Do what the outcome asks for."""
        if told.outcome.promise:
            self._promise(case, told)
        elif "callback" in told.outcome.asks:
            due = self._world.workday_after(told.shift.day, self._rng.randint(1, 4))
            mine = self._rng.random() < _MINE
            self.call_back(case, told, due, told.operator if mine else None)
        elif told.outcome.code == "RPC_PLAN_REQ":
            self._agree(case, told)
        elif told.outcome.code == "RPC_DISPUTE":
            self._dispute(case, told)
        elif told.outcome.code in HOLDS:
            self._hold(case, told)
        if case.person.deceased_at is not None:
            case.free = date.max

    def _agree(self, case: Case, told: Told) -> None:
        """What waits for the specialist's terms waits under a hold."""
        fate, free = self._agreements.ask(case, told)
        case.free = max(case.free, free)
        if fate in ("draft", "hold"):
            self._hold(case, told)

    def _dispute(self, case: Case, told: Told) -> None:
        """`app.seed.complaints` tells the complaint; nobody calls about the rest for a while."""
        days = self._world.settings["hold_request_days"]
        case.free = max(case.free, told.shift.day + timedelta(days=days))

    def call_back(self, case: Case, told: Told, due: date, operator: int | None) -> None:
        """The person asked to be called on ``due``, between the first hours and the late afternoon."""
        minutes = self._world.open_minutes
        at = self._rng.randrange(minutes // 60, minutes // 7) * 5
        case.open.append((self._world.opening(due) + timedelta(minutes=at), operator, told.ended))
        case.free = due

    def _hold(self, case: Case, told: Told) -> None:
        reason, days, scope = HOLDS[told.outcome.code]
        day = told.shift.day
        ends = day + timedelta(days=self._world.settings[days])
        self._sheets.add(
            "hold",
            scope,
            case.person.id,
            told.main.id if scope == "account" else None,
            "call" if scope == "channel" else None,
            reason,
            "",
            day,
            ends,
            told.ended,
            told.operator,
            told.id,
        )
        self._pause(case, told, ends, "opt_out" if scope == "channel" else "hold")

    def _pause(self, case: Case, told: Told, last: date, rule: str) -> None:
        """Nobody calls until ``last`` is over; now and then somebody tries and is refused."""
        case.free = max(case.free, last + _DAY)
        shift = self._world.shift_after(told.shift.day, 1)
        if shift is None or shift.day > last or self._rng.random() >= _REFUSED:
            return
        at = shift.begins + timedelta(seconds=self._rng.randrange(shift.seconds))
        allowed = self._world.opening(self._world.days.add(last, 1))
        self._sheets.add(
            "contact_refusal", case.person.id, "call", at, [rule], allowed, "claim", told.operator
        )

    def _promise(self, case: Case, told: Told) -> None:
        """A promise, sometimes replaced before its day by a call of the person, who moves it."""
        due, amount = self._due(told.shift.day), self._amount(told)
        shift = self._world.shift_after(told.shift.day, 2)
        moved = shift is not None and shift.day < due and self._rng.random() < _REPLACED
        if shift is None or not moved or told.main.owed_before(shift.day) < _SMALL:
            self._stand(case, told, amount, due, self._ids.take("promise"))
            return
        new = self._ids.take("promise")
        self._write(case, told, amount, due, self._ids.take("promise"), "replaced", new)
        slot = (*self._clocks.take(shift, told.operator), told.operator)
        again = self._calls.make(case, told.main, shift, slot, told.outcome, None)
        amount = min(amount, told.main.owed_before(shift.day))
        self._stand(case, again, amount, self._due(shift.day), new)

    def _stand(self, case: Case, told: Told, amount: int, due: date, promise_id: int) -> None:
        """A promise that payments will judge, and what the person does about it."""
        self._write(case, told, amount, due, promise_id, "pending", None)
        told.main.promises += 1
        check = self._check_on(due)
        self._payers.pay_promised(told.main, amount, told.shift.day, due, check)
        self._pause(case, told, check, "promise")

    def _due(self, day: date) -> date:
        """A business day within the longest term."""
        longest = self._world.settings["promise_max_days"]
        due = day + timedelta(days=self._rng.randint(0, longest))
        while not self._world.days.is_business_day(due):
            due -= _DAY
        return max(due, day)

    def _check_on(self, due: date) -> date:
        if due not in self._checks:
            grace = self._world.settings["promise_grace_days"]
            self._checks[due] = self._world.days.add(due, grace)
        return self._checks[due]

    def _amount(self, told: Told) -> int:
        asked = told.main.collectable_before(told.shift.day)
        if told.outcome.code == "RPC_PTP_FULL":
            return min(asked, told.main.left)
        part = asked * self._rng.randint(25, 70) // 100
        return max(min(part - part % 100, told.main.left), 100)

    def _write(
        self,
        case: Case,
        told: Told,
        amount: int,
        due: date,
        promise_id: int,
        state: str,
        replaced_by: int | None,
    ) -> None:
        row = (
            promise_id,
            case.person.id,
            told.main.id,
            told.id,
            money(amount),
            due,
            self._check_on(due),
            self._world.settings["promise_threshold_percent"],
            self._rng.choice(self._world.means)[0] if self._world.means else None,
            told.shift.day,
            told.ended,
            told.operator,
            state,
            replaced_by,
        )
        if told.main.promises:
            self.later.append(row)
        else:
            self._sheets.add("promise", *row)
