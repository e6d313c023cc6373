"""From a row of cells to a typed record and its named problems. Nothing is dropped for a problem: only
a row without account, or whose amount cannot be read, is rejected.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.columns import fold
from app.debtors.emails import read_emails
from app.debtors.identification import read_identification
from app.debtors.phones import read_phones
from app.debts.numbers import account_key
from app.intake.cells import is_missing, parse_amount, parse_date
from app.intake.layout import Column, Layout
from app.intake.reading import Cell, Row, Table, cell_text

#: Kinds of problem whose rows are not loaded.
REJECTING = ("no_account", "bad_amount", "no_reference", "bad_date", "column_count")
_TOTAL = re.compile(r"(?:(?:sub|gran) ?)?total(?:es)?\b|suman?\b")
_YES = {"SI", "SÍ", "S", "TRUE", "1", "X", "Y", "YES"}
_CENT = Decimal("0.01")
#: NUMERIC(12, 2) holds no more.
_TOO_MUCH = Decimal("1e10")
#: What a binary float leaves behind a cent when a workbook's formula added it up.
_FLOAT_DUST, _NO_DUST = Decimal("0.000001"), Decimal(0)
_MOST_BILLS = 10_000
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


@dataclass(slots=True)
class PaymentRow:
    """A row of a payments file. USD, negative for a reversal."""

    row_number: int
    reference: str
    account: str
    account_key: str
    paid_on: date
    amount: Decimal
    channel: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be loaded, and why."""

    row_number: int
    account: str
    problem: Problem


@dataclass(slots=True)
class Footer:
    """The figure of the TOTAL row, once it has been met."""

    total: Decimal | None = None


class _Rejected(Exception):
    def __init__(self, kind: str, column: str, value: str) -> None:
        self.problem = (kind, column, value[:250])


@dataclass(slots=True)
class _Plan:
    """Where this file keeps what: worked out once, used for every row."""

    #: The row of the headers; records follow it.
    header: int
    positions: list[tuple[int, Column]]
    places: dict[str, int]
    #: Cells of a full row of a text file; None for a workbook, whose margin may hold notes.
    width: int | None

    @classmethod
    def of(cls, table: Table, layout: Layout) -> _Plan:
        head = table.head()
        header, positions = layout.header_row(head) or 0, layout.positions(head)
        places = {column.field: position for position, column in positions}
        return cls(header, positions, places, _width(head, header) if table.form else None)


def _width(head: list[tuple[int, Row]], header: int) -> int:
    for number, row in head:
        if number == header:
            return len(row)
    return Counter(len(row) for _number, row in head).most_common(1)[0][0]


def read_portfolio(
    table: Table, layout: Layout, area_prefix: str, footer: Footer
) -> Iterator[AccountRow | RejectedRow]:
    """Every row of the portfolio, in the file's order; the TOTAL row fills ``footer``."""
    plan = _Plan.of(table, layout)
    prefix = layout.area_prefix or area_prefix
    joiner = " y " if layout.granularity == "account" else ", "
    steps = [(position, column, _READERS[column.field]) for position, column in plan.positions if column.field in _READERS]
    yield from _read_all(
        table, plan, "balance", footer, lambda n, r, texts: _account_row(n, r, texts, plan, steps, prefix, joiner)
    )


def read_payments(
    table: Table, layout: Layout, area_prefix: str, footer: Footer
) -> Iterator[PaymentRow | RejectedRow]:
    """Every row of a payments file, in the file's order."""
    plan = _Plan.of(table, layout)
    yield from _read_all(
        table, plan, "amount", footer, lambda n, r, _texts: _payment_row(n, r, plan.positions)
    )


def _read_all(
    table: Table, plan: _Plan, total: str, footer: Footer, read: Callable[[int, Row, list[str]], Any]
) -> Iterator[Any]:
    at, columns = plan.places["account"], dict(plan.positions)
    for number, row in table.rows():
        if number <= plan.header:
            continue
        texts = [cell.strip() if type(cell) is str else cell_text(cell) for cell in row]
        account = texts[at] if at < len(texts) else ""
        if not account[:1].isdigit() and _is_total(account, texts, plan.places):
            footer.total = _total_of(row, plan.places[total], columns)
            continue
        try:
            if plan.width and len(texts) > plan.width and any(texts[plan.width :]):
                raise _Rejected("column_count", "", str(len(texts)))
            yield read(number, row, texts)
        except _Rejected as rejected:
            yield RejectedRow(number, account[:40], rejected.problem)


def _is_total(account: str, texts: list[str], places: dict[str, int]) -> bool:
    """A row without identification that says TOTAL in its account, or anywhere when it has none."""
    at = places.get("identification", len(texts))
    if at < len(texts) and not is_missing(texts[at]) and not _TOTAL.match(fold(texts[at])):
        return False
    said = texts if is_missing(account) else [account]
    return any(_TOTAL.match(fold(text)) for text in said)


def _total_of(row: Row, position: int, columns: dict[int, Column]) -> Decimal | None:
    try:
        return _money(row[position], columns[position]) if position < len(row) else None
    except _Rejected:
        return None


