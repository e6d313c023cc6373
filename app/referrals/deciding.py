"""Decides referrals, many at a time: each that can take the step takes it, and the others are named with
why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.settings import Settings
from app.holds.many import hold_people
from app.referrals.models import Referral
from app.referrals.queries import HINDERED
from app.referrals.steps import Stepped, checked_reason, end, lock_accounts, note_step, with_state
from app.worklist.service import requeue

_HINDERED = text(HINDERED)
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
    result.done = with_state(session, ids, ("proposed",), result)
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
