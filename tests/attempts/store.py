"""Mirrors the facts into the database by plain COPY and UPDATE: no room of the application takes part."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tests.attempts.facts import Row

_LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)
#: What the tables ask for and the rules do not read.
_BESIDES: dict[str, dict[str, Any]] = {
    "portfolio": {"loaded_at": _LONG_AGO},
    "load": {"partial": False, "status": "applied", "created_at": _LONG_AGO}
    | {name: "" for name in ("layout_name", "stored_as", "sha256")}
    | {name: 0 for name in ("progress", "rows", "rejected", "accounts", "bills", "amount", "new")}
    | {name: 0 for name in ("changed", "unchanged", "closed", "applied", "duplicates")}
    | {"unknown_accounts": 0, "problem_counts": "{}"},
    "debtor": {"identification": "", "identification_kind": "none", "identification_raw": ""},
    "contact_point": {"origin": "BASE", "added_at": _LONG_AGO},
    "account": {"bills_count": 1, "row_hash": b""},
    "bill": {"bills_count": 1},
    "payment": {"channel": ""},
    "promise": {"threshold_percent": 95},
    "hold": {"note": ""},
}
#: Parents before children.
_ORDER = ("holiday", "portfolio", "load", "debtor", "contact_point", "account", "bill", "payment")
_ORDER += ("promise", "hold", "callback", "contact_attempt")


class Store:
    """Facts go in through `add` and `change`; `flush` writes what has come together since."""

    def __init__(self, session: Session, first_id: int, user_id: int) -> None:
        self._session = session
        self._next = first_id
        self._user = user_id
        self._new: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self._changed: dict[tuple[str, int], dict[str, Any]] = {}
        self._loads: dict[int, int] = {}

    def key(self) -> int:
        """An id that no other row has."""
        self._next += 1
        return self._next

    def add(self, row: Row) -> None:
        """A new fact."""
        values = _columns(row) | _BESIDES.get(row.TABLE, {}) | self._owners(row)
        self._new[row.TABLE][row.id] = values

    def change(self, row: Row, **values: Any) -> None:
        """A fact is otherwise from now on."""
        for name, value in values.items():
            setattr(row, name, value)
        new = self._new.get(row.TABLE, {}).get(row.id)
        (self._changed.setdefault((row.TABLE, row.id), {}) if new is None else new).update(values)

    def flush(self) -> None:
        """Write: changes by one UPDATE for each set of columns, then new rows by COPY."""
        cursor = self._cursor()
        self._flush_changes(cursor)
        for table in sorted(self._new, key=_ORDER.index):
            rows = list(self._new[table].values())
            names = list(rows[0])
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([row[name] for name in names])
        self._new.clear()

    def _flush_changes(self, cursor: Any) -> None:
        together: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
        for (table, key), values in self._changed.items():
            together[table, *values].append((*values.values(), key))
        for (table, *names), rows in together.items():
            assignments = ", ".join(f"{name} = %s" for name in names)
            cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", rows)
        self._changed.clear()

    def settled(self) -> None:
        """After the first people, the planner has something to go by."""
        self.flush()
        self._cursor().execute("ANALYZE debtor, account, contact_point, bill, hold")

    def _cursor(self) -> Any:
        return self._session.connection().connection.driver_connection.cursor()

    def _owners(self, row: Row) -> dict[str, Any]:
        """Which load or person of the unit a row needs to name."""
        if row.TABLE == "promise":
            return {"made_by_id": self._user}
        if row.TABLE in ("account", "payment"):
            return {"load_id": self._load(row.portfolio_id)}  # type: ignore[attr-defined]
        return {}

    def _load(self, portfolio_id: int) -> int:
        if portfolio_id not in self._loads:
            self._loads[portfolio_id] = self.key()
            self._new["load"][self._loads[portfolio_id]] = (
                {"id": self._loads[portfolio_id], "kind": "portfolio", "portfolio_id": portfolio_id}
                | {"file_name": "year.csv", "as_of": date(2026, 1, 5)}
                | _BESIDES["load"]
            )
        return self._loads[portfolio_id]


def _columns(row: Row) -> dict[str, Any]:
    return {f.name: getattr(row, f.name) for f in fields(row) if f.name not in row.LOOSE}


def cents(amount: float) -> Decimal:
    """USD with two decimals."""
    return Decimal(round(amount * 100)).scaleb(-2)
