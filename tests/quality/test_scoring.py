"""Scores: the arithmetic, what is refused, who may, and that it is done once."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.core.errors import RuleBroken
from app.models import Criterion, QualityMark, QualityReview, TimelineEvent
from app.quality.criteria import WHOLE, criteria_in_use, seed_criteria, weight_in_use
from app.quality.reading import next_to_score
from app.quality.scoring import WORTH, WORTH_SQL, score_of
from app.quality.service import (
    Marked,
    Scorecard,
    acknowledge_review,
    count_to_acknowledge,
    count_to_score,
    score_review,
)
from tests.conftest import NOW
from tests.quality.floor import DAYS, SETTINGS, card, criteria

MET, PARTLY, MISSED, NOT = "met", "partly", "missed", "not_applicable"


@pytest.mark.parametrize(
    ("marks", "score"),
    [
        ([(MET, 10, False)], "100.00"),
        ([(PARTLY, 10, False)], "50.00"),
        ([(MISSED, 10, False)], "0.00"),
        ([(MET, 60, False), (MISSED, 40, False)], "60.00"),
        ([(MET, 60, False), (PARTLY, 40, False)], "80.00"),
        ([(MET, 60, False), (NOT, 40, False)], "100.00"),
        ([(MET, 10, False), (MISSED, 20, False), (NOT, 70, False)], "33.33"),
        ([(MET, 20, False), (MISSED, 10, False)], "66.67"),
        # 2 of 3 halves of 1/16: 62.5 %, and 5.625 → half up.
        ([(PARTLY, 1, False), (MISSED, 15, False)], "3.13"),
        ([(MET, 80, False), (MISSED, 20, True)], "0.00"),
        ([(MET, 80, False), (PARTLY, 20, True)], "90.00"),
        ([(MET, 80, False), (NOT, 20, True)], "100.00"),
        ([(MET, 80, True), (MISSED, 20, False)], "80.00"),
    ],
)
def test_a_score_is_the_weights_earned_of_those_that_apply(marks, score):
    assert score_of(marks) == Decimal(score)


@pytest.mark.parametrize("marks", [[], [(NOT, 10, False)], [(NOT, 10, False), (NOT, 90, True)]])
def test_where_nothing_applies_there_is_no_score(marks):
    assert score_of(marks) is None


@pytest.mark.parametrize("mark", [*WORTH, NOT])
def test_sql_counts_a_mark_as_python_does(session, mark):
    worth = session.scalar(
        sa.text(f"SELECT {WORTH_SQL} FROM (VALUES (:mark)) m (mark)"), {"mark": mark}
    )
    assert worth == WORTH.get(mark)


# --- the catalogue


def test_the_protocols_criteria_add_up_and_are_seeded_once(session):
    assert weight_in_use(session) == WHOLE and len(criteria_in_use(session)) == 7
    critical = [c.name for c in criteria_in_use(session) if c.is_critical]
    assert critical == ["Verificación de identidad", "Confidencialidad ante terceros"]
    assert all(c.help for c in criteria_in_use(session))
    first = criteria(session)[0]
    session.delete(first)
    session.flush()
    seed_criteria(session)
    assert len(criteria_in_use(session)) == 6, "what somebody deleted does not come back"


# --- scoring


def test_a_review_is_scored_with_its_marks_and_their_weights(session, people, review, score):
    done = score(review, "mmpm-m-", feedback="ofrecer medios de pago", notes={2: "muy rápido"})
    # 10 + 20 + 7.5 + 10 + 15 of the 70 that apply.
    assert (done.score, done.scored_by_id, done.scored_at) == (
        Decimal("89.29"),
        people.eva.user_id,
        NOW,
    )
    query = sa.select(QualityMark).where(QualityMark.review_id == review.id)
    marks = session.scalars(query.order_by(QualityMark.id)).all()
    assert [m.weight for m in marks] == [10, 20, 15, 10, 15, 15, 15]
    assert (marks[2].mark, marks[2].note, marks[1].is_critical) == (PARTLY, "muy rápido", True)
    event = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "score_review")
    ).one()
    assert (event.debtor_id, event.after["score"]) == (None, "89.29")


def test_a_missed_critical_criterion_leaves_nothing(session, review, score):
    assert score(review, "mxmmmmm").score == Decimal("0.00")


def test_another_weight_changes_no_score_that_was_given(
    session, people, review, score, called, draw
):
    called(people.ana)
    score(review, "xmmmmmm")
    first = criteria(session)[0]
    first.weight = 50
    session.commit()
    session.refresh(review)
    assert review.score == Decimal("90.00") and review.marks[0].weight == 10
    draw()
    later = session.scalars(
        sa.select(QualityReview).where(QualityReview.scored_at.is_(None)).limit(1)
    ).one()
    assert score(later, "xmmmmmm").score == Decimal("64.29"), "90 of 140"


@pytest.mark.parametrize(
    ("marks", "said", "sentence"),
    [
        ("-------", {}, "Nothing applies"),
        ("xmmmmmm", {"feedback": "  "}, "Something was missed"),
        ("mmmmmmm", {"feedback": "x" * 2001}, "The feedback is too long"),
        ("mmmmmmm", {"notes": {3: "x" * 501}}, "The note is too long"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    session, review, score, marks, said, sentence
):
    with pytest.raises(RuleBroken, match=sentence):
        score(review, marks, **said)
    session.refresh(review)
    assert review.scored_at is None and review.marks == []


def test_every_criterion_in_use_and_no_other_is_marked(session, people, review):
    whole = card(session)
    first, second, *_rest = criteria(session)
    odd = dict(whole.marks)
    del odd[first.id]
    rubbish = dict(whole.marks) | {second.id: Marked("excellent")}
    unknown = dict(whole.marks) | {987654: Marked(MET)}
    for marks, sentence in (
        (odd, f"Mark «{first.name}»"),
        (rubbish, f"Mark «{second.name}»"),
        (unknown, "changed meanwhile"),
    ):
        with pytest.raises(RuleBroken, match=sentence):
            score_review(session, people.eva, NOW, SETTINGS, review.id, Scorecard(marks))
    first.is_active = False
    session.flush()
    with pytest.raises(RuleBroken, match="changed meanwhile"):
        score_review(session, people.eva, NOW, SETTINGS, review.id, whole)


def test_without_criteria_nothing_is_scored(session, people, review):
    session.execute(sa.update(Criterion).values(is_active=False))
    with pytest.raises(RuleBroken, match="No criterion is in use"):
        score_review(session, people.eva, NOW, SETTINGS, review.id, Scorecard({}))


def test_nobody_scores_a_call_of_their_own(session, people, review, score):
    with pytest.raises(RuleBroken, match="This call is yours"):
        score(review, agent=people.ana)
    review.scored_by_id, review.scored_at, review.score = people.ana.user_id, NOW, Decimal(90)
    with pytest.raises(sa.exc.IntegrityError, match="scored_by_another"):
        session.flush()
    session.rollback()


def test_a_second_scoring_is_refused_and_says_by_whom(session, people, review, score):
    score(review)
    with pytest.raises(RuleBroken, match=r"Eva Loor scored this call on 24/11/2026 10:00"):
        score(review, "xmmmmmm", agent=people.adela, now=NOW + DAYS)
    assert review.score == Decimal("100.00")


def test_a_review_that_is_not_there_is_refused(session, people):
    with pytest.raises(RuleBroken, match="no such review"):
        score_review(session, people.eva, NOW, SETTINGS, 987654, card(session))


# --- what comes next


def test_the_next_one_is_of_the_same_sample_and_never_ones_own(session, people, called, draw):
    called(people.eva)
    called(people.ana)
    first, _drawn, _calls = draw(operators=(people.eva.user_id,))
    second, _drawn, _calls = draw()
    [anas] = session.scalars(
        sa.select(QualityReview.id).where(QualityReview.sample_id == second.id)
    ).all()
    [evas] = session.scalars(
        sa.select(QualityReview.id).where(QualityReview.sample_id == first.id)
    ).all()
    assert next_to_score(session, people.eva.user_id, first.id) == anas
    assert next_to_score(session, people.adela.user_id, second.id) == anas
    assert next_to_score(session, people.adela.user_id) == evas, "the oldest sample first"
    assert session.scalar(count_to_score(people.eva.user_id)) == 1
    assert session.scalar(count_to_score(people.adela.user_id)) == 2


# --- acknowledging


def test_the_operator_acknowledges_once_with_a_reply(session, people, review, score):
    score(review)
    assert session.scalar(count_to_acknowledge(people.ana.user_id)) == 1
    acknowledge_review(session, people.ana, NOW + DAYS, review.id, "  de acuerdo ")
    assert (review.acknowledged_at, review.reply) == (NOW + DAYS, "de acuerdo")
    assert session.scalar(count_to_acknowledge(people.ana.user_id)) == 0
    with pytest.raises(RuleBroken, match="already"):
        acknowledge_review(session, people.ana, NOW + 2 * DAYS, review.id, "otra cosa")
    assert review.reply == "de acuerdo"


def test_only_a_scored_review_of_ones_own_is_acknowledged(session, people, review, score):
    with pytest.raises(RuleBroken, match="no such review"):
        acknowledge_review(session, people.ana, NOW, review.id, "")
    score(review)
    for other in (people.luis, people.eva):
        with pytest.raises(RuleBroken, match="no such review"):
            acknowledge_review(session, other, NOW, review.id, "")
    with pytest.raises(RuleBroken, match="too long"):
        acknowledge_review(session, people.ana, NOW, review.id, "x" * 1001)
    assert review.acknowledged_at is None
