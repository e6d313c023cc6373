"""E-mail cells."""

from __future__ import annotations

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from app.debtors.emails import read_email, read_emails


@pytest.mark.parametrize(
    ("cell", "addresses", "problems"),
    [
        ("ana.loor@example.com", ("ana.loor@example.com",), ()),
        ("Ana@Example.COM; luis@correo.ec", ("ana@example.com", "luis@correo.ec"), ()),
        ("ana@example.com / no tiene", ("ana@example.com",), ("bad_email",)),
        ("no tiene", (), ("bad_email",)),
        ("a..b@example.com", (), ("bad_email",)),
        ("ana@localhost", (), ("bad_email",)),
        ("ana@x.test", (), ("bad_email",)),
        ("", (), ()),
        ("null", (), ()),
        ("0", (), ()),
    ],
)
def test_each_cell(cell, addresses, problems):
    emails = read_emails(cell)
    assert (emails.addresses, emails.problems) == (addresses, problems)


@given(st.from_regex(r"[a-z0-9._-]{1,12}@([a-z0-9]{1,8}\.){1,2}[a-z]{2,5}", fullmatch=True))
def test_the_short_way_accepts_nothing_that_the_library_refuses(text):
    address = read_email(text).address
    if address:
        assert validate_email(address, check_deliverability=False).normalized.lower() == address


@given(st.text(max_size=60))
def test_no_text_breaks_it(text):
    assert all("@" in address for address in read_emails(text).addresses)
