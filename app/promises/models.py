"""Promises to pay: made on a call, then judged by the payments that came."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, Money, ref


class Promise(Model):
    """One account, one amount, one date. ``state`` and ``paid`` are written by
    `app.promises.service.judge_promises` alone, from the payments; nobody types them."""

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("check_on >= due_on", name="check_after_due"),
        CheckConstraint(
            "state IN ('pending', 'kept', 'partial', 'broken', 'replaced', 'withdrawn')",
            name="state",
        ),
        Index(
            "uq_promise_pending_account",
            "account_id",
            unique=True,
            postgresql_where="state = 'pending'",
        ),
        # With what the reports add up of a month's promises, so that they read this alone.
        Index(
            "ix_promise_check_on_id",
            "check_on",
            "id",
            postgresql_include=["made_by_id", "state", "amount", "paid"],
        ),
        Index("ix_promise_pending_check_on", "check_on", postgresql_where="state = 'pending'"),
        Index("ix_promise_due_on_id", "due_on", "id"),
        Index("ix_promise_amount_id", "amount", "id"),
        Index(
            "ix_promise_made_by_id_check_on",
            "made_by_id",
            "check_on",
            postgresql_include=["state", "amount", "paid"],
        ),
        Index("ix_promise_made_on", "made_on"),
        Index(
            "ix_promise_pending_made_by",
            "made_by_id",
            "due_on",
            "id",
            postgresql_where="state = 'pending'",
        ),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor")
    account_id: Mapped[int] = ref("account")
    call_id: Mapped[int | None] = ref("call")
    amount: Mapped[Money]
    due_on: Mapped[date] = mapped_column(Date)
    #: Last day of grace: after it the promise is judged.
    check_on: Mapped[date] = mapped_column(Date)
    #: Share of the amount that counts as kept, as the setting was when the promise was made.
    threshold_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    means_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("payment_means.id"))
    made_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[Moment] = mapped_column(index=True)
    made_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    paid: Mapped[Money] = mapped_column(default=0, server_default="0")
    judged_at: Mapped[Moment | None]
    replaced_by_id: Mapped[int | None] = ref("promise", index=False)
    #: Who replaced or withdrew it, when and why.
    ended_at: Mapped[Moment | None]
    ended_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    end_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    account = relationship("Account")
    debtor = relationship("Debtor")
    means = relationship("PaymentMeans")
    made_by = relationship("User", foreign_keys=[made_by_id])
    ended_by = relationship("User", foreign_keys=[ended_by_id])
