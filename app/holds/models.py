"""What must not be collected, and until when."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, ref

#: What it stops: everything with a person, an account, a bill's collection, one channel, or one number.
SCOPES = ("person", "account", "bill", "channel", "number")
#: Reasons of holds that a person places by hand (a call's outcome places ``optout`` too).
BY_HAND = ("manual", "optout")


class Hold(Model):
    """A reason not to collect from a person, an account, a bill, or by one channel or number, with a
    mandatory end.

    ``person`` and ``account`` stop every channel (but for a referral's, which leaves the visit); ``channel``
    (an opt-out) and ``number`` stop one; ``bill`` takes its balance out of what may be collected.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint(f"scope IN {SCOPES}", name="scope"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint(
            "(scope IN ('account', 'bill')) = (account_id IS NOT NULL)", name="account_of_scope"
        ),
        CheckConstraint("(scope = 'bill') = (bill_id IS NOT NULL)", name="bill_of_scope"),
        CheckConstraint("(scope = 'channel') = (channel IS NOT NULL)", name="channel_of_scope"),
        CheckConstraint(
            "(scope = 'number') = (contact_point_id IS NOT NULL)", name="number_of_scope"
        ),
        Index("ix_hold_debtor_ends", "debtor_id", "ends_on"),
        Index("ix_hold_bill_id", "bill_id", postgresql_where="bill_id IS NOT NULL"),
        Index(
            "ix_hold_contact_point_id",
            "contact_point_id",
            postgresql_where="contact_point_id IS NOT NULL",
        ),
        Index("ix_hold_placed_at_id", "placed_at", "id"),
        Index("ix_hold_ends_on_id", "ends_on", "id"),
    )

    id: Mapped[BigKey]
    scope: Mapped[str] = mapped_column(String(10))
    debtor_id: Mapped[int] = ref("debtor", index=False)
    account_id: Mapped[int | None] = ref("account")
    bill_id: Mapped[int | None] = ref("bill", index=False)
    channel: Mapped[str | None] = mapped_column(String(10))
    contact_point_id: Mapped[int | None] = ref("contact_point", index=False)
    #: paid_claim | hardship | not_debtor | deceased | complaint | agreement | referral | optout | manual
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date] = mapped_column(Date)
    #: The last day on which it holds; moved by an extension, each with its row of the timeline.
    ends_on: Mapped[date] = mapped_column(Date)
    placed_at: Mapped[Moment]
    #: The call whose outcome placed it: a correction of that call lifts it.
    call_id: Mapped[int | None] = ref("call")
    lifted_at: Mapped[Moment | None]
    #: None with ``lifted_at``: the system, or a release before this was kept.
    lifted_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: What a person wrote, or the code of what lifted it.
    lift_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: The day whose run found that its end had come.
    expired_on: Mapped[date | None] = mapped_column(Date)
    placed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    debtor = relationship("Debtor")
    account = relationship("Account")
    bill = relationship("Bill")
    contact_point = relationship("ContactPoint")
    placed_by = relationship("User", foreign_keys=[placed_by_id])
    lifted_by = relationship("User", foreign_keys=[lifted_by_id])
