"""Decides referrals and gives the approved ones to the field, many at a time: each that can take the step
takes it, and the others are named with why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.contact_rules.service import log_refusal, may_contact
from app.contact_rules.texts import LABELS
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.clock import at_local, local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.holds.many import hold_people
from app.referrals.models import Referral
from app.referrals.queries import FIELD_WORKERS, HINDERED
from app.referrals.steps import (
    Stepped,
    checked_reason,
    end,
    lock_accounts,
    lock_referrals,
    note_step,
    stands_as,
)
from app.worklist.service import requeue

_HINDERED = text(HINDERED)
_WORKER = text(f"SELECT name FROM ({FIELD_WORKERS}) w WHERE user_id = :user_id")
_AWAY = text(
    "SELECT reason FROM absence WHERE user_id = :user_id AND cancelled_at IS NULL"
    " AND CAST(:day AS date) BETWEEN first_day AND last_day"
)
_WHY_NOT = {
    "deceased": _l("the holder is reported deceased"),
    "paid": _l("nothing is owed"),
    "agreed": _l("an agreement is up to date"),
}


def decide_referrals(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    ids: Sequence[int],
    approve: bool,
    reason: str,
) -> Stepped:
    """Approve or refuse the proposed ones of ``ids``; ``reason`` is needed to refuse.

    An approved visit holds the person (reason referral, `referral_days`), who leaves the phone's queue;
    an approved hand-over marks the account, about which nobody calls from then on. Skipped: decided
    meanwhile, paid, dead; a hand-over of an account with an agreement.
    """
    written = checked_reason(reason, needed=not approve)
    result = Stepped()
    for referral in _with_state(session, ids, ("proposed",), result):
        result.done.append(referral)
    if approve:
        _leave_hindered(session, result)
    for referral in result.done:
        referral.decided_at, referral.decided_by_id = now, agent.user_id
        referral.decision = written
        if approve:
            referral.state = "approved"
        else:
            end(agent, now, referral, "refused", written)
        verb = "approve_referral" if approve else "refuse_referral"
        note_step(session, agent, now, verb, referral, reason=written)
    if approve:
        _take_from_phone(session, agent, now, settings, result.done)
    session.flush()
    return result


def _with_state(
    session: Session, ids: Sequence[int], states: Sequence[str], result: Stepped
) -> list[Referral]:
    """Those of ``ids`` in one of ``states``, locked; the others are skipped in ``result``."""
    found = lock_referrals(session, ids)
    for referral in found:
        if referral.state not in states:
            result.skip(referral, stands_as(referral))
    return [referral for referral in found if referral.state in states]


def _leave_hindered(session: Session, result: Stepped) -> None:
    """Skip those that may not be approved as things stand."""
    values = {"ids": [referral.id for referral in result.done]}
    why = {row.id: row.why for row in session.execute(_HINDERED, values)}
    for referral in result.done:
        if referral.id in why:
            result.skip(referral, _WHY_NOT[why[referral.id]])
    result.done = [referral for referral in result.done if referral.id not in why]


def _take_from_phone(
    session: Session, agent: Agent, now: datetime, settings: Settings, approved: list[Referral]
) -> None:
    """Nobody calls meanwhile: the account is marked, or the person held."""
    accounts = [r.account_id for r in approved if r.kind == "enforcement"]
    for account in lock_accounts(session, accounts):
        account.enforced_at = now
    visits = [r for r in approved if r.kind != "enforcement"]
    people = [r.debtor_id for r in visits]
    days = settings["referral_days"]
    holds = hold_people(session, agent, now, settings, people, "referral", days)
    for referral in visits:
        referral.hold_id = holds[referral.debtor_id]
    session.flush()
    requeue(session, settings, sorted({r.debtor_id for r in approved}), now)


def assign_referrals(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    ids: Sequence[int],
    user_id: int,
    planned_on: date,
) -> Stepped:
    """Give the approved, visited or assigned ones of ``ids`` to a field worker for a business day.

    Refuses whoever is not in the field or away on that day, and a day that is past, no business day or
    later than the field keeps a case. Skipped, and logged: people who may not be visited then; the
    hours do not count, the day's first one is asked about.
    """
    _check_day(session, now, settings, planned_on)
    worker = _check_worker(session, user_id, planned_on)
    result = Stepped()
    for referral in _with_state(session, ids, ("approved", "visited", "assigned"), result):
        if referral.kind == "enforcement":
            result.skip(referral, _l("a case of enforcement is not visited"))
        else:
            result.done.append(referral)
    _leave_unvisitable(session, agent, now, settings, planned_on, result)
    for referral in result.done:
        referral.state, referral.assigned_to_id = "assigned", user_id
        referral.assigned_at, referral.assigned_by_id = now, agent.user_id
        referral.planned_on = planned_on
        after = {"assigned_to": worker, "assigned_to_id": user_id, "planned_on": planned_on}
        note_step(session, agent, now, "assign_referral", referral, **after)
    session.flush()
    return result


def _check_day(session: Session, now: datetime, settings: Settings, planned_on: date) -> None:
    """A business day from today on, within the days for which the field keeps a case."""
    today = local_day(now, settings["zone"])
    last = today + timedelta(days=settings["referral_days"])
    if not today <= planned_on <= last:
        raise RuleBroken(
            _l(
                "Choose a day between %(first)s and %(last)s.",
                first=f"{today:%d/%m/%Y}",
                last=f"{last:%d/%m/%Y}",
            ),
            "planned_on",
        )
    if not calendar(session).is_business_day(planned_on):
        raise RuleBroken(
            _l(
                "Nobody is visited on %(day)s: choose a business day.",
                day=f"{planned_on:%d/%m/%Y}",
            ),
            "planned_on",
        )


def _check_worker(session: Session, user_id: int, day: date) -> str:
    """The name of a field worker who is there on ``day``."""
    name = session.scalar(_WORKER, {"user_id": user_id})
    if name is None:
        raise RuleBroken(_l("Choose somebody who works in the field."), "user_id")
    if session.scalar(_AWAY, {"user_id": user_id, "day": day}) is not None:
        raise RuleBroken(
            _l("%(who)s is away on %(day)s.", who=name, day=f"{day:%d/%m/%Y}"), "user_id"
        )
    return name


def _leave_unvisitable(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    day: date,
    result: Stepped,
) -> None:
    """Skip those whom the contact rules keep from being visited on ``day``, each in the log."""
    people = sorted({referral.debtor_id for referral in result.done})
    at = max(now, at_local(day, settings["contact_from"], settings["zone"]))
    verdicts = may_contact(session, settings, people, "visit", at)
    # How fresh the portfolio is then, that day's load says.
    ignored = {"stale"} if day > local_day(now, settings["zone"]) else set()
    kept = []
    for referral in result.done:
        verdict = verdicts[referral.debtor_id]
        why = [rule for rule in verdict.refused_by if rule not in ignored]
        if not why:
            kept.append(referral)
            continue
        log_refusal(session, agent, now, verdict, "visit", "visit")
        result.skip(referral, _refused(why))
    result.done = kept


def _refused(rules: Sequence[str]) -> Any:
    return _l("may not be visited: %(why)s", why="; ".join(str(LABELS[rule]) for rule in rules))
