"""Agreements of the demonstration: what a call asked for, who decided, which payments came of it.

Every fate that the days allow comes up before any comes twice. What the payments make of it is judged
afterwards, as everywhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from app.agreements.terms import Proposal, Terms, propose
from app.seed.calls import Case, Told
from app.seed.copying import Ids
from app.seed.debts import Debt, DebtBill
from app.seed.payers import Payers
from app.seed.sheets import Sheets, money
from app.seed.world import Shift, World

#: How often each fate comes once all have come; before, the scarcest is taken first.
_WEIGHTS = {
    "awaiting": 10,
    "late": 12,
    "pending": 8,
    "active": 24,
    "broken": 14,
    "kept": 10,
    "void": 10,
    "refused": 6,
    "cancelled": 3,
    "draft": 3,
}
#: Nobody has approved these.
_UNDECIDED = frozenset({"draft", "pending", "refused", "cancelled"})
#: What is worth an agreement, in cents, and the terms that people choose.
_SMALL, _MONTHS = 2000, (3, 6, 6, 9, 12, 12, 18, 24)
_DAY = timedelta(days=1)
_DOWN_AFTER, _REST_AFTER = timedelta(days=2), timedelta(days=9)
_GUARANTEE = "Hipoteca del inmueble que recibe el servicio"
_REFUSED, _CANCELLED = "Ingresos no justificados; presentar garante", "El titular desistió"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A fate, the terms that lead to it, and when a specialist decided (None: nobody has)."""

    fate: str
    terms: Proposal
    decided: Shift | None


