"""A review's page: for the list, which opens it, and for its scoring, which comes back to it when refused."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.quality.criteria import criteria_in_use
from app.quality.models import MARKS, QualityReview
from app.quality.reading import call_facts, find_review, find_sample, waiting_of
from app.quality.service import LONGEST_FEEDBACK, LONGEST_NOTE, Scorecard
from app.quality.texts import DIRECTIONS, MARK_LABELS, MARK_TONES, state_chip


def render_review(
    manager: Any, review_id: int, typed: Scorecard | None = None, refused: RuleBroken | None = None
) -> str:
    """The page, with what the signed-in person may do by the permissions of ``manager``. The view is a row
    of the access log."""
    session, settings = web.session(), web.settings()
    review = find_review(session, review_id) or abort(404)
    facts = call_facts(session, settings, review)
    with deed() as writing:
        debtor_id = review.call.debtor_id
        log_access(
            writing, web.agent(), clock.utcnow(), "view", "quality reviews", debtor_id=debtor_id
        )
    return render_template(
        "quality/review.html",
        title=f"{review.operator.first_name} {review.operator.last_name}",
        review=review,
        call=review.call,
        facts=facts,
        sample=find_sample(session, review.sample_id),
        waiting=waiting_of(session, review.sample_id),
        state=state_chip(review),
        criteria=criteria_in_use(session),
        marks=MARKS,
        mark_labels=MARK_LABELS,
        mark_tones=MARK_TONES,
        directions=DIRECTIONS,
        typed=typed or Scorecard({}),
        refused=refused,
        longest_note=LONGEST_NOTE,
        longest_feedback=LONGEST_FEEDBACK,
        goal=settings["quality_goal"],
        is_own=review.operator_id == web.user_id(),
        may_score=_may_score(manager, review),
        may_open=manager.has_access("can_person", "PersonView"),
    )


def _may_score(manager: Any, review: QualityReview) -> bool:
    waits = review.scored_at is None and review.operator_id != web.user_id()
    return waits and manager.has_access("can_score", "QualityView")
