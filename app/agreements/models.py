"""Agreements (convenios): a debt of one account put off into a down payment and instalments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, Money, ref

#: Somebody works on it, or it runs: an account has one of these at a time.
#: Puts off the debt of its bills (`app.agreements.judging.COVERED`).
COVERING = ("pending", "awaiting", "active")
GOING_ON = ("draft", *COVERING)


class Agreement(Model):
    """Bills of one account, the terms that were asked for, and what became of them.

    draft → pending → awaiting (its down payment) → active → kept | broken; void when the down payment
    does not come by its day, or nobody decided by then; refused by the approver, cancelled by a
    specialist. From ``awaiting`` on, ``state``, ``paid``, ``late`` and ``ended_on`` are written by
    `app.agreements.judging` alone.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'pending', 'awaiting', 'active', 'kept', 'broken', 'void',"
            " 'refused', 'cancelled')",
            name="state",
        ),
        CheckConstraint("capital > 0 AND total >= capital", name="capital_positive"),
        CheckConstraint("months > 0", name="months_positive"),
        CheckConstraint("paid >= total OR state <> 'kept'", name="kept_is_paid"),
        CheckConstraint(
            "(requested_by_id IS NULL) = (requested_at IS NULL)"
            " AND (requested_by_id IS NOT NULL OR state IN ('draft', 'cancelled'))",
            name="requested",
        ),
        CheckConstraint(
            "(decided_by_id IS NULL) = (decided_at IS NULL) AND (decided_by_id IS NOT NULL"
            " OR state IN ('draft', 'pending', 'void', 'cancelled'))",
            name="decided",
        ),
        CheckConstraint("decided_by_id <> requested_by_id", name="approver_is_another"),
        Index(
            "uq_agreement_going_on_account",
            "account_id",
            unique=True,
            postgresql_where="state IN ('draft', 'pending', 'awaiting', 'active')",
        ),
        Index("ix_agreement_state_id", "state", "id"),
        Index("ix_agreement_made_at_id", "made_at", "id"),
        Index("ix_agreement_capital_id", "capital", "id"),
        Index("ix_agreement_call_id", "call_id", postgresql_where="call_id IS NOT NULL"),
        Index(
            "ix_agreement_requested_by_id",
            "requested_by_id",
            "id",
            postgresql_where="requested_by_id IS NOT NULL",
        ),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor")
    account_id: Mapped[int] = ref("account")
    #: The contact in which the person asked for it.
    call_id: Mapped[int | None] = ref("call", index=False)
    state: Mapped[str] = mapped_column(String(10))
    #: What the chosen bills came to when it was asked for, in USD.
    capital: Mapped[Money]
    #: Number of instalments after the down payment, a month apart.
    months: Mapped[int] = mapped_column(Integer)
    #: Yearly, on what is still owed; 0 while interest comes from billing.
    rate_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2), default=0, server_default="0")
    #: Calendar days after an instalment's day in which it can still be paid.
    grace_days: Mapped[int] = mapped_column(Integer)
    #: Down payment and instalments together.
    total: Mapped[Money]
    made_at: Mapped[Moment]
    made_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: Payments from the day after the balance's on count, but for those that were recorded before
    #: ``requested_at``: the capital is already less by them.
    counts_from: Mapped[date] = mapped_column(Date)
    requested_at: Mapped[Moment | None]
    requested_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    guarantor_name: Mapped[str] = mapped_column(String(160), default="", server_default="")
    guarantor_identification: Mapped[str] = mapped_column(String(20), default="", server_default="")
    guarantor_phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    #: Another guarantee than a person: a mortgage, a policy, a deposit.
    guarantee: Mapped[str] = mapped_column(Text, default="", server_default="")
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: Why it was refused, or what the approver remarked.
    decision: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: What counted payments come to while it goes on, at most its total; what has fallen due of it and
    #: was not paid.
    paid: Mapped[Money] = mapped_column(default=0, server_default="0")
    late: Mapped[Money] = mapped_column(default=0, server_default="0")
    judged_at: Mapped[Moment | None]
    #: The first day on which it was kept, broken, void or cancelled.
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: Why a specialist cancelled it.
    end_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    debtor = relationship("Debtor")
    account = relationship("Account")
    made_by = relationship("User", foreign_keys=[made_by_id])
    requested_by = relationship("User", foreign_keys=[requested_by_id])
    decided_by = relationship("User", foreign_keys=[decided_by_id])
    ended_by = relationship("User", foreign_keys=[ended_by_id])
    instalments: Mapped[list[Instalment]] = relationship(
        back_populates="agreement", order_by="Instalment.number"
    )
    bills: Mapped[list[AgreementBill]] = relationship(
        back_populates="agreement", order_by="AgreementBill.id"
    )

    @property
    def number(self) -> str:
        """What the printed document is called: ``CV-000123``."""
        return f"CV-{self.id:06d}"

    def __repr__(self) -> str:
        return self.number


class AgreementBill(Model):
    """A bill that the agreement stands on, with what it owed then. While it ``binds`` no other agreement
    can stand on the same bill: a broken one binds it until the bill is gone."""

    __tablename__ = "agreement_bill"
    __table_args__ = (
        UniqueConstraint("agreement_id", "bill_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("uq_agreement_bill_binding", "bill_id", unique=True, postgresql_where="binds"),
        Index("ix_agreement_bill_bill_id", "bill_id"),
    )

    id: Mapped[BigKey]
    agreement_id: Mapped[int] = ref("agreement", index=False)
    bill_id: Mapped[int] = ref("bill", index=False)
    amount: Mapped[Money]
    binds: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")

    agreement: Mapped[Agreement] = relationship(back_populates="bills")
    bill = relationship("Bill")


class Instalment(Model):
    """Number 0 is the down payment (*cuota inicial*). What has been paid of each is derived from the
    agreement's ``paid``, oldest first."""

    __tablename__ = "instalment"
    __table_args__ = (
        UniqueConstraint("agreement_id", "number"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("cumulative >= amount", name="cumulative_holds_amount"),
        CheckConstraint("lapses_on >= due_on", name="lapses_after_due"),
        CheckConstraint("number >= 0", name="number"),
        Index("ix_instalment_due_on", "due_on"),
    )

    id: Mapped[BigKey]
    agreement_id: Mapped[int] = ref("agreement", index=False)
    number: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[Money]
    #: This one and all before it: what must have come by ``lapses_on``.
    cumulative: Mapped[Money]
    #: The last day on which it can be paid: its own for the down payment, its grace for the others.
    lapses_on: Mapped[date] = mapped_column(Date)

    agreement: Mapped[Agreement] = relationship(back_populates="instalments")
