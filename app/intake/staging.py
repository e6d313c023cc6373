"""Puts validated rows and their problems into the transaction's own tables by COPY, in batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.intake.fields import AccountRow, account_of
from app.intake.known import KnownRows
from app.intake.models import Load
from app.intake.records import KnownRow, PaymentRow, RejectedRow

_BATCH = 5_000

_CREATE = """
CREATE TEMPORARY TABLE staged_row (
    row_number integer, account_key text, account_number text, person_key text, identification text,
    identification_kind text, identification_raw text, name text, phones text[], emails text[],
    address text, sector text, latitude numeric, longitude numeric, service text, category text,
    connection_status text, attributes jsonb, bill_number text, bills_count integer, issued_on date,
    due_on date, amount numeric(12, 2), interest numeric(12, 2), balance numeric(12, 2),
    agreed_balance numeric(12, 2), in_complaint boolean, disputed_balance numeric(12, 2),
    row_hash bytea, flawed boolean) ON COMMIT DROP;
-- Accounts that are in the file and whose row could not be read.
CREATE TEMPORARY TABLE unread_account (account_key text) ON COMMIT DROP;
-- One row for each row of the file that is already loaded; later only for accounts that stay as they are.
CREATE TEMPORARY TABLE same_account (account_id bigint) ON COMMIT DROP
"""
_LAST = 29  # tabs in a line of staged_row
#: What stands for NULL: cells are stripped, so none of them can be it.
_NULL = " "

#: Accounts of which some rows are known and others are new or missing: all their rows are needed.
_PARTLY = """
WITH met AS (SELECT account_id, count(*) AS rows FROM same_account GROUP BY account_id),
partly AS (
    SELECT a.id FROM met m JOIN account a ON a.id = m.account_id
     WHERE m.rows * 16 <> length(a.row_hash)
     UNION
    SELECT a.id FROM staged_row s
      JOIN account a ON a.portfolio_id = :portfolio_id AND a.number_key = s.account_key
      JOIN met m ON m.account_id = a.id)
