"""Telephones in every form in which a cell holds them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.debtors.phones import Phones, read_phones, show_phone

ANA, LUIS, HOUSE = "+593995123344", "+593981112345", "+59352631180"


@pytest.mark.parametrize(
    "cell",
    [
        "0995123344", "+593995123344", "593995123344", "00593995123344", "995123344", "+593 99 512 3344",
        "+593 (0)99 512 3344", "099-512-3344", "099.512.3344", "0995123344.0", " 0995123344 ", "995123344.0",
        "Cel: 099 512 3344", "0995123344 (hijo)", "0995123344;", "09 9512 3344", "(593) 995123344",
    ],
)  # fmt: skip
def test_every_form_of_a_mobile_is_one_number(cell):
    phones = read_phones(cell, "05")
    assert [p.e164 for p in phones.numbers] == [ANA]
    assert phones.numbers[0].is_mobile
    assert phones.problems == ()


@pytest.mark.parametrize(
    "cell", ["052631180", "05-263-1180", "(05) 263 1180", "05 - 2631180", "52631180", "2631180", "263-1180",
             "+593 5 263 1180", "052631180 ext 12"]
)  # fmt: skip
def test_every_form_of_a_landline_is_one_number(cell):
    phones = read_phones(cell, "05")
    assert [p.e164 for p in phones.numbers] == [HOUSE]
    assert not phones.numbers[0].is_mobile
    assert phones.problems == ()


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("0995123344 / 0981112345", [ANA, LUIS]),
        ("0995123344 - 052631180", [ANA, HOUSE]),
        ("0995123344-052631180", [ANA, HOUSE]),
        ("0995123344  052631180", [ANA, HOUSE]),
        ("0995123344;0981112345", [ANA, LUIS]),
        ("0995123344, 098 111 2345", [ANA, LUIS]),
        ("099 512 3344 y 098 111 2345", [ANA, LUIS]),
        ("2631180 0995123344", [HOUSE, ANA]),
        ("0995123344 / 0981112345 - 052631180", [ANA, LUIS, HOUSE]),
    ],
)
def test_a_cell_with_several_numbers_is_split(cell, numbers):
    phones = read_phones(cell, "05")
    assert [p.e164 for p in phones.numbers] == numbers
    assert phones.problems == ("two_phones_in_a_cell",)


@pytest.mark.parametrize(
    "cell", ["0999999999", "0987654321", "0912345678", "2222222", "0990000000", "1234567"]
)
def test_placeholders_are_known(cell):
    assert read_phones(cell, "05") == Phones((), ("placeholder_phone",))


def test_a_placeholder_beside_a_number_leaves_the_number():
    phones = read_phones("0999999999 - 052631180", "05")
    assert [p.e164 for p in phones.numbers] == [HOUSE]
    assert set(phones.problems) == {"two_phones_in_a_cell", "placeholder_phone"}


def test_the_example_of_every_form_is_no_placeholder():
    assert [p.e164 for p in read_phones("0991234567", None).numbers] == ["+593991234567"]


@pytest.mark.parametrize(
    "cell", ["1800236723", "1700-100-100", "no tiene", "099123456", "12", "052631180/81"]
)
def test_what_is_no_number_is_named(cell):
    assert "bad_phone" in read_phones(cell, "05").problems


@pytest.mark.parametrize("cell", ["", "null", "N/A", "0", "000", " - "])
def test_nothing_is_no_problem(cell):
    assert read_phones(cell, "05").problems == ()


def test_seven_digits_need_the_prefix():
    assert read_phones("2631180", None).problems == ("needs_prefix",)


def test_a_foreign_number_stays():
    assert [p.e164 for p in read_phones("+57 300 123 4567", "05").numbers] == ["+573001234567"]


@given(st.from_regex(r"09[0-9]{8}", fullmatch=True))
def test_a_mobile_is_accepted_with_the_librarys_opinion_as_warning(cell):
    phones = read_phones(cell, "05")
    if "placeholder_phone" not in phones.problems:
        (phone,) = phones.numbers
        assert phone.warning != phonenumbers.is_valid_number(phonenumbers.parse(cell, "EC"))


@given(st.from_regex(r"0[2-7][0-9]{7}", fullmatch=True))
def test_a_landline_is_accepted_when_the_library_does(cell):
    phones = read_phones(cell, "05")
    if "placeholder_phone" not in phones.problems:
        assert bool(phones.numbers) == phonenumbers.is_valid_number(phonenumbers.parse(cell, "EC"))


@given(st.one_of(st.text(max_size=40), st.text("0123456789 -/;+().", max_size=60)))
def test_no_text_breaks_it_and_no_digit_is_invented(cell):
    for phone in read_phones(cell, None).numbers:
        assert phone.e164.startswith("+") and phone.e164[1:].isascii() and phone.e164[1:].isdigit()
        assert phone.e164[-7:] in "".join(c for c in cell if c.isdigit())


def test_numbers_are_shown_as_people_write_them():
    assert show_phone(ANA) == "099 512 3344"
    assert show_phone(HOUSE) == "05 263 1180"
    assert show_phone("+573001234567") == "+57 300 1234567"
