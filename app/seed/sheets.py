"""The rows of one batch of people, table by table in the order in which they may be written."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.seed.copying import copy_rows


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS: dict[str, tuple[str, ...]] = {
    "debtor": _columns(
        "id person_key identification identification_kind identification_raw name is_senior "
        "deceased_reported_at level"
    ),
    "contact_point": _columns(
        "id debtor_id kind value is_mobile origin state position added_at state_at retired_reason"
    ),
    "account": _columns(
        "id portfolio_id debtor_id number number_key service category connection_status "
        "sector address latitude longitude attributes balance bills_count oldest_due_on "
        "agreed_balance in_complaint disputed_balance balance_as_of closed_on load_id "
        "row_hash"
    ),
    "bill": _columns(
        "id account_id number bills_count issued_on due_on amount interest balance closed_on"
    ),
    "balance_history": _columns("account_id load_id as_of balance bills_count oldest_due_on"),
    "payment": _columns(
        "portfolio_id account_id reference paid_on amount is_reversal channel load_id recorded_at"
    ),
    "call": _columns(
        "id submit_key debtor_id account_id operator_id outcome_id direction started_at "
        "ended_at contact_point_id verified nonpayment_reason_id receipt note owed "
        "bills_count"
    ),
    "hold": _columns(
        "scope debtor_id account_id channel reason note starts_on ends_on placed_at placed_by_id "
        "call_id"
    ),
    "promise": _columns(
        "id debtor_id account_id call_id amount due_on check_on threshold_percent means_id "
        "made_on made_at made_by_id state replaced_by_id"
    ),
    "agreement": _columns(
        "id debtor_id account_id call_id state capital months rate_percent grace_days total made_at "
        "made_by_id counts_from requested_at requested_by_id guarantee decided_at decided_by_id "
        "decision ended_on ended_by_id end_reason"
    ),
    "instalment": _columns("agreement_id number due_on amount cumulative lapses_on"),
    "agreement_bill": _columns("agreement_id bill_id amount"),
    "callback": _columns("debtor_id due_at operator_id asked_at done_at"),
    "contact_refusal": _columns("debtor_id channel at rules next_allowed_at occasion asked_by_id"),
}


class Sheets:
    """Rows that wait to be written; ``written`` counts those that were."""

    def __init__(self) -> None:
        self.written = dict.fromkeys(COLUMNS, 0)
        self._rows: dict[str, list[Sequence]] = {table: [] for table in COLUMNS}

    def add(self, table: str, *values: object) -> None:
        """One row, values in the order of `COLUMNS`."""
        self._rows[table].append(values)

    def write(self, session: Session) -> None:
        """Send everything and begin again."""
        for table, rows in self._rows.items():
            copy_rows(session, table, COLUMNS[table], rows)
            self.written[table] += len(rows)
            rows.clear()


def money(cents: int) -> str:
    """Cents as the text of a NUMERIC."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"
