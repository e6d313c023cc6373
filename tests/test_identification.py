"""Identifications as they come: proposed, flagged, never a reason to drop or merge anybody."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.ec import ci

from app.debtors.identification import is_cedula, mask_identification, read_identification


@pytest.mark.parametrize(
    ("raw", "number", "kind", "reliable", "problems"),
    [
        ("1714307103", "1714307103", "cedula", True, ()),
        ("17-1430710-3", "1714307103", "cedula", True, ()),
        ("'1714307103", "1714307103", "cedula", True, ()),
        ("1714307103.0", "1714307103", "cedula", True, ()),
        ("802835314", "0802835314", "cedula", True, ("lost_leading_zero",)),
        ("802835314.0", "0802835314", "cedula", True, ("lost_leading_zero",)),
        ("1714307104", "1714307104", "unknown", False, ("bad_check_digit",)),
        ("535098241", "0535098241", "unknown", False, ("lost_leading_zero", "bad_check_digit")),
        ("1714307103001", "1714307103001", "ruc_natural", True, ()),
        ("1714307104001", "1714307104001", "unknown", False, ("bad_check_digit",)),
        ("1714307103000", "1714307103000", "unknown", False, ("bad_identification",)),
        ("1760001550001", "1760001550001", "ruc_company", True, ()),
        ("1793213150001", "1793213150001", "ruc_company", True, ("company_check_digit",)),
        (
            "797179178001",
            "0797179178001",
            "ruc_company",
            False,
            ("lost_leading_zero", "company_check_digit"),
        ),
        ("2222222222", "2222222222", "unknown", False, ("bad_identification",)),
        ("9999999999999", "9999999999999", "final_consumer", False, ("final_consumer",)),
        ("", "", "none", False, ("no_identification",)),
        (" NULL ", "", "none", False, ("no_identification",)),
        ("N/A", "", "none", False, ("no_identification",)),
        ("0", "", "none", False, ("no_identification",)),
        ("A123456", "A123456", "passport", True, ()),
        ("PENDIENTE", "PENDIENTE", "unknown", False, ("bad_identification",)),
        ("12345678", "12345678", "unknown", False, ("bad_identification",)),
        ("9912345678", "9912345678", "unknown", False, ("bad_check_digit",)),
    ],
)
def test_each_form_of_an_identification(raw, number, kind, reliable, problems):
    found = read_identification(raw)
    assert (found.number, found.kind, found.reliable, found.problems) == (
        number,
        kind,
        reliable,
        problems,
    )


def test_digits_are_a_passport_only_when_the_file_says_so():
    assert read_identification("123456789", "PASAPORTE").kind == "passport"
    assert "lost_leading_zero" in read_identification("123456789", "CEDULA").problems


@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
@example("1714307103")
@example("0602910945")
@example("5001234567")
def test_the_cedula_check_agrees_with_stdnum(number):
    assert is_cedula(number) == (ci.is_valid(number) and len(set(number)) > 1)


@given(st.text(max_size=30), st.sampled_from(["", "CEDULA", "RUC", "Pasaporte"]))
def test_no_text_breaks_it_and_bad_ones_never_join_people(raw, declared):
    found = read_identification(raw, declared)
    if found.reliable:
        assert found.kind in {"cedula", "ruc_natural", "ruc_company", "passport"}
        assert found.number.isascii() and found.number.isalnum()


def test_the_mask_shows_two_digits():
    assert mask_identification("1714307103") == "17••••••••"
    assert mask_identification("") == ""
