"""What every step of a referral shares: the rows locked in order, their end, and the timeline.

Whoever takes a step locks the referral first, then the account, the hold, and the person's place in the
queue last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.timeline import note_deed
from app.debts.models import Account
from app.referrals.models import Referral
from app.referrals.texts import STATES

#: Letters of a reason.
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Skipped:
    """A referral that a deed over many left as it was, and ``why`` in a sentence."""

    referral_id: int
    number: str
    why: Any


@dataclass(slots=True)
class Stepped:
    """What came of a deed over many: the referrals that took the step, and those that were left."""

    done: list[Referral] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, referral: Referral, why: Any) -> None:
        """Leave this one."""
        self.skipped.append(Skipped(referral.id, referral.number, why))


def lock_referrals(session: Session, ids: Sequence[int]) -> list[Referral]:
    """The referrals ``ids`` in the order of their ids, as they stand once nobody else can change them."""
    wanted = select(Referral).where(Referral.id.in_(ids)).order_by(Referral.id)
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(locked).all())


def lock_referral(session: Session, referral_id: int) -> Referral:
    """One of them; RuleBroken when there is none."""
    found = lock_referrals(session, [referral_id])
    if not found:
        raise RuleBroken(_l("There is no such referral."))
    return found[0]


def with_state(
    session: Session, ids: Sequence[int], states: Sequence[str], result: Stepped
) -> list[Referral]:
    """Those of ``ids`` in one of ``states``, locked; the others are skipped in ``result``."""
    found = lock_referrals(session, ids)
    for referral in found:
        if referral.state not in states:
            state = STATES[referral.state]
            result.skip(referral, _l("already stands otherwise: %(state)s", state=state))
    return [referral for referral in found if referral.state in states]


def lock_accounts(session: Session, ids: Sequence[int]) -> list[Account]:
    """The accounts ``ids``, in the order of their ids."""
    wanted = select(Account).where(Account.id.in_(ids)).order_by(Account.id)
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(locked).all())


def checked_reason(reason: str, *, needed: bool = True) -> str:
    """What was written, without the blanks around it; refused when it is needed and empty, or too long."""
    written = reason.strip()
    if needed and not written:
        raise RuleBroken(_l("Write the reason, for whoever asks later."), "reason")
    if len(written) > LONGEST_REASON:
        raise RuleBroken(
            _l("The reason is too long: at most %(n)s letters.", n=LONGEST_REASON), "reason"
        )
    return written


def check_state(referral: Referral, states: Sequence[str]) -> None:
    """RuleBroken unless it stands in one of ``states``: somebody was quicker."""
    if referral.state not in states:
        raise stands_otherwise(referral)


def stands_otherwise(referral: Referral) -> RuleBroken:
    """Why a step of one referral is not taken."""
    return RuleBroken(
        _l(
            "%(number)s already stands otherwise: %(state)s. Nothing was changed.",
            number=referral.number,
            state=STATES[referral.state],
        )
    )


def end(agent: Agent, now: datetime, referral: Referral, state: str, reason: str) -> None:
    """Put it into its last ``state``."""
    referral.state, referral.end_reason = state, reason
    referral.ended_at, referral.ended_by_id = now, agent.user_id


def note_step(
    session: Session,
    agent: Agent,
    now: datetime,
    verb: str,
    referral: Referral,
    **after: Any,
) -> None:
    """The step's row of the timeline."""
    note_deed(
        session,
        agent,
        now,
        verb,
        "referral",
        referral.id,
        debtor_id=referral.debtor_id,
        account_id=referral.account_id,
        after={"kind": referral.kind, "state": referral.state} | after,
    )
