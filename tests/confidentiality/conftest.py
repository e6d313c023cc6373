"""A person whose debt is all canaries, and the operators who may meet them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.settings import settings_on
from app.models import (
    Bill,
    Call,
    Callback,
    Outcome,
)
from app.worklist.service import build_worklist
from tests.confidentiality.canaries import DAYS, IDENTIFICATION, NUMBER, PHONE, Watcher
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_hold,
    make_payment,
    make_portfolio,
    make_promise,
)
from tests.walking import fresh_client


@pytest.fixture(autouse=True)
def lawful_moment(monkeypatch):
    """Tuesday at ten, whenever the test runs."""
    moment = SimpleNamespace(now=NOW)
    monkeypatch.setattr(clock, "utcnow", lambda: moment.now)
    return moment


@pytest.fixture
def case(session: Session, people) -> SimpleNamespace:
    """One person in the queue whose debt, past and papers are all canaries; another one of Ana's."""
    portfolio = make_portfolio(session, date(2026, 11, 23), "agua-canarios")
    debtor = make_debtor(
        session,
        "CANARIO TRUENO PEDRO",
        phones=[PHONE, "+593991234562"],
        identification=IDENTIFICATION,
    )
    account = make_account(
        session,
        debtor,
        portfolio,
        "77431.09",
        bills=[],
        number=NUMBER,
        number_key=NUMBER,
        bills_count=7654321,
        oldest_due_on=DAYS[0],
        address="CALLE-QX 1",
        sector="SECTOR-QX",
        agreed_balance=Decimal("6789.45"),
    )
    for n, (amount, due_on) in enumerate((("61234.57", DAYS[0]), ("16196.52", DAYS[1])), 1):
        session.add(
            Bill(
                account_id=account.id,
                number=f"PLANILLA-QX-{n}",
                due_on=due_on,
                amount=Decimal(amount),
                balance=Decimal(amount),
                bills_count=1,
            )
        )
    make_payment(session, account, "3333.21", DAYS[3], reference="REF-QX", channel="CANAL-QX")
    made = datetime(2026, 10, 1, 15, tzinfo=UTC)
    promise = make_promise(
        session,
        people.luis,
        account,
        DAYS[2],
        amount="4517.83",
        state="broken",
        made_at=made,
        made_on=made.date(),
    )
    make_hold(session, debtor, date(2026, 9, 1), date(2026, 9, 9), note="RETENCION-QX")
    case = SimpleNamespace(
        portfolio=portfolio,
        debtor=debtor,
        account=account,
        promise=promise,
        phones=[p.id for p in debtor.contact_points],
    )
    case.calls = [
        _past_call(session, case, agent, made + timedelta(days=n))
        for n, agent in enumerate((people.luis, people.ana))
    ]
    case.other = _anas_own(session, people, portfolio)
    settings = settings_on(session, date(2026, 11, 24))
    build_worklist(session, settings, NOW)
    session.commit()
    return case


def _past_call(session: Session, case, agent, at: datetime) -> Call:
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "RPC_REFUSE")).one()
    call = Call(
        submit_key=f"00000000-0000-4000-8000-{agent.user_id:012d}",
        debtor_id=case.debtor.id,
        account_id=case.account.id,
        operator_id=agent.user_id,
        outcome=outcome,
        direction="outgoing",
        started_at=at,
        ended_at=at,
        contact_point_id=case.phones[0],
        verified=True,
        note="NOTA-QX de 73914,26",
        receipt="RECIBO-QX",
        owed=Decimal("73914.26"),
        bills_count=7654321,
    )
    session.add(call)
    session.flush()
    return call


def _anas_own(session: Session, people, portfolio) -> SimpleNamespace:
    """Somebody who promised Ana to pay today and asked her to call back at eleven."""
    debtor = make_debtor(
        session, "RAYO MANSO LUCÍA", identification="0999999998QXWZ", phones=["+593991234563"]
    )
    account = make_account(
        session, debtor, portfolio, "74097.88", bills=["74097.88"], oldest_due_on=DAYS[0]
    )
    made = datetime(2026, 11, 18, 15, tzinfo=UTC)
    make_promise(
        session,
        people.ana,
        account,
        date(2026, 11, 24),
        amount="4517.83",
        check_on=DAYS[4],
        made_at=made,
        made_on=made.date(),
    )
    session.add(
        Callback(
            debtor_id=debtor.id,
            due_at=NOW + timedelta(hours=1),
            operator_id=people.ana.user_id,
            asked_at=made,
        )
    )
    session.flush()
    return SimpleNamespace(debtor=debtor, account=account)


@pytest.fixture
def ana(app: Flask, case) -> Watcher:
    return Watcher(app, fresh_client(app, "ana"))


@pytest.fixture
def luis(app: Flask, case) -> Watcher:
    return Watcher(app, fresh_client(app, "luis"))
