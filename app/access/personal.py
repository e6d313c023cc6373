"""Framework screens over personal data: whatever is listed, opened or taken is in the access log."""

from __future__ import annotations

from typing import Any

from app.access.log import log_access
from app.core import clock, web
from app.core.framework import RecordScreen
from app.core.transaction import deed


class PersonalScreen(RecordScreen):
    """Rows about people. ``debtor_id`` of the row, where it has one, is in the log."""

    def note_rows(self, kind: str, rows: int) -> None:
        """A search or a download, and how many people's rows it gave."""
        self._log(kind, None, rows)

    def _show(self, pk: Any) -> dict[str, Any]:
        self._log("view", getattr(self.find(pk), "debtor_id", None), 1)
        return super()._show(pk)

    def _log(self, kind: str, debtor_id: int | None, rows: int) -> None:
        with deed() as session:
            log_access(
                session,
                web.agent(),
                clock.utcnow(),
                kind,
                self.route_base.strip("/"),
                debtor_id=debtor_id,
                rows=rows,
            )
