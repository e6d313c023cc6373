"""Quality of the demonstration: a sample of every two weeks, the older ones scored and acknowledged, the last one
begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import at_local
from app.models import QualityReview, User
from app.quality.criteria import criteria_in_use
from app.quality.models import Criterion
from app.quality.service import (
    Marked,
    NewSample,
    Scorecard,
    acknowledge_review,
    draw_sample,
    score_review,
)
from app.seed.world import World

_DAY, _FORTNIGHT, _EACH = timedelta(days=1), timedelta(days=13), 4
#: How often a criterion is met or partly met, and a critical one missed; of the last sample's calls, so many
#: are scored; of the scored ones, so many acknowledged.
_MET, _PARTLY, _CRITICAL, _BEGUN, _ACKNOWLEDGED = 0.82, 0.93, 0.01, 0.4, 0.7
_WELL = "Buena atención: siga así."
_BETTER = "Escuche la parte marcada y practique el guion antes del próximo turno."


def invent_reviews(session: Session, world: World) -> None:
    """Draw and score as the specialist of the demonstration would; without one, or without calls, none."""
    criteria = criteria_in_use(session)
    if world.specialist is None or not world.shifts or not criteria:
        return
    rng = Random(f"quality {world.until}")  # noqa: S311  (invented scores, no secrets)
    judge = _agent(session, world.specialist)
    first, last = world.shifts[0].day, world.shifts[-1].day
    while first <= last:
        until = min(first + _FORTNIGHT, last)
        at = min(
            world.now,
            at_local(until + _DAY, world.settings["contact_from"], world.settings["zone"]),
        )
        reviews = _drawn(session, judge, at, world, NewSample(first, until, _EACH))
        share = _BEGUN if until == last else 1
        for review_id in reviews[: round(len(reviews) * share)]:
            card = _card(rng, criteria)
            review = score_review(session, judge, at, world.settings, review_id, card)
            if rng.random() < _ACKNOWLEDGED * share:
                acknowledge_review(session, _agent(session, review.operator_id), at, review_id, "")
        first = until + _DAY


def _agent(session: Session, user_id: int) -> Agent:
    user = session.get_one(User, user_id)
    return Agent(user_id, f"{user.first_name} {user.last_name}")


def _drawn(
    session: Session, judge: Agent, at: datetime, world: World, wanted: NewSample
) -> Sequence[int]:
    """The reviews of a new sample, in no operator's order."""
    sample, _counts = draw_sample(
        session, judge, at, world.settings, wanted, f"{wanted.first_day:%Y%m%d}"
    )
    mine = select(QualityReview.id).where(QualityReview.sample_id == sample.id)
    return session.scalars(mine.order_by(func.md5(cast(QualityReview.id, String)))).all()


def _card(rng: Random, criteria: Sequence[Criterion]) -> Scorecard:
    marks = {criterion.id: Marked(_mark(rng, criterion)) for criterion in criteria}
    missed = any(marked.mark == "missed" for marked in marks.values())
    return Scorecard(marks, _BETTER if missed else _WELL)


def _mark(rng: Random, criterion: Criterion) -> str:
    drawn = rng.random()
    if criterion.is_critical:
        return "missed" if drawn < _CRITICAL else "met"
    return "met" if drawn < _MET else "partly" if drawn < _PARTLY else "missed"
