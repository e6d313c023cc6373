"""Draws samples of calls, scores each once by somebody else than its operator, and lets the operator
acknowledge it once.

These deeds are about the operator's work: their rows of the timeline name no debtor, so that a person's
history never tells a colleague what somebody scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import day_bounds, local, local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.quality.criteria import criteria_in_use
from app.quality.models import MARKS, Criterion, QualityMark, QualityReview, QualitySample
from app.quality.queries import CALLERS, DRAW, LOCK_DRAWING
from app.quality.scoring import score_of

MOST_PER_OPERATOR = 50
LONGEST_NOTE, LONGEST_FEEDBACK, LONGEST_REPLY = 500, 2000, 1000
LONGEST_SEED = 32


@dataclass(frozen=True, slots=True)
class NewSample:
    """Which calls to draw from: days of the unit, both included; ``operators`` empty: whoever called."""

    first_day: date
    last_day: date
    per_operator: int
    operators: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """What one criterion got: one of `MARKS`."""

    mark: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """``marks`` by the criterion's key: each criterion in use, no other."""

    marks: Mapping[int, Marked]
    feedback: str = ""


def draw_sample(
    session: Session, agent: Agent, now: datetime, settings: Settings, wanted: NewSample, seed: str
) -> tuple[QualitySample, dict[int, int]]:
    """Draw calls at random: the sample, and how many each operator got (0 for whoever had none).

    ``seed`` (up to `LONGEST_SEED` letters) decides which: the same over the same calls draws the same. A
    call that was drawn before is not drawn again. Refuses days to come, too many, and an empty draw.
    """
    _check_wanted(now, settings, wanted, seed)
    session.execute(text(LOCK_DRAWING))
    zone = settings["zone"]
    period = {
        "start": day_bounds(wanted.first_day, zone)[0],
        "end": day_bounds(wanted.last_day, zone)[1],
    }
    callers = session.scalars(text(CALLERS), period).all()
    operators = sorted(wanted.operators or callers)
    sample = QualitySample(
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        per_operator=wanted.per_operator,
        operator_ids=operators,
        seed=seed,
        drawn_at=now,
        drawn_by_id=agent.user_id,
    )
    session.add(sample)
    session.flush()
    values = period | {
        "sample_id": sample.id,
        "seed": seed,
        "operators": operators,
        "per_operator": wanted.per_operator,
    }
    drawn = dict.fromkeys(operators, 0) | dict(session.execute(text(DRAW), values).tuples().all())
    if not sum(drawn.values()):
        raise RuleBroken(
            _l("No answered call of those days is left to draw: choose other days or operators.")
        )
    after = {"first_day": wanted.first_day, "last_day": wanted.last_day, "seed": seed}
    drawn_calls = {"calls": sum(drawn.values())}
    note_deed(
        session, agent, now, "draw_sample", "quality_sample", sample.id, after=after | drawn_calls
    )
    return sample, drawn


def _check_wanted(now: datetime, settings: Settings, wanted: NewSample, seed: str) -> None:
    if wanted.first_day > wanted.last_day:
        raise RuleBroken(_l("The last day comes before the first one."), "last_day")
    if wanted.last_day >= local_day(now, settings["zone"]):
        raise RuleBroken(_l("Choose days that are over: the calls of today go on."), "last_day")
    if not 1 <= wanted.per_operator <= MOST_PER_OPERATOR:
        raise RuleBroken(
            _l("Choose from 1 to %(most)s calls of each operator.", most=MOST_PER_OPERATOR),
            "per_operator",
        )
    if not 1 <= len(seed) <= LONGEST_SEED:
        raise RuleBroken(
            _l("The seed has from 1 to %(most)s letters or digits.", most=LONGEST_SEED), "seed"
        )


