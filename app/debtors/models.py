"""Who: the person, and how to reach them."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, fold_sql, ref
from app.debtors.identification import mask_identification
from app.debtors.phones import show_phone


class Debtor(Model):
    """A person or company, one across all portfolios (by reliable ID, else by portfolio and account)."""

    __tablename__ = "debtor"
    __table_args__ = (
        Index("ix_debtor_name_search", "name_search", postgresql_using="gin"),
        Index("ix_debtor_folded", "folded", "id"),
        Index("ix_debtor_identification_id", "identification", "id"),
        Index(
            "ix_debtor_merged_into", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"
        ),
        CheckConstraint(
            "deceased_confirmed_at IS NULL OR deceased_reported_at IS NOT NULL",
            name="deceased_reported",
        ),
    )

    id: Mapped[BigKey]
    #: ``ID:<number>`` for a reliable identification, ``CTA:<portfolio>:<account key>`` otherwise:
    #: nobody is ever merged for a bad ID.
    person_key: Mapped[str] = mapped_column(String(80), unique=True)
    identification: Mapped[str] = mapped_column(String(20), default="")
    identification_kind: Mapped[str] = mapped_column(String(16), default="none")
    #: As it came in the file, before any proposal of ours.
    identification_raw: Mapped[str] = mapped_column(String(40), default="")
    #: APELLIDOS NOMBRES, as it came.
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(Text, Computed(fold_sql("name"), persisted=True))
    name_search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(f"to_tsvector('simple'::regconfig, {fold_sql('name')})", persisted=True)
    )
    is_senior: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    deceased_reported_at: Mapped[Moment | None]
    #: A specialist found the report to be true: a corrected call no longer takes it back.
    deceased_confirmed_at: Mapped[Moment | None]
    level: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: The person whom a specialist found this one to be; never one that is itself merged. The
    #: ``person_key`` stays, so that the next load finds the same row and follows it.
    merged_into_id: Mapped[int | None] = ref("debtor", index=False)

    contact_points: Mapped[list[ContactPoint]] = relationship(
        back_populates="debtor", order_by="ContactPoint.position, ContactPoint.id"
    )
    accounts = relationship("Account", back_populates="debtor", order_by="Account.id")

    @property
    def masked_identification(self) -> str:
        """First two digits, the rest dots: what an operator may see before the check."""
        return mask_identification(self.identification)

    def __repr__(self) -> str:
        return self.name


class ContactPoint(Model):
    """A phone (E.164), an e-mail or an address of a person."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("debtor_id", "kind", "value"),
        CheckConstraint("kind IN ('phone', 'email', 'address')", name="kind"),
        CheckConstraint("state IN ('unverified', 'verified', 'retired')", name="state"),
        CheckConstraint("origin IN ('BASE', 'GESTION')", name="origin"),
        Index("ix_contact_point_value", "value"),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor")
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(250))
    is_mobile: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    #: BASE came in a load, GESTION was learnt by a person of the unit.
    origin: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(
        String(10), default="unverified", server_default="unverified"
    )
    position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    added_at: Mapped[Moment]
    #: Empty for what a load brought.
    added_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    state_at: Mapped[Moment | None]
    state_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    retired_reason: Mapped[str | None] = mapped_column(String(40))

    debtor: Mapped[Debtor] = relationship(back_populates="contact_points")

    @property
    def shown(self) -> str:
        """The value as people write it."""
        return show_phone(self.value) if self.kind == "phone" else self.value

    def __repr__(self) -> str:
        return self.shown


class RepeatedPair(Model):
    """Two people who may be one, found at night; a specialist says so or that they are different."""

    __tablename__ = "repeated_pair"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="order"),
        Index("ix_repeated_pair_order", "folded", "first_id", "second_id"),
        Index("ix_repeated_pair_second", "second_id"),
    )

    first_id: Mapped[int] = ref("debtor", index=False, primary_key=True)
    second_id: Mapped[int] = ref("debtor", index=False, primary_key=True)
    #: The first one's name, folded: the order of the list.
    folded: Mapped[str] = mapped_column(Text)
    #: From `app.debtors.repeated.WHY`.
    why: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    found_at: Mapped[Moment]
    #: Said to be two different people: not offered again.
    different_at: Mapped[Moment | None]
    different_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))


class PersonMerge(Model):
    """A specialist found that two people are one: what moved, so that it can be taken back."""

    __tablename__ = "person_merge"
    __table_args__ = (
        Index(
            "uq_person_merge_standing",
            "merged_id",
            unique=True,
            postgresql_where="taken_back_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    kept_id: Mapped[int] = ref("debtor")
    merged_id: Mapped[int] = ref("debtor", index=False)
    reason: Mapped[str] = mapped_column(String(250))
    merged_at: Mapped[Moment]
    merged_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: ``{table: [ids]}`` of the rows that went from the merged person to the kept one, and what else
    #: was changed, as `app.calls.merging` wrote it.
    moved: Mapped[dict[str, Any]] = mapped_column(JSONB)
    taken_back_at: Mapped[Moment | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    kept: Mapped[Debtor] = relationship(foreign_keys=[kept_id])
    merged: Mapped[Debtor] = relationship(foreign_keys=[merged_id])
    merged_by = relationship("User", foreign_keys=[merged_by_id])
