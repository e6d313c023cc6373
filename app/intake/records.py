"""From a row of cells to a typed record and its named problems. Nothing is dropped for a problem: only
a row without account, or whose amount cannot be read, is rejected.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from app.core.columns import fold
from app.debtors.identification import read_identification
from app.intake.cells import LONGEST_MISSING, MISSING, is_missing
from app.intake.fields import (
    MUST,
    READERS,
    REVERSED,
    AccountRow,
    Problem,
    Reader,
    Rejected,
    account_of,
    day_of,
    money_of,
)
from app.intake.known import DIGEST_SIZE, KnownRows
from app.intake.layout import Column, Layout
from app.intake.reading import Cell, Row, Table, cell_text

#: Part of every row's digest: a new number when cells come to be read in another way, so that what
#: is loaded is read again.
_READING = "1"
_TOTAL = re.compile(r"(?:(?:sub|gran) ?)?total(?:es)?\b|suman?\b")


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


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row that is already loaded as it stands, with the problems that it still has."""

    row_number: int
    account: str
    problems: list[Problem]


@dataclass(slots=True)
class Footer:
    """The figure of the TOTAL row, once it has been met."""

    total: Decimal | None = None


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
    full, digest_of = _account_reader(plan, layout, area_prefix), _digester(layout, area_prefix)
    yield from _read_all(
        table, plan, "balance", footer, lambda n, r, texts: full(n, r, texts, digest_of(texts))
    )


def read_unknown(
    table: Table, layout: Layout, area_prefix: str, footer: Footer, known: KnownRows
) -> Iterator[AccountRow | KnownRow | RejectedRow]:
    """As `read_portfolio`, without what is ``known``: of those rows only they are read and told whose
    account had problems; the others are counted in ``known.passed``."""
    plan = _Plan.of(table, layout)
    full = _account_reader(plan, layout, area_prefix)
    digest_of = _digester(layout, area_prefix)

    def read(number: int, row: Row, texts: list[str]) -> AccountRow | KnownRow | None:
        digest = digest_of(texts)
        place = known.meet(digest)
        if place is None:
            return full(number, row, texts, digest)
        if not known.is_flawed(place):
            known.passed += 1
            return None
        record = full(number, row, texts, digest)
        return KnownRow(number, record.account, record.problems)

    yield from _read_all(table, plan, "balance", footer, read)


def read_again(
    table: Table, layout: Layout, area_prefix: str, known: KnownRows
) -> Iterator[AccountRow | RejectedRow]:
    """Only the rows that can be met again (see `KnownRows.meet_again`)."""
    plan = _Plan.of(table, layout)
    full = _account_reader(plan, layout, area_prefix)
    digest_of = _digester(layout, area_prefix)

    def read(number: int, row: Row, texts: list[str]) -> AccountRow | None:
        digest = digest_of(texts)
        return None if known.meet(digest) is None else full(number, row, texts, digest)

    yield from _read_all(table, plan, "balance", Footer(), read)


def _digester(layout: Layout, area_prefix: str) -> Callable[[list[str]], bytes]:
    """Digests of rows: of their cells as they came, and of how these are read."""
    columns = [astuple(column) for column in layout.columns]
    way = json.dumps([_READING, layout.granularity, layout.area_prefix or area_prefix, columns])
    salt = hashlib.blake2b(way.encode(), digest_size=hashlib.blake2b.SALT_SIZE).digest()

    def digest_of(texts: list[str]) -> bytes:
        cells = "\x1f".join(texts).encode("utf-8", "replace")
        return hashlib.blake2b(cells, digest_size=DIGEST_SIZE, salt=salt).digest()

    return digest_of


def _account_reader(
    plan: _Plan, layout: Layout, area_prefix: str
) -> Callable[[int, Row, list[str], bytes], AccountRow]:
    prefix = layout.area_prefix or area_prefix
    joiner = " y " if layout.granularity == "account" else ", "
    steps = [
        (position, column, column.field in MUST, READERS[column.field])
        for position, column in plan.positions
        if column.field in READERS
    ]
    streets = [position for position, column in plan.positions if column.field == "address"]

    def read(number: int, row: Row, texts: list[str], digest: bytes) -> AccountRow:
        record = AccountRow(number, "", "", digest)
        _read_cells(record, row, texts, steps, prefix)
        _complete(record, texts, plan.places, streets, joiner)
        return record

    return read


