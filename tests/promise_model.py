"""What domain.md says of the promises of one account, in plain Python and in no hurry.

Kept from the threshold on, by payments between the day on which it was made and its last day of grace;
a reversal takes its payment away whenever it comes. One open promise an account: one that would reopen
beside another waits as it is, and of several the newest reopens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

#: Where the three business days of grace may fall.
HOLIDAYS = {date(2026, 12, 25), date(2027, 1, 1)}


def grace_until(due_on: date, days: int = 3) -> date:
    """The last day of grace."""
    while days:
        due_on += timedelta(days=1)
        days -= due_on.weekday() < 5 and due_on not in HOLIDAYS
    return due_on


@dataclass
class Promised:
    """One promise; ``state`` and ``paid`` as of the last judgement."""

    amount: Decimal
    made_on: date
    check_on: date
    state: str = "pending"
    paid: Decimal = Decimal(0)


@dataclass
class Model:
    """``payments``: number → (day, amount); ``reversals``: number of the payment → its own day."""

    promises: list[Promised] = field(default_factory=list)
    payments: dict[int, tuple[date, Decimal]] = field(default_factory=dict)
    reversals: dict[int, date] = field(default_factory=dict)

    def judge(self, day: date) -> None:
        """Every promise that nobody ended; what stays open or closes comes before what reopens."""
        judged = [p for p in self.promises if p.state not in ("replaced", "withdrawn")]
        now = {id(p): self._judged(p, day) for p in judged}
        for p in judged:
            if now[id(p)][0] != "pending" or p.state == "pending":
                p.state, p.paid = now[id(p)]
        for p in reversed(judged):
            if now[id(p)][0] == "pending" and all(o.state != "pending" for o in judged):
                p.state, p.paid = now[id(p)]

    def _judged(self, p: Promised, day: date) -> tuple[str, Decimal]:
        paid = Decimal(0)
        for number, (paid_on, amount) in self.payments.items():
            taken_back = self.reversals.get(number, date.max) <= day
            if p.made_on <= paid_on <= min(p.check_on, day) and not taken_back:
                paid += amount
        if paid >= p.amount * 95 / 100:
            return "kept", paid
        if day <= p.check_on:
            return "pending", paid
        return ("partial" if paid else "broken"), paid

    def end(self, state: str) -> bool:
        """Replace or withdraw what is pending; whether anything was."""
        pending = [p for p in self.promises if p.state == "pending"]
        for p in pending:
            p.state = state
        return bool(pending)
