"""What a specialist does with holds by hand: place one with its reason and end, lift one with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.service import hold_contacts
from app.debts.models import Bill
from app.holds.models import BY_HAND, Hold
from app.holds.reading import Holdable, holdable
from app.holds.service import check_going, hold_bills, lift_holds, locked_hold, place_hold
from app.holds.texts import CHANNELS

LONGEST_REASON = 1000
#: Where a hold names what it is about, by its scope.
_COLUMNS = {
    "account": "account_id",
    "bill": "bill_id",
    "channel": "channel",
    "number": "contact_point_id",
}


@dataclass(frozen=True, slots=True)
class HandHold:
    """What was entered: ``scope`` as of `Hold`, ``key`` the account, bill or contact point, or the channel;
    empty for the person. ``until``: the last day."""

    scope: str
    key: str
    reason: str
    starts_on: date | None
    until: date


def place_by_hand(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    debtor_id: int,
    wanted: HandHold,
) -> Hold:
    """Put what was chosen of the person on hold. Refused without a reason, with days that cannot be, and
    for what is on hold by hand already: that one is extended."""
    hold_contacts(session, debtor_id)
    today = local_day(now, settings["zone"])
    starts_on = wanted.starts_on or today
    reason = _reason(wanted.reason)
    _check_days(settings, today, starts_on, wanted.until)
    chosen = _chosen(holdable(session, debtor_id), wanted)
    _check_new(session, debtor_id, today, wanted)
    days = (wanted.until - starts_on).days
    how: dict[str, Any] = {"note": reason, "starts_on": starts_on}
    if isinstance(chosen, Bill):
        [hold] = hold_bills(
            session, agent, now, settings, debtor_id, [chosen], "manual", days, **how
        )
        return hold
    if chosen is not None:
        how[_COLUMNS[wanted.scope]] = chosen
    code = "optout" if wanted.scope == "channel" else "manual"
    return place_hold(session, agent, now, settings, debtor_id, code, days, **how)


def lift_by_hand(
    session: Session, agent: Agent, now: datetime, settings: Settings, hold_id: int, reason: str
) -> Hold:
    """End a hold that is not over, because of ``reason``. LookupError when there is no such hold."""
    hold = locked_hold(session, hold_id)
    check_going(hold, local_day(now, settings["zone"]))
    lift_holds(session, agent, now, [hold.id], _reason(reason))
    return hold


def _reason(typed: str) -> str:
    if not typed.strip():
        raise RuleBroken(_l("Write the reason."), "reason")
    return typed.strip()[:LONGEST_REASON]


def _check_days(settings: Settings, today: date, starts_on: date, until: date) -> None:
    latest = today + timedelta(days=settings["hold_longest_days"])
    if starts_on < today:
        raise RuleBroken(_l("A hold begins today or later."), "starts_on")
    if until < starts_on:
        raise RuleBroken(_l("A hold does not end before it begins."), "until")
    if until > latest:
        raise RuleBroken(
            _l("A hold ends on %(day)s at the latest.", day=f"{latest:%d/%m/%Y}"), "until"
        )


def _chosen(can_be: Holdable, wanted: HandHold) -> Bill | int | str | None:
    """The bill, the key of the account or of the contact point, the channel; None for the person. What is
    not the person's is refused."""
    rows: dict[str, Sequence[Any]] = {
        "account": can_be.accounts,
        "bill": can_be.bills,
        "number": can_be.points,
    }
    if wanted.scope == "person":
        return None
    if wanted.scope == "channel" and wanted.key in CHANNELS:
        return wanted.key
    for row in rows.get(wanted.scope, ()):
        if f"{row.id}" == wanted.key:
            return row if isinstance(row, Bill) else row.id
    raise RuleBroken(_l("Choose what is put on hold."), "target")


def _check_new(session: Session, debtor_id: int, today: date, wanted: HandHold) -> None:
    """One hold by hand over one thing at a time."""
    going = session.scalars(
        select(Hold)
        .where(
            Hold.debtor_id == debtor_id,
            Hold.scope == wanted.scope,
            Hold.reason.in_(BY_HAND),
            Hold.lifted_at.is_(None),
            Hold.ends_on >= today,
        )
        .order_by(Hold.id)
    )
    column = _COLUMNS.get(wanted.scope)
    for hold in going:
        if column is None or f"{getattr(hold, column)}" == wanted.key:
            raise RuleBroken(
                _l(
                    "It is on hold already, until %(day)s: extend that hold.",
                    day=f"{hold.ends_on:%d/%m/%Y}",
                ),
                "target",
            )
