"""Mis seguimientos: the complaints that an operator took in and the referrals that they proposed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.complaints.service import Answer, NewComplaint, answer_complaint, open_complaint
from app.core import clock
from app.core.settings import Settings
from app.models import Bill, ComplaintCategory, Referral
from app.referrals.deciding import decide_referrals
from app.referrals.service import NewReferral, propose_referral
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.walking import fresh_client

SETTINGS = Settings({})


@pytest.fixture
def left(session, people, monkeypatch):
    """Of Ana: a complaint that waits, one that was answered, a referral; and the same of Luis."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    portfolio = make_portfolio(session, date(2026, 11, 23))
    category = session.scalars(sa.select(ComplaintCategory).order_by(ComplaintCategory.id)).first()

    def complain(name, agent):
        account = make_account(session, make_debtor(session, name), portfolio, "7654.32")
        bill = session.scalars(sa.select(Bill.id).where(Bill.account_id == account.id)).one()
        wanted = NewComplaint(category.id, account.id, (bill,), "SECRETO del usuario", "call")
        return open_complaint(session, agent, NOW, SETTINGS, account.debtor_id, wanted)

    def refer(name, agent):
        account = make_account(session, make_debtor(session, name), portfolio, "7654.32")
        wanted = NewReferral("hard", account.id, "SECRETO del operador")
        return propose_referral(session, agent, NOW, SETTINGS, account.debtor_id, wanted)

    waits = complain("ESPERA ANA", people.ana)
    answered = complain("RESPONDIDO ANA", people.ana)
    answer = Answer("founded", "SECRETO de la respuesta")
    answer_complaint(session, people.eva, NOW, SETTINGS, answered.id, answer)
    refer("DERIVADA ANA", people.ana)
    complain("AJENO LUIS", people.luis)
    refer("AJENA LUIS", people.luis)
    session.commit()
    return waits


@pytest.mark.parametrize(
    ("which", "names"),
    [
        ("all", {"ESPERA ANA", "RESPONDIDO ANA", "DERIVADA ANA"}),
        ("complaint", {"ESPERA ANA", "RESPONDIDO ANA"}),
        ("referral", {"DERIVADA ANA"}),
        ("pending", {"ESPERA ANA", "DERIVADA ANA"}),
        ("kept", set()),
    ],
)
def test_ones_own_are_listed_with_state_and_deadline_alone(app, left, which, names):
    page = fresh_client(app, "ana").get(f"/followups/?which={which}").text
    listed = {"ESPERA ANA", "RESPONDIDO ANA", "DERIVADA ANA"}
    assert {name for name in listed if name in page} == names
    assert (f"{left.due_on:%d/%m/%Y}" in page) is ("ESPERA ANA" in names)
    for secret in ("AJEN", "SECRETO", "7.654", "R-0", "D-0"):
        assert secret not in page


def test_a_deadline_that_passed_is_late_and_an_answer_is_to_be_told(
    app, session, left, monkeypatch
):
    later = NOW + timedelta(days=(left.due_on - NOW.date()).days + 1)
    monkeypatch.setattr(clock, "utcnow", lambda: later)
    ana = fresh_client(app, "ana")
    assert "ESPERA ANA" in ana.get("/followups/?which=late").text
    page = ana.get("/followups/?which=complaint").text
    assert page.count('name="direction"') == 1
    assert page.index("RESPONDIDO ANA") < page.index("ESPERA ANA")
    file = ana.post("/followups/download?which=complaint", data={"form": "csv"}, buffered=True)
    lines = file.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and "SECRETO" not in file.text


def test_what_ended_no_longer_comes_along(app, session, people, left):
    proposed = session.scalars(
        sa.select(Referral.id).where(Referral.proposed_by_id == people.ana.user_id)
    ).one()
    decide_referrals(session, people.eva, NOW, SETTINGS, [proposed], False, "ya paga")
    session.commit()
    assert "DERIVADA ANA" not in fresh_client(app, "ana").get("/followups/").text
