"""A field worker's day: where to go, in order, whom the contact rules keep from being visited, and what was
done today. Nothing of it tells an amount, a bill or a whole identification."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.contact_rules.service import Verdict, may_contact_about_each
from app.core.clock import day_bounds, local_day
from app.core.settings import Settings
from app.debtors.models import ContactPoint
from app.debts.meter import meter_number
from app.debts.models import Account
from app.referrals.models import Referral, Visit
from app.referrals.route_order import in_order


@dataclass(frozen=True, slots=True)
class Stop:
    """A door to go to. ``account`` and ``identification`` are masked; position in degrees."""

    referral_id: int
    number: str
    account_id: int
    name: str
    identification: str
    account: str
    sector: str
    address: str
    meter: str
    latitude: Decimal | None
    longitude: Decimal | None
    planned_on: date


@dataclass(frozen=True, slots=True)
class Done:
    """A visit of today, as its newest correction has it."""

    key: uuid.UUID
    visit_id: int
    referral_id: int
    name: str
    sector: str
    address: str
    at: datetime
    result: str
    note: str
    has_photo: bool


def stops_of(session: Session, user_id: int, day: date) -> list[Stop]:
    """What the worker is to visit on ``day``, with what is late, in the order to go."""
    referrals = session.scalars(
        select(Referral)
        .where(
            Referral.assigned_to_id == user_id,
            Referral.state == "assigned",
            Referral.planned_on <= day,
        )
        .options(joinedload(Referral.account), joinedload(Referral.debtor))
        .order_by(Referral.id)
    ).all()
    learnt = _learnt_addresses(session, [r.debtor_id for r in referrals if not _written(r.account)])
    return in_order([_stop(referral, learnt) for referral in referrals])


def _stop(referral: Referral, learnt: Mapping[int, str]) -> Stop:
    account, person = referral.account, referral.debtor
    return Stop(
        referral_id=referral.id,
        number=referral.number,
        account_id=account.id,
        name=person.name,
        identification=person.masked_identification,
        account=account.masked_number,
        sector=account.sector.strip(),
        address=_written(account) or learnt.get(person.id, ""),
        meter=meter_number(account.attributes),
        latitude=account.latitude,
        longitude=account.longitude,
        planned_on=referral.planned_on or referral.proposed_at.date(),
    )


def _written(account: Account) -> str:
    return account.address.strip()


def _learnt_addresses(session: Session, debtor_ids: Sequence[int]) -> dict[int, str]:
    """The newest address that somebody gave of each of ``debtor_ids``."""
    if not debtor_ids:
        return {}
    points = select(ContactPoint.debtor_id, ContactPoint.value).where(
        ContactPoint.debtor_id.in_(debtor_ids),
        ContactPoint.kind == "address",
        ContactPoint.state != "retired",
    )
    return {debtor: value for debtor, value in session.execute(points.order_by(ContactPoint.id))}


def verdicts_of(
    session: Session, settings: Settings, now: datetime, stops: Sequence[Stop]
) -> dict[int, Verdict]:
    """What the contact rules say of visiting each stop now, by its account."""
    ids = [stop.account_id for stop in stops]
    return may_contact_about_each(session, settings, ids, "visit", now) if ids else {}


def done_of(session: Session, settings: Settings, now: datetime, user_id: int) -> list[Done]:
    """The worker's visits of today, the newest first."""
    start, end = day_bounds(local_day(now, settings["zone"]), settings["zone"])
    later = aliased(Visit)
    visits = session.scalars(
        select(Visit)
        .where(
            Visit.visited_by_id == user_id,
            Visit.at >= start,
            Visit.at < end,
            ~select(later.id).where(later.corrects_id == Visit.id).exists(),
        )
        .options(joinedload(Visit.account), joinedload(Visit.debtor))
        .order_by(Visit.at.desc(), Visit.id.desc())
    )
    return [done(visit) for visit in visits]


def done(visit: Visit) -> Done:
    """A visit as the worker sees it again."""
    return Done(
        key=visit.key,
        visit_id=visit.id,
        referral_id=visit.referral_id,
        name=visit.debtor.name,
        sector=visit.account.sector.strip(),
        address=_written(visit.account),
        at=visit.at,
        result=visit.result,
        note=visit.note,
        has_photo=visit.photo_id is not None,
    )


def routes_on(session: Session, day: date) -> list[tuple[int, str, int]]:
    """``(user_id, name, stops)`` of everybody who has somewhere to go on ``day``, by name."""
    rows = session.execute(
        select(User.id, User.first_name, User.last_name, func.count(Referral.id))
        .join(Referral, Referral.assigned_to_id == User.id)
        .where(Referral.state == "assigned", Referral.planned_on <= day)
        .group_by(User.id)
        .order_by(User.first_name, User.last_name, User.id)
    )
    return [(key, f"{first} {last}", count) for key, first, last, count in rows]
