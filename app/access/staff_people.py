"""The unit's people as they are at a moment: read for their page, for *Mi día*, for who may call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import RowMapping, bindparam, func, label, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from app.access.models import Absence, Area, Staff
from app.access.staff_queries import AWAY, MAY_CALL
from app.core.clock import local_day
from app.core.columns import fold, fold_sql
from app.core.settings import Settings

#: Ended absences are shown for so long.
_SHOWN = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """What the administrator says of a person. ``daily_goal`` None: the setting; both hours None:
    whenever the unit works; ``weekdays`` are ISO days, 1 is Monday."""

    area_id: int | None = None
    zone: str = ""
    extension: str = ""
    daily_goal: int | None = None
    shift_from: time | None = None
    shift_until: time | None = None
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the unit at a moment. ``away``: inactive, absent or off_shift; None: at work.
    ``back_after`` is the last day of the absence that makes them absent."""

    user: User
    facts: StaffFacts
    area: str | None
    away: str | None
    back_after: date | None = None
    roles: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Given names and surnames."""
        return f"{self.user.first_name} {self.user.last_name}"


def members(
    session: Session,
    settings: Settings,
    now: datetime,
    *,
    typed: str = "",
    area_id: int | None = None,
    away: str | None = None,
) -> list[Member]:
    """Everybody of the unit, by name. ``typed``: words of the name, the user name or the zone, with or
    without accents; ``away`` as in `Member`, or ``at_work``."""
    query = _people(settings, now)
    for word in fold(typed).split():
        query = query.where(
            text(_LIKE).bindparams(bindparam("word", f"%{_plain(word)}%", unique=True))
        )
    if area_id is not None:
        query = query.where(Staff.area_id == area_id)
    found = [_member(row) for row in session.execute(query).mappings()]
    return [m for m in found if away is None or (m.away or "at_work") == away]


def member(session: Session, settings: Settings, now: datetime, user_id: int) -> Member | None:
    """One person of the unit, or None."""
    row = session.execute(_people(settings, now).where(User.id == user_id)).mappings().one_or_none()
    return None if row is None else _member(row)


def goal_of(settings: Settings, person: Member | None) -> int:
    """Calls a day expected of the person: their own, or the setting."""
    own = person.facts.daily_goal if person else None
    return own or settings["daily_goal"]


def may_call(session: Session) -> list[User]:
    """The active people whose roles let them call from the queue, by name."""
    return list(
        session.scalars(
            select(User)
            .where(User.active, text(f"ab_user.id IN ({MAY_CALL})"))
            .order_by(User.first_name, User.last_name)
        )
    )


def absences_of(session: Session, user_id: int, today: date) -> list[Absence]:
    """The person's absences that stand: those that have not ended, and those of the last year."""
    return list(
        session.scalars(
            select(Absence)
            .where(
                Absence.user_id == user_id,
                Absence.cancelled_at.is_(None),
                Absence.last_day >= today - _SHOWN,
            )
            .options(joinedload(Absence.entered_by))
            .order_by(Absence.first_day.desc())
        )
    )


def areas(session: Session) -> list[Area]:
    """The areas that people may be given, by name."""
    return list(session.scalars(select(Area).where(Area.is_active).order_by(Area.name)))


def staff_columns(staff: Staff) -> dict[str, Any]:
    """The row of staff as `StaffFacts` names it."""
    return {name: getattr(staff, name) for name in StaffFacts.__dataclass_fields__}


_LIKE = (
    fold_sql("concat_ws(' ', ab_user.first_name, ab_user.last_name, ab_user.username, staff.zone)")
    + " LIKE :word"
)


def _people(settings: Settings, now: datetime) -> Any:
    zone, today = settings["zone"], local_day(now, settings["zone"])
    away = text(AWAY.format(user="ab_user.id", at="CAST(:at AS timestamptz)"))
    back = (
        select(func.max(Absence.last_day))
        .where(
            Absence.user_id == User.id,
            Absence.cancelled_at.is_(None),
            Absence.first_day <= today,
            Absence.last_day >= today,
        )
        .scalar_subquery()
    )
    return (
        select(
            User,
            Staff,
            Area.name.label("area"),
            label("away", away.bindparams(at=now, zone=zone)),
            back.label("back"),
        )
        .options(selectinload(User.roles))
        .outerjoin(Staff, Staff.user_id == User.id)
        .outerjoin(Area, Area.id == Staff.area_id)
        .order_by(User.first_name, User.last_name, User.id)
    )


def _member(row: RowMapping) -> Member:
    staff: Staff | None = row["Staff"]
    facts = (
        StaffFacts()
        if staff is None
        else StaffFacts(**staff_columns(staff) | {"weekdays": tuple(staff.weekdays)})
    )
    user: User = row["User"]
    return Member(
        user, facts, row["area"], row["away"], row["back"], sorted(r.name for r in user.roles)
    )


def _plain(word: str) -> str:
    """A word for LIKE: what is typed has no wildcards."""
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
