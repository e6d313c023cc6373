"""Holds of many people at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import local_day
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.holds.models import Hold


def hold_people(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    debtor_ids: Sequence[int],
    reason: str,
    days: int,
) -> dict[int, int]:
    """Hold each of these people for ``days`` from today on, with a timeline row each: ``{debtor: hold}``,
    by their ids. As `app.holds.service.place_hold` of one, in a handful of statements."""
    starts_on = local_day(now, settings["zone"])
    held = [
        Hold(
            scope="person",
            debtor_id=debtor_id,
            reason=reason,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=days),
            placed_at=now,
            placed_by_id=agent.user_id,
        )
        for debtor_id in debtor_ids
    ]
    session.add_all(held)
    session.flush()
    for hold in held:
        after = {"reason": reason, "scope": hold.scope, "ends_on": hold.ends_on}
        note_deed(
            session,
            agent,
            now,
            "place_hold",
            "hold",
            hold.id,
            debtor_id=hold.debtor_id,
            after=after,
        )
    return {hold.debtor_id: hold.id for hold in held}
