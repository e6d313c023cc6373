"""The unit's people beside their user: area, shift, absences; and who looked at personal data."""

from __future__ import annotations

from datetime import date, time

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, SmallKey, UserRef, ref

#: Why somebody is away. Words on the screens only: an illness is not described.
ABSENCES = ("vacation", "leave", "illness", "training", "other")


class Area(Model):
    """A part of the utility that people belong to and that complaints go to."""

    __tablename__ = "area"

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))

    def __repr__(self) -> str:
        return self.name


class Staff(Model):
    """What the unit knows of a user beside the account. Without a row the defaults below hold."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("daily_goal BETWEEN 1 AND 500", name="daily_goal"),
        CheckConstraint("(shift_from IS NULL) = (shift_until IS NULL)", name="whole_shift"),
        CheckConstraint("shift_from < shift_until", name="shift_order"),
        CheckConstraint(
            "weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7] AND cardinality(weekdays) > 0", name="weekdays"
        ),
    )

    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), primary_key=True)
    area_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("area.id"), index=True)
    #: Zone or sector of the city that they attend.
    zone: Mapped[str] = mapped_column(String(60), default="", server_default="")
    extension: Mapped[str] = mapped_column(String(12), default="", server_default="")
    #: Calls a day; None: the setting.
    daily_goal: Mapped[int | None] = mapped_column(Integer)
    #: On the unit's clock; both None: whenever the unit works.
    shift_from: Mapped[time | None] = mapped_column(Time)
    shift_until: Mapped[time | None] = mapped_column(Time)
    #: ISO days on which they work: 1 is Monday.
    weekdays: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=lambda: [1, 2, 3, 4, 5], server_default=text("'{1,2,3,4,5}'")
    )

    area: Mapped[Area | None] = relationship()


class Absence(Model):
    """Whole days on which somebody does not work. Taken back, it stays with who did so."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="order"),
        CheckConstraint(f"reason IN {ABSENCES}", name="reason"),
        # Nobody is absent twice on one day, whoever enters it at the same time.
        ExcludeConstraint(
            (text("int4range(user_id, user_id, '[]')"), "&&"),
            (text("daterange(first_day, last_day, '[]')"), "&&"),
            name="ex_absence_overlap",
            using="gist",
            where=text("cancelled_at IS NULL"),
        ),
        Index("ix_absence_user_days", "user_id", "last_day"),
    )

    id: Mapped[SmallKey]
    user_id: Mapped[UserRef]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    entered_at: Mapped[Moment]
    entered_by_id: Mapped[UserRef]
    cancelled_at: Mapped[Moment | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    entered_by = relationship("User", foreign_keys="Absence.entered_by_id")


class AccessLog(Model):
    """A view, a search or a download of personal data. Written once, read by the auditor."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_debtor_at", "debtor_id", "at"),)

    id: Mapped[BigKey]
    at: Mapped[Moment] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), index=True)
    ip: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(40))
    #: view | search | download | identity_passed | identity_missed
    kind: Mapped[str] = mapped_column(String(20))
    #: what was opened: a screen's or a file's name, never what was typed
    what: Mapped[str] = mapped_column(String(120))
    debtor_id: Mapped[int | None] = ref("debtor", index=False)
    rows: Mapped[int | None] = mapped_column(Integer)
