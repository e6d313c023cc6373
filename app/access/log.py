"""Writes who looked at whose data. Pure service: takes `agent` and `now`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.models import AccessLog
from app.core.agent import Agent


def log_access(
    session: Session,
    agent: Agent,
    now: datetime,
    kind: str,
    what: str,
    *,
    debtor_id: int | None = None,
    rows: int | None = None,
) -> None:
    """One row: ``kind`` (view, search, download, identity_passed, identity_missed) of ``what``."""
    session.add(
        AccessLog(
            at=now,
            user_id=agent.user_id,
            ip=agent.ip,
            request_id=agent.request_id,
            kind=kind,
            what=what,
            debtor_id=debtor_id,
            rows=rows,
        )
    )
