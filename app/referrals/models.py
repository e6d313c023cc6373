"""Referrals: cases that leave the phone for the field or for enforcement, and the visits made for them."""

from __future__ import annotations

import uuid
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
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, SmallKey, ref

#: not_located and hard (to recover) are visited; enforcement is the hand-over to coactiva.
VISITED = ("not_located", "hard")
KINDS = (*VISITED, "enforcement")
#: proposed → approved | refused → assigned → visited → returned | closed. Enforcement goes from approved to
#: closed (handed over) or returned (taken back to the phone). withdrawn: its call was corrected.
STATES = (
    "proposed",
    "refused",
    "approved",
    "assigned",
    "visited",
    "returned",
    "closed",
    "withdrawn",
)
GOING = ("proposed", "approved", "assigned", "visited")
#: By which rule it was proposed; empty when a person did.
RULES = ("", "no_number", "attempts")
#: What was found at the door, as the phone's buttons have them.
RESULTS = ("holder", "third_party", "nobody", "moved", "vacant", "no_such_place")


class Referral(Model):
    """One case given to the field or to enforcement. It is visited at the account's address."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"rule IN {RULES}", name="rule"),
        CheckConstraint("rule <> '' OR proposed_by_id IS NOT NULL", name="proposed_by"),
        CheckConstraint(
            "(decided_at IS NULL) = (state IN ('proposed', 'withdrawn'))", name="decided"
        ),
        CheckConstraint(
            "state NOT IN ('assigned', 'visited') OR assigned_to_id IS NOT NULL", name="assigned"
        ),
        CheckConstraint(
            "kind <> 'enforcement' OR state NOT IN ('assigned', 'visited')", name="who_is_visited"
        ),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('refused', 'returned', 'closed', 'withdrawn'))",
            name="ended",
        ),
        # A person is visited for one case at a time, whoever proposes it; an account is handed over once.
        Index(
            "uq_referral_going_debtor",
            "debtor_id",
            unique=True,
            postgresql_where=f"state IN {GOING} AND kind <> 'enforcement'",
        ),
        Index(
            "uq_referral_going_account",
            "account_id",
            unique=True,
            postgresql_where=f"state IN {GOING} AND kind = 'enforcement'",
        ),
        Index(
            "ix_referral_proposed_by_going", "proposed_by_id", postgresql_where=f"state IN {GOING}"
        ),
        Index("ix_referral_going_state", "state", "id", postgresql_where=f"state IN {GOING}"),
        Index(
            "ix_referral_assigned_to",
            "assigned_to_id",
            "planned_on",
            postgresql_where="assigned_to_id IS NOT NULL",
        ),
        Index("ix_referral_proposed_at_id", "proposed_at", "id"),
        Index("ix_referral_state_id", "state", "id"),
        Index("uq_referral_call", "call_id", unique=True, postgresql_where="call_id IS NOT NULL"),
    )

    id: Mapped[BigKey]
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    debtor_id: Mapped[int] = ref("debtor")
    account_id: Mapped[int] = ref("account")
    #: The call whose outcome proposed it: correcting it withdraws what nobody has decided yet.
    call_id: Mapped[int | None] = ref("call", index=False)
    rule: Mapped[str] = mapped_column(String(10), default="", server_default="")
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    proposed_at: Mapped[Moment]
    proposed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: Why it was refused, or a remark on its approval.
    decision: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: What keeps the phone away while the field has it; None for enforcement (`Account.enforced_at`).
    hold_id: Mapped[int | None] = ref("hold")
    assigned_to_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    assigned_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    assigned_at: Mapped[Moment | None]
    #: The day on which the field is to go.
    planned_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[Moment | None]
    #: None with ``ended_at``: the system (the debt was paid, the call was corrected).
    ended_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    end_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    debtor = relationship("Debtor")
    account = relationship("Account")
    call = relationship("Call")
    hold = relationship("Hold")
    proposed_by = relationship("User", foreign_keys=[proposed_by_id])
    decided_by = relationship("User", foreign_keys=[decided_by_id])
    assigned_to = relationship("User", foreign_keys=[assigned_to_id])
    ended_by = relationship("User", foreign_keys=[ended_by_id])
    visits: Mapped[list[Visit]] = relationship(
        back_populates="referral", order_by="Visit.at, Visit.id"
    )
    papers: Mapped[list[EnforcementPaper]] = relationship(
        back_populates="referral", order_by="EnforcementPaper.id"
    )

    @property
    def number(self) -> str:
        """What people quote: ``D-000123``."""
        return f"D-{self.id:06d}"

    def __repr__(self) -> str:
        return self.number


class Visit(Model):
    """What the field found at the door. Written once; a correction is a new row that names the old one."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        CheckConstraint("received_at >= at", name="received_after"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_position"),
        CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position"
        ),
        Index("ix_visit_debtor_at", "debtor_id", "at"),
        Index("ix_visit_visited_by_at", "visited_by_id", "at"),
    )

    id: Mapped[BigKey]
    #: Made on the phone when the visit is saved there: however often it is sent, it is one.
    key: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    referral_id: Mapped[int] = ref("referral")
    debtor_id: Mapped[int] = ref("debtor", index=False)
    account_id: Mapped[int] = ref("account")
    visited_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: By the phone's clock, when it was saved there; never after it arrived.
    at: Mapped[Moment]
    received_at: Mapped[Moment]
    result: Mapped[str] = mapped_column(String(14))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    #: Of the position, in metres, as the phone gave it.
    accuracy: Mapped[int | None] = mapped_column(Integer)
    photo_id: Mapped[int | None] = ref("stored_file")
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), unique=True)

    referral: Mapped[Referral] = relationship(back_populates="visits")
    debtor = relationship("Debtor")
    account = relationship("Account")
    visited_by = relationship("User", foreign_keys=[visited_by_id])
    photo = relationship("StoredFile")


class EnforcementDocument(Model):
    """The catalogue of papers that go with a case handed over to coactiva."""

    __tablename__ = "enforcement_document"

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    #: The case cannot be handed over without it.
    is_required: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))

    def __repr__(self) -> str:
        return self.name


class EnforcementPaper(Model):
    """A paper that was put into a case's file: which, by whom, when, and the file when there is one."""

    __tablename__ = "enforcement_paper"
    __table_args__ = (
        Index(
            "uq_enforcement_paper_standing",
            "referral_id",
            "document_id",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    referral_id: Mapped[int] = ref("referral")
    document_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("enforcement_document.id"), index=True
    )
    #: Number or date of the paper, as people refer to it.
    reference: Mapped[str] = mapped_column(String(120), default="", server_default="")
    file_id: Mapped[int | None] = ref("stored_file")
    added_at: Mapped[Moment]
    added_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    removed_at: Mapped[Moment | None]
    removed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))

    referral: Mapped[Referral] = relationship(back_populates="papers")
    document: Mapped[EnforcementDocument] = relationship()
    file = relationship("StoredFile")
    added_by = relationship("User", foreign_keys=[added_by_id])
