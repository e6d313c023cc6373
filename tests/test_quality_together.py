"""Two specialists at one call, and two draws at once, each on a connection of their own."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.models import (
    Call,
    ContactPoint,
    Debtor,
    QualityMark,
    QualityReview,
    QualitySample,
    TimelineEvent,
    User,
)
from app.quality.service import NewSample, draw_sample, score_review
from tests.conftest import NOW
from tests.factories import make_debtor
from tests.quality.floor import DAYS, MONDAY, SETTINGS, card, outcome_id

pytestmark = pytest.mark.committed
WANTED = NewSample(MONDAY, MONDAY, 2)


@pytest.fixture
def ids(app):
    """Four answered calls of Ana's, written for real, and everybody's keys; taken away at the end."""
    with app.app_context(), deed() as session:
        found = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        debtor = make_debtor(session)
        key, outcome = debtor.id, outcome_id(session, "RPC_REFUSE")
        for n in range(4):
            at = NOW - DAYS + n * timedelta(minutes=5)
            call = Call(
                submit_key=uuid.uuid4(),
                debtor_id=key,
                operator_id=found["ana"],
                outcome_id=outcome,
                direction="outgoing",
                started_at=at,
                ended_at=at,
            )
            session.add(call)
    yield found
    with app.app_context(), deed() as session:
        for model in (QualityMark, QualityReview, QualitySample):
            session.execute(sa.delete(model))
        subjects = TimelineEvent.subject.in_(("quality_sample", "quality_review"))
        session.execute(sa.delete(TimelineEvent).where(subjects))
        for model in (Call, ContactPoint):
            session.execute(sa.delete(model).where(model.debtor_id == key))
        session.execute(sa.delete(Debtor).where(Debtor.id == key))


def together(app, *works) -> list[str]:
    """What each of ``works(session)`` said, all begun at one moment."""
    answers: list[str] = []
    gate = threading.Barrier(len(works))

    def run(work) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    said = work(session)
                answers.append(said)
            except RuleBroken as refused:
                answers.append(str(refused))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == len(works)
    return answers


def test_of_two_who_score_at_once_one_does_and_the_other_is_told(app, ids):
    with app.app_context(), deed() as session:
        draw_sample(session, Agent(ids["eva"], "eva"), NOW, SETTINGS, WANTED, "s")
        review_id = session.scalars(sa.select(QualityReview.id).order_by("id").limit(1)).one()

    def scoring(who, marks):
        def work(session) -> str:
            scorecard = card(session, marks, feedback="así")
            score_review(session, Agent(ids[who], who), NOW, SETTINGS, review_id, scorecard)
            return who

        return work

    answers = together(app, scoring("eva", "mmmmmmm"), scoring("adela", "xmmmmmm"))
    [won] = [answer for answer in answers if answer in ("eva", "adela")]
    [told] = [answer for answer in answers if answer not in ("eva", "adela")]
    assert {"eva": "Eva Loor", "adela": "Adela Vera"}[won] in told
    with app.app_context(), deed() as session:
        review = session.get_one(QualityReview, review_id)
        assert (review.scored_by_id, review.score) == (ids[won], 100 if won == "eva" else 90)
        assert len(review.marks) == 7


def test_two_draws_at_once_take_no_call_twice_and_each_gets_its_share(app, ids):
    def drawing(who):
        def work(session) -> str:
            _s, drawn = draw_sample(session, Agent(ids[who], who), NOW, SETTINGS, WANTED, "same")
            return str(drawn[ids["ana"]])

        return work

    assert together(app, drawing("eva"), drawing("adela")) == ["2", "2"]
    with app.app_context(), deed() as session:
        calls = session.scalars(sa.select(QualityReview.call_id)).all()
        assert len(calls) == len(set(calls)) == 4
