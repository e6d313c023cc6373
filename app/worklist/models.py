"""Whom to call next, the claim on that person, and the calls promised back."""

from __future__ import annotations

import uuid
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, ref


class WorklistItem(Model):
    """A person in the queue, once, with all accounts; ``reasons`` say why and how much each weighs."""

    __tablename__ = "worklist_item"
    __table_args__ = (Index("ix_worklist_item_order", "score", "debtor_id"),)

    debtor_id: Mapped[int] = ref("debtor", index=False, primary_key=True)
    score: Mapped[int] = mapped_column(Integer)
    #: ``[{"code": "broken_promise", "weight": 60}, …]``, heaviest first.
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: Not offered before this moment (the gate's next allowed time, a retry at another hour).
    not_before: Mapped[Moment | None]
    built_at: Mapped[Moment]


class WorklistPush(Model):
    """Something came back for this person: they stand on top until the holder was spoken to since."""

    __tablename__ = "worklist_push"
    __table_args__ = (CheckConstraint("reason IN ('visited', 'answered')", name="reason"),)

    debtor_id: Mapped[int] = ref("debtor", index=False, primary_key=True)
    #: visited: the field came back; answered: an area answered a complaint.
    reason: Mapped[str] = mapped_column(String(10), primary_key=True)
    pushed_at: Mapped[Moment]


class Claim(Model):
    """An operator holds a person: one holder a person, one person an operator.

    ``key`` is the submit key of the call that ends it. A claim that lapses without a dial
    returns the person to the queue.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(
            "direction IN ('outgoing', 'incoming', 'counter', 'other')", name="direction"
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_how IS NULL)", name="closed_how"),
        Index("ix_claim_debtor", "debtor_id"),
        Index(
            "uq_claim_open_debtor", "debtor_id", unique=True, postgresql_where="closed_at IS NULL"
        ),
        Index(
            "uq_claim_open_operator",
            "operator_id",
            unique=True,
            postgresql_where="closed_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    key: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    debtor_id: Mapped[int] = ref("debtor")
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    direction: Mapped[str] = mapped_column(String(10), default="outgoing")
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    claimed_at: Mapped[Moment]
    lapses_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]
    #: saved | released | lapsed
    closed_how: Mapped[str | None] = mapped_column(String(10))

    debtor = relationship("Debtor")
