"""The rows behind each figure, streamed; what an operator may not see is left out here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.debtors.phones import show_phone
from app.models import Account, Debtor, Outcome
from app.reports import queries
from app.reports.scope import Scope

#: Rows that the server-side cursor brings at a time.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class CallRow:
    """A contact, as the daily sheet shows it. ``reached``: holder, other or nobody. USD as it was
    owed then; None: nothing, or not to be seen."""

    id: int
    at: datetime
    debtor_id: int
    account: str | None
    identification: str
    name: str
    bills: int | None
    owed: Decimal | None
    outcome: str
    reached: str
    direction: str
    phone: str | None
    origin: str | None
    due_on: date | None
    promised: Decimal | None
    note: str | None
    operator: str
    weight: int


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise and what the payments made of it so far, USD."""

    id: int
    at: datetime
    debtor_id: int
    account: str | None
    identification: str
    name: str
    due_on: date | None
    check_on: date | None
    amount: Decimal | None
    paid: Decimal | None
    state: str
    means: str
    operator: str
    call_id: int | None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment (negative: a reversal) and the contact that it is credited to, if any."""

    id: int
    paid_on: date
    debtor_id: int
    account: str | None
    identification: str
    name: str
    amount: Decimal | None
    channel: str
    reference: str | None
    contacted_at: datetime | None
    operator: str


@dataclass(frozen=True, slots=True)
class Figure:
    """Which figure's rows. ``measure``: a key of `MEASURES`; ``outcome_id`` and ``hour`` (0 to 23)
    narrow contacts."""

    measure: str = "contacts"
    outcome_id: int | None = None
    hour: int | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a measure's rows come from; ``who`` narrows them to one operator."""

    rows: str
    count: str
    which: str
    who: str
    read: Callable[[Row[Any], Mapping[int, str]], Any]


def daily_rows(
    session: Session,
    settings: Settings,
    day: date,
    operator_id: int | None = None,
    *,
    figure: Figure = Figure(),
    masked: bool = False,
    page: tuple[int, int] | None = None,
) -> Iterator[Any]:
    """The rows of ``figure`` in the order of the day, as `CallRow`, `PromiseRow` or `PaymentRow`.

    Streamed: memory does not grow with the day. ``page``: (rows, rows to skip). ``masked`` keeps
    what an operator may not see out of them.
    """
    source = MEASURES[figure.measure]
    sql, values = _query(source.rows, source, Scope(settings, day, operator_id), figure, page)
    labels = {outcome.id: outcome.shown for outcome in session.scalars(select(Outcome))}
    found = session.execute(
        text(sql), values, execution_options={"stream_results": True, "yield_per": _BATCH}
    )
    for row in found:
        read = source.read(row, labels)
        yield _mask(read, row) if masked else read


def count_rows(
    session: Session,
    settings: Settings,
    day: date,
    operator_id: int | None = None,
    *,
    figure: Figure = Figure(),
) -> int:
    """How many rows `daily_rows` has."""
    source = MEASURES[figure.measure]
    sql, values = _query(source.count, source, Scope(settings, day, operator_id), figure, None)
    return session.execute(text(sql), values).scalar_one()


def _query(
    sql: str, source: _Source, scope: Scope, figure: Figure, page: tuple[int, int] | None
) -> tuple[str, dict[str, Any]]:
    who = scope.who(source.who)
    which = source.which.format(who=who)
    values = scope.values(figure.hour)
    if figure.outcome_id is not None and source.read is _read_call:
        which = f"{which} AND {queries.WITH_OUTCOME}"
        values["outcome_id"] = figure.outcome_id
    if page is not None:
        values |= {"size": page[0], "skip": page[1]}
    values["first"] = scope.first_of_month if figure.measure.endswith("_month") else scope.day
    return sql.format(who=who, which=which, page="LIMIT :size OFFSET :skip" if page else ""), values


def _read_call(row: Row[Any], labels: Mapping[int, str]) -> CallRow:
    reached = "holder" if row.holder else "other" if row.answered else "nobody"
    return CallRow(
        row.id,
        row.started_at,
        row.debtor_id,
        row.number,
        row.identification,
        row.name,
        row.bills_count,
        row.owed,
        labels[row.outcome_id],
        reached,
        row.direction,
        row.phone and show_phone(row.phone),
        row.origin,
        row.due_on,
        row.promised,
        row.note,
        row.operator,
        row.weight,
    )


def _read_promise(row: Row[Any], _labels: Mapping[int, str]) -> PromiseRow:
    return PromiseRow(
        row.id,
        row.made_at,
        row.debtor_id,
        row.number,
        row.identification,
        row.name,
        row.due_on,
        row.check_on,
        row.amount,
        row.paid,
        row.state,
        row.means,
        row.operator,
        row.call_id,
    )


def _read_payment(row: Row[Any], _labels: Mapping[int, str]) -> PaymentRow:
    return PaymentRow(
        row.id,
        row.paid_on,
        row.debtor_id,
        row.number,
        row.identification,
        row.name,
        row.amount,
        row.channel,
        row.reference,
        row.started_at,
        row.operator,
    )


#: Amounts, bills and dates of debts; notes and references, where people write them down.
_HIDDEN = ("bills", "owed", "due_on", "check_on", "promised", "amount", "paid", "note", "reference")


def _mask(read: Any, row: Row[Any]) -> Any:
    """What the mask of an operator's lists leaves: name, telephone, ends of account and ID."""
    values = {field.name: getattr(read, field.name) for field in fields(read)}
    values |= dict.fromkeys(set(_HIDDEN) & set(values))
    values["account"] = Account(number_key=row.number_key).masked_number if row.number else None
    values["identification"] = Debtor(identification=row.identification).masked_identification
    return type(read)(**values)


def _contacts(which: str) -> _Source:
    return _Source(queries.CALL_ROWS, queries.CALL_COUNT, which, queries.BY_OPERATOR, _read_call)


def _promises(which: str, who: str = queries.PROMISED_BY_OPERATOR) -> _Source:
    return _Source(queries.PROMISE_ROWS, queries.PROMISE_COUNT, which, who, _read_promise)


def _payments(which: str) -> _Source:
    return _Source(
        queries.PAYMENT_ROWS, queries.PAYMENT_COUNT, which, queries.BY_OPERATOR, _read_payment
    )


#: Every figure whose rows can be opened.
MEASURES: Mapping[str, _Source] = {
    **{name: _contacts(sql) for name, sql in queries.MEASURES.items()},
    "best": _contacts(queries.IS_BEST),
    "promises": _promises(queries.PROMISE_MADE, queries.BY_OPERATOR),
    "judged_day": _promises(queries.PROMISE_JUDGED),
    "kept_day": _promises(queries.PROMISE_KEPT),
    "judged_month": _promises(queries.PROMISE_JUDGED),
    "kept_month": _promises(queries.PROMISE_KEPT),
    "recovered": _payments(queries.PAYMENT_CREDITED),
    "alone": _payments(queries.PAYMENT_ALONE),
}
