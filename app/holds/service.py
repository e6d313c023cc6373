"""Places holds: a reason, a scope, a start and a mandatory end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
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
    call_id: int | None = None,
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
        call_id=call_id,
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


def lift_holds_of_call(session: Session, agent: Agent, now: datetime, call_id: int) -> None:
    """End the holds that a call's outcome placed: it turned out not to have been so."""
    for hold in session.scalars(
        select(Hold).where(Hold.call_id == call_id, Hold.lifted_at.is_(None)).with_for_update()
    ):
        _lift(session, agent, now, hold, "call_corrected")
    session.flush()


def lift_holds(
    session: Session, agent: Agent, now: datetime, hold_ids: Sequence[int], why: str
) -> None:
    """End these holds before their day. ``why``: a code, for the timeline; those lifted before stay as they are."""
    held = select(Hold).where(Hold.id.in_(hold_ids), Hold.lifted_at.is_(None)).order_by(Hold.id)
    for hold in session.scalars(
        held.with_for_update().execution_options(populate_existing=True)
    ).all():
        _lift(session, agent, now, hold, why)
    session.flush()


def lift_hold(session: Session, agent: Agent, now: datetime, hold_id: int, why: str) -> None:
    """End one hold before its day: see `lift_holds`."""
    lift_holds(session, agent, now, [hold_id], why)


def _lift(session: Session, agent: Agent, now: datetime, hold: Hold, why: str) -> None:
    hold.lifted_at = now
    note_deed(
        session,
        agent,
        now,
        "lift_hold",
        "hold",
        hold.id,
        debtor_id=hold.debtor_id,
        account_id=hold.account_id,
        before={"reason": hold.reason, "ends_on": hold.ends_on},
        after={"why": why},
    )
