"""Quality of attention: the protocol's scorecard, samples of calls, and what was scored and acknowledged."""

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
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, SmallKey, UserRef, ref

#: met: all of the criterion's weight; partly: half of it; missed: none; not_applicable: it does not count.
MARKS = ("met", "partly", "missed", "not_applicable")


class Criterion(Model):
    """A line of the scorecard, seeded from the protocol."""

    __tablename__ = "criterion"
    __table_args__ = (CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),)

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    #: What the scorer listens for.
    help: Mapped[str] = mapped_column(Text, default="", server_default="")
    weight: Mapped[int] = mapped_column(Integer)
    #: Missed, the whole call scores nothing (identity, confidentiality).
    is_critical: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))

    def __repr__(self) -> str:
        return self.name


class QualitySample(Model):
    """Calls drawn at random: so many of each operator out of all that they made in a period."""

    __tablename__ = "quality_sample"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="order"),
        CheckConstraint("per_operator BETWEEN 1 AND 50", name="per_operator"),
    )

    id: Mapped[SmallKey]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    per_operator: Mapped[int] = mapped_column(Integer)
    #: Whose calls it was drawn from, also those who had none.
    operator_ids: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=list, server_default=text("'{}'")
    )
    #: So that the same draw can be made again: the order is a hash of it and the call.
    seed: Mapped[str] = mapped_column(String(32))
    drawn_at: Mapped[Moment]
    drawn_by_id: Mapped[UserRef]

    drawn_by = relationship("User", foreign_keys="QualitySample.drawn_by_id")
    reviews: Mapped[list[QualityReview]] = relationship(back_populates="sample")


class QualityReview(Model):
    """One call of a sample: drawn, scored by somebody else than its operator, acknowledged by them."""

    __tablename__ = "quality_review"
    __table_args__ = (
        CheckConstraint("scored_by_id <> operator_id", name="scored_by_another"),
        CheckConstraint(
            "(scored_at IS NULL) = (score IS NULL) AND (scored_at IS NULL) = (scored_by_id IS NULL)",
            name="scored",
        ),
        CheckConstraint("acknowledged_at IS NULL OR scored_at IS NOT NULL", name="acknowledged"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_quality_review_operator_scored", "operator_id", "scored_at"),
        Index("ix_quality_review_to_score", "id", postgresql_where="scored_at IS NULL"),
    )

    id: Mapped[BigKey]
    sample_id: Mapped[int] = mapped_column(Integer, ForeignKey("quality_sample.id"), index=True)
    #: A call is reviewed once.
    call_id: Mapped[int] = ref("call", unique=True, index=False)
    operator_id: Mapped[UserRef]
    scored_at: Mapped[Moment | None]
    scored_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: 0–100: the weights met ÷ those that apply.
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    feedback: Mapped[str] = mapped_column(Text, default="", server_default="")
    acknowledged_at: Mapped[Moment | None]
    #: What the operator says of it.
    reply: Mapped[str] = mapped_column(Text, default="", server_default="")

    sample: Mapped[QualitySample] = relationship(back_populates="reviews")
    call = relationship("Call")
    operator = relationship("User", foreign_keys="QualityReview.operator_id")
    scored_by = relationship("User", foreign_keys=[scored_by_id])
    marks: Mapped[list[QualityMark]] = relationship(
        back_populates="review", order_by="QualityMark.id"
    )


class QualityMark(Model):
    """What one criterion got, with the weight that it had then."""

    __tablename__ = "quality_mark"
    __table_args__ = (
        UniqueConstraint("review_id", "criterion_id"),
        CheckConstraint(f"mark IN {MARKS}", name="mark"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),
    )

    id: Mapped[BigKey]
    review_id: Mapped[int] = ref("quality_review", index=False)
    criterion_id: Mapped[int] = mapped_column(Integer, ForeignKey("criterion.id"), index=True)
    mark: Mapped[str] = mapped_column(String(14))
    weight: Mapped[int] = mapped_column(Integer)
    is_critical: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")

    review: Mapped[QualityReview] = relationship(back_populates="marks")
    criterion: Mapped[Criterion] = relationship()
