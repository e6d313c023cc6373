"""Who: the person, and how to reach them."""

from __future__ import annotations

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
from sqlalchemy.dialects.postgresql import TSVECTOR
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
        Index(
            "ix_debtor_merged_into", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"
        ),
    )

    id: Mapped[BigKey]
    #: ``ID:<number>`` for a reliable identification, ``CTA:<portfolio>:<account key>`` otherwise:
    #: nobody is ever merged for a bad ID.
    person_key: Mapped[str] = mapped_column(String(80), unique=True)
    identification: Mapped[str] = mapped_column(String(20), default="", index=True)
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
