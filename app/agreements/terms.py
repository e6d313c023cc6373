"""The simulator: what terms come to, to the cent, and whether the unit may give them. Nothing is stored.

Source: domain.md, Agreements. The down payment comes first; instalments follow a month apart, each on a
business day; the last takes the rounding.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from flask_babel import lazy_gettext as _l

from app.core.business_days import Calendar
from app.core.errors import RuleBroken
from app.core.money import money, plain_decimal
from app.core.settings import Settings

CENT = Decimal("0.01")
#: Terms that are compared side by side, in months.
COMPARED = (3, 6, 9, 12, 18, 24)
#: What is proposed until another term is asked for.
_USUAL_MONTHS = 12
_ONE_DAY = timedelta(days=1)
#: No term that the settings allow leads out of what a day can be.
_LATEST_START = date(9900, 1, 1)
_WHOLE = Decimal(100)
#: The largest that a column of money holds.
_LARGEST = Decimal("9999999999.99")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for. USD; ``down_payment`` None: the smallest that is allowed, or ``down_percent``
    of the capital. Days that are None are proposed."""

    capital: Decimal
    months: int
    start: date
    down_percent: Decimal | None = None
    down_payment: Decimal | None = None
    down_due_on: date | None = None
    first_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """An instalment: number 0 is the down payment."""

    number: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """Terms that may be given. ``total`` is ``down_payment`` and all ``instalments`` together, which at a
    rate of 0 is ``capital``. ``needs_guarantee``: the capital asks for a guarantor or a guarantee."""

    capital: Decimal
    down_payment: Decimal
    down_due_on: date
    instalments: list[Due] = field(default_factory=list)
    rate_percent: Decimal = Decimal(0)
    needs_guarantee: bool = False

    @property
    def months(self) -> int:
        """How many instalments."""
        return len(self.instalments)

    @property
    def total(self) -> Decimal:
        """What the person pays in all."""
        return self.down_payment + sum((due.amount for due in self.instalments), Decimal(0))

    @property
    def dues(self) -> list[Due]:
        """Everything that falls due, the down payment first where there is one."""
        first = [Due(0, self.down_due_on, self.down_payment)] if self.down_payment else []
        return first + self.instalments

    @property
    def down_percent(self) -> Decimal:
        """The down payment as a share of the capital."""
        return (self.down_payment * 100 / self.capital).quantize(CENT, ROUND_HALF_UP)


def propose(settings: Settings, days: Calendar, terms: Terms) -> Proposal:
    """What ``terms`` come to; RuleBroken in one sentence when they are not allowed."""
    _check_capital(terms.capital)
    if not date.min < terms.start < _LATEST_START:
        raise RuleBroken(_l("Choose a day of this century."), "start")
    if not 1 <= terms.months <= settings["agreement_max_months"]:
        raise RuleBroken(
            _l(
                "The term must be between 1 and %(most)s instalments.",
                most=settings["agreement_max_months"],
            ),
            "months",
        )
    down = _down_payment(settings, terms)
    down_due_on = _down_due_on(settings, days, terms)
    rate = settings["agreement_rate_percent"]
    amounts = _amounts(terms.capital - down, terms.months, rate)
    due_days = _due_days(settings, days, terms, down_due_on)
    instalments = [
        Due(n, day, amount)
        for n, (day, amount) in enumerate(zip(due_days, amounts, strict=True), 1)
    ]
    limit = settings["agreement_guarantee_salaries"] * settings["basic_salary"]
    return Proposal(terms.capital, down, down_due_on, instalments, rate, terms.capital > limit)


def compare(
    settings: Settings, days: Calendar, terms: Terms, months: Sequence[int] = COMPARED
) -> list[Proposal]:
    """The same debt over several terms, shortest first, with that of ``terms`` among them; those that
    are too long, or whose instalments would be less than a cent, are left out."""
    longest = settings["agreement_max_months"]
    offered = sorted({m for m in (*months, longest, terms.months) if 1 <= m <= longest})
    found = []
    for each in offered:
        try:
            found.append(propose(settings, days, replace(terms, months=each)))
        except RuleBroken as refused:
            if refused.field != "capital" or each == terms.months:
                raise
    return found


def usual_months(settings: Settings) -> int:
    """How many instalments are proposed, as many as the unit gives."""
    return min(_USUAL_MONTHS, settings["agreement_max_months"])


def _check_capital(capital: Decimal) -> None:
    if not capital.is_finite() or capital < CENT:
        raise RuleBroken(_l("The capital must be at least one cent."), "capital")
    if capital > _LARGEST:
        raise RuleBroken(
            _l("The capital must be at most %(most)s.", most=money(_LARGEST)), "capital"
        )
    if capital != capital.quantize(CENT):
        raise RuleBroken(_l("Write the capital in dollars and cents."), "capital")


