"""Files on their way in: layouts, loads and their problems."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, Money, SmallKey, ref


class SavedLayout(Model):
    """A layout made on screen or shipped ready-made: data, not code (see `app.intake.layout`)."""

    __tablename__ = "layout"

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[Moment]


class Load(Model):
    """One file of a portfolio or of payments: what it held, what it changed."""

    __tablename__ = "load"
    __table_args__ = (
        CheckConstraint("kind IN ('portfolio', 'payments')", name="kind"),
        CheckConstraint(
            "status IN ('uploaded', 'checked', 'applying', 'applied', 'refused', 'discarded', 'undoing',"
            " 'undone')",
            name="status",
        ),
    )

    id: Mapped[BigKey]
    kind: Mapped[str] = mapped_column(String(10))
    portfolio_id: Mapped[int] = ref("portfolio")
    layout_name: Mapped[str] = mapped_column(String(60), default="")
    #: The definition that was used, so that the load stays explicable when the layout changes.
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    file_name: Mapped[str] = mapped_column(String(250))
    #: Under ``TELECOBRO_VAR/files``; the file is kept as it came.
    stored_as: Mapped[str] = mapped_column(String(120), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    as_of: Mapped[date] = mapped_column(Date)
    partial: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(String(10), default="uploaded")
    #: Rows read so far, for the progress bar.
    progress: Mapped[int] = mapped_column(Integer, default=0)
    #: One sentence when the file was refused.
    refusal: Mapped[str | None] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    rejected: Mapped[int] = mapped_column(Integer, default=0)
    accounts: Mapped[int] = mapped_column(Integer, default=0)
    bills: Mapped[int] = mapped_column(Integer, default=0)
    #: Portfolio: Σ balance of the file. Payments: Σ of what was applied.
    amount: Mapped[Money] = mapped_column(default=0)
    #: The TOTAL row's own figure, when the file has one.
    footer_total: Mapped[Money | None]
    new: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    closed: Mapped[int] = mapped_column(Integer, default=0)
    applied: Mapped[int] = mapped_column(Integer, default=0)
    duplicates: Mapped[int] = mapped_column(Integer, default=0)
    unknown_accounts: Mapped[int] = mapped_column(Integer, default=0)
    problem_counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[Moment]
    created_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    applied_at: Mapped[Moment | None]
    #: While it is the last of its portfolio: ``{"from": {table: number}, "to": {table: number}}``, between
    #: which lie the rows that it added (see `app.intake.merge`).
    brought: Mapped[dict[str, dict[str, int]] | None] = mapped_column(JSONB)
    undone_at: Mapped[Moment | None]
    undone_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    undo_reason: Mapped[str | None] = mapped_column(Text)

    portfolio = relationship("Portfolio")
    undone_by = relationship("User", foreign_keys=[undone_by_id])


class LoadBefore(Model):
    """How a row was before the last load of its portfolio changed it: what an undo puts back."""

    __tablename__ = "load_before"

    load_id: Mapped[int] = ref("load", index=False, ondelete="CASCADE", primary_key=True)
    table_name: Mapped[str] = mapped_column(String(20), primary_key=True)
    row_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)


class LoadProblem(Model):
    """A named defect of one row; the row is loaded all the same unless it was rejected."""

    __tablename__ = "load_problem"
    __table_args__ = (Index("ix_load_problem_load_kind", "load_id", "kind"),)

    id: Mapped[BigKey]
    load_id: Mapped[int] = ref("load", index=False, ondelete="CASCADE")
    row_number: Mapped[int] = mapped_column(Integer)
    account: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(40))
    column_name: Mapped[str] = mapped_column(String(80), default="")
    value: Mapped[str] = mapped_column(String(250), default="")
