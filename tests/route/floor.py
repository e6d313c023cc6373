"""Fredy's morning: a case of his, and visits as his phone sends them."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.core.settings import Settings
from app.models import Referral
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.service import NewReferral, propose_referral
from app.referrals.visits import TypedVisit, record_visit
from app.worklist.service import build_worklist
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio

SETTINGS = Settings({})
DAY = NOW.date()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: When the case was given to Fredy; he goes two hours later, at `NOW`.
EARLY = NOW - 2 * HOUR


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, date(2026, 11, 23))


@pytest.fixture
def given(session, people, portfolio):
    """``given("MERO PIN LUIS")``: somebody who owes 80.50, approved and given to Fredy for today."""

    def make(name="MERO PIN LUIS", *, worker=None, planned_on=DAY, balance="80.50", **account):
        person = make_debtor(session, name, phones=())
        place = {"sector": "Norte", "address": "Calle 1 y Sucre"} | account
        make_account(session, person, portfolio, balance, **place)
        build_worklist(session, SETTINGS, EARLY)
        wanted = NewReferral("not_located", None, "debe 80.50 y no contesta")
        case = propose_referral(session, people.eva, EARLY, SETTINGS, person.id, wanted)
        decide_referrals(session, people.eva, EARLY, SETTINGS, [case.id], True, "")
        assign(session, people, case, worker or people.fredy, planned_on=planned_on)
        return case

    return make


def assign(session, people, case: Referral, worker, *, now=EARLY, planned_on=DAY) -> None:
    """Eva gives the case to ``worker``."""
    done = assign_referrals(
        session, people.eva, now, SETTINGS, [case.id], worker.user_id, planned_on
    )
    assert not done.skipped, done.skipped


@pytest.fixture
def visit(session, people):
    """``visit(case, "holder", phones=("0991112223",))``: what Fredy typed, received as he saved it."""

    def make(case, result="nobody", *, by=people.fredy, key=None, at=NOW, now=None, **typed):
        sent = TypedVisit(key or uuid.uuid4(), case.id, at, result, **typed)
        return record_visit(session, by, now or max(at, NOW), SETTINGS, sent)

    return make


#: A position in Portoviejo.
HERE = {"latitude": Decimal("-1.054500"), "longitude": Decimal("-80.454500"), "accuracy": 12}
