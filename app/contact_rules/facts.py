"""What the gate looked at, for a page that explains its answer. The rules are `GATE`'s alone: nothing here
decides, it names the rows by which a rule that refused did so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from app.contact_rules.models import CHANNELS, ContactAttempt
from app.contact_rules.queries import STANDS
from app.contact_rules.service import Verdict, may_contact, may_contact_about_each
from app.core.clock import day_bounds, local_day
from app.core.settings import Settings
from app.debts.queries import OWED
from app.models import Account, Agreement, ContactPoint, Debtor, Hold, Holiday, Promise

#: The weekly cap looks back so many days, the day itself among them.
_WEEK = timedelta(days=6)
_HOLDS = text(
    "SELECT h.* FROM hold h"
    " CROSS JOIN (SELECT CAST(:at AS timestamptz) AS at, CAST(:day AS date) AS day) m"
    f" WHERE h.debtor_id = :debtor_id AND h.starts_on <= m.day AND {STANDS}"
    " ORDER BY h.ends_on DESC, h.id"
)
_OWED = text(f"SELECT o.* FROM ({OWED}) o WHERE o.debtor_id = :debtor_id")
_GOING = ("awaiting", "active")


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a person at a moment. ``attempts``: those of seven days before it, oldest first; ``holds``: those
    that stood then, of every scope; ``owed``: rows of `OWED` by account; the rest as it stands now."""

    day: date
    day_start: datetime
    debtor: Debtor
    accounts: Sequence[Account]
    attempts: Sequence[ContactAttempt]
    numbers: Mapping[int, str]
    holds: Sequence[Hold]
    owed: Mapping[int, Any]
    promises: Mapping[int, Promise]
    agreements: Mapping[int, Agreement]
    points: Sequence[ContactPoint]
    holiday: Holiday | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The gate's answers at a moment: for the person by channel, for each open account by channel."""

    at: datetime
    settings: Settings
    person: Mapping[str, Verdict]
    accounts: Mapping[int, Mapping[str, Verdict]]
    facts: Facts

    @property
    def differs(self) -> bool:
        """Whether what may be asked about depends on the account."""
        answers = {tuple(v.refused_by for v in by.values()) for by in self.accounts.values()}
        return len(answers) > 1


def explain(session: Session, settings: Settings, debtor: Debtor, at: datetime) -> Explanation:
    """The gate's answer about a person by every channel at ``at``, and what it saw."""
    facts = _facts(session, settings, debtor, at)
    ids = [account.id for account in facts.accounts]
    person, accounts = {}, {account_id: {} for account_id in ids}  # type: ignore[var-annotated]
    for channel in CHANNELS:
        person[channel] = may_contact(session, settings, [debtor.id], channel, at)[debtor.id]
        about = may_contact_about_each(session, settings, ids, channel, at)
        for account_id, verdict in about.items():
            accounts[account_id][channel] = verdict
    return Explanation(at, settings, person, accounts, facts)


def _facts(session: Session, settings: Settings, debtor: Debtor, at: datetime) -> Facts:
    day = local_day(at, settings["zone"])
    accounts = [account for account in debtor.accounts if account.closed_on is None]
    ids = [account.id for account in accounts]
    points = list(debtor.contact_points)
    asked = {"at": at, "day": day, "debtor_id": debtor.id}
    return Facts(
        day=day,
        day_start=day_bounds(day, settings["zone"])[0],
        debtor=debtor,
        accounts=accounts,
        attempts=_attempts(session, settings, debtor, at, day),
        numbers={point.id: point.value for point in points},
        holds=session.scalars(select(Hold).from_statement(_HOLDS), asked).all(),
        owed={row.account_id: row for row in session.execute(_OWED, {"debtor_id": debtor.id})},
        promises={one.account_id: one for one in _promises(session, ids, day)},
        agreements={one.account_id: one for one in _agreements(session, ids)},
        points=points,
        holiday=session.scalar(select(Holiday).where(Holiday.day == day)),
    )


def _attempts(
    session: Session, settings: Settings, debtor: Debtor, at: datetime, day: date
) -> Sequence[ContactAttempt]:
    first = day_bounds(day - _WEEK, settings["zone"])[0]
    made = select(ContactAttempt).where(
        ContactAttempt.debtor_id == debtor.id, ContactAttempt.at >= first, ContactAttempt.at < at
    )
    return session.scalars(made.order_by(ContactAttempt.at, ContactAttempt.id)).all()


def _promises(session: Session, ids: Sequence[int], day: date) -> Sequence[Promise]:
    pending = select(Promise).where(Promise.account_id.in_(ids), Promise.state == "pending")
    return session.scalars(pending.where(Promise.check_on >= day)).all()


def _agreements(session: Session, ids: Sequence[int]) -> Sequence[Agreement]:
    going = select(Agreement).where(Agreement.account_id.in_(ids), Agreement.state.in_(_GOING))
    return session.scalars(going.options(joinedload(Agreement.instalments))).unique().all()
