"""The identity check: the operator types what the person said, the server compares.

Success opens the statement for this call only. Three misses close it for the call, and twice as many
by the same operator on the same person close it for the day: nobody guesses four digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.access.log import log_access
from app.calls.models import IdentityCheck
from app.core.agent import Agent
from app.core.clock import day_bounds, local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.models import Debtor
from app.debts.models import Account
from app.debts.numbers import account_key
from app.worklist.models import Claim

MISSES_PER_CALL = 3
MISSES_PER_DAY = 6


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of the check of one claim. ``left`` is how many tries remain."""

    verified_at: datetime | None
    left: int

    @property
    def verified(self) -> bool:
        """The person said what we have on record."""
        return self.verified_at is not None


def identity_of(session: Session, settings: Settings, claim: Claim, now: datetime) -> Identity:
    """The state of the claim's check."""
    start, end = day_bounds(local_day(now, settings["zone"]), settings["zone"])
    in_call = IdentityCheck.claim_key == claim.key
    in_day = and_(
        IdentityCheck.debtor_id == claim.debtor_id,
        IdentityCheck.operator_id == claim.operator_id,
        IdentityCheck.at >= start,
        IdentityCheck.at < end,
    )
    verified_at, missed_in_call, missed_in_day = session.execute(
        select(
            func.max(IdentityCheck.at).filter(in_call, IdentityCheck.passed),
            func.count().filter(in_call, ~IdentityCheck.passed),
            func.count().filter(in_day, ~IdentityCheck.passed),
        ).where(or_(in_call, in_day))
    ).one()
    left = min(MISSES_PER_CALL - missed_in_call, MISSES_PER_DAY - missed_in_day)
    return Identity(verified_at, max(left, 0))


def check_identity(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    claim: Claim,
    *,
    last_four: str = "",
    account: str = "",
) -> Identity:
    """Compare what the person said with the record; every try is a row, also of the access log.

    ``last_four``: the last four digits of the identification. ``account``: a whole account number.
    Refuses an empty answer and any try after the last.
    """
    before = identity_of(session, settings, claim, now)
    if before.verified:
        return before
    if before.left == 0:
        raise RuleBroken(_l("The identity check of this call is closed: no tries are left."))
    last_four, account = last_four.strip(), account.strip()
    if not last_four and not account:
        raise RuleBroken(
            _l("Write the last four digits or the account number that the person says.")
        )
    by = "identification" if last_four else "account"
    passed = (
        _matches_identification(session, claim.debtor_id, last_four)
        if last_four
        else _matches_account(session, claim.debtor_id, account)
    )
    session.add(
        IdentityCheck(
            claim_key=claim.key,
            debtor_id=claim.debtor_id,
            operator_id=agent.user_id,
            at=now,
            by=by,
            passed=passed,
        )
    )
    kind = "identity_passed" if passed else "identity_missed"
    log_access(session, agent, now, kind, by, debtor_id=claim.debtor_id)
    session.flush()
    return identity_of(session, settings, claim, now)


def _matches_identification(session: Session, debtor_id: int, last_four: str) -> bool:
    known = session.scalar(select(Debtor.identification).where(Debtor.id == debtor_id)) or ""
    return len(last_four) == 4 and len(known) >= 6 and known[-4:].upper() == last_four.upper()


def _matches_account(session: Session, debtor_id: int, account: str) -> bool:
    key = account_key(account)
    known = session.scalars(select(Account.number_key).where(Account.debtor_id == debtor_id))
    return bool(key) and key in set(known)