def _down_payment(settings: Settings, terms: Terms) -> Decimal:
    """At least the share that the unit asks for, to the cent, and less than the whole."""
    share = settings["agreement_down_percent"]
    least = _share(terms.capital, share)
    percent = share if terms.down_percent is None else terms.down_percent
    down = terms.down_payment
    if not percent.is_finite() or not (down is None or down.is_finite()):
        raise RuleBroken(_l("Write the down payment in dollars and cents."), "down_payment")
    if down is None:
        down = _share(terms.capital, min(percent, _WHOLE))
    if down < least or percent < share:
        raise RuleBroken(
            _l(
                "The down payment must be at least %(percent)s %% of the capital: %(least)s.",
                percent=plain_decimal(share),
                least=money(least),
            ),
            "down_payment",
        )
    if down >= terms.capital:
        raise RuleBroken(
            _l(
                "The down payment must be less than the capital (%(capital)s): otherwise there is nothing to put off.",
                capital=money(terms.capital),
            ),
            "down_payment",
        )
    if down != down.quantize(CENT):
        raise RuleBroken(_l("Write the down payment in dollars and cents."), "down_payment")
    return down


def _share(capital: Decimal, percent: Decimal) -> Decimal:
    return (capital * percent / 100).quantize(CENT, ROUND_HALF_UP)


def _down_due_on(settings: Settings, days: Calendar, terms: Terms) -> date:
    latest = terms.start + timedelta(days=settings["agreement_down_days"])
    if terms.down_due_on is None:
        return _last_business_day(days, terms.start - _ONE_DAY, latest, "down_due_on")
    if not terms.start <= terms.down_due_on <= latest:
        raise RuleBroken(
            _l(
                "The down payment's day must be between %(first)s and %(last)s.",
                first=f"{terms.start:%d/%m/%Y}",
                last=f"{latest:%d/%m/%Y}",
            ),
            "down_due_on",
        )
    _check_business_day(days, terms.down_due_on, "down_due_on")
    return terms.down_due_on


def _last_business_day(days: Calendar, after: date, last: date, name: str) -> date:
    """The last one after ``after``, up to ``last``."""
    coming = days.coming(after, last)
    if not coming:
        raise RuleBroken(
            _l(
                "There is no business day up to %(last)s: choose another day.",
                last=f"{last:%d/%m/%Y}",
            ),
            name,
        )
    return coming[-1]


def _check_business_day(days: Calendar, day: date, name: str) -> None:
    if not days.is_business_day(day):
        raise RuleBroken(
            _l("%(day)s is a weekend or a holiday: choose a business day.", day=f"{day:%d/%m/%Y}"),
            name,
        )


def _due_days(settings: Settings, days: Calendar, terms: Terms, down_due_on: date) -> list[date]:
    """A month apart from the first on, each moved to the next business day by itself, so that one
    holiday does not move those after it."""
    latest = down_due_on + timedelta(days=settings["agreement_first_days"])
    anchor = terms.first_due_on
    if anchor is None:
        month_on = _next_business_day(days, _months_after(terms.start, 1))
        fits = down_due_on < month_on <= latest
        first = month_on if fits else _last_business_day(days, down_due_on, latest, "first_due_on")
        anchor = _months_after(terms.start, 1) if fits else first
    elif not down_due_on < anchor <= latest:
        raise RuleBroken(
            _l(
                "The first instalment's day must be after the down payment's and not after %(last)s.",
                last=f"{latest:%d/%m/%Y}",
            ),
            "first_due_on",
        )
    else:
        _check_business_day(days, anchor, "first_due_on")
    return [_next_business_day(days, _months_after(anchor, n)) for n in range(terms.months)]


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _next_business_day(days: Calendar, day: date) -> date:
    return day if days.is_business_day(day) else days.add(day, 1)


def _amounts(put_off: Decimal, months: int, rate: Decimal) -> list[Decimal]:
    """``months`` equal parts of the capital, the last with what is left over; each with the month's
    interest on what was still owed."""
    part = (put_off / months).quantize(CENT, ROUND_HALF_UP)
    if put_off - part * (months - 1) < CENT:
        part = (put_off / months).quantize(CENT, ROUND_DOWN)
    if part < CENT:
        raise RuleBroken(
            _l("Over %(n)s instalments each would be less than a cent.", n=months), "capital"
        )
    parts = [part] * (months - 1) + [put_off - part * (months - 1)]
    owed, amounts = put_off, []
    for each in parts:
        interest = (owed * rate / 1200).quantize(CENT, ROUND_HALF_UP)
        amounts.append(each + interest)
        owed -= each
    return amounts
