"""Agreements at the specialist's desk: compared, requested, decided by somebody else, cancelled."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.agreements.judging import judge_agreements
from app.agreements.service import Wanted, approve_agreement, request_agreement
from app.core import clock
from app.core.settings import Settings
from app.models import (
    AccessLog,
    Account,
    Agreement,
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


def typed(account: Account, **more) -> dict:
    """What the page sends for all bills over six months."""
    return {
        "bills": [str(bill.id) for bill in account.bills],
        "months": "6",
        "deed": "request",
    } | more


def of(session, account: Account) -> Agreement | None:
    session.expire_all()
    return session.scalar(
        sa.select(Agreement).where(Agreement.account_id == account.id).order_by(Agreement.id.desc())
    )


@pytest.fixture
def asked(session, people, account) -> Agreement:
    """What Ana asked for on a call: six months over both bills."""
    ids = tuple(bill.id for bill in account.bills)
    made = request_agreement(session, people.ana, NOW, SETTINGS, Wanted(account.id, ids, 6))
    session.commit()
    return made


def wrote(client: FlaskClient, account: Account, **more):
    return client.post(f"/agreements/account/{account.id}", data=typed(account, **more))


def decide(client: FlaskClient, agreement: Agreement, what: str, reason: str = ""):
    where = f"/agreements/{agreement.id}/decide"
    return client.post(where, data={"deed": what, "reason": reason})


# --- the simulator


def test_terms_stand_side_by_side(sign_in, account):
    page = sign_in("eva").get(f"/agreements/account/{account.id}").text
    rows = re.findall(r"<tr[^>]*><th scope=\"row\">(.*?)</th>(.*?)</tr>", page, re.S)
    heads = [(re.search(r"(\d+)(?:</button>| ✓)", head), rest) for head, rest in rows]
    by_months = {int(head[1]): rest for head, rest in heads if head}
    assert list(by_months) == [3, 6, 9, 12, 18, 24]
    assert "53.33" in by_months[3] and "53.34" in by_months[3] and "40.00" in by_months[3]
    assert "13.33" in by_months[12] and "13.37" in by_months[12] and "200.00" in by_months[12]


def test_comparing_keeps_what_was_typed_and_stores_nothing(session, sign_in, account):
    bills = [str(account.bills[0].id)]
    answer = wrote(
        sign_in("eva"), account, deed="compare", bills=bills, months="9", note="Pide plazo"
    )
    assert answer.status_code == 200
    assert "Pide plazo" in answer.text and 'value="9"' in answer.text
    assert answer.text.count(" checked") == 1 and "capital $ 150.00" in answer.text
    assert of(session, account) is None


def test_a_term_is_picked_from_the_comparison(sign_in, account):
    answer = wrote(sign_in("eva"), account, deed="compare", pick="18")
    assert re.search(r'id="months"[^>]*value="18"', answer.text)


def test_a_draft_is_worked_on_and_becomes_the_request(session, sign_in, account):
    eva = sign_in("eva")
    assert wrote(eva, account, deed="draft", note="Por confirmar").status_code == 302
    draft = of(session, account)
    assert (draft.state, draft.months, draft.requested_by_id) == ("draft", 6, None)
    again = eva.get(f"/agreements/account/{account.id}").text
    assert draft.number in again and "Por confirmar" in again and 'value="6"' in again
    assert wrote(eva, account, months="8").status_code == 302
    asked = of(session, account)
    assert (asked.id, asked.state, asked.months) == (draft.id, "pending", 8)
    assert len(asked.instalments) == 9


def test_a_bill_under_another_agreement_is_shown_and_cannot_be_chosen(
    session, people, sign_in, account
):
    first, second = account.bills
    made = request_agreement(session, people.ana, NOW, SETTINGS, Wanted(account.id, (first.id,), 3))
    approve_agreement(session, people.eva, NOW, SETTINGS, made.id)
    later = NOW + timedelta(days=200)
    make_payment(session, account, "30.00", DAY, recorded_at=NOW + timedelta(hours=1))
    judge_agreements(session, people.eva, later, later.date())
    session.commit()
    assert of(session, account).state == "broken"
    eva = sign_in("eva")
    page = eva.get(f"/agreements/account/{account.id}").text
    assert re.search(rf'value="{first.id}"[^>]* disabled', page) and made.number in page
    assert re.search(rf'value="{second.id}"[^>]* checked', page)
    answer = wrote(eva, account)
    assert answer.status_code == 422 and made.number in answer.text


WEEKEND = DAY + timedelta(days=4)
HOLIDAY = "2026-12-25"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"months": "25"}, "between 1 and 24"),
        ({"months": ""}, "Write how many instalments."),
        ({"down_payment": "10"}, "must be at least"),
        ({"down_payment": "200"}, "must be less than the capital"),
        ({"down_payment": "diez"}, "25,50"),
        ({"down_due_on": WEEKEND.isoformat()}, "a weekend or a holiday"),
        ({"first_due_on": HOLIDAY}, "a weekend or a holiday"),
        ({"down_due_on": "2026-11-20"}, "must be between"),
        ({"first_due_on": "2026-11-20"}, "must be after the down payment"),
        ({"bills": []}, "at least one bill"),
        ({"bills": ["999999999"]}, "at least one bill"),
    ],
)
def test_a_refusal_is_one_sentence_and_nothing_typed_is_lost(
    session, sign_in, account, more, sentence
):
    kept = {"note": "Vive sola", "guarantor_name": "LOOR <b>ANA</b>"}
    answer = wrote(sign_in("eva"), account, **kept | more)
    assert answer.status_code == 422
    assert "Vive sola" in answer.text and "LOOR &lt;b&gt;ANA&lt;/b&gt;" in answer.text
    for name, value in more.items():
        if isinstance(value, str) and value:
            assert f'value="{value}"' in answer.text, name
    assert sentence in answer.text
    assert of(session, account) is None


def test_what_is_under_complaint_cannot_be_put_off(session, sign_in, account):
    account.in_complaint, account.disputed_balance = True, Decimal("60.00")
    session.commit()
    eva = sign_in("eva")
    page = eva.get(f"/agreements/account/{account.id}").text
    assert page.count(" checked") == 1, "only what fits is proposed"
    answer = wrote(eva, account)
    assert answer.status_code == 422 and "140.00" in answer.text
    assert of(session, account) is None


def test_a_large_capital_asks_for_a_guarantee(session, sign_in):
    portfolio = make_portfolio(session, DAY - timedelta(days=2))
    large = make_account(session, make_debtor(session), portfolio, "30000.00")
    session.commit()
    eva = sign_in("eva")
    assert "needs a guarantor or a guarantee" in eva.get(f"/agreements/account/{large.id}").text
    assert wrote(eva, large).status_code == 422
    bad = wrote(eva, large, guarantor_name="LOOR ANA", guarantor_identification="1234567890")
    assert bad.status_code == 422 and of(session, large) is None
    good = wrote(eva, large, guarantor_name="LOOR ANA", guarantor_identification="1710034065")
    assert good.status_code == 302
    assert of(session, large).guarantor_identification == "1710034065"


def test_a_second_one_for_the_account_is_refused(session, sign_in, account, asked):
    eva = sign_in("eva")
    page = eva.get(f"/agreements/account/{account.id}").text
    assert asked.number in page and 'name="bills"' not in page
    answer = wrote(eva, account)
    assert answer.status_code == 422 and asked.number in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Agreement)) == 1


def test_an_account_that_owes_nothing_has_nothing_to_put_off(session, sign_in, account):
    account.closed_on = DAY
    session.commit()
    answer = sign_in("eva").get(f"/agreements/account/{account.id}")
    assert answer.status_code == 409 and "owes nothing now" in answer.text
    assert sign_in("eva").get(f"/agreements/account/{2**70}").status_code == 404


def test_the_account_is_looked_for_by_post_and_the_search_is_logged(session, sign_in, account):
    answer = sign_in("eva").post("/agreements/find", data={"q": account.number})
    assert f"/agreements/account/{account.id}" in answer.text
    kinds = session.scalars(sa.select(AccessLog.what).where(AccessLog.kind == "search")).all()
    assert "agreements" in kinds


def test_opening_the_terms_is_in_the_access_log(session, sign_in, account):
    sign_in("eva").get(f"/agreements/account/{account.id}")
    seen = sa.select(AccessLog.debtor_id).where(AccessLog.what == "agreement terms")
    assert session.scalars(seen).all() == [account.debtor_id]


# --- decided


def test_somebody_else_approves_it(session, people, sign_in, account, asked):
    eva = sign_in("eva")
    assert decide(eva, asked, "approve", "Cumple").status_code == 302
    now = of(session, account)
    assert (now.state, now.decided_by_id, now.decision) == (
        "awaiting",
        people.eva.user_id,
        "Cumple",
    )
    page = eva.get(f"/agreements/show/{asked.id}").text
    assert "Cumple" in page and "Eva Loor" in page and "Ana Cedeño" in page


def test_a_refusal_needs_its_reason(session, sign_in, account, asked):
    eva = sign_in("eva")
    empty = decide(eva, asked, "refuse", " x ")
    assert empty.status_code == 422 and "why it is refused." in empty.text
    assert of(session, account).state == "pending"
    assert decide(eva, asked, "refuse", "Ingresos sin respaldo").status_code == 302
    assert (of(session, account).state, of(session, account).decision) == (
        "refused",
        "Ingresos sin respaldo",
    )


@pytest.mark.parametrize("what", ["approve", "refuse"])
def test_nobody_decides_what_they_asked_for(session, sign_in, account, what):
    eva = sign_in("eva")
    wrote(eva, account)
    own = of(session, account)
    page = eva.get(f"/agreements/show/{own.id}").text
    assert "/decide" not in page and "somebody else must decide it" in page
    answer = decide(eva, own, what, "Porque sí <i>")
    assert answer.status_code == 422 and "somebody else must decide it" in answer.text
    assert of(session, account).state == "pending"


def test_the_database_knows_no_approval_by_who_asked(session, people, asked):
    with pytest.raises(IntegrityError, match="approver_is_another"), session.begin_nested():
        session.execute(
            sa.update(Agreement)
            .where(Agreement.id == asked.id)
            .values(state="awaiting", decided_at=NOW, decided_by_id=people.ana.user_id)
        )


def test_what_is_decided_is_not_decided_again(session, sign_in, account, asked):
    eva = sign_in("eva")
    decide(eva, asked, "approve")
    for what in ("approve", "refuse"):
        again = decide(eva, asked, what, "Otra vez, con motivo")
        assert again.status_code == 422 and "has been decided already" in again.text
    assert of(session, account).state == "awaiting"


def test_cancelling_says_why_and_brings_the_person_back_to_the_queue(
    session, sign_in, account, asked
):
    eva = sign_in("eva")
    decide(eva, asked, "approve")
    queued = sa.select(WorklistItem.debtor_id).where(WorklistItem.debtor_id == account.debtor_id)
    assert session.scalar(queued) is None, "all of the debt is put off"
    where = f"/agreements/{asked.id}/cancel"
    short = eva.post(where, data={"reason": "no"})
    assert short.status_code == 422 and ">no</textarea>" in short.text
    assert eva.post(where, data={"reason": "Pagó el banco"}).status_code == 302
    assert (of(session, account).state, of(session, account).end_reason) == (
        "cancelled",
        "Pagó el banco",
    )
    assert session.scalar(queued) == account.debtor_id
    again = eva.post(where, data={"reason": "Otra vez"})
    assert again.status_code == 422 and "has ended already" in again.text


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela", "alma"])
def test_others_neither_ask_nor_decide(session, sign_in, account, asked, who):
    client = sign_in(who)
    assert wrote(client, account).status_code in (302, 403)
    assert client.get(f"/agreements/account/{account.id}").status_code in (302, 403)
    assert decide(client, asked, "approve").status_code in (302, 403)
    cancelled = client.post(f"/agreements/{asked.id}/cancel", data={"reason": "Porque sí"})
    assert cancelled.status_code in (302, 403)
    assert of(session, account).state == "pending"


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela"])
def test_others_do_not_read_them(sign_in, asked, who):
    client = sign_in(who)
    for where in ("list/", f"show/{asked.id}", f"{asked.id}/document/pdf"):
        assert client.get(f"/agreements/{where}").status_code in (302, 403)


def test_unknown_ones_and_unknown_deeds(sign_in, account, asked):
    eva = sign_in("eva")
    assert eva.post("/agreements/999999999/decide", data={"deed": "approve"}).status_code == 404
    assert eva.post(f"/agreements/{2**70}/cancel", data={"reason": "Nada"}).status_code == 404
    assert eva.get("/agreements/show/999999999").status_code == 404
    assert eva.get(f"/agreements/{asked.id}/document/exe").status_code == 404
    assert decide(eva, asked, "judge").status_code == 400
    assert wrote(eva, account, deed="approve").status_code == 400
