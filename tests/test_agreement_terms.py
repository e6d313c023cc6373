"""What terms come to: the cents, the days, and every refusal. Nothing here knows the database."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask_babel import force_locale
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.agreements.terms import Terms, compare, propose
from app.core.business_days import Calendar, proposed_holidays
from app.core.errors import RuleBroken
from app.core.settings import Settings
from tests.conftest import NOW

CENT = Decimal("0.01")
SETTINGS = Settings({})
#: Tuesday 24 November 2026; the calendar as it is seeded.
DAY = NOW.date()
DAYS = Calendar(proposed_holidays(range(2026, 2031)))
TERMS = Terms(Decimal("523.47"), 11, DAY)
_FIELDS = set(Terms.__dataclass_fields__)


@pytest.fixture(scope="module", autouse=True)
def in_english(app):
    with app.app_context(), force_locale("en"):
        yield


def refused(terms: Terms, values: Settings = SETTINGS, days: Calendar = DAYS) -> RuleBroken:
    """The refusal of ``terms``: one sentence that names a field of them."""
    with pytest.raises(RuleBroken) as caught:
        propose(values, days, terms)
    assert str(caught.value).strip().endswith(".")
    assert caught.value.field in _FIELDS
    return caught.value


def month_after(day: date, months: int) -> date:
    """By hand: the same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moved(days: Calendar, day: date) -> date:
    while not days.is_business_day(day):
        day += timedelta(days=1)
    return day


# --- any terms


_CENTS = st.integers(1, 99_999_999).map(lambda cents: Decimal(cents) * CENT)
_STARTS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
_HOLIDAYS = st.frozensets(st.integers(0, 900), max_size=40)


def some_days(start: date, holidays: frozenset[int]) -> Calendar:
    """Holidays so many days after ``start``, with a business day in the first week at least."""
    days = Calendar(start + timedelta(days=n) for n in holidays)
    assume(any(days.is_business_day(start + timedelta(days=n)) for n in range(7)))
    return days


@settings(max_examples=250, deadline=None)
@given(
    _CENTS,
    st.integers(1, 24),
    st.none() | st.integers(2000, 9900).map(lambda n: Decimal(n) / 100),
    _STARTS,
    _HOLIDAYS,
)
def test_any_terms_add_up_and_fall_on_business_days_a_month_apart(
    capital, months, percent, start, holidays
):
    days = some_days(start, holidays)
    try:
        found = propose(SETTINGS, days, Terms(capital, months, start, percent))
    except RuleBroken as no:
        # only a debt of cents is too small for the term
        assert capital * (100 - (percent or 20)) / 100 < (months + 1) * CENT
        assert no.field in _FIELDS
        return
    amounts = [due.amount for due in found.instalments]
    assert found.down_payment + sum(amounts) == found.total == found.capital == capital
    assert abs(found.down_payment - capital * (percent or 20) / 100) < CENT
    assert all(due.amount > 0 and due.amount == due.amount.quantize(CENT) for due in found.dues)
    assert len(set(amounts[:-1])) <= 1
    assert abs(amounts[-1] - amounts[0]) < months * CENT
    # a share of less than half a cent is none
    has_down = found.down_payment > 0
    assert [due.number for due in found.dues] == list(range(0 if has_down else 1, months + 1))
    fall = [due.due_on for due in found.dues]
    assert all(days.is_business_day(day) for day in fall)
    assert start <= found.down_due_on <= start + timedelta(days=SETTINGS["agreement_down_days"])
    assert all(later > earlier for earlier, later in zip(fall, fall[1:], strict=False))
    for number, due in enumerate(found.instalments[1:], 1):
        nominal = month_after(found.instalments[0].due_on, number)
        assert abs((due.due_on - nominal).days) < 15


@settings(max_examples=150, deadline=None)
@given(_CENTS, st.integers(1, 24), st.integers(1, 5000), _STARTS, _HOLIDAYS)
def test_interest_is_on_what_is_still_owed(capital, months, rate, start, holidays):
    rate = Decimal(rate) / 100
    days = some_days(start, holidays)
    values = Settings({"agreement_rate_percent": rate})
    assume(capital >= 1)
    found = propose(values, days, Terms(capital, months, start))
    free = propose(SETTINGS, days, Terms(capital, months, start))
    assert found.total == found.down_payment + sum(due.amount for due in found.instalments)
    assert (found.rate_percent, found.down_payment) == (rate, free.down_payment)
    assert [due.due_on for due in found.dues] == [due.due_on for due in free.dues]
    left, interest = capital - free.down_payment, Decimal(0)
    for due, plain in zip(found.instalments, free.instalments, strict=True):
        month = left * rate / 1200
        assert abs(due.amount - plain.amount - month) < CENT
        interest, left = interest + month, left - plain.amount
    assert found.total >= found.capital == capital
    assert abs(found.total - capital - interest) < months * CENT


# --- days


