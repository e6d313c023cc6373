"""The rules of domain.md for an agreement that was given, in plain Python: what it must have come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass
class Paid:
    """A payment of the agreement's account. ``known``: it was recorded before the request, so that the
    capital is less by it. ``reversed_on``: the day of its reversal."""

    on: date
    amount: Decimal
    known: bool = False
    reversed_on: date | None = None


def expected(
    dues: list[tuple[date, date, Decimal]], payments: list[Paid], counts_from: date, day: date
) -> tuple[str, Decimal, Decimal, date | None]:
    """``(state, paid, late, ended_on)`` as of ``day``; ``dues``: due day, last day, amount."""
    counted = [
        p
        for p in payments
        if counts_from <= p.on <= day
        and not p.known
        and not (p.reversed_on and p.reversed_on <= day)
    ]

    def come_by(last: date) -> Decimal:
        return sum((p.amount for p in counted if p.on <= last), Decimal(0))

    total, paid = Decimal(0), come_by(day)
    for number, (_, last, amount) in enumerate(dues):
        total += amount
        if last < day and come_by(last) < total:
            state = "broken" if number else "void"
            return state, come_by(last), Decimal(0), last + timedelta(days=1)
    if paid >= total:
        return "kept", total, Decimal(0), min(p.on for p in counted if come_by(p.on) >= total)
    fallen_due = sum((amount for due_on, _, amount in dues if due_on < day), Decimal(0))
    return (
        "active" if paid >= dues[0][2] or day > dues[0][1] else "awaiting",
        paid,
        max(fallen_due - paid, Decimal(0)),
        None,
    )
