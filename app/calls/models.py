"""The call: its catalogue of outcomes, its script, its record and its identity checks."""

from __future__ import annotations

import uuid

from flask_appbuilder import Model
from flask_babel import get_locale
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, Money, SmallKey, ref


class Outcome(Model):
    """A row of the catalogue of results. A change is a new version; calls keep theirs."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index(
            "uq_outcome_code_current", "code", unique=True, postgresql_where="replaced_at IS NULL"
        ),
    )

    id: Mapped[SmallKey]
    code: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(80))
    label_en: Mapped[str] = mapped_column(String(80), default="")
    #: Which of the call's fields this outcome asks for (see `app.calls.outcomes.FIELDS`).
    asks: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)
    answered: Mapped[bool] = mapped_column(Boolean, default=False)
    right_party: Mapped[bool] = mapped_column(Boolean, default=False)
    effective: Mapped[bool] = mapped_column(Boolean, default=False)
    promise: Mapped[bool] = mapped_column(Boolean, default=False)
    retires_number: Mapped[bool] = mapped_column(Boolean, default=False)
    #: The person is not offered again that day.
    final: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Whether it counts as an attempt at all (a technical failure does not).
    attempt: Mapped[bool] = mapped_column(Boolean, default=True)
    #: Set by the system alone, never offered on the call screen.
    by_system: Mapped[bool] = mapped_column(Boolean, default=False)
    #: For *mejor gestión*: the heaviest of the day counts.
    weight: Mapped[int] = mapped_column(Integer, default=0)
    #: Place among the keys 1–9, 0 of its panel; 0 sends it to "Otro…".
    position: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    replaced_at: Mapped[Moment | None]

    @property
    def shown(self) -> str:
        """The label in the reader's language."""
        english = str(get_locale() or "es").startswith("en")
        return self.label_en if english and self.label_en else self.label

    @property
    def is_commitment(self) -> bool:
        """Somebody undertakes something, which takes a contact: a promise, or a callback."""
        return bool({"promise", "callback"} & set(self.asks))

    def __repr__(self) -> str:
        return self.label


class NonpaymentReason(Model):
    """Why a person did not pay: a field of its own, whatever the outcome."""

    __tablename__ = "nonpayment_reason"

    id: Mapped[SmallKey]
    label: Mapped[str] = mapped_column(String(80), unique=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    def __repr__(self) -> str:
        return self.label


class Script(Model):
    """What to say, step by step; ``{name}``, ``{operator}``, ``{company}`` are filled in."""

    __tablename__ = "script"

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    #: The worklist reason that it serves; empty for all others.
    reason: Mapped[str] = mapped_column(String(30), default="", unique=True)
    #: One step a line. Read before the identity check: it must not tell the debt.
    opening: Mapped[str] = mapped_column(Text)
    #: One step a line, shown once the holder is verified.
    verified: Mapped[str] = mapped_column(Text, default="")
    third_party: Mapped[str] = mapped_column(Text, default="")

    def __repr__(self) -> str:
        return self.name


class Call(Model):
    """What came of one contact. Written once; a correction is a new row that names this one."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint(
            "direction IN ('outgoing', 'incoming', 'counter', 'other')", name="direction"
        ),
        CheckConstraint("ended_at >= started_at", name="ends_after_start"),
        Index(
            "ix_call_started_at",
            "started_at",
            postgresql_include=["operator_id", "outcome_id"],
        ),
        Index("ix_call_debtor_started", "debtor_id", "started_at"),
        Index("ix_call_operator_started", "operator_id", "started_at"),
        Index(
            "ix_call_contact_point_id",
            "contact_point_id",
            postgresql_where="contact_point_id IS NOT NULL",
        ),
    )

    id: Mapped[BigKey]
    #: The claim's key: the same call can never be saved twice.
    submit_key: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    debtor_id: Mapped[int] = ref("debtor", index=False)
    #: The account with the largest debt when the person has several.
    account_id: Mapped[int | None] = ref("account")
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    outcome_id: Mapped[int] = mapped_column(Integer, ForeignKey("outcome.id"), index=True)
    direction: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[Moment]
    ended_at: Mapped[Moment]
    contact_point_id: Mapped[int | None] = ref("contact_point", index=False)
    #: The identity check had succeeded when it was saved.
    verified: Mapped[bool] = mapped_column(Boolean, default=False)
    nonpayment_reason_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("nonpayment_reason.id")
    )
    receipt: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    #: What was owed on all the person's accounts at that moment, for the daily sheet.
    owed: Mapped[Money] = mapped_column(default=0)
    bills_count: Mapped[int] = mapped_column(Integer, default=0)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), unique=True)

    debtor = relationship("Debtor")
    account = relationship("Account")
    operator = relationship("User", foreign_keys=[operator_id])
    outcome: Mapped[Outcome] = relationship()
    contact_point = relationship("ContactPoint")
    nonpayment_reason: Mapped[NonpaymentReason | None] = relationship()


class IdentityCheck(Model):
    """What the person said was compared on the server: when, under which claim, with what result."""

    __tablename__ = "identity_check"

    id: Mapped[BigKey]
    claim_key: Mapped[uuid.UUID] = mapped_column(Uuid, index=True)
    debtor_id: Mapped[int] = ref("debtor")
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    at: Mapped[Moment]
    #: identification | account
    by: Mapped[str] = mapped_column(String(16))
    passed: Mapped[bool] = mapped_column(Boolean)
