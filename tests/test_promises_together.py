"""Two at one promise, each on a connection of their own."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.calls.withdrawing import withdraw_by_hand
from app.core.agent import SYSTEM, Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.transaction import deed
from app.models import (
    Account,
    Bill,
    ContactPoint,
    Debtor,
    Load,
    Portfolio,
    Promise,
    TimelineEvent,
    User,
    WorklistItem,
)
from app.promises.service import judge_promises, withdraw_promise
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio, make_promise

SETTINGS = Settings({})
DUE = date(2026, 11, 27)
LATER = NOW + timedelta(minutes=5)
WHY = "no le pagan hasta el martes"


@pytest.fixture
def written(app):
    """A pending promise written for real, and the keys of everybody; taken away at the end."""
    with app.app_context(), deed() as session:
        ids = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        portfolio = make_portfolio(session, NOW.date())
        account = make_account(session, make_debtor(session), portfolio)
        promise = make_promise(session, Agent(ids["ana"], "Ana"), account, DUE)
        made = (portfolio.id, account.id, promise.debtor_id, promise.id)
    yield made[3], ids
    with app.app_context(), deed() as session:
        for table, column, key in (
            (TimelineEvent, TimelineEvent.debtor_id, made[2]),
            (Promise, Promise.id, made[3]),
            (WorklistItem, WorklistItem.debtor_id, made[2]),
            (Bill, Bill.account_id, made[1]),
            (Account, Account.id, made[1]),
            (Load, Load.portfolio_id, made[0]),
            (Portfolio, Portfolio.id, made[0]),
            (ContactPoint, ContactPoint.debtor_id, made[2]),
            (Debtor, Debtor.id, made[2]),
        ):
            session.execute(sa.delete(table).where(column == key))


@pytest.mark.committed
def test_of_two_at_once_one_withdraws_and_the_other_is_told(app, written):
    promise_id, ids = written
    answers: list[str] = []
    gate = threading.Barrier(2)

    def withdraw(who: str) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    agent = Agent(ids[who], who)
                    withdraw_by_hand(session, agent, SETTINGS, LATER, promise_id, WHY)
                answers.append("withdrawn")
            except RuleBroken:
                answers.append("told")

    _at_once(*(threading.Thread(target=withdraw, args=(who,)) for who in ("eva", "ana")))
    assert sorted(answers) == ["told", "withdrawn"]


@pytest.mark.committed
def test_who_withdraws_while_it_is_judged_is_right(app, written):
    promise_id, ids = written
    withdrawn, judging = threading.Event(), threading.Event()

    def judge() -> None:
        with app.app_context(), deed() as session:
            withdrawn.wait(10)
            judging.set()
            judge_promises(session, SYSTEM, LATER, DUE + timedelta(days=9))

    thread = threading.Thread(target=judge)
    thread.start()
    with app.app_context():
        with deed() as session:
            withdraw_promise(session, Agent(ids["eva"], "Eva"), LATER, promise_id, WHY)
            withdrawn.set()
            judging.wait(10)
            # Until the judge waits for this very row.
            waiting = sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
            while not session.scalar(waiting):
                session.execute(sa.text("SELECT pg_sleep(0.02)"))
        thread.join(20)
        with deed() as session:
            assert session.get_one(Promise, promise_id).state == "withdrawn"


def _at_once(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
