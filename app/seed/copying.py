"""Many rows at once: ids taken ahead, rows sent by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Rows that are written with ids chosen here, so that the rows that point at them need no reading back.
NUMBERED = ("debtor", "contact_point", "account", "bill", "call", "promise", "agreement")


class Ids:
    """The next id of each numbered table. The tables stay locked against other writers until the
    transaction ends, so that no id is given twice."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.execute(text(f"LOCK TABLE {', '.join(NUMBERED)} IN SHARE ROW EXCLUSIVE MODE"))
        self._next = {
            table: session.scalar(text(f"SELECT nextval('{table}_id_seq')")) for table in NUMBERED
        }

    def take(self, table: str) -> int:
        """An id that nobody else has."""
        value = self._next[table]
        self._next[table] = value + 1
        return value

    def give_back(self) -> None:
        """Let each sequence go on after the last id taken."""
        for table, value in self._next.items():
            self._session.execute(text(f"SELECT setval('{table}_id_seq', {value}, false)"))


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence]
) -> None:
    """Append ``rows`` (values in the order of ``columns``) to ``table``."""
    raw = session.connection().connection.driver_connection
    assert raw is not None
    with (
        raw.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as out,
    ):
        for row in rows:
            out.write_row(row)
