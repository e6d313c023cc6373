"""What is said of the unit's people beside their user account: area, shift, goal, absences."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import ABSENCES, Absence, Area, Staff
from app.access.staff_people import StaffFacts, staff_columns
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.timeline import note_deed

#: Nobody is away longer than this in one entry: longer ones are entered year by year.
_LONGEST = timedelta(days=366)
_AREAS = ("Facturación", "Atención al usuario", "Archivo")


def seed_areas(session: Session) -> None:
    """Into an empty catalogue only: an area that somebody deleted does not come back."""
    if session.scalar(select(Area.id).limit(1)) is None:
        session.execute(insert(Area), [{"name": name} for name in _AREAS])


def edit_staff(
    session: Session, agent: Agent, now: datetime, user_id: int, facts: StaffFacts
) -> Staff:
    """Say where the person belongs and when they work. Refuses half a shift, a shift that ends before
    it begins, no weekday, and an area that is no longer used."""
    _lock_person(session, user_id)
    _check_facts(facts)
    staff = session.get(Staff, user_id)
    before = None if staff is None else staff_columns(staff)
    if facts.area_id is not None and facts.area_id != (staff.area_id if staff else None):
        area = session.get(Area, facts.area_id)
        if area is None or not area.is_active:
            raise RuleBroken(_l("Choose one of the areas in use."), "area_id")
    if staff is None:
        staff = Staff(user_id=user_id)
        session.add(staff)
    for name in StaffFacts.__dataclass_fields__:
        value = getattr(facts, name)
        setattr(staff, name, sorted(value) if name == "weekdays" else value)
    session.flush()
    note_deed(
        session,
        agent,
        now,
        "edit_staff",
        "staff",
        user_id,
        before=before,
        after=staff_columns(staff),
    )
    return staff


def add_absence(
    session: Session,
    agent: Agent,
    now: datetime,
    user_id: int,
    first_day: date,
    last_day: date,
    reason: str,
    note: str = "",
) -> Absence:
    """The person does not work from ``first_day`` to ``last_day``, both included. Refuses days in the
    wrong order, too many of them, and days that another absence holds."""
    _lock_person(session, user_id)
    if last_day < first_day:
        raise RuleBroken(_l("The last day comes before the first."), "last_day")
    if last_day - first_day > _LONGEST:
        raise RuleBroken(_l("An absence is at most a year: enter the rest apart."), "last_day")
    if reason not in ABSENCES:
        raise RuleBroken(_l("Choose why the person is away."), "reason")
    absence = Absence(
        user_id=user_id,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
        note=note.strip(),
        entered_at=now,
        entered_by_id=agent.user_id,
    )
    try:
        with session.begin_nested():
            session.add(absence)
    except IntegrityError:
        raise _overlap(session, absence) from None
    note_deed(session, agent, now, "add_absence", "staff", user_id, after=_days(absence))
    return absence


def cancel_absence(
    session: Session, agent: Agent, now: datetime, user_id: int, absence_id: int
) -> None:
    """Take an absence back: the person works on those days. Refused when it had been taken back."""
    _lock_person(session, user_id)
    absence = session.get(Absence, absence_id, populate_existing=True)
    if absence is None or absence.user_id != user_id or absence.cancelled_at is not None:
        raise RuleBroken(_l("This absence had already been taken back."))
    absence.cancelled_at, absence.cancelled_by_id = now, agent.user_id
    session.flush()
    note_deed(session, agent, now, "cancel_absence", "staff", user_id, before=_days(absence))


def _lock_person(session: Session, user_id: int) -> None:
    """One deed on a person at a time; what refers to their key goes on meanwhile."""
    found = session.scalar(
        select(User.id).where(User.id == user_id).with_for_update(key_share=True)
    )
    if found is None:
        raise RuleBroken(_l("There is no such person."))


def _check_facts(facts: StaffFacts) -> None:
    if (facts.shift_from is None) != (facts.shift_until is None):
        raise RuleBroken(_l("Give both hours of the shift, or neither."), "shift_until")
    if facts.shift_from and facts.shift_until and facts.shift_from >= facts.shift_until:
        raise RuleBroken(_l("The shift ends before it begins."), "shift_until")
    if not facts.weekdays:
        raise RuleBroken(_l("Mark at least one day of work."), "weekdays")


def _overlap(session: Session, absence: Absence) -> RuleBroken:
    other = session.scalars(
        select(Absence)
        .where(
            Absence.user_id == absence.user_id,
            Absence.cancelled_at.is_(None),
            Absence.first_day <= absence.last_day,
            Absence.last_day >= absence.first_day,
        )
        .order_by(Absence.first_day)
        .limit(1)
    ).one()
    return RuleBroken(
        _l(
            "The person is already away from %(first)s to %(last)s.",
            first=f"{other.first_day:%d/%m/%Y}",
            last=f"{other.last_day:%d/%m/%Y}",
        ),
        "first_day",
    )


def _days(absence: Absence) -> dict[str, Any]:
    return {
        "first_day": absence.first_day,
        "last_day": absence.last_day,
        "reason": absence.reason,
        "note": absence.note,
    }
