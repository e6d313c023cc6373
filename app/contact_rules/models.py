"""Every attempt to reach a person, every refusal of the gate, and the hours that people asked for."""

from __future__ import annotations

import uuid

from flask_appbuilder import Model
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, ref

CHANNELS = ("call", "sms", "whatsapp", "email", "visit")


class ContactAttempt(Model):
    """A person was dialled or written to. The caps count these rows, whatever the channel."""

    __tablename__ = "contact_attempt"
    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        Index("ix_contact_attempt_debtor_at", "debtor_id", "at"),
        Index("ix_contact_attempt_claim_key", "claim_key"),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor", index=False)
    channel: Mapped[str] = mapped_column(String(10))
    at: Mapped[Moment]
    contact_point_id: Mapped[int | None] = ref("contact_point")
    agent_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: The claim under which it was made; its call says whether it was answered.
    claim_key: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    #: Unknown until the call is saved.
    answered: Mapped[bool | None] = mapped_column(Boolean)


class ContactRefusal(Model):
    """The gate said no: to what, by which rules, and when it would say yes."""

    __tablename__ = "contact_refusal"
    __table_args__ = (
        Index("ix_contact_refusal_debtor_at", "debtor_id", "at"),
        Index(
            "ix_contact_refusal_account_id", "account_id", postgresql_where="account_id IS NOT NULL"
        ),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor", index=False)
    account_id: Mapped[int | None] = ref("account", index=False)
    channel: Mapped[str] = mapped_column(String(10))
    at: Mapped[Moment] = mapped_column(index=True)
    rules: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    next_allowed_at: Mapped[Moment | None]
    #: claim | dial | save (called by hand, asked too late)
    occasion: Mapped[str] = mapped_column(String(10))
    asked_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))


class Callback(Model):
    """The person asked to be called again at ``due_at``, by this operator or by anyone."""

    __tablename__ = "callback"
    __table_args__ = (
        Index("ix_callback_due", "due_at", postgresql_where="done_at IS NULL"),
        Index("ix_callback_debtor", "debtor_id"),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor", index=False)
    due_at: Mapped[Moment]
    #: Who is to call; None: anyone.
    operator_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: Who was asked, whoever is to call now.
    promised_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    asked_at: Mapped[Moment]
    #: When a later call of this person was saved, or a specialist said that it is not needed.
    done_at: Mapped[Moment | None]

    debtor = relationship("Debtor")
    operator = relationship("User", foreign_keys=[operator_id])
    promised_by = relationship("User", foreign_keys=[promised_by_id])
