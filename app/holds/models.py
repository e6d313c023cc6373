"""What must not be collected, and until when."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import BigKey, Moment, ref


class Hold(Model):
    """A reason not to collect from a person or an account, with a mandatory end.

    ``scope`` person and account stop every channel; ``channel`` (an opt-out) stops one.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("scope IN ('person', 'account', 'channel')", name="scope"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("(scope = 'account') = (account_id IS NOT NULL)", name="account_of_scope"),
        CheckConstraint("(scope = 'channel') = (channel IS NOT NULL)", name="channel_of_scope"),
        Index("ix_hold_debtor_ends", "debtor_id", "ends_on"),
    )

    id: Mapped[BigKey]
    scope: Mapped[str] = mapped_column(String(10))
    debtor_id: Mapped[int] = ref("debtor", index=False)
    account_id: Mapped[int | None] = ref("account")
    channel: Mapped[str | None] = mapped_column(String(10))
    #: paid_claim | hardship | not_debtor | deceased | complaint | agreement | referral | optout
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date] = mapped_column(Date)
    #: The last day on which it holds.
    ends_on: Mapped[date] = mapped_column(Date)
    placed_at: Mapped[Moment]
    #: The call whose outcome placed it: a correction of that call lifts it.
    call_id: Mapped[int | None] = ref("call")
    lifted_at: Mapped[Moment | None]
    #: The day whose run found that its end had come.
    expired_on: Mapped[date | None] = mapped_column(Date)
    placed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
