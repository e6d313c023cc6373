"""An agreement on paper and as a workbook, and the text of its legal basis."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask_babel import force_locale
from python_calamine import CalamineWorkbook

from app.agreements.documents import legal_basis, paper_of
from app.agreements.judging import judge_agreements
from app.agreements.reading import find_agreement
from app.agreements.service import Wanted, approve_agreement, refuse_agreement, request_agreement
from app.core import clock
from app.core.errors import RuleBroken
from app.core.pdf import render_pdf
from app.core.settings import Settings, change_setting, settings_on
from app.models import AccessLog, Account, Agreement
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio

SETTINGS = Settings({})
DAY = NOW.date()
LATER = NOW + timedelta(days=10)


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


@pytest.fixture
def account(session) -> Account:
    """Forty bills of five dollars, of somebody with a very long name."""
    debtor = make_debtor(session, "VERA " + "MARÍALUISA" * 9 + " =SUMA")
    portfolio = make_portfolio(session, DAY - timedelta(days=2), "agua")
    return make_account(session, debtor, portfolio, "200.00", bills=["5.00"] * 40)


@pytest.fixture
def asked(session, people, account) -> Agreement:
    """Two years over all of it, with a guarantor."""
    wanted = Wanted(
        account.id,
        tuple(bill.id for bill in account.bills),
        24,
        guarantor_name="LOOR ZAMBRANO ANA",
        guarantor_identification="1710034065",
    )
    made = request_agreement(session, people.ana, NOW, SETTINGS, wanted)
    session.commit()
    return made


def paper(session, people, agreement: Agreement) -> str:
    """Every word that is printed, in English."""
    session.expire_all()
    with force_locale("en"):
        found = find_agreement(session, agreement.id)
        data = paper_of(session, people.alma, NOW, SETTINGS, found)
        assert render_pdf("agreements/document.typ", data).startswith(b"%PDF")
    return json.dumps(data, ensure_ascii=False)


def test_the_paper_is_given_to_whoever_may_and_the_log_says_so(session, sign_in, account, asked):
    answer = sign_in("alma").get(f"/agreements/{asked.id}/document/pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert f"filename={asked.number}.pdf" in answer.headers["Content-Disposition"]
    seen = sa.select(AccessLog.debtor_id).where(
        AccessLog.kind == "download", AccessLog.what == "agreement pdf"
    )
    assert session.scalars(seen).all() == [account.debtor_id]


def test_the_paper_has_the_parties_the_schedule_and_who_signs(session, people, account, asked):
    told = paper(session, people, asked)
    for due in asked.instalments:
        assert f"{due.due_on:%d/%m/%Y}" in told
    for said in (
        asked.number,
        "MARÍALUISA" * 9,
        account.debtor.identification,
        account.number,
        "LOOR ZAMBRANO ANA",
        "1710034065",
        "200.00",
        "Código Orgánico Administrativo",
        SETTINGS["company"],
    ):
        assert said in told, said


def test_a_proposal_says_so_and_what_is_approved_does_not(session, people, asked):
    assert "PROPOSAL" in paper(session, people, asked)
    approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)
    told = paper(session, people, asked)
    assert "PROPOSAL" not in told and "Approved on 24/11/2026" in told
    assert "Approved by Eva Loor" in told


def test_nobody_signs_what_was_refused(session, people, asked):
    refuse_agreement(session, people.eva, NOW, asked.id, "Sin respaldo")
    told = paper(session, people, asked)
    assert "NOT GRANTED" in told and "Approved" not in told and '"signatures": []' in told


def test_the_workbook_has_what_was_paid_of_each_instalment(
    session, people, sign_in, account, asked
):
    approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)
    make_payment(session, account, "45.00", DAY, recorded_at=NOW + timedelta(hours=1))
    judge_agreements(session, people.eva, NOW + timedelta(hours=2), DAY)
    session.commit()
    session.expire_all()
    answer = sign_in("eva").get(f"/agreements/{asked.id}/document/xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    schedule = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
    rows = [row for row in schedule if isinstance(row[1], date)]
    assert [row[2:5] for row in rows[:3]] == [[40, 40, 0], [6.67, 5, 1.67], [6.67, 0, 6.67]]
    assert len(rows) == 25 and schedule[-1][2:5] == [200, 45, 155]
    assert len(book.get_sheet_by_index(1).to_python()) > 40
    assert book.get_sheet_by_index(2).to_python()[-1][1] == 45


def test_the_paper_keeps_the_legal_text_of_the_day_of_its_approval(session, people, asked):
    change_setting(
        session, people.adela, NOW, "agreement_legal_basis", "Antes: {name}, {months}.", DAY
    )
    approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)
    change_setting(
        session, people.adela, LATER, "agreement_legal_basis", "Después: {number}.", LATER.date()
    )
    agreement = find_agreement(session, asked.id)
    today = settings_on(session, LATER.date())
    assert legal_basis(session, today, agreement) == f"Antes: {agreement.debtor.name}, 24."
    agreement.decided_at = None
    assert legal_basis(session, today, agreement) == f"Después: {agreement.number}."
    session.rollback()


def test_every_placeholder_of_the_text_is_filled_in(session, asked):
    agreement = find_agreement(session, asked.id)
    told = legal_basis(session, SETTINGS, agreement)
    assert "{" not in told and "24 cuotas mensuales" in told and "200,00" in told


def test_a_name_that_looks_like_a_placeholder_is_only_a_name(session, account, asked):
    account.debtor.name = "LOOR {company} \\1"
    told = legal_basis(session, SETTINGS, find_agreement(session, asked.id))
    assert "LOOR {company} \\1" in told


def test_an_unknown_placeholder_is_refused_when_it_is_saved(session, people, sign_in):
    with pytest.raises(RuleBroken, match="{deudor}"):
        change_setting(session, people.adela, NOW, "agreement_legal_basis", "Paga {deudor}.", DAY)
    adela = sign_in("adela")
    adela.get("/lang/en")
    page = adela.get("/settings/agreement_legal_basis").text
    assert "<textarea" in page and "{first_due_on}" in page
    data = {"value": "Paga {deudor}\r\nhoy.", "holds_from": DAY.isoformat()}
    answer = adela.post("/settings/agreement_legal_basis", data=data)
    assert answer.status_code == 422
    assert "{deudor}" in answer.text and "which nothing fills in" in answer.text
    assert "Paga {deudor}\r\nhoy.</textarea>" in answer.text.replace("&#13;", "\r")
    good = {"value": "Paga {name}\r\nhoy.", "holds_from": DAY.isoformat()}
    assert adela.post("/settings/agreement_legal_basis", data=good).status_code == 302
    assert settings_on(session, DAY)["agreement_legal_basis"] == "Paga {name}\nhoy."
    assert "Paga {name}" in adela.get("/settings/").text
