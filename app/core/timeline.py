"""Leaves who, when, from where, before and after of every deed, in the deed's own transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.models import TimelineEvent


def note_deed(
    session: Session,
    agent: Agent,
    now: datetime,
    deed: str,
    subject: str,
    subject_id: int | None,
    *,
    debtor_id: int | None = None,
    account_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one timeline row. ``deed`` is the service function's verb; amounts become strings."""
    session.add(
        TimelineEvent(
            at=now,
            agent_id=agent.user_id,
            agent_name=agent.name,
            ip=agent.ip,
            request_id=agent.request_id,
            deed=deed,
            debtor_id=debtor_id,
            account_id=account_id,
            subject=subject,
            subject_id=subject_id,
            before=_plain(before),
            after=_plain(after),
        )
    )


def who_and_when(agent: Agent, now: datetime) -> dict[str, Any]:
    """The parameters (now, agent_id, agent_name, ip, request_id) of a statement that writes the rows of
    many deeds itself."""
    return {
        "now": now,
        "agent_id": agent.user_id,
        "agent_name": agent.name,
        "ip": agent.ip,
        "request_id": agent.request_id,
    }


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int | bool | list | dict):
        return value
    return str(value)