def test_the_month_ends_do_not_drift():
    first = date(2028, 1, 31)
    found = propose(
        SETTINGS,
        Calendar(()),
        Terms(
            Decimal("900"), 4, date(2028, 1, 3), down_due_on=date(2028, 1, 3), first_due_on=first
        ),
    )
    assert [due.due_on for due in found.instalments] == [
        first,
        date(2028, 2, 29),
        date(2028, 3, 31),
        date(2028, 5, 1),  # 30 April is a Sunday
    ]


def test_a_year_without_a_leap_day_gives_its_28th():
    found = propose(
        SETTINGS,
        Calendar(()),
        Terms(
            Decimal("900"),
            3,
            date(2025, 12, 24),
            down_due_on=date(2025, 12, 24),
            first_due_on=date(2025, 12, 31),
        ),
    )
    assert [due.due_on for due in found.instalments] == [
        date(2025, 12, 31),
        date(2026, 2, 2),  # 31 January is a Saturday
        date(2026, 3, 2),  # 28 February is a Saturday
    ]


@settings(max_examples=150, deadline=None)
@given(st.dates(date(2027, 1, 4), date(2028, 12, 29)), st.integers(1, 24), _HOLIDAYS)
def test_each_instalment_is_moved_by_itself(first, months, holidays):
    days = some_days(first - timedelta(days=9), holidays)
    down = moved(days, first - timedelta(days=9))
    assume(days.is_business_day(first) and down < first)
    terms = Terms(Decimal("900"), months, down, down_due_on=down, first_due_on=first)
    found = propose(SETTINGS, days, terms)
    assert [due.due_on for due in found.instalments] == [
        moved(days, month_after(first, n)) for n in range(months)
    ]


def test_a_holiday_moves_its_own_instalment_only():
    terms = replace(TERMS, down_due_on=DAY, first_due_on=date(2026, 12, 10), months=6)
    plain = propose(SETTINGS, Calendar(()), terms)
    third = plain.instalments[2].due_on
    with_holiday = propose(SETTINGS, Calendar([third]), terms)
    both = zip(plain.instalments, with_holiday.instalments, strict=True)
    assert [one.number for one, other in both if one.due_on != other.due_on] == [3]


def test_the_proposed_days_leave_the_holidays_of_2027_out():
    official = [
        *((2027, 1, 1), (2027, 2, 8), (2027, 2, 9), (2027, 3, 26), (2027, 4, 30), (2027, 5, 24)),
        *(
            (2027, 8, 9),
            (2027, 10, 8),
            (2027, 11, 1),
            (2027, 11, 2),
            (2027, 12, 24),
            (2027, 12, 31),
        ),
    ]
    closed = {date(*day) for day in official}
    for ahead in range(31):
        found = propose(SETTINGS, DAYS, replace(TERMS, start=DAY + timedelta(days=ahead)))
        assert not closed & {due.due_on for due in found.dues}


# --- the down payment


def test_the_smallest_down_payment_is_proposed_and_a_larger_one_is_taken():
    assert propose(SETTINGS, DAYS, replace(TERMS, capital=Decimal("500"))).down_payment == 100
    for given_ in ({"down_percent": Decimal("40")}, {"down_payment": Decimal("200")}):
        found = propose(SETTINGS, DAYS, replace(TERMS, capital=Decimal("500"), **given_))
        assert (found.down_payment, found.down_percent) == (200, 40)


def test_a_cent_below_the_smallest_down_payment_is_refused():
    terms = replace(TERMS, capital=Decimal("500"))
    assert propose(SETTINGS, DAYS, replace(terms, down_payment=Decimal("100.00"))).total == 500
    assert refused(replace(terms, down_payment=Decimal("99.99"))).field == "down_payment"


def test_without_a_smallest_down_payment_there_is_none_to_pay():
    values = Settings({"agreement_down_percent": Decimal("0")})
    found = propose(values, DAYS, TERMS)
    assert found.down_payment == 0
    assert [due.number for due in found.dues] == list(range(1, 12))
    assert found.total == TERMS.capital


