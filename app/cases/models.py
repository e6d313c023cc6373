"""Cases to verify: what a person said that somebody must find out before the calls go on."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.findings import findings_check
from app.core.columns import BigKey, Moment, ref


class VerificationCase(Model):
    """Opened by an outcome with its dated hold, closed by a specialist with what was found, by the
    payments when they show it, or withdrawn with the call that was corrected."""

    __tablename__ = "verification_case"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('paid_claim', 'hardship', 'not_debtor', 'deceased')", name="kind"
        ),
        CheckConstraint("(closed_at IS NULL) = (finding IS NULL)", name="closed_with_finding"),
        CheckConstraint(findings_check(), name="finding_of_kind"),
        Index("ix_verification_case_open", "due_on", "id", postgresql_where="closed_at IS NULL"),
        Index("ix_verification_case_opened_at_id", "opened_at", "id"),
        Index("ix_verification_case_due_on_id", "due_on", "id"),
    )

    id: Mapped[BigKey]
    kind: Mapped[str] = mapped_column(String(12))
    debtor_id: Mapped[int] = ref("debtor")
    #: The account that it is about; None: the person, on all accounts.
    account_id: Mapped[int | None] = ref("account")
    call_id: Mapped[int] = ref("call", unique=True, index=False)
    #: What keeps the calls away meanwhile.
    hold_id: Mapped[int | None] = ref("hold")
    opened_at: Mapped[Moment]
    opened_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: The last day of its hold when it was opened: to be closed by then.
    due_on: Mapped[date] = mapped_column(Date)
    closed_at: Mapped[Moment | None]
    #: None with ``closed_at``: the payments showed it, or its call was corrected.
    closed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: What was found: see `app.cases.findings`.
    finding: Mapped[str | None] = mapped_column(String(20))
    finding_note: Mapped[str] = mapped_column(Text, default="", server_default="")

    debtor = relationship("Debtor")
    account = relationship("Account")
    call = relationship("Call")
    hold = relationship("Hold")
    opened_by = relationship("User", foreign_keys=[opened_by_id])
    closed_by = relationship("User", foreign_keys=[closed_by_id])
