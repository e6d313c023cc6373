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

from app.intake.models import Load
from app.intake.records import AccountRow, PaymentRow, RejectedRow

_BATCH = 5_000

_CREATE = """
CREATE TEMPORARY TABLE staged_row (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row_number integer, account_key text,
    account_number text, person_key text, identification text, identification_kind text,
    identification_raw text, name text, phones text[], emails text[], address text, sector text,
    latitude numeric, longitude numeric, service text, category text, connection_status text,
    attributes jsonb, bill_number text, bills_count integer, issued_on date, due_on date,
    amount numeric(12, 2), interest numeric(12, 2), balance numeric(12, 2),
    agreed_balance numeric(12, 2), in_complaint boolean, disputed_balance numeric(12, 2),
    row_hash bytea) ON COMMIT DROP
"""
_COLUMNS = (
    "row_number, account_key, account_number, person_key, identification, identification_kind,"
    " identification_raw, name, phones, emails, address, sector, latitude, longitude, service,"
    " category, connection_status, attributes, bill_number, bills_count, issued_on, due_on, amount,"
    " interest, balance, agreed_balance, in_complaint, disputed_balance, row_hash"
)


@dataclass(slots=True)
class Tally:
    """What has been read so far. USD."""

    rows: int = 0
    rejected: int = 0
    bills: int = 0
    balance: Decimal = Decimal("0.00")


def stage_portfolio(
    session: Session,
    load: Load,
    rows: Iterable[AccountRow | RejectedRow],
    progress: Callable[[int], None],
) -> Tally:
    """Fill the temporary table ``staged_row`` and ``load_problem``; memory stays that of one batch."""
    session.execute(text(_CREATE))
    tally = Tally()
    for batch in _batches(rows):
        good = [row for row in batch if isinstance(row, AccountRow)]
        copy_rows(session, f"staged_row ({_COLUMNS})", (_columns(row, load) for row in good))
        copy_problems(session, load.id, _problems(batch))
        tally.rows += len(batch)
        tally.rejected += len(batch) - len(good)
        tally.bills += sum(row.bills_count for row in good)
        tally.balance += sum((row.balance for row in good), Decimal(0))
        progress(tally.rows)
    session.execute(text("CREATE INDEX ON staged_row (account_key)"))
    session.execute(text("ANALYZE staged_row"))
    return tally


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    stream = iter(rows)
    while batch := list(islice(stream, _BATCH)):
        yield batch


def _columns(row: AccountRow, load: Load) -> tuple[Any, ...]:
    person = (
        f"ID:{row.identification}" if row.reliable else f"CTA:{load.portfolio_id}:{row.account_key}"
    )
    return (
        row.row_number,
        row.account_key,
        row.account,
        person,
        row.identification,
        row.identification_kind,
        row.identification_raw,
        row.name or "—",
        row.phones,
        row.emails,
        row.address[:250],
        row.sector,
        row.latitude,
        row.longitude,
        row.service,
        row.category,
        row.connection_status,
        json.dumps(row.attributes),
        row.bill_number,
        row.bills_count,
        row.issued_on,
        row.due_on,
        row.amount,
        row.interest,
        row.balance,
        row.agreed_balance,
        row.in_complaint,
        row.disputed_balance,
        row.row_hash,
    )


def _problems(batch: list[AccountRow | RejectedRow]) -> Iterator[tuple[Any, ...]]:
    for row in batch:
        found = [row.problem] if isinstance(row, RejectedRow) else row.problems
        for kind, column, value in found:
            yield row.row_number, row.account, kind, column[:80], value[:250]


def copy_problems(session: Session, load_id: int, problems: Iterable[tuple[Any, ...]]) -> None:
    """``(row_number, account, kind, column, value)`` into ``load_problem``."""
    target = "load_problem (load_id, row_number, account, kind, column_name, value)"
    copy_rows(session, target, ((load_id, *problem) for problem in problems))


def copy_rows(session: Session, target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY ``rows`` into ``target`` (table and columns) in the session's transaction."""
    raw: Any = session.connection().connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row([_clean(value) for value in row])


def _clean(value: Any) -> Any:
    """PostgreSQL's text cannot hold a NUL."""
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value


def good_payments(
    session: Session,
    load: Load,
    rows: Iterable[PaymentRow | RejectedRow],
    tally: Tally,
    today: date,
) -> Iterator[PaymentRow]:
    """The rows that can be recorded; the others, and those paid on a day that has not come, become
    problems of the load."""
    rejected: list[tuple[Any, ...]] = []
    for row in rows:
        tally.rows += 1
        if isinstance(row, PaymentRow) and row.paid_on > today:
            day = f"{row.paid_on:%d/%m/%Y}"
            row = RejectedRow(row.row_number, row.account, ("future_date", "", day))
        if isinstance(row, RejectedRow):
            tally.rejected += 1
            rejected += _problems([row])
        else:
            yield row
    copy_problems(session, load.id, rejected)
