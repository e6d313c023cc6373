"""The catalogues that the call screen offers and that a save is checked against."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.models import NonpaymentReason, Outcome, Script
from app.core.reference import remembered_rows

_OUTCOMES = (
    select(Outcome).where(Outcome.replaced_at.is_(None)).order_by(Outcome.position, Outcome.label)
)


def current_outcomes(session: Session) -> Sequence[Outcome]:
    """Every outcome in its newest version, in the order of the keys; to be read only."""
    return remembered_rows(session, "outcomes", _OUTCOMES)


def current_outcome(session: Session, code: str) -> Outcome | None:
    """The newest version of the outcome ``code``."""
    return next((o for o in current_outcomes(session) if o.code == code), None)


def nonpayment_reasons(session: Session) -> Sequence[NonpaymentReason]:
    """All reasons in order, the inactive ones too."""
    query = select(NonpaymentReason).order_by(NonpaymentReason.position)
    return remembered_rows(session, "nonpayment_reasons", query)


def scripts(session: Session) -> Sequence[Script]:
    """All scripts."""
    return remembered_rows(session, "scripts", select(Script))