def read_payments(
    table: Table, layout: Layout, area_prefix: str, footer: Footer
) -> Iterator[PaymentRow | RejectedRow]:
    """Every row of a payments file, in the file's order."""
    plan = _Plan.of(table, layout)
    yield from _read_all(
        table, plan, "amount", footer, lambda n, r, _texts: _payment_row(n, r, plan.positions)
    )


def _read_all(
    table: Table,
    plan: _Plan,
    total: str,
    footer: Footer,
    read: Callable[[int, Row, list[str]], Any],
) -> Iterator[Any]:
    at, columns = plan.places["account"], dict(plan.positions)
    plain = table.form is not None
    for number, row in table.rows():
        if number <= plan.header:
            continue
        texts = list(map(str.strip, cast("list[str]", row))) if plain else list(map(cell_text, row))
        account = texts[at] if at < len(texts) else ""
        if not account[:1].isdigit() and _is_total(account, texts, plan.places):
            footer.total = _total_of(row, plan.places[total], columns)
            continue
        try:
            if plan.width and len(texts) > plan.width and any(texts[plan.width :]):
                raise Rejected("column_count", "", str(len(texts)))
            if (found := read(number, row, texts)) is not None:
                yield found
        except Rejected as rejected:
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
        return money_of(row[position], columns[position]) if position < len(row) else None
    except Rejected:
        return None


def _read_cells(
    record: AccountRow,
    row: Row,
    texts: list[str],
    steps: list[tuple[int, Column, bool, Reader]],
    area_prefix: str,
) -> None:
    here = len(texts)
    for position, column, is_must, reader in steps:
        text = texts[position] if position < here else ""
        # As `is_missing`, without asking a function of each cell.
        is_short = len(text) <= LONGEST_MISSING
        if is_must or not (is_short and (text in MISSING or text.upper() in MISSING)):
            reader(record, column, row[position] if position < here else "", text, area_prefix)
    if not record.account_key:
        raise Rejected("no_account", "", "")


def _complete(
    record: AccountRow, texts: list[str], places: dict[str, int], streets: list[int], joiner: str
) -> None:
    """What several columns say together."""
    here = len(texts)
    declared = places.get("identification_kind", here)
    _settle_identification(record, texts[declared] if declared < here else "")
    record.address = joiner.join(
        texts[at] for at in streets if at < here and not is_missing(texts[at])
    )
    if not record.name:
        record.problems.append(("no_name", "", ""))
    if record.disputed_balance > 0:
        record.in_complaint = True


def _settle_identification(record: AccountRow, declared: str) -> None:
    read = read_identification(record.identification_raw, declared)
    record.identification = read.number
    record.identification_kind = read.kind
    record.reliable = read.reliable
    record.problems += [(p, "", record.identification_raw) for p in read.problems]


def _payment_row(number: int, row: Row, positions: list[tuple[int, Column]]) -> PaymentRow:
    cells = {column.field: (column, row[p] if p < len(row) else "") for p, column in positions}

    def text(name: str) -> str:
        found = cells.get(name)
        value = cell_text(found[1]) if found else ""
        return "" if is_missing(value) else value

    if not text("account"):
        raise Rejected("no_account", "", "")
    if not text("reference"):
        raise Rejected("no_reference", "", "")
    column, cell = cells["amount"]
    amount = money_of(cell, column)
    if amount and text("reversal").upper() in REVERSED:
        amount = -abs(amount)
    if not amount:
        raise Rejected("bad_amount", str(column.source), cell_text(cell))
    account, key = account_of(text("account"))
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
        return day_of(text, column)
    except ValueError:
        raise Rejected("bad_date", str(column.source), text) from None
