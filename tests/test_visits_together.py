"""The same visit over two connections at once, as a phone sends it that lost the first answer."""

from __future__ import annotations

import threading
import uuid
from datetime import date

import pytest
import sqlalchemy as sa

from app.core.agent import Agent
from app.core.transaction import deed
from app.models import (
    Account,
    Bill,
    ContactAttempt,
    ContactPoint,
    Debtor,
    Load,
    Portfolio,
    Referral,
    TimelineEvent,
    User,
    Visit,
    WorklistItem,
    WorklistPush,
)
from app.referrals.visits import TypedVisit, record_visit
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.route.floor import DAY, SETTINGS


@pytest.fixture
def case(app):
    """Fredy's case, written for real, and his key; taken away at the end."""
    with app.app_context(), deed() as session:
        fredy = session.scalars(sa.select(User.id).where(User.username == "fredy")).one()
        portfolio = make_portfolio(session, date(2026, 11, 23))
        debtor = make_debtor(session, phones=())
        account = make_account(session, debtor, portfolio, address="Calle 1")
        case = Referral(
            kind="hard",
            state="assigned",
            debtor_id=debtor.id,
            account_id=account.id,
            proposed_at=NOW,
            proposed_by_id=fredy,
            decided_at=NOW,
            decided_by_id=fredy,
            assigned_to_id=fredy,
            assigned_at=NOW,
            planned_on=DAY,
        )
        session.add(case)
        session.flush()
        made = case.id, debtor.id, portfolio.id, fredy
    yield made
    with app.app_context(), deed() as session:
        _case_id, debtor_id, portfolio_id, _fredy = made
        for table in (
            TimelineEvent,
            ContactAttempt,
            ContactPoint,
            Visit,
            Referral,
            WorklistPush,
            WorklistItem,
        ):
            session.execute(sa.delete(table).where(table.debtor_id == debtor_id))
        of_debtor = sa.select(Account.id).where(Account.debtor_id == debtor_id)
        session.execute(sa.delete(Bill).where(Bill.account_id.in_(of_debtor)))
        session.execute(sa.delete(Account).where(Account.debtor_id == debtor_id))
        session.execute(sa.delete(Debtor).where(Debtor.id == debtor_id))
        session.execute(sa.delete(Load).where(Load.portfolio_id == portfolio_id))
        session.execute(sa.delete(Portfolio).where(Portfolio.id == portfolio_id))


@pytest.mark.committed
def test_six_at_once_are_one_visit_one_attempt_and_one_number(app, case):
    case_id, debtor_id, _portfolio_id, fredy = case
    typed = TypedVisit(uuid.uuid4(), case_id, NOW, "nobody", phones=("0991112223",))
    start, came = threading.Barrier(6, timeout=20), []

    def send() -> None:
        with app.app_context():
            start.wait()
            with deed() as session:
                visit, is_new = record_visit(
                    session, Agent(fredy, "Fredy Zambrano"), NOW, SETTINGS, typed
                )
                came.append((visit.id, is_new))

    threads = [threading.Thread(target=send) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(came) == 6
    assert len({key for key, _new in came}) == 1
    assert sorted(new for _key, new in came) == [False] * 5 + [True]
    with app.app_context(), deed() as session:
        for table in (Visit, ContactAttempt, ContactPoint):
            count = sa.select(sa.func.count()).where(table.debtor_id == debtor_id)
            assert session.scalar(count) == 1, table
