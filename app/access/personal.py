"""Framework screens over personal data: whatever is listed, opened or taken is in the access log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.access.log import log_access
from app.core import clock, web
from app.core.framework import RecordScreen
from app.core.transaction import deed


def user_choices() -> Iterable[tuple[Any, Any]]:
    """Everybody of the unit by name, for filters by who did it."""
    users = select(User.id, User.first_name, User.last_name)
    found = web.session().execute(users.order_by(User.first_name, User.last_name, User.id))
    return [(key, f"{first} {last}") for key, first, last in found]


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
