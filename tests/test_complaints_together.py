"""Two people at one complaint, each on a connection of their own."""

from __future__ import annotations

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from app.complaints.service import Answer, NewComplaint, answer_complaint, open_complaint
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.models import (
    Account,
    BalanceHistory,
    Bill,
    Complaint,
    ComplaintBill,
    ComplaintCategory,
    ComplaintEntry,
    ContactPoint,
    Debtor,
    Hold,
    Load,
    Portfolio,
    TimelineEvent,
    User,
    WorklistItem,
    WorklistPush,
)
from tests.complaints.floor import SETTINGS
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio


@pytest.fixture
def floor(app):
    """A person with one bill, written for real; taken away at the end."""
    with app.app_context(), deed() as session:
        users = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        portfolio = make_portfolio(session, date(2026, 11, 23))
        debtor = make_debtor(session)
        account = make_account(session, debtor, portfolio)
        bill = session.scalar(sa.select(Bill.id).where(Bill.account_id == account.id))
        category = session.scalar(
            sa.select(ComplaintCategory.id).where(ComplaintCategory.name == "Consumo elevado")
        )
        wanted = NewComplaint(category, account.id, (bill,), "Es el doble", "counter")
        made = debtor.id, account.id, portfolio.id
    yield made[0], wanted, users
    with app.app_context(), deed() as session:
        mine = sa.select(Complaint.id).where(Complaint.debtor_id == made[0])
        for model in (ComplaintEntry, ComplaintBill):
            session.execute(sa.delete(model).where(model.complaint_id.in_(mine)))
        for model in (TimelineEvent, Complaint, Hold, WorklistPush, WorklistItem, ContactPoint):
            session.execute(sa.delete(model).where(model.debtor_id == made[0]))
        for model in (Bill, BalanceHistory):
            session.execute(sa.delete(model).where(model.account_id == made[1]))
        session.execute(sa.delete(Account).where(Account.id == made[1]))
        session.execute(sa.delete(Debtor).where(Debtor.id == made[0]))
        session.execute(sa.delete(Load).where(Load.portfolio_id == made[2]))
        session.execute(sa.delete(Portfolio).where(Portfolio.id == made[2]))


def both(app, users, act) -> list[str]:
    """What came of ``act(session, agent)`` by Rosa and Eva at the same moment."""
    answers: list[str] = []
    gate = threading.Barrier(2)

    def one(who: str) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    act(session, Agent(users[who], who))
                answers.append("done")
            except RuleBroken as refused:
                answers.append(str(refused))

    threads = [threading.Thread(target=one, args=(who,)) for who in ("rosa", "eva")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(answers)


@pytest.mark.committed
def test_of_two_complaints_about_one_bill_at_once_one_is_opened(app, floor):
    debtor_id, wanted, users = floor
    told = both(app, users, lambda s, who: open_complaint(s, who, NOW, SETTINGS, debtor_id, wanted))
    assert len(told) == 2 and "done" in told
    assert any("under the complaint" in said or "reclamo" in said for said in told)
    with app.app_context(), deed() as session:
        held = sa.select(sa.func.count(Hold.id)).where(Hold.debtor_id == debtor_id)
        assert session.scalar(held) == 1


@pytest.mark.committed
def test_of_two_answers_at_once_one_counts_and_the_other_is_told_whose(app, floor):
    debtor_id, wanted, users = floor
    with app.app_context(), deed() as session:
        by = Agent(users["ana"], "ana")
        key = open_complaint(session, by, NOW, SETTINGS, debtor_id, wanted).id
    given = Answer("founded", "Era otra lectura")
    told = both(app, users, lambda s, who: answer_complaint(s, who, NOW, SETTINGS, key, given))
    assert "done" in told and any("24/11/2026 10:00" in said for said in told)
    with app.app_context(), deed() as session:
        entries = sa.select(sa.func.count(ComplaintEntry.id)).where(
            ComplaintEntry.complaint_id == key, ComplaintEntry.kind == "answer"
        )
        assert session.scalar(entries) == 1
