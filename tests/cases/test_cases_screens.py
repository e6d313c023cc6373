"""The desk of cases to verify: who sees it, who closes, what it shows and what it logs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases.service import Found, close_case
from app.models import AccessLog, Agreement, Hold, VerificationCase
from tests.calls.floor import DAY, SETTINGS
from tests.cases.floor import LATER, TOMORROW
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_contact_point,
    make_debtor,
    make_payment,
    make_promise,
)


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    """The screens' clock: the day after the call."""
    monkeypatch.setattr("app.core.clock.utcnow", lambda: LATER)


@pytest.fixture
def eva(sign_in):
    client = sign_in("eva")
    client.get("/lang/en")
    return client


def page(client, case) -> str:
    answer = client.get(f"/cases/show/{case.id}")
    assert answer.status_code == 200
    return answer.text


def test_the_desk_lists_what_waits_by_its_day_and_counts_it_in_the_menu(
    session, debtor, opened, eva
):
    case = opened("RPC_HARDSHIP")
    answer = eva.get("/cases/", follow_redirects=True)
    assert debtor.name in answer.text and f"/cases/show/{case.id}" in answer.text
    assert "1 open, 0 overdue" in answer.text
    log = session.scalars(sa.select(AccessLog).where(AccessLog.what == "cases")).all()
    assert [(row.kind, row.rows) for row in log] == [("search", 1)]


def test_an_empty_desk_says_what_would_come_to_it(session, eva):
    answer = eva.get("/cases/", follow_redirects=True)
    assert "No case waits" in answer.text and "A case opens when" in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("_flt_0_state=open", True),
        ("_flt_0_state=overdue", False),
        ("_flt_0_state=closed", False),
        ("_flt_0_state=rubbish", True),
        ("_flt_0_kind=hardship", True),
        ("_flt_0_kind=deceased", False),
        ("_flt_0_sector=Tarqui", True),
        ("_flt_0_sector=Otro", False),
        ("_flt_0_portfolio={portfolio}", True),
        ("_flt_0_portfolio=999999", False),
        ("_flt_0_opened_by={ana}", True),
        ("_flt_0_opened_by={eva}", False),
        ("_flt_0_due_on=2026-12-09", True),
        ("_flt_0_due_on=2026-12-10", False),
        ("q=loor", True),
        ("q=nadie", False),
    ],
)
def test_the_list_is_narrowed(session, people, debtor, portfolio, opened, eva, query, found):
    debtor.accounts[0].sector = "TARQUI"
    opened("RPC_HARDSHIP")
    keys = {
        "portfolio": portfolio.id,
        "ana": people.ana.user_id,
        "eva": people.eva.user_id,
    }
    answer = eva.get(f"/cases/list/?{query.format(**keys)}")
    assert (debtor.name in answer.text) is found


def test_an_overdue_case_is_marked(session, opened, eva):
    case = opened("RPC_HARDSHIP")
    case.due_on = TOMORROW - timedelta(days=3)
    session.flush()
    assert "3 days overdue" in eva.get("/cases/list/?_flt_0_state=overdue").text


def test_the_list_is_downloaded_as_it_is_shown(session, debtor, opened, eva):
    opened("RPC_HARDSHIP")
    answer = eva.post("/cases/download?_flt_0_state=open", data={"form": "csv"}, buffered=True)
    assert answer.status_code == 200 and debtor.name in answer.text
    kinds = session.scalars(sa.select(AccessLog.kind).where(AccessLog.what == "cases")).all()
    assert kinds == ["download"]


# --- what to look at


def test_a_claim_shows_the_receipt_the_payments_and_what_is_owed(session, debtor, opened, eva):
    make_payment(session, debtor.accounts[0], "33.00", DAY, reference="R-100")
    text = page(eva, opened("RPC_PAID_CLAIM"))
    for shown in (
        "R-100",
        "the receipt that was named",
        "33.00",
        "217.00",
        "pagó en la ventanilla",
    ):
        assert shown in text
    assert "information as of" in text and f"/people/{debtor.id}" in text
    seen = sa.select(AccessLog.debtor_id).where(AccessLog.kind == "view", AccessLog.what == "cases")
    assert session.scalars(seen).all() == [debtor.id]


def test_hardship_shows_promises_and_agreements(session, people, debtor, opened, eva):
    account = debtor.accounts[0]
    make_promise(session, people.ana, account, DAY - timedelta(days=20), amount="41.50")
    session.add(
        Agreement(
            debtor_id=debtor.id,
            account_id=account.id,
            state="draft",
            capital=200,
            months=10,
            grace_days=8,
            total=200,
            made_at=NOW,
            made_by_id=people.eva.user_id,
            counts_from=DAY,
        )
    )
    session.flush()
    text = page(eva, opened("RPC_HARDSHIP"))
    for shown in ("41.50", "CV-", "draft", f"/agreements/account/{account.id}", "sin trabajo"):
        assert shown in text


