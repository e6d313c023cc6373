"""Reading referrals: how many wait where, one with all that its page tells, and what goes on of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from app.debts.models import Account
from app.referrals.models import KINDS, EnforcementPaper, Referral
from app.referrals.queries import SECTORS

#: Of a sector so many are ticked one by one; beyond that it is the whole sector.
MOST_TICKED = 50
_SECTORS = text(SECTORS)


@dataclass(frozen=True, slots=True)
class SectorCount:
    """How many referrals in a state wait in a sector, by kind, since when the oldest."""

    sector: str
    count: int
    not_located: int
    hard: int
    enforcement: int
    since: datetime


def count_proposed() -> Select[int]:
    """Counts those that wait for a decision."""
    return select(func.count(Referral.id)).where(Referral.state == "proposed")


def counts_by_state(session: Session) -> dict[str, int]:
    """How many referrals stand in each state that goes on."""
    states = ("proposed", "approved", "assigned", "visited")
    rows = session.execute(
        select(Referral.state, func.count())
        .where(Referral.state.in_(states))
        .group_by(Referral.state)
    )
    return dict.fromkeys(states, 0) | {state: number for state, number in rows}


def sector_counts(session: Session, state: str, kinds: Sequence[str] = KINDS) -> list[SectorCount]:
    """The sectors with referrals in ``state`` of ``kinds``, the one with most first."""
    rows = session.execute(_SECTORS, {"state": state, "kinds": list(kinds)})
    return [SectorCount(*row) for row in rows]


def referrals_of(
    session: Session, state: str, sector: str, kinds: Sequence[str] = KINDS
) -> Sequence[Referral]:
    """The oldest `MOST_TICKED` referrals in ``state`` of ``sector``, with their people."""
    wanted = _of(state, kinds).options(
        joinedload(Referral.debtor),
        joinedload(Referral.account),
        joinedload(Referral.proposed_by),
    )
    wanted = wanted.where(Account.sector == sector)
    return session.scalars(wanted.order_by(Referral.id).limit(MOST_TICKED)).all()


def ids_by_sector(
    session: Session, state: str, sectors: Sequence[str], last_id: int, kinds: Sequence[str] = KINDS
) -> dict[str, list[int]]:
    """The ids of the referrals in ``state`` of whole ``sectors``, as far as ``last_id`` (the newest that
    the person saw when they chose), by sector, each in the order of its addresses."""
    wanted = _of(state, kinds).with_only_columns(Account.sector, Referral.id)
    rows = session.execute(
        wanted.where(Account.sector.in_(sectors), Referral.id <= last_id).order_by(
            Account.sector, Account.address, Referral.id
        )
    )
    found: dict[str, list[int]] = {}
    for sector, referral_id in rows:
        found.setdefault(sector, []).append(referral_id)
    return found


def newest_id(session: Session) -> int:
    """The newest referral's id; 0 while there is none."""
    return session.scalar(select(func.max(Referral.id))) or 0


def _of(state: str, kinds: Sequence[str]) -> Select:
    wanted = select(Referral).join(Account, Account.id == Referral.account_id)
    return wanted.where(Referral.state == state, Referral.kind.in_(kinds))


def find_referral(session: Session, referral_id: int) -> Referral:
    """The referral with all that its page tells; LookupError for none."""
    found = session.get(
        Referral,
        referral_id,
        options=(
            joinedload(Referral.debtor),
            joinedload(Referral.account).joinedload(Account.portfolio),
            joinedload(Referral.hold),
            joinedload(Referral.proposed_by),
            joinedload(Referral.decided_by),
            joinedload(Referral.assigned_to),
            joinedload(Referral.ended_by),
            selectinload(Referral.visits),
            selectinload(Referral.papers).joinedload(EnforcementPaper.document),
            selectinload(Referral.papers).joinedload(EnforcementPaper.file),
            selectinload(Referral.papers).joinedload(EnforcementPaper.added_by),
        ),
        populate_existing=True,
    )
    if found is None:
        raise LookupError(referral_id)
    return found
