"""Gives approved referrals to the field, many at a time: each that can take the step takes it, and the
others are named with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.contact_rules.service import Verdict, log_refusal, may_contact_about_each
from app.contact_rules.texts import LABELS
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.clock import at_local, local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.referrals.queries import FIELD_WORKERS
from app.referrals.steps import Stepped, lock_referrals, note_step, with_state

_WORKERS = text(FIELD_WORKERS)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the field: their zone, how many cases are theirs now (``load``) and for the day that is
    planned (``planned``), and the reason of their absence on it, empty when they are there."""

    user_id: int
    name: str
    zone: str
    load: int
    planned: int
    away: str


def field_workers(session: Session, day: date) -> list[Worker]:
    """Everybody who is in the field, as they stand for ``day``, by name."""
    return [Worker(*row) for row in session.execute(_WORKERS, {"day": day})]


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
    check_day(session, now, settings, planned_on)
    worker = _check_worker(session, user_id, planned_on)
    result = Stepped()
    for referral in with_state(session, ids, ("approved", "visited", "assigned"), result):
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


def spread_referrals(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    gives: Sequence[tuple[int, Sequence[int]]],
    planned_on: date,
) -> Stepped:
    """`assign_referrals` to several workers at once: ``gives`` are ``(worker, ids)``. All are locked
    before the first is given, so that two who spread at the same time do not wait for each other."""
    lock_referrals(session, [referral_id for _worker, ids in gives for referral_id in ids])
    result = Stepped()
    for user_id, ids in gives:
        if ids:
            one = assign_referrals(session, agent, now, settings, ids, user_id, planned_on)
            result.done += one.done
            result.skipped += one.skipped
    return result


def check_day(session: Session, now: datetime, settings: Settings, planned_on: date) -> None:
    """RuleBroken on the field ``planned_on`` for anything but a business day from today on, within the days
    for which the field keeps a case."""
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
    worker = next((w for w in field_workers(session, day) if w.user_id == user_id), None)
    if worker is None:
        raise RuleBroken(_l("Choose somebody who works in the field."), "user_id")
    if worker.away:
        raise RuleBroken(
            _l("%(who)s is away on %(day)s.", who=worker.name, day=f"{day:%d/%m/%Y}"), "user_id"
        )
    return worker.name


def _leave_unvisitable(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    day: date,
    result: Stepped,
) -> None:
    """Skip those whom the contact rules keep from being visited on ``day``, each in the log."""
    refused = unvisitable(session, now, settings, day, [r.account_id for r in result.done])
    for referral in result.done:
        if referral.account_id in refused:
            verdict = refused[referral.account_id]
            log_refusal(session, agent, now, verdict, "visit", "visit")
            result.skip(referral, refusal_words(verdict))
    result.done = [r for r in result.done if r.account_id not in refused]


def unvisitable(
    session: Session, now: datetime, settings: Settings, day: date, account_ids: Sequence[int]
) -> Mapping[int, Verdict]:
    """Which of these accounts nobody may be visited about on ``day``, from its first lawful hour on (today:
    from now on), with the gate's verdict without what only that day's load can say."""
    at = max(now, at_local(day, settings["contact_from"], settings["zone"]))
    is_later = day > local_day(now, settings["zone"])
    found = may_contact_about_each(session, settings, account_ids, "visit", at)
    return {
        account_id: verdict
        for account_id, verdict in found.items()
        if any(rule != "stale" or not is_later for rule in verdict.refused_by)
    }


def refusal_words(verdict: Verdict) -> Any:
    """«may not be visited: nothing is owed; …»."""
    why = "; ".join(str(LABELS[rule]) for rule in verdict.refused_by)
    return _l("may not be visited: %(why)s", why=why)