@pytest.mark.parametrize("code", ["RPC_NOT_DEBTOR", "TPC_DECEASED"])
def test_who_it_is_shows_others_with_the_same_telephone_and_logs_them(
    session, portfolio, debtor, opened, eva, code
):
    other = make_debtor(session, "ZAMBRANO MERO PEDRO", phones=("+593991234567",))
    make_account(session, other, portfolio)
    stranger = make_debtor(session, "NADIE COMÚN", phones=("+593990000001",))
    make_contact_point(session, stranger, "email", "x@example.com")
    text = page(eva, opened(code))
    assert other.name in text and "same telephone" in text and stranger.name not in text
    seen = sa.select(AccessLog.debtor_id).where(AccessLog.kind == "view", AccessLog.what == "cases")
    assert set(session.scalars(seen)) == {debtor.id, other.id}


def test_a_person_of_many_accounts_and_a_long_name_is_shown(
    session, portfolio, debtor, opened, eva
):
    debtor.name = "CEDEÑO " * 20 + "ÑAÑA"
    for _n in range(12):
        make_account(session, debtor, portfolio, "1.00")
    assert "ÑAÑA" in page(eva, opened("RPC_PAID_CLAIM"))


# --- closing


def test_eva_closes_it_and_returns_to_the_desk(session, opened, eva):
    case = opened("RPC_HARDSHIP")
    answer = eva.post(
        f"/cases/{case.id}/close", data={"finding": "can_pay", "note": "tiene empleo"}
    )
    assert answer.status_code == 302 and answer.location.endswith("/cases/")
    session.refresh(case)
    assert (case.finding, case.finding_note) == ("can_pay", "tiene empleo")
    text = page(eva, case)
    assert "it can be collected" in text and "tiene empleo" in text
    assert "Close the case" not in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose what was found."),
        ({"finding": "died", "note": "un momento"}, "Choose what was found."),
        ({"finding": "can_pay"}, "Write how it is known"),
        ({"finding": "social_case", "note": "un momento"}, "Choose the last day of the hold"),
        (
            {"finding": "social_case", "note": "un momento", "until": "nunca"},
            "1 field needs your attention",
        ),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(session, opened, eva, typed, sentence):
    case = opened("RPC_HARDSHIP")
    answer = eva.post(f"/cases/{case.id}/close", data=typed)
    assert answer.status_code == 422 and sentence in answer.text
    if "note" in typed:
        assert typed["note"] in answer.text
    session.refresh(case)
    assert case.closed_at is None


def test_a_second_closing_is_told_who_was_quicker(session, opened, eva):
    case = opened("RPC_HARDSHIP")
    typed = {"finding": "can_pay", "note": "tiene empleo"}
    eva.post(f"/cases/{case.id}/close", data=typed)
    answer = eva.post(f"/cases/{case.id}/close", data=typed)
    assert answer.status_code == 422
    assert "Eva Loor closed this case on 25/11/2026 10:00" in answer.text
    assert len(session.scalars(sa.select(Hold)).all()) == 1


def test_the_number_is_retired_only_where_one_was_called(session, debtor, opened, eva):
    case = opened("RPC_NOT_DEBTOR")
    assert 'name="retire_number"' in page(eva, case)
    answer = eva.post(
        f"/cases/{case.id}/close",
        data={
            "finding": "not_holder",
            "note": "escritura vista",
            "until": str(TOMORROW + timedelta(days=60)),
            "retire_number": "y",
        },
    )
    assert answer.status_code == 302
    assert debtor.contact_points[0].state == "retired"


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela", "alma"])
def test_only_the_specialist_closes(session, opened, sign_in, who):
    case = opened("RPC_HARDSHIP")
    client = sign_in(who)
    typed = {"finding": "can_pay", "note": "tiene empleo"}
    assert client.post(f"/cases/{case.id}/close", data=typed).status_code == 403
    seen = client.get(f"/cases/show/{case.id}").status_code
    assert seen == (200 if who == "alma" else 403)
    if who == "alma":
        assert "Close the case" not in client.get(f"/cases/show/{case.id}").text
    session.refresh(case)
    assert case.closed_at is None


@pytest.mark.parametrize(
    "where", ["/cases/show/999999", "/cases/show/x", "/cases/show/99999999999999999999"]
)
def test_a_case_that_is_not_there_is_a_404(session, eva, where):
    assert eva.get(where, follow_redirects=True).status_code == 404
    assert eva.post("/cases/999999/close", data={"finding": "died"}).status_code == 404


def test_what_the_payments_closed_names_the_system(session, people, opened, eva):
    case = opened("RPC_PAID_CLAIM")
    close_case(session, people.eva, SETTINGS, LATER, case.id, Found("payment_found"))
    session.execute(sa.update(VerificationCase).values(closed_by_id=None))
    assert "The system" in page(eva, case)


def test_the_persons_page_tells_the_case(session, debtor, opened, eva, close):
    case = opened("RPC_HARDSHIP")
    close(case, "can_pay", note="tiene empleo")
    text = eva.get(f"/people/{debtor.id}").text
    assert "Case to verify until" in text and "Case closed" in text and "tiene empleo" in text