DELETE FROM same_account s USING partly p WHERE p.id = s.account_id RETURNING p.id
"""


@dataclass(slots=True)
class Tally:
    """What has been read so far. USD; of rows that are already loaded only the rows are counted."""

    rows: int = 0
    rejected: int = 0
    bills: int = 0
    balance: Decimal = Decimal("0.00")


def stage_portfolio(
    session: Session,
    load: Load,
    known: KnownRows,
    read: Callable[[], Iterable[AccountRow | KnownRow | RejectedRow]],
    read_again: Callable[[], Iterable[AccountRow | KnownRow | RejectedRow]],
    progress: Callable[[int], None],
) -> Tally:
    """Fill the temporary tables and ``load_problem``; memory stays that of one batch.

    ``read`` gives every row. Where only some rows of an account are known, ``read_again`` gives the
    known ones (see `KnownRows.meet_again`).
    """
    session.execute(text(_CREATE))
    tally, told = Tally(), 0
    for batch in _batches(read()):
        _stage(session, load, batch, tally)
        copy_problems(session, load.id, _problems(batch))
        _copy(session, "unread_account", (f"{_unread(row)}\n" for row in batch if _unread(row)))
        told += len(batch)
        tally.rows = told + known.passed
        progress(tally.rows)
    tally.rows = told + known.passed
    session.execute(text("ANALYZE staged_row (row_number, account_key, person_key)"))
    _copy(session, "same_account", (f"{account}\n" for account in known.met_accounts()))
    session.execute(text("ANALYZE same_account"))
    if partly := set(session.scalars(text(_PARTLY), {"portfolio_id": load.portfolio_id})):
        known.meet_again(partly)
        for batch in _batches(read_again()):
            _stage(session, load, batch, tally)
        session.execute(text("ANALYZE staged_row (row_number, account_key, person_key)"))
    return tally


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    stream = iter(rows)
    while batch := list(islice(stream, _BATCH)):
        yield batch


def _stage(session: Session, load: Load, batch: list[Any], tally: Tally) -> None:
    good = [row for row in batch if type(row) is AccountRow]
    _copy(session, "staged_row", (_line(row, load.portfolio_id) for row in good))
    tally.rejected += sum(type(row) is RejectedRow for row in batch)
    tally.bills += sum(row.bills_count for row in good)
    tally.balance += sum((row.balance for row in good), Decimal(0))


def _line(row: AccountRow, portfolio_id: int) -> str:
    """A row as COPY reads it. Whole rows without anything to escape are the rule."""
    person = f"ID:{row.identification}" if row.reliable else f"CTA:{portfolio_id}:{row.account_key}"
    cells = [
        str(row.row_number),
        row.account_key,
        row.account,
        person,
        row.identification,
        row.identification_kind,
        row.identification_raw,
        row.name or "—",
        f"{{{','.join(row.phones)}}}",
        _array(row.emails),
        row.address[:250],
        row.sector,
        _optional(row.latitude),
        _optional(row.longitude),
        row.service,
        row.category,
        row.connection_status,
        json.dumps(row.attributes, ensure_ascii=False) if row.attributes else "{}",
        row.bill_number,
        str(row.bills_count),
        _optional(row.issued_on),
        _optional(row.due_on),
        _optional(row.amount),
        _optional(row.interest),
        str(row.balance),
        str(row.agreed_balance),
        "t" if row.in_complaint else "f",
        str(row.disputed_balance),
        f"\\x{row.row_hash.hex()}",
        "t" if row.problems else "f",
    ]
    line = "\t".join(cells)
    if line.count("\\") > 1 or line.count("\t") > _LAST or _is_odd(line):
        line = "\t".join(map(_escaped, cells))
    else:
        line = line.replace("\\", "\\\\")
    return line + "\n"


def _array(texts: list[str]) -> str:
    return "{}" if not texts else f"{{{','.join(map(_quoted, texts))}}}"


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _optional(value: object) -> str:
    return _NULL if value is None else str(value)


def _is_odd(line: str) -> bool:
    return "\n" in line or "\r" in line or "\0" in line


def _escaped(cell: str) -> str:
    """``cell`` as COPY's text format wants it; PostgreSQL's text cannot hold a NUL."""
    plain = cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return plain.replace("\r", "\\r").replace("\0", "")


def _copy(session: Session, target: str, lines: Iterable[str]) -> None:
    """COPY ``lines`` (text format) into ``target`` in the session's transaction."""
    raw: Any = session.connection().connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN (NULL '{_NULL}')") as copy:
        for some in _batches(lines):
            copy.write("".join(some))


def _unread(row: Any) -> str:
    """The key of an account whose row could not be read."""
    return account_of(row.account)[1] if type(row) is RejectedRow else ""


def _problems(batch: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for row in batch:
        found = [row.problem] if type(row) is RejectedRow else row.problems
        for kind, column, value in found:
            yield row.row_number, row.account, kind, column[:80], value[:250]


def copy_problems(session: Session, load_id: int, problems: Iterable[tuple[Any, ...]]) -> None:
    """``(row_number, account, kind, column, value)`` into ``load_problem``."""
    target = "load_problem (load_id, row_number, account, kind, column_name, value)"
    lines = ((str(load_id), *(_escaped(str(part)) for part in problem)) for problem in problems)
    _copy(session, target, ("\t".join(line) + "\n" for line in lines))


def good_payments(
    rows: Iterable[PaymentRow | RejectedRow],
    tally: Tally,
    today: date,
    rejected: list[RejectedRow],
) -> Iterator[PaymentRow]:
    """The rows that can be recorded; the others, and those paid on a day that has not come, are
    ``rejected``."""
    for row in rows:
        tally.rows += 1
        if isinstance(row, PaymentRow) and row.paid_on > today:
            day = f"{row.paid_on:%d/%m/%Y}"
            row = RejectedRow(row.row_number, row.account, ("future_date", "", day))
        if isinstance(row, RejectedRow):
            tally.rejected += 1
            rejected.append(row)
        else:
            yield row


def copy_rejected(session: Session, load_id: int, rejected: Iterable[RejectedRow]) -> None:
    """Why each of them is not loaded, into ``load_problem``."""
    copy_problems(session, load_id, _problems(rejected))
