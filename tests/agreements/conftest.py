"""The fixtures of these tests; each module says what its ``account`` owes."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from app.agreements.service import approve_agreement, request_agreement
from app.models import Account, Agreement
from tests.agreements.floor import DUES, GRACE, LATER, SETTINGS, wanted
from tests.conftest import NOW
from tests.factories import make_agreement


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def agreed(session, people, account):
    """``agreed()``: Ana asked for it, Eva gave it."""

    def make(account: Account = account, **columns) -> Agreement:
        return make_agreement(
            session,
            people.ana,
            people.eva,
            account,
            columns.pop("dues", DUES),
            **({"requested_at": NOW, "grace_days": GRACE} | columns),
        )

    return make


@pytest.fixture
def ask(session, people, account):
    """``ask()``: Ana asks for an agreement over all bills."""

    def make(*which: int, agent=people.ana, account=account, now=NOW, **changed) -> Agreement:
        return request_agreement(session, agent, now, SETTINGS, wanted(account, *which, **changed))

    return make


@pytest.fixture
def given(session, people, ask):
    """``given()``: asked for by Ana, given by Eva."""

    def make(*which: int, **changed) -> Agreement:
        asked = ask(*which, **changed)
        return approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)

    return make
