"""Ana's and Luis's calls, a sample of them that Eva drew, and a scorecard to fill in."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.core.settings import Settings
from app.models import Call, Criterion, Outcome, QualityReview
from app.quality.service import Marked, NewSample, Scorecard, draw_sample, score_review
from tests.conftest import NOW
from tests.factories import make_debtor

SETTINGS = Settings({})
#: The unit's day before `NOW`, a Monday.
MONDAY = date(2026, 11, 23)
MINUTE, DAYS = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def person(session):
    """Whom the calls are to."""
    return make_debtor(session, "LOOR VERA MARÍA", phones=("+593991234567",))


@pytest.fixture
def called(session, person):
    """``called(people.ana, "RPC_REFUSE", at=…)``: a call of Ana's, an answered one the day before."""
    made = iter(range(10_000))

    def make(agent, code="RPC_REFUSE", *, at=None, **columns):
        at = at or NOW - DAYS + next(made) * timedelta(seconds=20)
        defaults = {"direction": "outgoing", "verified": code.startswith("RPC")}
        call = Call(
            submit_key=uuid.uuid4(),
            debtor_id=person.id,
            operator_id=agent.user_id,
            outcome_id=outcome_id(session, code),
            started_at=at,
            ended_at=at + 3 * MINUTE,
            contact_point_id=person.contact_points[0].id,
            **(defaults | columns),
        )
        session.add(call)
        session.flush()
        return call

    return make


def outcome_id(session, code) -> int:
    """The key of the current outcome ``code``."""
    query = sa.select(Outcome.id).where(Outcome.code == code, Outcome.replaced_at.is_(None))
    return session.scalars(query).one()


@pytest.fixture
def draw(session, people):
    """``draw(per_operator=3, operators=(…,), seed="s")``: Eva's sample of Monday; gives the sample, how
    many each got and the calls' keys."""

    def make(*, first=MONDAY, last=MONDAY, per_operator=3, operators=(), seed="semilla"):
        wanted = NewSample(first, last, per_operator, tuple(operators))
        sample, drawn = draw_sample(session, people.eva, NOW, SETTINGS, wanted, seed)
        session.commit()
        return sample, drawn, drawn_calls(session, sample)

    return make


def drawn_calls(session, sample) -> set[int]:
    """The keys of the calls of a sample."""
    query = sa.select(QualityReview.call_id).where(QualityReview.sample_id == sample.id)
    return set(session.scalars(query))


@pytest.fixture
def review(session, people, called, draw):
    """A drawn call of Ana's that nobody has scored."""
    called(people.ana)
    sample, _drawn, _calls = draw()
    return session.scalars(
        sa.select(QualityReview).where(QualityReview.sample_id == sample.id)
    ).one()


def criteria(session) -> list[Criterion]:
    """The scorecard in use, in its order."""
    query = sa.select(Criterion).where(Criterion.is_active).order_by(Criterion.position)
    return list(session.scalars(query))


def card(session, marks="", *, feedback="", notes=None) -> Scorecard:
    """``card(session, "mpx-")``: a letter a criterion (met, partly, x missed, - not applicable); whatever is
    not said is met."""
    words = {"m": "met", "p": "partly", "x": "missed", "-": "not_applicable"}
    found = {}
    for n, criterion in enumerate(criteria(session)):
        letter = marks[n] if n < len(marks) else "m"
        found[criterion.id] = Marked(words[letter], (notes or {}).get(n, ""))
    return Scorecard(found, feedback)


@pytest.fixture
def score(session, people):
    """``score(review, "mmx", feedback=…)``: Eva scores it."""

    def make(review, marks="", *, agent=people.eva, now=NOW, **said):
        feedback = said.pop("feedback", "la próxima vez, mejor")
        scorecard = card(session, marks, feedback=feedback, **said)
        done = score_review(session, agent, now, SETTINGS, review.id, scorecard)
        session.commit()
        return done

    return make


#: What somebody might type.
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def at_ten(monkeypatch):
    """The screens' clock."""
    monkeypatch.setattr("app.core.clock.utcnow", lambda: NOW)


@pytest.fixture
def client(sign_in, at_ten):
    """``client("eva")``: her session, in English."""

    def make(username):
        entered = sign_in(username)
        entered.get("/lang/en")
        return entered

    return make


@pytest.fixture
def eva(client):
    """Eva's session."""
    return client("eva")
