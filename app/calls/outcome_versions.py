"""The versions of an outcome: an edit holds from its moment on, calls keep the one they had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.models import Outcome


@dataclass(frozen=True, slots=True)
class OutcomeVersion:
    """A version and when it held: ``since`` None is from the start, ``until`` None is still."""

    outcome: Outcome
    since: datetime | None
    until: datetime | None


def outcome_versions(session: Session, code: str) -> Sequence[OutcomeVersion]:
    """Every version of the outcome ``code``, newest first."""
    query = select(Outcome).where(Outcome.code == code).order_by(Outcome.version)
    found, since = [], None
    for outcome in session.scalars(query):
        found.append(OutcomeVersion(outcome, since, outcome.replaced_at))
        since = outcome.replaced_at
    return found[::-1]
