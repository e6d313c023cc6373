"""Two people at one referral, each on a connection of their own: one of them does it, the other is told."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from app.core.agent import SYSTEM, Agent
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.extensions import db
from app.models import (
    Account,
    BalanceHistory,
    Bill,
    ContactPoint,
    ContactRefusal,
    Debtor,
    Hold,
    Load,
    Portfolio,
    Referral,
    TimelineEvent,
    User,
    WorklistItem,
)
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.rules import propose_by_rule
from app.referrals.service import NewReferral, propose_referral
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.referrals.floor import DAY, SETTINGS, TOMORROW

pytestmark = pytest.mark.committed


@pytest.fixture
def floor(app):
    """A person who owes and has no telephone, written for real; taken away at the end."""
    with app.app_context(), deed() as session:
        users = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        portfolio = make_portfolio(session, DAY, "cartera de dos a la vez")
        person = make_debtor(session, "MERO PIN LUIS", phones=())
        make_account(session, person, portfolio, "80.00", sector="Norte", address="Calle 1")
        made = person.id, portfolio.id
    yield made[0], users
    with app.app_context(), deed() as session:
        mine = sa.select(Account.id).where(Account.debtor_id == made[0])
        for model in (TimelineEvent, ContactRefusal, WorklistItem, Referral, Hold, ContactPoint):
            session.execute(sa.delete(model).where(model.debtor_id == made[0]))
        for model in (Bill, BalanceHistory):
            session.execute(sa.delete(model).where(model.account_id.in_(mine)))
        session.execute(sa.delete(Account).where(Account.debtor_id == made[0]))
        session.execute(sa.delete(Debtor).where(Debtor.id == made[0]))
        session.execute(sa.delete(Load).where(Load.portfolio_id == made[1]))
        session.execute(sa.delete(Portfolio).where(Portfolio.id == made[1]))


def both(app, act) -> list:
    """``act(session)`` by two at once, each in a deed of its own; what came of each."""
    start, found = threading.Barrier(2), []

    def run() -> None:
        with app.app_context():
            try:
                with deed() as session:
                    session.execute(sa.text("SELECT 1"))
                    start.wait(10)
                    found.append(act(session))
            except RuleBroken as refused:
                found.append(refused)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def propose(app, floor) -> int:
    person_id, users = floor
    agent = Agent(users["eva"], "Eva Loor")
    with app.app_context(), deed() as session:
        wanted = NewReferral("not_located", None, "no contesta")
        return propose_referral(session, agent, NOW, SETTINGS, person_id, wanted).id


def test_two_who_propose_make_one_and_the_other_reads_its_number(app, floor):
    person_id, users = floor
    agent = Agent(users["eva"], "Eva Loor")
    wanted = NewReferral("not_located", None, "no contesta")
    found = both(app, lambda s: propose_referral(s, agent, NOW, SETTINGS, person_id, wanted).number)
    numbers = [each for each in found if isinstance(each, str)]
    [refused] = [each for each in found if isinstance(each, RuleBroken)]
    assert len(numbers) == 1
    with app.test_request_context():
        assert numbers[0] in str(refused)


def test_two_runs_propose_a_person_once(app, floor):
    found = both(app, lambda s: propose_by_rule(s, SYSTEM, NOW, SETTINGS, DAY))
    assert sorted(found) == [0, 1]


def test_two_who_approve_place_one_hold(app, floor):
    referral_id, agent = propose(app, floor), Agent(floor[1]["eva"], "Eva Loor")

    def approve(session):
        result = decide_referrals(session, agent, NOW, SETTINGS, [referral_id], True, "")
        return len(result.done), len(result.skipped)

    assert sorted(both(app, approve)) == [(0, 1), (1, 0)]
    with app.app_context(), deed() as session:
        holds = sa.select(sa.func.count()).select_from(Hold).where(Hold.debtor_id == floor[0])
        assert session.scalar(holds) == 1


def test_one_approves_while_the_other_refuses(app, floor):
    referral_id, agent = propose(app, floor), Agent(floor[1]["eva"], "Eva Loor")
    choices = iter((True, False))

    def decide(session):
        approve = next(choices)
        result = decide_referrals(session, agent, NOW, SETTINGS, [referral_id], approve, "así")
        return [r.state for r in result.done]

    found = both(app, decide)
    [state] = [each[0] for each in found if each]
    with app.app_context(), deed() as session:
        assert session.get_one(Referral, referral_id).state == state


def test_two_who_assign_wait_for_each_other_and_the_last_one_stands(app, floor):
    person_id, users = floor
    referral_id, agent = propose(app, floor), Agent(users["eva"], "Eva Loor")
    with app.app_context(), deed() as session:
        decide_referrals(session, agent, NOW, SETTINGS, [referral_id], True, "")

    def assign(session):
        result = assign_referrals(
            session, agent, NOW, SETTINGS, [referral_id], users["fredy"], TOMORROW
        )
        return len(result.done)

    assert both(app, assign) == [1, 1]
    with app.app_context(), deed() as session:
        given = sa.select(sa.func.count()).where(
            TimelineEvent.deed == "assign_referral", TimelineEvent.debtor_id == person_id
        )
        assert session.scalar(given) == 2
        assert session.get_one(Referral, referral_id).assigned_to_id == users["fredy"]
