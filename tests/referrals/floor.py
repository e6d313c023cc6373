"""The person whom nobody reaches, and the steps of their case by the people who take them."""

from __future__ import annotations

from datetime import date

import pytest

from app.core.settings import Settings
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.enforcement import add_paper, documents_to_add
from app.referrals.models import Referral
from app.referrals.service import NewReferral, propose_referral
from app.worklist.service import build_worklist
from tests.conftest import NOW
from tests.factories import make_account, make_debtor

SETTINGS = Settings({})
DAY = NOW.date()
#: Wednesday and Saturday of the same week.
TOMORROW, SATURDAY = date(2026, 11, 25), date(2026, 11, 28)


@pytest.fixture
def neighbour(session, portfolio):
    """``neighbour("MERO", sector="Norte")``: somebody who owes 80 on one account, who has an address."""

    def make(name="MERO PIN LUIS", *, balance="80.00", sector="Norte", **columns):
        person = make_debtor(session, name, **columns)
        make_account(session, person, portfolio, balance, sector=sector, address="Calle 1 y Sucre")
        build_worklist(session, SETTINGS, NOW)
        return person

    return make


@pytest.fixture
def propose(session, people):
    """``propose(person, "hard")``: Eva proposes."""

    def make(person, kind="not_located", *, account_id=None, agent=people.eva, now=NOW):
        wanted = NewReferral(kind, account_id, "no vive donde dice la base")
        return propose_referral(session, agent, now, SETTINGS, person.id, wanted)

    return make


@pytest.fixture
def approve(session, people):
    """``approve(referral, …)``: Eva approves them; what came of it."""

    def make(*referrals: Referral, approve=True, reason="procede", now=NOW):
        ids = [referral.id for referral in referrals]
        return decide_referrals(session, people.eva, now, SETTINGS, ids, approve, reason)

    return make


@pytest.fixture
def assign(session, people):
    """``assign(referral, …)``: Eva gives them to Fredy for tomorrow; what came of it."""

    def make(*referrals: Referral, worker=people.fredy, planned_on=TOMORROW, now=NOW):
        ids = [referral.id for referral in referrals]
        return assign_referrals(session, people.eva, now, SETTINGS, ids, worker.user_id, planned_on)

    return make


@pytest.fixture
def file_all(session, people):
    """``file_all(referral)``: Eva puts every paper of the catalogue into the case's file."""

    def make(referral: Referral):
        for document in documents_to_add(session, referral.id):
            add_paper(session, people.eva, NOW, referral.id, document.id, "2026-001")

    return make
