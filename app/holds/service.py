"""Places, extends and lifts holds: a reason, a scope, a start and a mandatory end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings, settings_on
from app.core.timeline import note_deed
from app.debts.models import Bill
from app.holds.contested import settle_contested
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
    contact_point_id: int | None = None,
    call_id: int | None = None,
    starts_on: date | None = None,
) -> Hold:
    """Hold the person, one of their accounts, one channel or one number, until ``days`` after
    ``starts_on`` (today unless told)."""
    first = starts_on or local_day(now, settings["zone"])
    scopes = (("channel", channel), ("number", contact_point_id), ("account", account_id))
    hold = Hold(
        scope=next((scope for scope, named in scopes if named), "person"),
        debtor_id=debtor_id,
        account_id=account_id,
        channel=channel,
        contact_point_id=contact_point_id,
        reason=reason,
        note=note,
        starts_on=first,
        ends_on=first + timedelta(days=days),
        call_id=call_id,
    )
    return _place(session, agent, now, hold)


def hold_bills(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    debtor_id: int,
    bills: Sequence[Bill],
    reason: str,
    days: int,
    *,
    note: str = "",
    call_id: int | None = None,
    starts_on: date | None = None,
) -> list[Hold]:
    """Keep each of the person's ``bills`` from being collected until ``days`` after ``starts_on`` (today
    unless told); one hold a bill, in their order. What their accounts owe otherwise may be asked for."""
    today = local_day(now, settings["zone"])
    first = starts_on or today
    holds = [
        Hold(
            scope="bill",
            debtor_id=debtor_id,
            account_id=bill.account_id,
            bill_id=bill.id,
            reason=reason,
            note=note,
            starts_on=first,
            ends_on=first + timedelta(days=days),
            call_id=call_id,
        )
        for bill in bills
    ]
    for hold in holds:
        _place(session, agent, now, hold)
    settle_contested(session, today, {bill.account_id for bill in bills})
    return holds


def _place(session: Session, agent: Agent, now: datetime, hold: Hold) -> Hold:
    hold.placed_at, hold.placed_by_id = now, agent.user_id
    session.add(hold)
    session.flush()
    after = {"reason": hold.reason, "scope": hold.scope, "ends_on": hold.ends_on}
    _note(session, agent, now, "place_hold", hold, after=after)
    return hold


def extend_hold(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    hold_id: int,
    until: date,
    reason: str,
) -> Hold:
    """Let a hold that is not over last until ``until``, later than now agreed. ``reason``: what the
    specialist wrote. LookupError when there is no such hold."""
    hold = locked_hold(session, hold_id)
    today = local_day(now, settings["zone"])
    check_going(hold, today)
    if not reason.strip():
        raise RuleBroken(_l("Write why the hold is extended."), "reason")
    latest = today + timedelta(days=settings["hold_longest_days"])
    if until > latest:
        raise RuleBroken(_l("A hold ends on %(day)s at the latest.", day=_day(latest)), "until")
    if until <= hold.ends_on:
        raise RuleBroken(
            _l("It already lasts until %(day)s: choose a later day.", day=_day(hold.ends_on)),
            "until",
        )
    before, hold.ends_on = hold.ends_on, until
    after = {"ends_on": until, "why": reason.strip()}
    _note(session, agent, now, "extend_hold", hold, before={"ends_on": before}, after=after)
    _settle(session, [hold], today)
    return hold


def locked_hold(session: Session, hold_id: int) -> Hold:
    """The hold as it is once whoever was at it has finished; LookupError for none."""
    found = session.scalars(_locked(Hold.id == hold_id)).one_or_none()
    if found is None:
        raise LookupError(hold_id)
    return found


def check_going(hold: Hold, today: date) -> None:
    """RuleBroken when the hold was lifted or its last day has passed."""
    if hold.lifted_at is not None:
        raise RuleBroken(_l("This hold was lifted before."))
    if hold.ends_on < today:
        raise RuleBroken(_l("This hold ended on %(day)s.", day=_day(hold.ends_on)))


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def lift_holds_of_call(session: Session, agent: Agent, now: datetime, call_id: int) -> None:
    """End the holds that a call's outcome placed: it turned out not to have been so."""
    _lift(session, agent, now, Hold.call_id == call_id, "call_corrected")


def lift_holds(
    session: Session, agent: Agent, now: datetime, hold_ids: Sequence[int], why: str
) -> None:
    """End these holds before their day. ``why``: a code, or what a person wrote; those lifted before
    stay as they are."""
    _lift(session, agent, now, Hold.id.in_(hold_ids), why)


def lift_hold(session: Session, agent: Agent, now: datetime, hold_id: int, why: str) -> None:
    """End one hold before its day: see `lift_holds`."""
    lift_holds(session, agent, now, [hold_id], why)


def _lift(
    session: Session, agent: Agent, now: datetime, which: ColumnElement[bool], why: str
) -> None:
    holds = session.scalars(_locked(which, Hold.lifted_at.is_(None))).all()
    for hold in holds:
        hold.lifted_at, hold.lifted_by_id, hold.lift_reason = now, agent.user_id, why
        before = {"reason": hold.reason, "ends_on": hold.ends_on}
        _note(session, agent, now, "lift_hold", hold, before=before, after={"why": why})
    session.flush()
    if any(hold.scope == "bill" for hold in holds):
        zone = settings_on(session, now.date())["zone"]
        _settle(session, holds, local_day(now, zone))


def _locked(*which: ColumnElement[bool]) -> Any:
    held = select(Hold).where(*which).order_by(Hold.id)
    return held.with_for_update().execution_options(populate_existing=True)


def _settle(session: Session, holds: Iterable[Hold], today: date) -> None:
    accounts = {h.account_id for h in holds if h.scope == "bill" and h.account_id is not None}
    settle_contested(session, today, accounts)


def _note(
    session: Session,
    agent: Agent,
    now: datetime,
    deed: str,
    hold: Hold,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any],
) -> None:
    note_deed(
        session,
        agent,
        now,
        deed,
        "hold",
        hold.id,
        debtor_id=hold.debtor_id,
        account_id=hold.account_id,
        before=before,
        after=after,
    )
