"""The runs of what falls due, one row a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, Integer, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Moment


class FollowupRun(Model):
    """What the runs of ``day`` did, added up: a second run of the day adds what it found, which is
    nothing when nothing came meanwhile."""

    __tablename__ = "followup_run"
    __table_args__ = (CheckConstraint("runs > 0", name="runs_positive"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]
    runs: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    #: How long the last one took.
    seconds: Mapped[Any] = mapped_column(Numeric(9, 3))
    #: As `flask followup run --json` gives them.
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
