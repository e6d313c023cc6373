"""Two people at one agreement, each on a connection of their own."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.agreements.judging import judge_agreements
from app.agreements.service import (
    Wanted,
    approve_agreement,
    cancel_agreement,
    refuse_agreement,
    request_agreement,
)
from app.calls.corrections import correct_call
from app.core.agent import SYSTEM, Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.transaction import deed
from app.extensions import db
from app.models import (
    Account,
    Agreement,
    AgreementBill,
    Bill,
    Call,
    ContactPoint,
    Debtor,
    Instalment,
    Load,
    Outcome,
    Portfolio,
    TimelineEvent,
    User,
    WorklistItem,
)
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio

SETTINGS = Settings({})
DAY = NOW.date()
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def written(app):
    """An account with two bills, written for real, and the keys of everybody; taken away at the end."""
    with app.app_context(), deed() as session:
        ids = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        portfolio = make_portfolio(session, DAY - timedelta(days=1))
        account = make_account(
            session, make_debtor(session), portfolio, "200.00", bills=("100", "100")
        )
        made = portfolio.id, account.debtor_id, account.id, tuple(b.id for b in account.bills)
    yield made[2], made[3], ids
    portfolio_id, debtor_id, account_id, _ = made
    with app.app_context(), deed() as session:
        of_account = sa.select(Agreement.id).where(Agreement.account_id == account_id)
        for statement in (
            sa.delete(TimelineEvent).where(TimelineEvent.debtor_id == debtor_id),
            sa.delete(AgreementBill).where(AgreementBill.agreement_id.in_(of_account)),
            sa.delete(Instalment).where(Instalment.agreement_id.in_(of_account)),
            sa.delete(Agreement).where(Agreement.account_id == account_id),
            sa.delete(Call).where(Call.debtor_id == debtor_id),
            sa.delete(WorklistItem).where(WorklistItem.debtor_id == debtor_id),
            sa.delete(Bill).where(Bill.account_id == account_id),
            sa.delete(Account).where(Account.id == account_id),
            sa.delete(ContactPoint).where(ContactPoint.debtor_id == debtor_id),
            sa.delete(Debtor).where(Debtor.id == debtor_id),
            sa.delete(Load).where(Load.portfolio_id == portfolio_id),
            sa.delete(Portfolio).where(Portfolio.id == portfolio_id),
        ):
            session.execute(statement)


def at_once(app, *deeds) -> list[str]:
    """Each of ``deeds`` on a connection of its own, begun together: done or told."""
    answers: list[str] = []
    gate = threading.Barrier(len(deeds))

    def run(do) -> None:
        with app.app_context(), force_locale("en"):
            try:
                with deed() as session:
                    session.execute(sa.text("SELECT 1"))
                    gate.wait(10)
                    do(session)
                answers.append("done")
            except RuleBroken:
                answers.append("told")

    threads = [threading.Thread(target=run, args=(do,)) for do in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(answers)


@pytest.mark.committed
def test_of_two_requests_at_once_one_is_made_and_the_other_is_told(app, written):
    account_id, bills, ids = written

    def asks(who: str, *which: int):
        asked = Wanted(account_id, which, 6)
        return lambda session: request_agreement(
            session, Agent(ids[who], who), NOW, SETTINGS, asked
        )

    assert at_once(app, asks("ana", *bills), asks("luis", bills[0])) == ["done", "told"]
    with app.app_context(), deed() as session:
        agreement = session.scalars(
            sa.select(Agreement).where(Agreement.account_id == account_id)
        ).one()
        asked_for = agreement.id

    def gives(who: str):
        return lambda session: approve_agreement(
            session, Agent(ids[who], who), LATER, SETTINGS, asked_for
        )

    def refuses(session):
        refuse_agreement(
            session, Agent(ids["adela"], "adela"), LATER, asked_for, "the person asked for it"
        )

    assert at_once(app, gives("eva"), refuses) == ["done", "told"]


@pytest.mark.committed
def test_who_cancels_while_the_run_judges_has_the_last_word(app, written):
    account_id, bills, ids = written
    eva = Agent(ids["eva"], "eva")
    with app.app_context(), deed() as session:
        asked = Wanted(account_id, bills, 6)
        agreement = request_agreement(session, Agent(ids["ana"], "ana"), NOW, SETTINGS, asked)
        approve_agreement(session, eva, LATER, SETTINGS, agreement.id)
        agreement_id = agreement.id

    def judges() -> None:
        with app.app_context(), deed() as session:
            judge_agreements(session, SYSTEM, LATER, DAY + timedelta(days=60))

    run = threading.Thread(target=judges)
    with app.app_context():
        with deed() as session:
            cancel_agreement(session, eva, LATER, SETTINGS, agreement_id, "the person asked for it")
            run.start()
            _wait_until_one_waits(app)
        run.join(20)
        with deed() as session:
            assert session.get_one(Agreement, agreement_id).state == "cancelled"
            assert session.get_one(Account, account_id).covered == 0


@pytest.mark.committed
def test_a_correction_does_not_take_back_what_a_specialist_is_giving(app, written):
    account_id, bills, ids = written
    ana, eva = Agent(ids["ana"], "ana"), Agent(ids["eva"], "eva")
    with app.app_context(), deed() as session:
        call = _call(session, account_id, ana)
        asked = Wanted(account_id, bills, 6)
        agreement = request_agreement(session, ana, NOW, SETTINGS, asked, call_id=call.id)
        agreement_id, call_id = agreement.id, call.id
    answers: list[str] = []

    def corrects() -> None:
        with app.app_context(), force_locale("en"):
            try:
                with deed() as session:
                    key = uuid.uuid4()
                    correct_call(session, ana, SETTINGS, LATER, call_id, "NC_NA", "", key=key)
                answers.append("corrected")
            except RuleBroken as refused:
                answers.append(str(refused))

    correction = threading.Thread(target=corrects)
    with app.app_context():
        with deed() as session:
            approve_agreement(session, eva, LATER, SETTINGS, agreement_id)
            correction.start()
            _wait_until_one_waits(app)
        correction.join(20)
        assert len(answers) == 1 and "was approved" in answers[0]
        with deed() as session:
            assert session.get_one(Agreement, agreement_id).state == "awaiting"


def _call(session, account_id: int, agent: Agent) -> Call:
    """The call of ``agent`` in which the holder asks for an agreement."""
    outcome = session.scalar(sa.select(Outcome.id).where(Outcome.code == "RPC_PLAN_REQ"))
    call = Call(
        submit_key=uuid.uuid4(),
        debtor_id=session.get_one(Account, account_id).debtor_id,
        account_id=account_id,
        operator_id=agent.user_id,
        outcome_id=outcome,
        direction="incoming",
        started_at=NOW,
        ended_at=NOW,
        verified=True,
    )
    session.add(call)
    session.flush()
    return call


def _wait_until_one_waits(app) -> None:
    """For a row that another transaction has written."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
        " AND datname = current_database()"
    )
    with app.app_context(), db.engine.connect() as connection:
        for _ in range(200):
            if connection.scalar(waiting):
                return
            connection.rollback()
            time.sleep(0.05)
    raise AssertionError("nobody waited")
