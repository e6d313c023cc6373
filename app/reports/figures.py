"""What a daily report holds: counts, each with its denominator in the same object, and USD."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of contacts (see `app.reports.queries.MEASURES`), and USD.

    ``contacts`` = ``attempts`` + ``others``. ``answered``, ``right_party`` and ``effective`` are of
    the ``attempts``; ``promising`` of the ``holders``. ``owed``: Σ of what was owed at each contact.
    """

    contacts: int = 0
    attempts: int = 0
    others: int = 0
    answered: int = 0
    right_party: int = 0
    effective: int = 0
    holders: int = 0
    promising: int = 0
    promises: int = 0
    promised: Decimal | None = Decimal("0.00")
    owed: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Kept:
    """``kept`` of the ``judged`` promises; USD ``paid`` (at most what was promised) of ``promised``."""

    judged: int = 0
    kept: int = 0
    promised: Decimal = Decimal("0.00")
    paid: Decimal = Decimal("0.00")

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            self.judged + other.judged,
            self.kept + other.kept,
            self.promised + other.promised,
            self.paid + other.paid,
        )


@dataclass(frozen=True, slots=True)
class Recovered:
    """Payments, and their USD less what was reversed."""

    payments: int = 0
    amount: Decimal = Decimal("0.00")

    def __add__(self, other: Recovered) -> Recovered:
        return Recovered(self.payments + other.payments, self.amount + other.amount)


@dataclass(frozen=True, slots=True)
class ByOutcome:
    """``best``: the persons whose *mejor gestión* of the day it is."""

    outcome_id: int
    label: str
    figures: Figures
    best: int


@dataclass(frozen=True, slots=True)
class ByOperator:
    """An operator's day; ``kept`` is the month's up to that day."""

    operator_id: int
    name: str
    figures: Figures
    kept: Kept
    recovered: Recovered


@dataclass(frozen=True, slots=True)
class OfDay:
    """One day of the series."""

    day: date
    contacts: int
    promises: int


@dataclass(frozen=True, slots=True)
class MyDay:
    """An operator's figures of ``day`` so far; ``kept_month`` is of the month up to that day."""

    day: date
    figures: Figures
    by_outcome: list[ByOutcome]
    kept_month: Kept


@dataclass(frozen=True, slots=True)
class DailyReport:
    """A day of the unit, or of ``operator``. ``alone``: payments without a contact before them
    (the unit's); ``persons``: how many different people were contacted or tried."""

    day: date
    operator: str | None
    figures: Figures
    persons: int
    kept_day: Kept
    kept_month: Kept
    recovered: Recovered
    alone: Recovered
    by_outcome: list[ByOutcome]
    by_hour: list[tuple[int, Figures]]
    by_operator: list[ByOperator]
    known_until: list[tuple[str, date]]
