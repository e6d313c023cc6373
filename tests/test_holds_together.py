"""Two people at the holds of one person, each on a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.transaction import deed
from app.holds.by_hand import HandHold, lift_by_hand, place_by_hand
from app.holds.contested import check_contested
from app.holds.service import hold_bills, lift_holds
from app.models import (
    Account,
    BalanceHistory,
    Bill,
    ContactPoint,
    Debtor,
    Hold,
    Load,
    Portfolio,
    TimelineEvent,
    User,
)
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio

SETTINGS = Settings({})
DAY = NOW.date()


@pytest.fixture
def owing(app):
    """A person with an account of two bills, written for real; the keys of all, and of Eva and Alma. Taken
    away at the end."""
    with app.app_context(), deed() as session:
        ids = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        debtor = make_debtor(session)
        portfolio = make_portfolio(session, DAY)
        account = make_account(session, debtor, portfolio, "80.00", bills=("30.00", "50.00"))
        made = debtor.id, account.id, portfolio.id
    yield made[0], made[1], [Agent(ids["eva"], "Eva Loor"), Agent(ids["alma"], "Alma Quishpe")]
    with app.app_context(), deed() as session:
        for model in (TimelineEvent, Hold, ContactPoint):
            session.execute(sa.delete(model).where(model.debtor_id == made[0]))
        for model in (Bill, BalanceHistory):
            session.execute(sa.delete(model).where(model.account_id == made[1]))
        session.execute(sa.delete(Account).where(Account.id == made[1]))
        session.execute(sa.delete(Debtor).where(Debtor.id == made[0]))
        session.execute(sa.delete(Load).where(Load.portfolio_id == made[2]))
        session.execute(sa.delete(Portfolio).where(Portfolio.id == made[2]))


def at_once(app, act: Callable[[Session, int], Any]) -> list[str]:
    """``act(session, 0)`` and ``act(session, 1)`` at the same time; what each was told, sorted."""
    said: list[str] = []
    gate = threading.Barrier(2)

    def work(which: int) -> None:
        with app.app_context():
            gate.wait(10)
            try:
                with deed() as session:
                    act(session, which)
                said.append("done")
            except RuleBroken as refused:
                said.append(str(refused))

    threads = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(said)


@pytest.mark.committed
def test_two_bills_of_one_account_held_at_once_add_up(app, owing):
    debtor_id, account_id, agents = owing
    for _again in range(5):

        def hold(session: Session, which: int) -> None:
            bills = session.scalars(
                sa.select(Bill).where(Bill.account_id == account_id).order_by(Bill.id)
            ).all()
            hold_bills(
                session, agents[which], NOW, SETTINGS, debtor_id, [bills[which]], "complaint", 9
            )

        assert at_once(app, hold) == ["done", "done"]
        with app.app_context(), deed() as session:
            assert session.get_one(Account, account_id).contested == Decimal("80.00")
            holds = session.scalars(
                sa.select(Hold.id).where(Hold.debtor_id == debtor_id, Hold.lifted_at.is_(None))
            ).all()

        def lift(session: Session, which: int, holds=tuple(holds)) -> None:
            lift_holds(session, agents[which], NOW, [holds[which]], "complaint_answered")

        assert at_once(app, lift) == ["done", "done"]
        with app.app_context(), deed() as session:
            assert session.get_one(Account, account_id).contested == 0
            assert check_contested(session, DAY) == []


@pytest.mark.committed
def test_the_same_hold_by_two_is_placed_once_and_lifted_once(app, owing):
    debtor_id, _account_id, agents = owing
    wanted = HandHold("person", "", "Protegida", None, DAY)

    def place(session: Session, which: int) -> None:
        place_by_hand(session, agents[which], NOW, SETTINGS, debtor_id, wanted)

    told = at_once(app, place)
    assert told[1] == "done" and "24/11/2026" in told[0]
    with app.app_context(), deed() as session:
        [hold_id] = session.scalars(sa.select(Hold.id).where(Hold.debtor_id == debtor_id))

    def lift(session: Session, which: int) -> None:
        lift_by_hand(session, agents[which], NOW, SETTINGS, hold_id, "Ya no")

    told = at_once(app, lift)
    assert len(told) == 2 and "done" in told and len(set(told)) == 2
