"""What every room stands on: the timeline, the settings' history, the calendar, saved views of lists
and downloads."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, SmallKey, UserRef, ref


class TimelineEvent(Model):
    """One deed: who, when, from where, on whom, before and after. Never edited, never deleted."""

    __tablename__ = "timeline_event"
    __table_args__ = (
        Index("ix_timeline_event_debtor_at", "debtor_id", "at"),
        Index("ix_timeline_event_subject", "subject", "subject_id"),
        Index(
            "ix_timeline_event_account_id", "account_id", postgresql_where="account_id IS NOT NULL"
        ),
    )

    id: Mapped[BigKey]
    at: Mapped[Moment] = mapped_column(index=True)
    agent_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    agent_name: Mapped[str] = mapped_column(String(130))
    ip: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(40))
    deed: Mapped[str] = mapped_column(String(40))
    debtor_id: Mapped[int | None] = ref("debtor", index=False)
    account_id: Mapped[int | None] = ref("account", index=False)
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class SettingValue(Model):
    """A setting's value and the day from which it holds; the newest not in the future counts.

    A value that was taken back before its day stays, cancelled, and never counts.
    """

    __tablename__ = "setting_value"
    __table_args__ = (Index("ix_setting_value_name_from", "name", "holds_from", "id"),)

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    holds_from: Mapped[date] = mapped_column(Date)
    set_at: Mapped[Moment]
    set_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    cancelled_at: Mapped[Moment | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    set_by = relationship("User", foreign_keys=[set_by_id])
    cancelled_by = relationship("User", foreign_keys=[cancelled_by_id])


class Holiday(Model):
    """A day on which nobody is contacted and that no deadline counts."""

    __tablename__ = "holiday"
    __table_args__ = (CheckConstraint("scope IN ('national', 'local', 'decree')", name="scope"),)

    id: Mapped[SmallKey]
    day: Mapped[date] = mapped_column(Date, unique=True)
    name: Mapped[str] = mapped_column(String(120))
    scope: Mapped[str] = mapped_column(String(10), default="national")

    def __repr__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.name}"


class SavedView(Model):
    """Filters and order of one list under a name; never what was typed about a person."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("screen", "owner_id", "name"),)

    id: Mapped[SmallKey]
    screen: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[UserRef] = mapped_column(index=True)
    #: Whoever has a role of the owner sees it too.
    shared: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    created_at: Mapped[Moment]


class Download(Model):
    """A list that a worker writes to a file for its owner; both are gone after some days."""

    __tablename__ = "download"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'writing', 'ready', 'failed')", name="status"),
        CheckConstraint("form IN ('csv', 'xlsx')", name="form"),
    )

    id: Mapped[SmallKey]
    owner_id: Mapped[UserRef] = mapped_column(index=True)
    screen: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(4))
    #: In which its words are written.
    language: Mapped[str] = mapped_column(String(5))
    status: Mapped[str] = mapped_column(String(8), default="waiting")
    rows: Mapped[int] = mapped_column(Integer, default=0)
    stored_as: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
    #: One sentence for its owner.
    error: Mapped[str] = mapped_column(Text, default="")


class StoredFile(Model):
    """A file that somebody of the unit uploaded, made harmless and kept outside the web root; who may see it
    the room decides that it belongs to."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    id: Mapped[BigKey]
    #: Its name under ``TELECOBRO_VAR/files``: ours, never theirs.
    stored_as: Mapped[str] = mapped_column(String(40), unique=True)
    #: What it was called, made safe to show and to save under.
    name: Mapped[str] = mapped_column(String(120))
    #: image/jpeg or application/pdf: nothing else is kept.
    media_type: Mapped[str] = mapped_column(String(20))
    #: Bytes, as it is kept.
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[Moment]
    stored_by_id: Mapped[UserRef]

    def __repr__(self) -> str:
        return self.name


class ReferenceStamp(Model):
    """One row, whose stamp is new whenever one of the small tables changes (see `app.core.reference`)."""

    __tablename__ = "reference_stamp"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[SmallKey] = mapped_column(autoincrement=False)
    stamp: Mapped[uuid.UUID] = mapped_column(Uuid, server_default=text("gen_random_uuid()"))
