"""Complaints: what a user disputes, which area answers it, by when, and what was said and done."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, Money, SmallKey, UserRef, ref

#: received: waits for the desk to send it to an area; routed: waits for the area's answer; answered: the
#: user has to be told; closed: the user was told; withdrawn: its call was corrected.
STATES = ("received", "routed", "answered", "closed", "withdrawn")
#: States in which the area's clock runs and the disputed bills are on hold.
OPEN = ("received", "routed")
ORIGINS = ("call", "incoming", "counter", "desk")
#: What the area found: the user is right, in part, or not.
RULINGS = ("founded", "partly", "unfounded")
#: Deeds on a complaint, each a row that stays.
ENTRIES = ("open", "route", "return", "answer", "reopen", "close", "withdraw", "note")


class ComplaintCategory(Model):
    """What a complaint is about: the area that answers it and in how many business days."""

    __tablename__ = "complaint_category"
    __table_args__ = (
        CheckConstraint("business_days BETWEEN 1 AND 120", name="business_days"),
        CheckConstraint("warn_days BETWEEN 0 AND business_days", name="warn_days"),
    )

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    #: None: the desk sends each one where it belongs.
    area_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("area.id"), index=True)
    business_days: Mapped[int] = mapped_column(Integer)
    #: Business days before the deadline from which the inbox warns.
    warn_days: Mapped[int] = mapped_column(Integer, default=2, server_default="2")
    #: Without a disputed bill it can be opened: it is about the treatment, not about the debt.
    needs_bills: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))

    area = relationship("Area")

    def __repr__(self) -> str:
        return self.name


class Complaint(Model):
    """One complaint. Its columns say how it stands now; `ComplaintEntry` says how it came there."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"origin IN {ORIGINS}", name="origin"),
        CheckConstraint(f"ruling IN {RULINGS}", name="ruling"),
        CheckConstraint("state <> 'routed' OR area_id IS NOT NULL", name="routed_to_an_area"),
        CheckConstraint(
            "state NOT IN ('answered', 'closed') OR (answered_at IS NOT NULL AND ruling IS NOT NULL)",
            name="answered",
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("due_on >= warn_on", name="warns_before"),
        Index(
            "ix_complaint_open_area", "area_id", "due_on", "id", postgresql_where=f"state IN {OPEN}"
        ),
        Index("ix_complaint_open", "due_on", "id", postgresql_where=f"state IN {OPEN}"),
        Index("ix_complaint_due_on_id", "due_on", "id"),
        Index("ix_complaint_received_at_id", "received_at", "id"),
        Index("ix_complaint_area_due_on", "area_id", "due_on", "id"),
        Index(
            "ix_complaint_received_by_going",
            "received_by_id",
            postgresql_where="state IN ('received', 'routed', 'answered')",
        ),
        Index("uq_complaint_call", "call_id", unique=True, postgresql_where="call_id IS NOT NULL"),
    )

    id: Mapped[BigKey]
    debtor_id: Mapped[int] = ref("debtor")
    account_id: Mapped[int] = ref("account")
    category_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("complaint_category.id"), index=True
    )
    #: Who has to answer; None while the desk has it.
    area_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("area.id"))
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    #: The call on which it was made: correcting it withdraws what nobody has answered yet.
    call_id: Mapped[int | None] = ref("call", index=False)
    #: What the user said.
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[Moment]
    received_by_id: Mapped[UserRef]
    #: The last day to answer, and the day from which the inbox warns. A reopened one gets new ones.
    due_on: Mapped[date] = mapped_column(Date)
    warn_on: Mapped[date] = mapped_column(Date)
    routed_at: Mapped[Moment | None]
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    ruling: Mapped[str | None] = mapped_column(String(10))
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    closed_at: Mapped[Moment | None]
    closed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reopened: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    debtor = relationship("Debtor")
    account = relationship("Account")
    call = relationship("Call")
    area = relationship("Area")
    category: Mapped[ComplaintCategory] = relationship()
    received_by = relationship("User", foreign_keys="Complaint.received_by_id")
    answered_by = relationship("User", foreign_keys=[answered_by_id])
    closed_by = relationship("User", foreign_keys=[closed_by_id])
    bills: Mapped[list[ComplaintBill]] = relationship(
        back_populates="complaint", order_by="ComplaintBill.id"
    )
    entries: Mapped[list[ComplaintEntry]] = relationship(
        back_populates="complaint", order_by="ComplaintEntry.at, ComplaintEntry.id"
    )
    files: Mapped[list[ComplaintFile]] = relationship(
        back_populates="complaint", order_by="ComplaintFile.id"
    )

    @property
    def number(self) -> str:
        """What people quote: ``R-000123``."""
        return f"R-{self.id:06d}"

    def __repr__(self) -> str:
        return self.number


class ComplaintBill(Model):
    """A disputed bill: on hold from the first minute until the answer, and again when reopened."""

    __tablename__ = "complaint_bill"
    __table_args__ = (UniqueConstraint("complaint_id", "bill_id"),)

    id: Mapped[BigKey]
    complaint_id: Mapped[int] = ref("complaint", index=False)
    bill_id: Mapped[int] = ref("bill")
    #: The hold that keeps it from being collected now, or did last.
    hold_id: Mapped[int | None] = ref("hold")
    #: Its balance when the complaint was opened, USD.
    balance: Mapped[Money]

    complaint: Mapped[Complaint] = relationship(back_populates="bills")
    bill = relationship("Bill")
    hold = relationship("Hold")


class ComplaintEntry(Model):
    """A deed on a complaint: who, when, and what they wrote. Never edited."""

    __tablename__ = "complaint_entry"
    __table_args__ = (
        CheckConstraint(f"kind IN {ENTRIES}", name="kind"),
        CheckConstraint(f"ruling IN {RULINGS}", name="ruling"),
        Index("ix_complaint_entry_complaint_at", "complaint_id", "at"),
    )

    id: Mapped[BigKey]
    complaint_id: Mapped[int] = ref("complaint", index=False)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[Moment]
    #: None: the system.
    by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    area_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("area.id"), index=True)
    #: Of an answer: the complaint's own ruling is gone once it is reopened.
    ruling: Mapped[str | None] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="", server_default="")

    complaint: Mapped[Complaint] = relationship(back_populates="entries")
    by = relationship("User", foreign_keys=[by_id])
    area = relationship("Area")


class ComplaintFile(Model):
    """A file that the user or the area brought."""

    __tablename__ = "complaint_file"
    __table_args__ = (UniqueConstraint("complaint_id", "file_id"),)

    id: Mapped[BigKey]
    complaint_id: Mapped[int] = ref("complaint", index=False)
    file_id: Mapped[int] = ref("stored_file")

    complaint: Mapped[Complaint] = relationship(back_populates="files")
    file = relationship("StoredFile")
