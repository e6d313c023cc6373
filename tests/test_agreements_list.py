"""The list of agreements, the page of one, and two people at one of them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.agreements.judging import judge_agreements
from app.agreements.service import Wanted, approve_agreement, draft_agreement, request_agreement
from app.core import clock
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.transaction import deed
from app.models import (
    AccessLog,
    Account,
    Agreement,
    AgreementBill,
    Bill,
    ContactPoint,
    Debtor,
    Instalment,
    Load,
    Portfolio,
    TimelineEvent,
    User,
)
from app.worklist.models import WorklistItem
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio

SETTINGS = Settings({})
DAY = NOW.date()


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


@pytest.fixture
def sign_in(sign_in):
    """Everybody reads English here."""

    def make(username: str) -> FlaskClient:
        client = sign_in(username)
        client.get("/lang/en")
        return client

    return make


@pytest.fixture
def account(session) -> Account:
    """Two bills, of 150 and 50 dollars."""
    portfolio = make_portfolio(session, DAY - timedelta(days=2), "agua")
    debtor = make_debtor(session, "VERA PONCE ROSA ELENA")
    made = make_account(session, debtor, portfolio, "200.00", bills=("150.00", "50.00"))
    session.commit()
    return made


@pytest.fixture
def asked(session, people, account) -> Agreement:
    """What Ana asked for on a call: six months over both bills."""
    ids = tuple(bill.id for bill in account.bills)
    made = request_agreement(session, people.ana, NOW, SETTINGS, Wanted(account.id, ids, 6))
    session.commit()
    return made


def decide(client: FlaskClient, agreement: Agreement, what: str, reason: str = ""):
    where = f"/agreements/{agreement.id}/decide"
    return client.post(where, data={"deed": what, "reason": reason})


# --- the list and the page


def test_the_list_tells_how_each_stands_and_is_downloaded_as_filtered(
    session, people, sign_in, account, asked
):
    approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)
    make_payment(session, account, "40.00", DAY, recorded_at=NOW + timedelta(hours=1))
    judge_agreements(session, people.eva, NOW + timedelta(days=33), DAY + timedelta(days=33))
    other = make_account(
        session, make_debtor(session), make_portfolio(session, DAY - timedelta(days=2), "mejoras")
    )
    ids = tuple(bill.id for bill in other.bills)
    draft_agreement(session, people.eva, NOW, SETTINGS, Wanted(other.id, ids, 3))
    session.commit()
    session.expire_all()
    alma = sign_in("alma")
    page = alma.get("/agreements/list/").text
    for words in (asked.number, "VERA PONCE", "40.00", "26.67", "24/12/2026", "Ana Cedeño"):
        assert words in page, words
    active = "_flt_0_state=active"
    only = alma.get(f"/agreements/list/?{active}&_flt_1_late=1").text
    assert asked.number in only and only.count("/agreements/show/") == 1
    portfolio = f"_flt_0_portfolio={other.portfolio_id}"
    assert asked.number not in alma.get(f"/agreements/list/?{portfolio}").text
    mine = alma.get(f"/agreements/list/?_flt_0_requested_by={people.ana.user_id}").text
    assert mine.count("/agreements/show/") == 1
    assert asked.number in alma.get("/agreements/list/?q=VERA+PONCE").text
    file = alma.post(f"/agreements/download?{active}", data={"form": "csv"}, buffered=True)
    rows = file.data.decode("utf-8-sig").splitlines()
    assert len(rows) == 2 and rows[1].startswith(asked.number)
    for order in ("number", "capital"):
        assert (
            alma.get(
                f"/agreements/list/?_oc_AgreementScreen={order}&_od_AgreementScreen=asc"
            ).status_code
            == 200
        )


def test_what_waits_is_one_press_away_and_counted_for_whoever_may_decide(
    session, sign_in, account, asked
):
    eva, alma = sign_in("eva"), sign_in("alma")
    page = eva.get("/agreements/list/").text
    assert "To be approved · 1" in page and "_flt_0_state=pending" in page
    assert "To be approved · 1" not in alma.get("/agreements/list/").text
    decide(eva, asked, "refuse", "Sin respaldo")
    assert "To be approved · 1" not in eva.get("/agreements/list/").text


def test_the_page_tells_what_was_paid_of_each_instalment(session, people, sign_in, account, asked):
    approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)
    recorded = NOW + timedelta(hours=1)
    make_payment(session, account, "50.00", DAY, recorded_at=recorded, reference="REC-77")
    make_payment(session, account, "-50.00", DAY, recorded_at=recorded, reference="REC-77")
    make_payment(session, account, "45.00", DAY, recorded_at=recorded, reference="REC-78")
    judge_agreements(session, people.eva, NOW + timedelta(hours=2), DAY)
    session.commit()
    session.expire_all()
    page = sign_in("alma").get(f"/agreements/show/{asked.id}").text
    assert "REC-77" in page and "REC-78" in page and "-50.00" in page
    table = page[
        page.index('aria-labelledby="schedule"') : page.index('aria-labelledby="payments"')
    ]
    assert table.count(">paid<") == 1 and "5.00" in table and "40.00" in table
    assert "/decide" not in page and "/cancel" not in page, "the auditor reads only"
    seen = sa.select(AccessLog.debtor_id).where(
        AccessLog.kind == "view", AccessLog.what == "agreements"
    )
    assert session.scalars(seen).all() == [account.debtor_id]


def test_the_person_s_page_leads_to_the_terms(sign_in, account):
    link = f"/agreements/account/{account.id}"
    assert link in sign_in("eva").get(f"/people/{account.debtor_id}").text
    assert link not in sign_in("alma").get(f"/people/{account.debtor_id}").text


# --- two at once


@pytest.fixture
def waiting(app):
    """A request of Ana's, written for real; taken away at the end."""
    with app.app_context(), deed() as session:
        ids = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        portfolio = make_portfolio(session, DAY - timedelta(days=2))
        account = make_account(session, make_debtor(session), portfolio, "200.00")
        bills = tuple(bill.id for bill in account.bills)
        wanted = Wanted(account.id, bills, 6)
        made = request_agreement(session, Agent(ids["ana"], "Ana"), NOW, SETTINGS, wanted)
        keys = made.id, account.id, account.debtor_id, portfolio.id
    yield keys[0], ids
    agreement_id, account_id, debtor_id, portfolio_id = keys
    with app.app_context(), deed() as session:
        for table, where in (
            (TimelineEvent, TimelineEvent.debtor_id == debtor_id),
            (WorklistItem, WorklistItem.debtor_id == debtor_id),
            (AgreementBill, AgreementBill.agreement_id == agreement_id),
            (Instalment, Instalment.agreement_id == agreement_id),
            (Agreement, Agreement.id == agreement_id),
            (Bill, Bill.account_id == account_id),
            (Account, Account.id == account_id),
            (Load, Load.portfolio_id == portfolio_id),
            (Portfolio, Portfolio.id == portfolio_id),
            (ContactPoint, ContactPoint.debtor_id == debtor_id),
            (Debtor, Debtor.id == debtor_id),
        ):
            session.execute(sa.delete(table).where(where))


@pytest.mark.committed
def test_of_two_who_approve_at_once_one_does_and_the_other_is_told(app, waiting):
    agreement_id, ids = waiting
    answers: list[str] = []
    gate = threading.Barrier(2)

    def approve(who: str) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    approve_agreement(session, Agent(ids[who], who), NOW, SETTINGS, agreement_id)
                answers.append("approved")
            except RuleBroken as refused:
                answers.append(str(refused.sentence))

    threads = [threading.Thread(target=approve, args=(who,)) for who in ("eva", "adela")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 2 and answers.count("approved") == 1
    with app.app_context(), deed() as session:
        deeds = session.scalar(
            sa.select(sa.func.count()).where(
                TimelineEvent.deed == "approve_agreement", TimelineEvent.subject_id == agreement_id
            )
        )
    assert deeds == 1