# --- what is refused


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("capital", {"capital": "0"}),
        ("capital", {"capital": "-10"}),
        ("capital", {"capital": "10.001"}),
        ("capital", {"capital": "NaN"}),
        ("capital", {"capital": "sNaN"}),
        ("capital", {"capital": "Infinity"}),
        ("capital", {"capital": "1E+10"}),
        ("capital", {"capital": "1E+40"}),
        ("months", {"months": 0}),
        ("months", {"months": -3}),
        ("months", {"months": 25}),
        ("months", {"months": 10**9}),
        ("months", {"capital": "0.05", "months": 5}),
        ("down_payment", {"down_percent": "19.99"}),
        ("down_payment", {"down_percent": "0"}),
        ("down_payment", {"down_percent": "-5"}),
        ("down_payment", {"down_percent": "100"}),
        ("down_payment", {"down_percent": "250"}),
        ("down_payment", {"down_percent": "NaN"}),
        ("down_payment", {"down_percent": "1E+30"}),
        ("down_payment", {"down_payment": "0"}),
        ("down_payment", {"down_payment": "-200"}),
        ("down_payment", {"down_payment": "523.47"}),
        ("down_payment", {"down_payment": "600"}),
        ("down_payment", {"down_payment": "200.005"}),
        ("down_payment", {"down_payment": "sNaN"}),
        ("down_payment", {"down_payment": "Infinity"}),
        ("down_due_on", {"down_due_on": DAY - timedelta(days=1)}),
        ("down_due_on", {"down_due_on": DAY + timedelta(days=9)}),
        ("down_due_on", {"down_due_on": date(2026, 11, 28)}),
        ("down_due_on", {"down_due_on": date.max}),
        ("first_due_on", {"down_due_on": DAY, "first_due_on": DAY}),
        ("first_due_on", {"first_due_on": DAY - timedelta(days=1)}),
        ("first_due_on", {"down_due_on": DAY, "first_due_on": DAY + timedelta(days=48)}),
        ("first_due_on", {"first_due_on": date(2026, 12, 25)}),
        ("first_due_on", {"first_due_on": date(2026, 12, 26)}),
        ("first_due_on", {"first_due_on": date.max}),
    ],
)
def test_terms_that_the_unit_does_not_give_are_refused_in_one_sentence(field, change):
    typed = {n: Decimal(v) if isinstance(v, str) else v for n, v in change.items()}
    assert refused(replace(TERMS, **typed)).field in (field, *change)


def test_the_last_days_that_are_allowed_are_given():
    latest = replace(TERMS, down_due_on=DAY + timedelta(days=8))
    assert propose(SETTINGS, DAYS, latest).down_due_on == date(2026, 12, 2)
    first = replace(TERMS, down_due_on=DAY, first_due_on=DAY + timedelta(days=45))
    assert propose(SETTINGS, DAYS, first).instalments[0].due_on == date(2027, 1, 8)


def test_a_holiday_on_the_down_payments_day_is_refused():
    days = Calendar([date(2026, 11, 27)])
    terms = replace(TERMS, down_due_on=date(2026, 11, 27))
    assert refused(terms, days=days).field == "down_due_on"
    assert propose(SETTINGS, DAYS, terms).down_due_on == date(2026, 11, 27)


@pytest.mark.parametrize("start", [date.max, date(9998, 6, 1), date.min])
def test_a_day_out_of_time_is_refused(start):
    assert refused(replace(TERMS, start=start)).field == "start"


def test_where_the_settings_leave_no_business_day_it_is_said():
    at_once = Settings({"agreement_down_days": 0})
    saturday, friday = date(2026, 11, 28), date(2026, 11, 27)
    assert propose(at_once, DAYS, replace(TERMS, start=friday)).down_due_on == friday
    assert refused(replace(TERMS, start=saturday), at_once).field == "down_due_on"
    next_day = Settings({"agreement_first_days": 1})
    given_ = replace(TERMS, down_due_on=friday)
    assert refused(given_, next_day).field == "first_due_on"


_ODD = st.sampled_from(
    [Decimal(t) for t in ("NaN", "sNaN", "-Infinity", "1E+9999", "-0", "1E-20", "0.005", "1E+12")]
)
_ANY_AMOUNT = st.one_of(_ODD, st.decimals(-100, 2000, places=2), st.decimals(allow_nan=True))
_ANY_DAY = st.none() | st.dates() | st.dates(DAY, DAY + timedelta(days=60))


@settings(max_examples=300, deadline=None)
@given(
    _ANY_AMOUNT,
    st.integers(-3, 40),
    st.none() | _ANY_AMOUNT,
    st.none() | _ANY_AMOUNT,
    _ANY_DAY,
    _ANY_DAY,
)
def test_whatever_is_typed_is_given_or_refused(capital, months, percent, down, down_on, first_on):
    terms = Terms(capital, months, DAY, percent, down, down_on, first_on)
    try:
        found = propose(SETTINGS, DAYS, terms)
    except RuleBroken as no:
        assert no.field in _FIELDS
    else:
        assert found.total == found.capital == capital
        assert found.down_payment >= capital / 5 - CENT


# --- several side by side


def test_terms_are_compared_shortest_first_with_those_asked_for():
    found = compare(SETTINGS, DAYS, TERMS)
    assert [proposal.months for proposal in found] == [3, 6, 9, 11, 12, 18, 24]
    assert all(p == propose(SETTINGS, DAYS, replace(TERMS, months=p.months)) for p in found)


def test_terms_too_long_or_of_less_than_a_cent_are_not_compared():
    short = Settings({"agreement_max_months": 9})
    assert [p.months for p in compare(short, DAYS, replace(TERMS, months=6))] == [3, 6, 9]
    few = compare(SETTINGS, DAYS, replace(TERMS, capital=Decimal("0.10"), months=3))
    assert [p.months for p in few] == [3, 6]


@pytest.mark.parametrize(("capital", "asks"), [("24100.00", False), ("24100.01", True)])
def test_a_capital_above_fifty_salaries_asks_for_a_guarantee(capital, asks):
    assert propose(SETTINGS, DAYS, replace(TERMS, capital=Decimal(capital))).needs_guarantee is asks
