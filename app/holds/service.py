"""Places holds: a reason, a scope, a start and a mandatory end."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import local_day
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.holds.models import Hold


def place_hold(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    debtor_id: int,
    reason: str,
    days: int,
    *,
    note: str = "",
    account_id: int | None = None,
    channel: str | None = None,
) -> Hold:
    """Hold the person, one of their accounts, or one channel, for ``days`` from today on."""
    starts_on = local_day(now, settings["zone"])
    hold = Hold(
        scope="channel" if channel else "account" if account_id else "person",
        debtor_id=debtor_id,
        account_id=account_id,
        channel=channel,
        reason=reason,
        note=note,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=days),
        placed_at=now,
        placed_by_id=agent.user_id,
    )
    session.add(hold)
    session.flush()
    note_deed(
        session,
        agent,
        now,
        "place_hold",
        "hold",
        hold.id,
        debtor_id=debtor_id,
        account_id=account_id,
        after={"reason": reason, "scope": hold.scope, "ends_on": hold.ends_on},
    )
    return hold
