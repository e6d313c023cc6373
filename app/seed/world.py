"""What the demonstration finds in the database and the days over which it stretches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.models import NonpaymentReason, Outcome
from app.core.business_days import Calendar, calendar
from app.core.clock import at_local, local
from app.core.errors import RuleBroken
from app.core.settings import Settings, settings_on
from app.models import Role, User
from app.payments.models import PaymentMeans

#: How far back the first load lies, and with it the first call.
WEEKS = 6
_AHEAD = timedelta(days=45)
_OPENS, _CLOSES = time(8, 0), time(17, 45)


@dataclass(frozen=True, slots=True)
class Shift:
    """A day's span for calling: the instant it begins, and how many seconds it lasts."""

    day: date
    begins: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class World:
    """Read once. ``first_as_of`` and ``as_of`` date the two complete loads; ``shifts`` are the past
    business days between them with ``as_of`` included, ``today`` the morning of ``until``."""

    settings: Settings
    days: Calendar
    outcomes: dict[str, Outcome]
    operators: list[int]
    specialist: int | None
    field: list[int]
    reasons: list[int]
    means: list[tuple[int, str]]
    until: date
    now: datetime
    first_as_of: date
    as_of: date
    shifts: list[Shift]
    today: Shift | None
    #: The business days from the first shift until well after ``until``, and the place of each.
    workdays: list[date]
    position: dict[date, int]

    @property
    def open_minutes(self) -> int:
        """How many minutes of a day are lawful for contacting."""
        first, last = self.settings["contact_from"], self.settings["contact_until"]
        return (last.hour - first.hour) * 60 + last.minute - first.minute

    def workday_after(self, day: date, count: int) -> date:
        """The business day ``count`` after the business day ``day``."""
        return self.workdays[self.position[day] + count]

    def shift_after(self, day: date, count: int) -> Shift | None:
        """The past shift ``count`` business days after ``day``, if there is one."""
        position = self.position[day] + count
        return self.shifts[position] if position < len(self.shifts) else None

    def opening(self, day: date) -> datetime:
        """The first lawful instant of ``day``."""
        return at_local(day, self.settings["contact_from"], self.settings["zone"])

    def at(self, day: date, at: time) -> datetime:
        """The unit's ``day`` and hour as an instant, never later than now."""
        return min(self.now, at_local(day, at, self.settings["zone"]))


def look_around(session: Session, until: date, now: datetime) -> World:
    """The world that ends on ``until``. Refuses while catalogues or operators are missing."""
    settings = settings_on(session, until)
    days = calendar(session)
    outcomes = {
        o.code: o for o in session.scalars(select(Outcome).where(Outcome.replaced_at.is_(None)))
    }
    operators = _users_of(session, "operador")
    if not outcomes or not operators:
        raise RuleBroken(
            _l(
                "There are no outcomes or no operators yet: run flask setup and create a user with the role operador."
            )
        )
    as_of = _business_day_before(days, until)
    first = _business_day_before(days, as_of - timedelta(weeks=WEEKS))
    shifts = [_shift(settings, day) for day in days.coming(first, as_of)]
    workdays = days.coming(first, until + _AHEAD)
    return World(
        settings=settings,
        days=days,
        outcomes=outcomes,
        operators=operators,
        specialist=next(iter(_users_of(session, "especialista")), None),
        field=_users_of(session, "campo"),
        reasons=list(session.scalars(select(NonpaymentReason.id).order_by(NonpaymentReason.id))),
        means=list(
            session.execute(
                select(PaymentMeans.id, PaymentMeans.name).order_by(PaymentMeans.id)
            ).tuples()
        ),
        until=until,
        now=now,
        first_as_of=first,
        as_of=as_of,
        shifts=[s for s in shifts if s.begins + timedelta(seconds=s.seconds) <= now],
        today=_morning(settings, days, until, now),
        workdays=workdays,
        position={day: n for n, day in enumerate(workdays)},
    )


def _users_of(session: Session, role: str) -> list[int]:
    return list(
        session.scalars(
            select(User.id).where(User.active, User.roles.any(Role.name == role)).order_by(User.id)
        )
    )


def _business_day_before(days: Calendar, day: date) -> date:
    day -= timedelta(days=1)
    while not days.is_business_day(day):
        day -= timedelta(days=1)
    return day


def _shift(settings: Settings, day: date) -> Shift:
    """Office hours, inside the hours in which contacting is lawful."""
    first, last = settings["contact_from"], settings["contact_until"]
    opens, closes = max(_OPENS, first), min(_CLOSES, last)
    if opens >= closes:
        opens, closes = first, last
    begins = at_local(day, opens, settings["zone"])
    ends = at_local(day, closes, settings["zone"])
    return Shift(day, begins, int((ends - begins).total_seconds()))


def _morning(settings: Settings, days: Calendar, until: date, now: datetime) -> Shift | None:
    """From ten minutes after the first lawful one until now; None before it or on a day of rest."""
    zone = settings["zone"]
    begins = at_local(until, settings["contact_from"], zone) + timedelta(minutes=10)
    ends = min(now, at_local(until, settings["contact_until"], zone))
    if not days.is_business_day(until) or ends <= begins or local(now, zone).date() < until:
        return None
    return Shift(until, begins, int((ends - begins).total_seconds()))