class Agreements:
    """Adds agreements to the sheets, and their payments to the debts."""

    def __init__(self, rng: Random, world: World, ids: Ids, sheets: Sheets, payers: Payers) -> None:
        self._rng, self._world, self._ids, self._sheets = rng, world, ids, sheets
        self._payers = payers
        self._come: Counter[str] = Counter()

    def ask(self, case: Case, told: Told) -> tuple[str, date]:
        """What becomes of the request that ``told`` brought, and the first day on which the person may be
        called for it again; a draft when its account cannot have one that is decided."""
        day, debt = told.shift.day, told.main
        if not self.may_ask(debt, day):
            return "hold", day
        chosen = self._choose(day, Decimal(debt.collectable_before(day)) / 100)
        self._come[chosen.fate] += 1
        debt.agreement = True
        self._write(case, told, chosen)
        return chosen.fate, self._pay(debt, day, chosen)

    def may_ask(self, debt: Debt, day: date) -> bool:
        """It has had none, owes something worth one, and nothing is paid of it from ``day`` on."""
        worth = not debt.in_complaint and debt.collectable_before(day) >= _SMALL
        return worth and not debt.agreement and all(paid.day < day for paid in debt.paid)

    def _choose(self, day: date, capital: Decimal) -> _Chosen:
        """A fate that fits the days that are left."""
        world = self._world
        months = self._rng.choice(_MONTHS)
        usual = propose(world.settings, world.days, Terms(capital, months, day))
        shift = world.shift_after(day, 1) if world.specialist is not None else None
        fits = self._fates(day, usual, shift)
        fate = (
            next((f for f in fits if not self._come[f]), None)
            or self._rng.choices(list(fits), [_WEIGHTS[f] for f in fits])[0]
        )
        terms = usual
        if fits[fate] is not None:
            sooner = Terms(capital, months, day, first_due_on=fits[fate])
            terms = propose(world.settings, world.days, sooner)
        return _Chosen(fate, terms, None if fate in ("draft", "pending") else shift)

    def _fates(self, day: date, usual: Proposal, shift: Shift | None) -> dict[str, date | None]:
        """Those that fit, with the first instalment's day where it has to be another than the usual."""
        until, settings, days = self._world.until, self._world.settings, self._world.days
        grace = timedelta(days=settings["agreement_grace_days"])
        down = usual.down_due_on
        fits: dict[str, date | None] = {"draft": None}
        if down >= until:
            fits["pending"] = None
        if shift is None:
            return fits
        fits |= {"refused": None, "cancelled": None}
        first = days.add(down, 1)
        if first + grace < until:
            fits["broken"] = first
        late = max((d for d in days.coming(down, until - _DAY)), default=None)
        last = down + timedelta(days=settings["agreement_first_days"])
        if late is not None and late <= last and late + grace >= until:
            fits["late"] = late
        if day + _REST_AFTER < until:
            fits["kept"] = None
        if day + _DOWN_AFTER < until <= usual.instalments[0].due_on:
            fits["active"] = None
        fits["awaiting" if down >= until else "void"] = None
        return fits

    def _pay(self, debt: Debt, day: date, chosen: _Chosen) -> date:
        """The payments; the day from which the debt may be asked for again."""
        terms, fate = chosen.terms, chosen.fate
        down, total = int(terms.down_payment * 100), int(terms.total * 100)
        if fate in ("kept", "broken", "late", "active"):
            self._payers.pay_agreed(debt, day + _DOWN_AFTER, down)
        if fate == "kept":
            self._payers.pay_agreed(debt, day + _REST_AFTER, total - down)
        if fate in ("refused", "cancelled") and chosen.decided is not None:
            return chosen.decided.day + _DAY
        if fate == "void":
            return terms.down_due_on + _DAY
        if fate == "broken":
            grace = timedelta(days=self._world.settings["agreement_grace_days"])
            return terms.instalments[0].due_on + grace + _DAY
        return day if fate == "draft" else date.max

    def _write(self, case: Case, told: Told, chosen: _Chosen) -> None:
        agreement_id = self._ids.take("agreement")
        terms, fate, world = chosen.terms, chosen.fate, self._world
        asked = fate != "draft"
        shift = chosen.decided
        moment = shift and shift.begins + timedelta(seconds=self._rng.randrange(shift.seconds))
        decided = moment if fate not in ("draft", "pending", "cancelled") else None
        ended = moment if fate == "cancelled" else None
        known = world.as_of if told.shift.day >= told.main.newer_from else world.first_as_of
        self._sheets.add(
            "agreement",
            agreement_id,
            case.person.id,
            told.main.id,
            told.id,
            fate if fate in _UNDECIDED else "awaiting",
            terms.capital,
            terms.months,
            terms.rate_percent,
            world.settings["agreement_grace_days"],
            terms.total,
            told.ended,
            told.operator,
            known + _DAY,
            told.ended if asked else None,
            told.operator if asked else None,
            _GUARANTEE if terms.needs_guarantee else "",
            decided,
            world.specialist if decided else None,
            _REFUSED if fate == "refused" else "",
            shift.day if ended and shift else None,
            world.specialist if ended else None,
            _CANCELLED if ended else "",
        )
        self._write_dues(agreement_id, terms)
        self._write_bills(agreement_id, told)

    def _write_dues(self, agreement_id: int, terms: Proposal) -> None:
        cumulative = Decimal(0)
        for due in terms.dues:
            cumulative += due.amount
            grace = self._world.settings["agreement_grace_days"] if due.number else 0
            lapses = due.due_on + timedelta(days=grace)
            self._sheets.add(
                "instalment", agreement_id, due.number, due.due_on, due.amount, cumulative, lapses
            )

    def _write_bills(self, agreement_id: int, told: Told) -> None:
        """The bills known that morning with what earlier payments left of them, the oldest first."""
        day, debt = told.shift.day, told.main
        paid = sum(p.cents for p in debt.paid if p.day < day)
        for bill in self._known(debt, day):
            taken = min(paid, bill.total)
            paid -= taken
            if bill.total > taken:
                self._sheets.add("agreement_bill", agreement_id, bill.id, money(bill.total - taken))

    def _known(self, debt: Debt, day: date) -> list[DebtBill]:
        if day >= debt.newer_from:
            return debt.bills
        return [bill for bill in debt.bills if bill.due_on <= self._world.first_as_of]
