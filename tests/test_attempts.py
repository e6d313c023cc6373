"""One in a hundred of `python -m tests.attempts`, so that every change meets it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.contact_rules.models import CHANNELS
from app.contact_rules.queries import RULES
from tests.attempts.compare import compare


def test_the_gate_and_an_independent_reference_agree_about_a_thousand_attempts(session: Session):
    tally = compare(session, seed=5, attempts=1000)
    assert not tally.told, tally.told[0]
    assert tally.asked >= 900
    assert set(tally.rules) == set(RULES)
    assert set(tally.channels) == set(CHANNELS)
    assert min(tally.allowed, tally.accounts, tally.later) >= 100
