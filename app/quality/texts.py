"""The words of quality: marks, states, directions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.lists import Chip
from app.quality.models import QualityReview

MARK_LABELS = {
    "met": _l("met"),
    "partly": _l("partly met"),
    "missed": _l("not met"),
    "not_applicable": _l("does not apply"),
}
MARK_TONES = {"met": "ok", "partly": "wait", "missed": "bad", "not_applicable": "muted"}
STATES = {
    "to_score": _l("to be scored"),
    "scored": _l("to be acknowledged"),
    "acknowledged": _l("acknowledged"),
}
STATE_TONES = {"to_score": "wait", "scored": "info", "acknowledged": "ok"}
DIRECTIONS = {"outgoing": _l("Outgoing call"), "incoming": _l("Incoming call")}
STEP_LABELS = {"week": _l("By week"), "month": _l("By month")}


def state_of(review: QualityReview) -> str:
    """One of `STATES`."""
    if review.scored_at is None:
        return "to_score"
    return "scored" if review.acknowledged_at is None else "acknowledged"


def state_chip(review: QualityReview) -> Chip:
    """The state in words and colour."""
    state = state_of(review)
    return Chip(STATES[state], STATE_TONES[state])
