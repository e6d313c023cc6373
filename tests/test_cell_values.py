"""Anything at all in a cell: no exception, nothing silently changed, nothing dropped."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.debtors.emails import read_emails
from app.debtors.identification import read_identification
from app.debtors.phones import read_phones
from app.debts.numbers import account_key
from app.intake.fields import READERS, AccountRow, Rejected, account_of, money_of
from app.intake.layout import PORTFOLIO_FIELDS, Column

#: Quick, and the same every time.
QUICK = settings(deadline=None, derandomize=True, max_examples=150)
_TEXT = st.one_of(
    st.text(max_size=40),
    st.text("0123456789.,-/+$()' ", max_size=30),
    st.text("0123456789ABCÑ.-_/ ", max_size=24),
    st.sampled_from(["", "null", "N/A", "=1+1", "-", "1e99", "²³", "٣٤", "\x00", "9" * 400]),
)
_CENTS = st.decimals(Decimal("-9999999999.99"), Decimal("9999999999.99"), places=2)


def _grouped(value: Decimal, mark: str, decimal: str) -> str:
    return f"{value:,.2f}".translate(str.maketrans({",": mark, ".": decimal}))


#: The styles that utilities use, by what follows the whole part.
_STYLES = {
    "1234,56": lambda v: (f"{v:.2f}".replace(".", ","), ","),
    "1.234,56": lambda v: (_grouped(v, ".", ","), ","),
    "1 234,56": lambda v: (_grouped(v, " ", ","), ","),
    "1234.56": lambda v: (f"{v:.2f}", "."),
    "1,234.56": lambda v: (_grouped(v, ",", "."), "."),
    "1'234.56": lambda v: (_grouped(v, "'", "."), "."),
    "$ 1,234.56": lambda v: (f"$ {_grouped(v, ',', '.')}", "."),
    "USD": lambda v: (f"{_grouped(v, '.', ',')} USD", ","),
}
_NEGATIVES = (lambda text: f"-{text}", lambda text: f"{text}-", lambda text: f"({text})")


@QUICK
@given(_CENTS, st.sampled_from(sorted(_STYLES)), st.sampled_from(_NEGATIVES))
def test_an_amount_in_every_style_reads_back_to_the_cent(value, style, negative):
    text, decimal = _STYLES[style](abs(value))
    column = Column("SALDO", "balance", decimal)
    assert money_of(text, column) == abs(value)
    assert money_of(negative(text), column) == -abs(value)
    assert money_of(f"  {text}\u00a0", column) == abs(value)


@QUICK
@given(_TEXT, st.sampled_from([",", "."]))
@example("12.50", ",")
@example("1.5.0", ".")
def test_an_amount_is_what_it_says_or_a_problem(text, decimal):
    try:
        value = money_of(text, Column("SALDO", "balance", decimal))
    except Rejected as rejected:
        assert rejected.problem[0] == "bad_amount"
        assert rejected.problem[2] == text.strip()[:250]
        return
    if value is None:
        assert not any(ch.isdigit() for ch in text)
        return
    whole, _mark, cents = text.rpartition(decimal) if decimal in text else (text, "", "")
    said = "".join(filter(str.isdigit, whole)) + "".join(filter(str.isdigit, cents))[:2].ljust(
        2, "0"
    )
    assert int(f"{abs(value):.2f}".replace(".", "")) == int(said)


@QUICK
@given(_TEXT)
@example("0991234567 / 042345678")
def test_digits_of_a_telephone_are_never_altered(text):
    found = read_phones(text, "05")
    digits = "".join(filter(str.isdecimal, text))
    for phone in found.numbers:
        national = phone.e164.removeprefix("+593").removeprefix("5" if len(digits) <= 7 else "")
        assert national.removeprefix("+") in digits
    if not found.numbers and digits.strip("0"):
        assert found.problems


@QUICK
@given(_TEXT, st.sampled_from(["", "CEDULA", "RUC", "PASAPORTE"]))
@example("171430710", "")
@example("1714307104", "CEDULA")
def test_an_identification_is_never_dropped(text, declared):
    found = read_identification(text, declared)
    digits = "".join(ch for ch in text if ch.isascii() and ch.isdigit())
    if not digits.strip("0"):
        return
    kept = "".join(ch for ch in found.number if ch.isascii() and ch.isdigit())
    assert kept in (digits, f"0{digits}", digits.removesuffix("0"), f"0{digits.removesuffix('0')}")
    assert found.reliable or found.problems or found.kind == "passport"


@QUICK
@given(st.text("0123456789ABCDEFÑÁ-. /", min_size=1, max_size=30))
def test_an_account_keeps_each_letter_and_digit_but_its_leading_zeros(text):
    said = "".join(ch for ch in text.strip().upper() if ch.isalnum()).lstrip("0")
    assert account_key(text).lstrip("0") == said
    assert account_of(text.strip())[0] == text.strip()[:40]


@QUICK
@given(st.integers(0, 10**12), st.integers(0, 6))
def test_zeros_and_separators_make_no_other_account(number, zeros):
    assert account_key(f"{'0' * zeros}{number}") == account_key(f"{number:,}") == str(number)


@QUICK
@given(_TEXT)
@example("Ana@Example.com; otra@example.com")
def test_an_address_comes_back_as_it_was_written_or_is_a_problem(text):
    found = read_emails(text)
    for address in found.addresses:
        assert address.count("@") == 1
        assert address.partition("@")[0] in text.lower()
    if "@" in text and not found.addresses:
        assert found.problems


@QUICK
@given(st.sampled_from(sorted(PORTFOLIO_FIELDS & READERS.keys())), _TEXT)
def test_no_cell_breaks_a_field_and_what_is_not_read_is_told(field, text):
    record, column = AccountRow(1, "", "", b""), Column("COLUMNA", field)
    before = repr(record)
    plain = text.strip()
    try:
        READERS[field](record, column, plain, plain, "05")
    except Rejected as rejected:
        assert rejected.problem[1] == "COLUMNA"
        return
    for _kind, name, value in record.problems:
        assert (name, value) == ("COLUMNA", plain)
    if field in ("name", "sector", "service", "category", "connection_status", "bill_number"):
        assert (
            repr(record) == before
            or plain[:60] in repr(record)
            or repr(plain)[1:50] in repr(record)
        )
