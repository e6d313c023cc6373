"""What came in, and by which means people can pay."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import BigKey, Moment, Money, SmallKey, ref


class Payment(Model):
    """A payment of an account; a reversal is a row of its own with a negative amount."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("portfolio_id", "reference", "is_reversal"),
        Index("ix_payment_account_paid_on", "account_id", "paid_on"),
        CheckConstraint("is_reversal = (amount < 0)", name="reversal_is_negative"),
    )

    id: Mapped[BigKey]
    portfolio_id: Mapped[int] = ref("portfolio", index=False)
    account_id: Mapped[int] = ref("account", index=False)
    reference: Mapped[str] = mapped_column(String(80))
    paid_on: Mapped[date] = mapped_column(Date, index=True)
    amount: Mapped[Money]
    is_reversal: Mapped[bool] = mapped_column(Boolean, default=False)
    channel: Mapped[str] = mapped_column(String(80), default="")
    load_id: Mapped[int] = ref("load")
    recorded_at: Mapped[Moment]


class PaymentMeans(Model):
    """A means of payment that the company accepts, as it is told to people."""

    __tablename__ = "payment_means"

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    instructions: Mapped[str] = mapped_column(Text, default="")
    #: How many days it takes until the payment is seen here.
    posting_delay_days: Mapped[int] = mapped_column(Integer, default=1)
    position: Mapped[int] = mapped_column(Integer, default=0)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    def __repr__(self) -> str:
        return self.name
