"""Amounts and dates of a cell: read exactly or refused, never guessed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.cells import detect_decimal, parse_amount, parse_date
from app.intake.days import day_order

_CENTS = st.decimals(0, Decimal("9999999999.99"), places=2)
_DAYS = st.dates(date(1995, 1, 1), date(2094, 12, 31))


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("12,50", ",", "12.50"), ("1.234,50", ",", "1234.50"), ("1234,5", ",", "1234.5"), ("1.234", ",", "1234"),
        ("12.50", ".", "12.50"), ("1,234.50", ".", "1234.50"), ("1,234", ".", "1234"), (",50", ",", "0.50"),
        ("$ 12,50", ",", "12.50"), ("USD 1.234,50", ",", "1234.50"), ("(12,50)", ",", "-12.50"),
        ("12,50-", ",", "-12.50"), ("-12,50", ",", "-12.50"), ("+3", ",", "3"), ("1 234,50", ",", "1234.50"),
        ("1'234.50", ".", "1234.50"), ("0", ",", "0"),
    ],
)  # fmt: skip
def test_each_way_of_writing_an_amount(text, decimal, value):
    assert parse_amount(text, decimal) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("12.50", ","), ("12,50", "."), ("1.23.456", ","), ("12 50", ","), ("1'2", ","), ("(-5)", ","), ("-5-", ","),
        ("doce", ","), ("", ","), ("-", ","), (",", ","), ("1e5", "."), ("2026-01-09", ","), ("12,5,0", ","),
        ("(12", ","), ("$", ","),
    ],
)  # fmt: skip
def test_what_is_not_surely_an_amount_is_refused(text, decimal):
    with pytest.raises(ValueError):
        parse_amount(text, decimal)


@given(_CENTS, st.sampled_from([",", "."]), st.booleans())
def test_an_amount_comes_back_as_it_was_written(value, decimal, grouped):
    text = f"{value:,.2f}" if grouped else f"{value:.2f}"
    if decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert parse_amount(text, decimal) == value
    assert parse_amount(f"({text})", decimal) == -value


@given(
    st.one_of(st.text(max_size=20), st.text("0123456789.,-()$ '", max_size=20)),
    st.sampled_from([",", "."]),
)
def test_no_text_breaks_an_amount_nor_loses_a_digit(text, decimal):
    try:
        value = parse_amount(text, decimal)
    except ValueError:
        return
    digits = "".join(c for c in text if c.isdigit())
    assert int("0" + f"{abs(value):f}".replace(".", "")) == int("0" + digits)


@given(st.lists(_CENTS, min_size=5), st.sampled_from([",", "."]))
def test_the_separator_of_a_column_is_found(values, decimal):
    texts = [f"{value:,.2f}" for value in values]
    if decimal == ",":
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    assert detect_decimal(texts) == decimal


@pytest.mark.parametrize(
    "text",
    ["09/01/2026", "9/1/2026", "09-01-26", "09.01.2026", "2026-01-09", "2026-01-09 0.0.0.0", "2026-01-09 00:00:00",
     "2026-01-09T00:00:00", "09/01/2026 14:05", "46031", "46031.0", "09-ene-26", "9-Jan-2026", "20260109", "09012026", "9012026"],
)  # fmt: skip
def test_each_way_of_writing_a_day(text):
    assert parse_date(text) == date(2026, 1, 9)


@pytest.mark.parametrize(
    "text", ["31/02/2026", "2026-13-01", "09/01/20261", "2026-01-09x", "9/1", "hoy", "", "12", "0000-00-00", "1/1/0026", "٠٩/٠١/٢٠٢٦"]
)  # fmt: skip
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


@given(_DAYS)
def test_a_day_comes_back_as_it_was_written(day):
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%d/%m/%Y}") == day
    assert parse_date(f"{day:%m/%d/%Y}", month_first=True) == day
    assert parse_date(str((day - date(1899, 12, 30)) // timedelta(days=1))) == day


@given(st.text(max_size=20))
def test_no_text_breaks_a_date(text):
    try:
        found = parse_date(text)
    except ValueError:
        return
    assert isinstance(found, date)


def test_a_column_of_month_first_is_told_by_its_days():
    months = day_order(["02/05/2026"] * 200 + ["01/31/2026"])
    assert (months.month_first, months.year_first, months.sure) == (True, False, True)
    days = day_order(["31/01/2026", "05/02/2026"])
    assert (days.month_first, days.year_first, days.sure) == (False, False, True)


def test_a_column_whose_years_of_two_digits_come_first_is_told_by_how_far_it_would_reach():
    found = day_order([f"26-{month:02d}-{day:02d}" for month in range(1, 12) for day in (1, 28)])
    assert (found.month_first, found.year_first, found.sure) == (False, True, True)


def test_an_order_that_nothing_decides_is_left_in_doubt():
    assert not day_order(["05/02/2026", "07/03/2026"]).sure
    assert not day_order(["26-11-20", "26-11-25"]).sure
    assert day_order(["05/05/2026", "2026-11-24"]).sure
