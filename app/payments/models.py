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
    __table_args__ = (
        CheckConstraint("cost >= 0", name="cost_not_negative"),
        CheckConstraint("valid_to >= valid_from", name="valid_in_order"),
    )

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    instructions: Mapped[str] = mapped_column(Text, default="")
    #: What the person pays for using it, in USD.
    cost: Mapped[Money] = mapped_column(default=0, server_default="0")
    hours: Mapped[str] = mapped_column(String(160), default="", server_default="")
    places: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: What the person must give there: the account's number, the ID.
    reference: Mapped[str] = mapped_column(String(160), default="", server_default="")
    #: The days on which it serves; None: no end on that side.
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    #: How many days it takes until the payment is seen here.
    posting_delay_days: Mapped[int] = mapped_column(Integer, default=1)
    position: Mapped[int] = mapped_column(Integer, default=0)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    def serves_on(self, day: date) -> bool:
        """It is active, and ``day`` is one of its days."""
        has_begun = self.valid_from is None or self.valid_from <= day
        return self.is_active and has_begun and (self.valid_to is None or day <= self.valid_to)

    def __repr__(self) -> str:
        return self.name
