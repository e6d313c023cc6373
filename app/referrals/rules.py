"""What happens to referrals by itself: who cannot be reached by telephone is proposed, and a case whose
debt is paid waits for nobody."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import day_bounds
from app.core.settings import Settings
from app.core.timeline import who_and_when
from app.holds.service import lift_holds
from app.referrals.models import Referral
from app.referrals.queries import ENFORCED_OTHERWISE, PAID, PROPOSE
from app.referrals.steps import end, lock_accounts, lock_referrals, note_step
from app.worklist.service import offer_again

_PROPOSE, _PAID = text(PROPOSE), text(PAID)
#: What a case turns to when its debt is paid: nobody decided a proposed one, and what was handed over
#: comes back.
_ENDS = {"proposed": "withdrawn", "closed": "returned"}


def propose_by_rule(
    session: Session, agent: Agent, now: datetime, settings: Settings, day: date
) -> int:
    """Propose, as of ``day``, whoever has no number that serves, or was tried on `referral_attempt_days`
    different days without an answer; returns how many. Repeatable: a case is proposed once."""
    _start, until = day_bounds(day, settings["zone"])
    values = who_and_when(agent, now) | {
        "day": day,
        "until": until,
        "zone": settings["zone"],
        "attempt_days": settings["referral_attempt_days"],
        "quiet_days": settings["referral_days"],
    }
    return len(session.execute(_PROPOSE, values).all())


def end_paid(session: Session, agent: Agent, now: datetime, settings: Settings, _day: date) -> int:
    """End the cases whose account owes nothing now or is closed: the hold is lifted, the account is in
    nobody's hands, and the person's other debts are called about again; how many. Repeatable."""
    ids = session.scalars(_PAID).all()
    if not ids:
        return 0
    paid = lock_referrals(session, ids)
    ended = [r for r in paid if r.state != "closed" or r.kind == "enforcement"]
    _leave_accounts(session, [r for r in ended if r.kind == "enforcement"])
    holds = [r.hold_id for r in ended if r.hold_id is not None]
    for referral in ended:
        _end_paid(session, agent, now, referral)
    lift_holds(session, agent, now, holds, "paid")
    session.flush()
    offer_again(session, settings, sorted({r.debtor_id for r in ended}), now)
    return len(ended)


def _leave_accounts(session: Session, cases: list[Referral]) -> None:
    for account in lock_accounts(session, [r.account_id for r in cases if r.state != "proposed"]):
        account.enforced_at = None


def _end_paid(session: Session, agent: Agent, now: datetime, referral: Referral) -> None:
    end(agent, now, referral, _ENDS.get(referral.state, "closed"), "paid")
    referral.ended_by_id = None
    note_step(session, agent, now, "end_referral", referral, why="paid")


def check_enforced(session: Session) -> list[tuple[int, str, str]]:
    """Accounts that are marked as in the hands of coactiva and have no case that says so, or the other way
    about: ``(account, marked, should be)``, each ``true`` or ``false``."""
    return [(*row,) for row in session.execute(text(ENFORCED_OTHERWISE))]
