"""Readers of the fields of a portfolio's row: each puts one cell, typed, or its problem, on the record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from app.debtors.emails import read_emails
from app.debtors.phones import read_phones
from app.debts.numbers import account_key
from app.intake.cells import is_missing, parse_amount, parse_date
from app.intake.layout import Column
from app.intake.reading import Cell, cell_text

YES = {"SI", "SÍ", "S", "TRUE", "1", "X", "Y", "YES"}
#: What a reversal column says of a payment that was taken back.
REVERSED = YES | {
    "REVERSO",
    "REVERSADO",
    "REVERSADA",
    "REVERSA",
    "ANULADO",
    "ANULADA",
    "R",
    "REV",
    "EXTORNO",
}
_CENT = Decimal("0.01")
#: NUMERIC(12, 2) holds no more.
_TOO_MUCH = Decimal("1e10")
#: What a binary float leaves behind a cent when a workbook's formula added it up.
_FLOAT_DUST, _NO_DUST = Decimal("0.000001"), Decimal(0)
_MOST_BILLS, _AMOUNTS_KEPT = 10_000, 16_384
_FARTHEST, _MICRODEGREE = 180, Decimal("0.000001")
_EXCEL_FLOAT = re.compile(r"(\d+)\.0", re.ASCII)
_WHOLE = re.compile(r"(\d{1,9})(?:[.,]0*)?", re.ASCII)


#: (kind, column's header, value as it came)
Problem = tuple[str, str, str]


@dataclass(slots=True)
class AccountRow:
    """A row of a portfolio. USD; ``row_hash`` is of the cells as they came."""

    row_number: int
    account: str
    account_key: str
    row_hash: bytes
    identification: str = ""
    identification_kind: str = "none"
    identification_raw: str = ""
    reliable: bool = False
    name: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    address: str = ""
    sector: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    service: str = ""
    category: str = ""
    connection_status: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    bill_number: str = ""
    bills_count: int = 1
    issued_on: date | None = None
    due_on: date | None = None
    amount: Decimal | None = None
    interest: Decimal | None = None
    balance: Decimal = Decimal(0)
    agreed_balance: Decimal = Decimal(0)
    in_complaint: bool = False
    disputed_balance: Decimal = Decimal(0)
    problems: list[Problem] = field(default_factory=list)


class Rejected(Exception):
    """The row cannot be loaded: ``problem`` says why."""

    def __init__(self, kind: str, column: str, value: str) -> None:
        self.problem = (kind, column, value[:250])


#: Fields whose absence is a fault of the row; the readers of the others never see a missing cell.
MUST = ("account", "balance")
Reader = Callable[[AccountRow, Column, Cell, str, str], None]


def _read_account(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    if is_missing(text):
        raise Rejected("no_account", str(column.source), text)
    record.account, record.account_key = account_of(text)


def account_of(text: str) -> tuple[str, str]:
    """An account as it came and as it is compared; «100002.0» went through Excel and is 100002."""
    whole = _EXCEL_FLOAT.fullmatch(text)
    return text[:40], account_key(whole[1] if whole else text)[:40]


def _read_identification(
    record: AccountRow, column: Column, cell: Cell, text: str, _p: str
) -> None:
    record.identification_raw = text[:40]


def _read_phone(record: AccountRow, column: Column, cell: Cell, text: str, prefix: str) -> None:
    found = read_phones(text, prefix)
    record.phones += [p.e164 for p in found.numbers if p.e164 not in record.phones]
    if found.problems:
        record.problems += [(problem, str(column.source), text) for problem in found.problems]


def _read_email(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    found = read_emails(text)
    record.emails += [address for address in found.addresses if address not in record.emails]
    record.problems += [(problem, str(column.source), text) for problem in found.problems]


def _text_reader(name: str, length: int) -> Reader:
    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        setattr(record, name, text[:length])

    return read


def _read_name(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    """Surnames and names may stand in two columns: joined in the layout's order."""
    record.name = f"{record.name} {text}"[:200] if record.name else text[:200]


def day_of(text: str, column: Column) -> date:
    """The day that ``text`` says as ``column`` writes days; ValueError when it says none."""
    return parse_date(text, month_first=column.month_first, year_first=column.year_first)


def _date_reader(name: str) -> Reader:
    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        if text == "0":
            return
        try:
            day = cell if isinstance(cell, date) else day_of(text, column)
        except ValueError:
            record.problems.append(("bad_date", str(column.source), text))
            return
        setattr(record, name, day)

    return read


def money_of(cell: Cell, column: Column) -> Decimal | None:
    """USD of a cell to the cent, None when it is missing; what cannot be read, or not to the cent, rejects."""
    try:
        if isinstance(cell, Decimal):
            return _to_the_cent(cell, _FLOAT_DUST)
        return _money_in(cell_text(cell), column.decimal)
    except ValueError:
        raise Rejected("bad_amount", str(column.source), cell_text(cell)) from None


@lru_cache(_AMOUNTS_KEPT)
def _money_in(text: str, decimal: str) -> Decimal | None:
    return None if is_missing(text) else _to_the_cent(parse_amount(text, decimal), _NO_DUST)


def _to_the_cent(value: Decimal, dust: Decimal) -> Decimal:
    if abs(value) >= _TOO_MUCH:
        raise ValueError(value)
    cents = value.quantize(_CENT)
    if value != cents and abs(value - cents) > dust:
        raise ValueError(value)
    return cents


def _read_balance(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    balance = money_of(cell, column)
    if balance is None:
        raise Rejected("bad_amount", str(column.source), text)
    record.balance = balance


def _money_reader(name: str) -> Reader:
    """Beside the balance: one that cannot be read is a problem of its own and the row is loaded."""

    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        try:
            value = money_of(cell, column)
        except Rejected:
            record.problems.append(("bad_figure", str(column.source), text))
            return
        if value is not None:
            setattr(record, name, value)

    return read


def _read_count(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    whole = _WHOLE.fullmatch(text)
    if whole and int(whole[1]) < _MOST_BILLS:
        record.bills_count = int(whole[1])
    else:
        record.problems.append(("bad_count", str(column.source), text))


def _read_disputed(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    record.in_complaint = text.upper() in YES


def _coordinate_reader(name: str) -> Reader:
    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        if text == "0":
            return
        try:
            value = cell if isinstance(cell, Decimal) else parse_amount(text, column.decimal)
        except ValueError:
            record.problems.append(("bad_coordinate", str(column.source), text))
            return
        if abs(value) <= _FARTHEST:
            setattr(record, name, value.quantize(_MICRODEGREE))

    return read


def _read_extra(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    record.attributes[str(column.source)] = text[:250].replace("\0", "")


READERS: dict[str, Reader] = {
    "account": _read_account,
    "identification": _read_identification,
    "name": _read_name,
    "phone": _read_phone,
    "email": _read_email,
    "sector": _text_reader("sector", 120),
    "service": _text_reader("service", 60),
    "category": _text_reader("category", 60),
    "connection_status": _text_reader("connection_status", 60),
    "bill_number": _text_reader("bill_number", 60),
    "bills_count": _read_count,
    "issued_on": _date_reader("issued_on"),
    "due_on": _date_reader("due_on"),
    "amount": _money_reader("amount"),
    "interest": _money_reader("interest"),
    "balance": _read_balance,
    "agreed_balance": _money_reader("agreed_balance"),
    "disputed": _read_disputed,
    "disputed_balance": _money_reader("disputed_balance"),
    "latitude": _coordinate_reader("latitude"),
    "longitude": _coordinate_reader("longitude"),
    "extra": _read_extra,
}