def score_review(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    review_id: int,
    card: Scorecard,
) -> QualityReview:
    """Score a drawn call, once. Refuses one's own call, one that is scored already (says by whom), marks
    that are not those of the scorecard in use, a card on which nothing applies, and a missed criterion
    without feedback. Each mark keeps the weight that its criterion has now."""
    review = _locked(session, review_id)
    if review.operator_id == agent.user_id:
        raise RuleBroken(_l("This call is yours: somebody else scores it."))
    if review.scored_at is not None:
        raise RuleBroken(
            _l(
                "%(who)s scored this call on %(moment)s. Nothing was changed.",
                who=_name(session, review.scored_by_id),
                moment=f"{local(review.scored_at, settings['zone']):%d/%m/%Y %H:%M}",
            )
        )
    criteria = criteria_in_use(session)
    _check_card(criteria, card)
    marks = [(card.marks[c.id].mark, c.weight, c.is_critical) for c in criteria]
    score = score_of(marks)
    if score is None:
        raise RuleBroken(_l("Nothing applies to this call: there is nothing to score."))
    review.scored_at, review.scored_by_id = now, agent.user_id
    review.score, review.feedback = score, card.feedback.strip()
    for criterion in criteria:
        session.add(_mark(review, criterion, card.marks[criterion.id]))
    note_deed(
        session,
        agent,
        now,
        "score_review",
        "quality_review",
        review.id,
        after={"score": score, "operator": review.operator_id, "call": review.call_id},
    )
    session.flush()
    return review


def _check_card(criteria: Sequence[Criterion], card: Scorecard) -> None:
    if not criteria:
        raise RuleBroken(_l("No criterion is in use: add them to the catalogue first."))
    if card.marks.keys() - {c.id for c in criteria}:
        raise RuleBroken(_l("The scorecard was changed meanwhile: look at it again and save."))
    for criterion in criteria:
        marked = card.marks.get(criterion.id)
        if marked is None or marked.mark not in MARKS:
            raise RuleBroken(
                _l("Mark «%(criterion)s»: every criterion needs a mark.", criterion=criterion.name),
                f"mark-{criterion.id}",
            )
        if len(marked.note) > LONGEST_NOTE:
            raise RuleBroken(
                _l("The note is too long: at most %(n)s letters.", n=LONGEST_NOTE),
                f"note-{criterion.id}",
            )
    if any(m.mark == "missed" for m in card.marks.values()) and not card.feedback.strip():
        raise RuleBroken(
            _l("Something was missed: write what the operator should do next time."), "feedback"
        )
    if len(card.feedback) > LONGEST_FEEDBACK:
        raise RuleBroken(
            _l("The feedback is too long: at most %(n)s letters.", n=LONGEST_FEEDBACK), "feedback"
        )


def _mark(review: QualityReview, criterion: Criterion, marked: Marked) -> QualityMark:
    return QualityMark(
        review_id=review.id,
        criterion_id=criterion.id,
        mark=marked.mark,
        weight=criterion.weight,
        is_critical=criterion.is_critical,
        note=marked.note.strip(),
    )


def acknowledge_review(
    session: Session, agent: Agent, now: datetime, review_id: int, reply: str
) -> QualityReview:
    """The operator has read the review of a call of their own; once, with a ``reply`` if they wish."""
    review = _locked(session, review_id)
    if review.operator_id != agent.user_id or review.scored_at is None:
        raise RuleBroken(_l("There is no such review."))
    if review.acknowledged_at is not None:
        raise RuleBroken(_l("You have acknowledged this review already. Nothing was changed."))
    if len(reply) > LONGEST_REPLY:
        raise RuleBroken(
            _l("The reply is too long: at most %(n)s letters.", n=LONGEST_REPLY), "reply"
        )
    review.acknowledged_at, review.reply = now, reply.strip()
    note_deed(
        session,
        agent,
        now,
        "acknowledge_review",
        "quality_review",
        review.id,
        after={"reply": review.reply},
    )
    session.flush()
    return review


def _locked(session: Session, review_id: int) -> QualityReview:
    """The review, which nobody else can change meanwhile."""
    review = session.scalar(
        select(QualityReview)
        .where(QualityReview.id == review_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if review is None:
        raise RuleBroken(_l("There is no such review."))
    return review


def _name(session: Session, user_id: int | None) -> str:
    user = session.get_one(User, user_id)
    return f"{user.first_name} {user.last_name}"


def count_to_score(user_id: int) -> Select[int]:
    """Counts the drawn calls that this person may score."""
    return select(func.count(QualityReview.id)).where(
        QualityReview.scored_at.is_(None), QualityReview.operator_id != user_id
    )


def count_to_acknowledge(user_id: int) -> Select[int]:
    """Counts the reviews that wait for their operator."""
    return select(func.count(QualityReview.id)).where(
        QualityReview.operator_id == user_id,
        QualityReview.scored_at.is_not(None),
        QualityReview.acknowledged_at.is_(None),
    )
