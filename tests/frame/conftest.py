"""A row in every list, and somebody who reaches every screen."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.models import (
    Account,
    Agreement,
    Call,
    Complaint,
    ComplaintCategory,
    Holiday,
    Instalment,
    Outcome,
    QualityReview,
    QualitySample,
    Referral,
    VerificationCase,
)
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_hold, make_portfolio, make_promise
from tests.walking import FreshClient, fresh_client


@pytest.fixture
def rows(session: Session, people) -> SimpleNamespace:
    """A row in every list."""
    portfolio = make_portfolio(session, date(2026, 11, 23))
    debtor = make_debtor(session, "ÑAUPARI ÁVILA JOSÉ")
    account = make_account(session, debtor, portfolio, "120.50")
    promise = make_promise(session, people.ana, account, date(2026, 12, 1))
    make_hold(session, debtor, date(2026, 11, 24), date(2026, 12, 9), account=account)
    agreement = Agreement(
        debtor_id=debtor.id,
        account_id=account.id,
        state="pending",
        capital=account.balance,
        months=1,
        grace_days=8,
        total=account.balance,
        made_at=NOW,
        made_by_id=people.ana.user_id,
        counts_from=NOW.date(),
        requested_at=NOW,
        requested_by_id=people.ana.user_id,
        instalments=[
            Instalment(
                number=1,
                due_on=date(2026, 12, 24),
                amount=account.balance,
                cumulative=account.balance,
                lapses_on=date(2027, 1, 1),
            )
        ],
    )
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "NC_NA")).one()
    call = Call(
        submit_key="0a6d9f0e-6b2f-4a0e-9c43-0d6b6e1b9f12",
        debtor_id=debtor.id,
        account_id=account.id,
        operator_id=people.ana.user_id,
        outcome=outcome,
        direction="outgoing",
        started_at=NOW,
        ended_at=NOW,
    )
    case = VerificationCase(
        kind="hardship",
        debtor_id=debtor.id,
        call=call,
        opened_at=NOW,
        opened_by_id=people.ana.user_id,
        due_on=date(2026, 12, 9),
    )
    sample = QualitySample(
        first_day=date(2026, 11, 23),
        last_day=date(2026, 11, 23),
        per_operator=1,
        operator_ids=[people.ana.user_id],
        seed="s",
        drawn_at=NOW,
        drawn_by_id=people.eva.user_id,
        reviews=[QualityReview(call=call, operator_id=people.ana.user_id)],
    )
    session.add_all(
        [sample, agreement, call, case, Holiday(day=date(2031, 1, 1), name="Año nuevo")]
    )
    _leave(session, people, account)
    session.commit()
    return SimpleNamespace(debtor=debtor, account=account, promise=promise, call=call)


def _leave(session: Session, people: SimpleNamespace, account: Account) -> None:
    """What left the phone: a complaint that waits at the desk, a proposed visit."""
    of_account = {"debtor_id": account.debtor_id, "account_id": account.id}
    complaint = Complaint(
        **of_account,
        category=session.scalars(sa.select(ComplaintCategory).order_by("id").limit(1)).one(),
        state="received",
        origin="counter",
        text="El consumo es el doble de siempre",
        received_at=NOW,
        received_by_id=people.ana.user_id,
        due_on=date(2026, 12, 9),
        warn_on=date(2026, 12, 4),
    )
    referral = Referral(
        **of_account,
        kind="not_located",
        state="proposed",
        reason="no vive donde dice la base",
        proposed_at=NOW,
        proposed_by_id=people.eva.user_id,
    )
    session.add_all([complaint, referral])


@pytest.fixture
def everyone(app: Flask, session: Session, rows) -> FreshClient:
    """Adela with every role: she reaches every screen."""
    session.execute(
        sa.text(
            "INSERT INTO ab_user_role (user_id, role_id) SELECT u.id, r.id FROM ab_user u, ab_role r"
            " WHERE u.username = 'adela' AND NOT EXISTS"
            " (SELECT FROM ab_user_role x WHERE x.user_id = u.id AND x.role_id = r.id)"
        )
    )
    session.commit()
    return fresh_client(app, "adela")