def _account_row(
    number: int,
    row: Row,
    texts: list[str],
    plan: _Plan,
    steps: list[tuple[int, Column, Reader]],
    area_prefix: str,
    joiner: str,
) -> AccountRow:
    digest = hashlib.blake2b("\x1f".join(texts).encode("utf-8", "replace"), digest_size=16).digest()
    record = AccountRow(number, "", "", digest)
    here = len(texts)
    for position, column, reader in steps:
        if position >= here:
            reader(record, column, "", "", area_prefix)
        elif texts[position] or column.field in _MUST:
            reader(record, column, row[position], texts[position], area_prefix)
    if not record.account_key:
        raise _Rejected("no_account", "", "")
    declared = plan.places.get("identification_kind", here)
    _settle_identification(record, texts[declared] if declared < here else "")
    record.address = joiner.join(
        texts[p] for p, column in plan.positions if column.field == "address" and p < here and not is_missing(texts[p])
    )
    if not record.name:
        record.problems.append(("no_name", "", ""))
    if record.disputed_balance > 0:
        record.in_complaint = True
    return record


def _settle_identification(record: AccountRow, declared: str) -> None:
    read = read_identification(record.identification_raw, declared)
    record.identification = read.number
    record.identification_kind = read.kind
    record.reliable = read.reliable
    record.problems += [(p, "", record.identification_raw) for p in read.problems]


#: Fields whose absence is a fault of the row; an empty cell of the others says nothing.
_MUST = ("account", "balance")
Reader = Callable[[AccountRow, Column, Cell, str, str], None]


def _read_account(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    if is_missing(text):
        raise _Rejected("no_account", str(column.source), text)
    record.account, record.account_key = _account(text)


def _account(text: str) -> tuple[str, str]:
    """An account as it came and as it is compared; «100002.0» went through Excel and is 100002."""
    whole = _EXCEL_FLOAT.fullmatch(text)
    return text[:40], account_key(whole[1] if whole else text)[:40]


def _read_identification(record: AccountRow, column: Column, cell: Cell, text: str, _p: str) -> None:
    record.identification_raw = "" if is_missing(text) else text[:40]


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
        setattr(record, name, "" if is_missing(text) else text[:length])

    return read


def _date_reader(name: str) -> Reader:
    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        if is_missing(text) or text == "0":
            return
        try:
            day = cell if isinstance(cell, date) else parse_date(text, month_first=column.month_first)
        except ValueError:
            record.problems.append(("bad_date", str(column.source), text))
            return
        setattr(record, name, day)

    return read


def _money(cell: Cell, column: Column) -> Decimal | None:
    """USD of a cell to the cent, None when it is missing; what cannot be read, or not to the cent, rejects."""
    try:
        if isinstance(cell, Decimal):
            return _to_the_cent(cell, _FLOAT_DUST)
        text = cell_text(cell)
        return None if is_missing(text) else _to_the_cent(parse_amount(text, column.decimal), _NO_DUST)
    except ValueError:
        raise _Rejected("bad_amount", str(column.source), cell_text(cell)) from None


def _to_the_cent(value: Decimal, dust: Decimal) -> Decimal:
    if abs(value) >= _TOO_MUCH:
        raise ValueError(value)
    cents = value.quantize(_CENT)
    if value != cents and abs(value - cents) > dust:
        raise ValueError(value)
    return cents


def _read_balance(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    balance = _money(cell, column)
    if balance is None:
        raise _Rejected("bad_amount", str(column.source), text)
    record.balance = balance


def _money_reader(name: str) -> Reader:
    """Beside the balance: one that cannot be read is a problem of its own and the row is loaded."""

    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        try:
            value = _money(cell, column)
        except _Rejected:
            record.problems.append(("bad_figure", str(column.source), text))
            return
        if value is not None:
            setattr(record, name, value)

    return read


def _read_count(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    whole = _WHOLE.fullmatch(text)
    if whole and int(whole[1]) < _MOST_BILLS:
        record.bills_count = int(whole[1])
    elif not is_missing(text):
        record.problems.append(("bad_count", str(column.source), text))


def _read_disputed(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
    record.in_complaint = text.upper() in _YES


def _coordinate_reader(name: str) -> Reader:
    def read(record: AccountRow, column: Column, cell: Cell, text: str, _prefix: str) -> None:
        if is_missing(text) or text == "0":
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
    if not is_missing(text):
        record.attributes[str(column.source)] = text[:250]


_READERS: dict[str, Reader] = {
    "account": _read_account,
    "identification": _read_identification,
    "name": _text_reader("name", 200),
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


def _payment_row(number: int, row: Row, positions: list[tuple[int, Column]]) -> PaymentRow:
    cells = {column.field: (column, row[p] if p < len(row) else "") for p, column in positions}

    def text(name: str) -> str:
        found = cells.get(name)
        value = cell_text(found[1]) if found else ""
        return "" if is_missing(value) else value

    if not text("account"):
        raise _Rejected("no_account", "", "")
    if not text("reference"):
        raise _Rejected("no_reference", "", "")
    column, cell = cells["amount"]
    amount = _money(cell, column)
    if amount and text("reversal").upper() in _YES | {"REVERSO", "REVERSADO", "ANULADO", "R"}:
        amount = -abs(amount)
    if not amount:
        raise _Rejected("bad_amount", str(column.source), cell_text(cell))
    account, key = _account(text("account"))
    return PaymentRow(
        row_number=number,
        reference=text("reference")[:80],
        account=account,
        account_key=key,
        paid_on=_paid_on(*cells["paid_on"]),
        amount=amount,
        channel=text("channel")[:80],
    )


def _paid_on(column: Column, cell: Cell) -> date:
    if isinstance(cell, date):
        return cell
    text = cell_text(cell)
    try:
        return parse_date(text, month_first=column.month_first)
    except ValueError:
        raise _Rejected("bad_date", str(column.source), text) from None
