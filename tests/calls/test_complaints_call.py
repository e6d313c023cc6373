"""«Reclamo» on a call: what it asks for, what saving opens, what a correction takes back."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import sqlalchemy as sa
from PIL import Image

from app.calls.corrections import correct_call
from app.calls.leaving import ComplaintWish
from app.complaints.service import Answer, answer_complaint
from app.core import clock
from app.core.errors import RuleBroken
from app.models import Call, Complaint, ComplaintFile, Hold, Outcome, StoredFile, TimelineEvent
from tests.calls.agreed import holds
from tests.calls.floor import HOUR, MINUTE, SETTINGS, complaint_about, count, english_client
from tests.conftest import NOW
from tests.factories import make_account
from tests.worklist.floor import queue


@pytest.fixture
def opened(session, begin, save, owes, account):
    """``opened(1)``: Ana's call on which the first bill is disputed; returns the call."""

    def make(bills=1, note="el medidor da vueltas solo", **more) -> Call:
        wish = complaint_about(session, account, bills)
        return save(begin(person=owes, **more), "RPC_DISPUTE", note=note, complaint=wish)[0]

    return make


def of(session) -> Complaint:
    return session.scalars(sa.select(Complaint)).one()


# --- saving


def test_it_opens_in_the_calls_own_transaction_and_holds_the_disputed_bill_alone(
    session, people, opened, owes, account, bills
):
    call = opened()
    made = of(session)
    assert (made.call_id, made.account_id, made.origin) == (call.id, account.id, "call")
    assert (made.state, made.text) == ("routed", "el medidor da vueltas solo")
    assert [line.bill_id for line in made.bills] == [bills[0].id]
    assert made.received_by_id == people.ana.user_id
    held = session.scalars(sa.select(Hold)).one()
    assert (held.scope, held.bill_id, held.reason) == ("bill", bills[0].id, "complaint")
    session.refresh(account)
    assert account.contested == Decimal("110.10")
    # The rest of the account may still be asked for.
    assert owes.id in queue(session, NOW + HOUR)


@pytest.mark.parametrize(
    ("direction", "origin"),
    [("incoming", "incoming"), ("counter", "counter"), ("other", "call")],
)
def test_it_says_how_it_came(session, opened, direction, origin):
    opened(direction=direction)
    assert of(session).origin == origin


def test_the_same_save_twice_makes_one(session, begin, save, owes, account):
    claim = begin(person=owes)
    wish = complaint_about(session, account, 1)
    for _again in range(2):
        save(claim, "RPC_DISPUTE", note="no es mi consumo", complaint=wish)
    assert count(session, Complaint) == count(session, Call) == count(session, Hold) == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (None, "category"),
        (ComplaintWish(), "category"),
        (ComplaintWish(10**6, (1,)), "category"),
        ("no bills", "bills"),
        ("another's bill", "bills"),
    ],
)
def test_what_is_missing_is_refused_and_nothing_is_written(
    session, begin, save, owes, account, portfolio, typed, field
):
    if isinstance(typed, str):
        category = complaint_about(session, account).category_id
        other = make_account(session, owes, portfolio, "9.00")
        theirs = complaint_about(session, other).bill_ids
        typed = ComplaintWish(category, theirs if typed == "another's bill" else ())
    claim = begin(person=owes)
    with pytest.raises(RuleBroken) as refused, session.begin_nested():
        save(claim, "RPC_DISPUTE", note="algo", complaint=typed, account_id=account.id)
    assert refused.value.field == field
    assert count(session, Complaint) == count(session, Call) == count(session, Hold) == 0


def test_the_words_of_the_user_are_needed(session, begin, save, owes, account):
    claim = begin(person=owes)
    with pytest.raises(RuleBroken) as refused, session.begin_nested():
        save(claim, "RPC_DISPUTE", note=" ", complaint=complaint_about(session, account))
    assert refused.value.field == "note"


# --- correcting


def _correct(session, people, call, code, note="se anotó mal"):
    return correct_call(session, people.ana, SETTINGS, NOW + HOUR, call.id, code, note, key=uuid4())


def test_a_correction_withdraws_what_nobody_has_answered(session, people, opened, account):
    call = opened()
    _correct(session, people, call, "RPC_REFUSE")
    session.expire_all()
    assert of(session).state == "withdrawn" and account.contested == 0
    assert holds(session) == [("complaint", False)]


def test_what_was_answered_stays(session, people, opened):
    call = opened()
    answer = Answer("founded", "se cambió el medidor")
    answer_complaint(session, people.eva, NOW + MINUTE, SETTINGS, of(session).id, answer)
    _correct(session, people, call, "RPC_REFUSE")
    assert of(session).state == "answered"


def test_a_correction_of_the_note_keeps_the_complaint(session, people, opened):
    call = opened()
    fixed = _correct(session, people, call, "RPC_DISPUTE", "es la planilla de octubre")
    assert (of(session).call_id, of(session).state) == (fixed.id, "routed")
    assert holds(session) == [("complaint", True)]


def test_a_correction_opens_none(session, people, begin, save, owes):
    call, _new = save(begin(person=owes), "RPC_REFUSE")
    with pytest.raises(RuleBroken, match="cannot open a complaint"), session.begin_nested():
        _correct(session, people, call, "RPC_DISPUTE")
    assert count(session, Complaint) == count(session, Hold) == 0


def test_the_complaint_of_an_earlier_release_keeps_its_accounts_hold(
    session, people, begin, save, owes, account
):
    """Then it was a note and a hold on the whole account."""
    current = sa.select(Outcome).where(Outcome.code == "RPC_DISPUTE")
    outcome = session.scalars(current).one()
    outcome.asks = ["text"]
    session.flush()
    call, _new = save(begin(person=owes), "RPC_DISPUTE", note="consumo")
    outcome.asks = ["complaint", "text"]
    session.flush()
    _correct(session, people, call, "RPC_DISPUTE", "consumo de octubre")
    assert holds(session) == [("complaint", False), ("complaint", True)]
    assert session.scalars(sa.select(Hold.account_id)).all() == [account.id] * 2


# --- the screen


@pytest.fixture
def ana(app, session, people, monkeypatch, begin, owes):
    """Ana's browser, the person open and verified; ``ana.key`` is the claim's."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)
    claim = begin(person=owes)
    session.commit()
    client = english_client(app, "ana")
    client.key = str(claim.key)
    return client


def typed(session, ana, account, **fields) -> dict:
    wish = complaint_about(session, account, 1)
    return {
        "key": ana.key,
        "outcome": "RPC_DISPUTE",
        "complaint_of": account.id,
        "complaint_category": wish.category_id,
        "complaint_bills": list(wish.bill_ids),
        "note": "dice que la casa está vacía",
        "then": "stop",
    } | fields


def _photo() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "JPEG")
    file.seek(0)
    return file


def test_the_block_lists_the_bills_and_chooses_a_single_one_alone(
    session, ana, account, bills, portfolio, owes
):
    page = ana.post("/work/complaint", data={"key": ana.key}).text
    assert all(f'name="complaint_bills" value="{bill.id}"' in page for bill in bills)
    assert " checked" not in page and "110.10" in page and "Consumo elevado" in page
    other = make_account(session, owes, portfolio, "9.00")
    session.commit()
    page = ana.post("/work/complaint", data={"key": ana.key, "account_id": other.id}).text
    assert page.count(" checked") == 1 and "110.10" not in page


def test_a_bill_that_is_disputed_already_cannot_be_chosen(session, app, opened, begin, owes, bills):
    opened()
    claim = begin(person=owes, direction="incoming", now=NOW + HOUR)
    session.commit()
    page = english_client(app, "ana").post("/work/complaint", data={"key": str(claim.key)}).text
    assert re.search(rf'value="{bills[0].id}" disabled', page) and of(session).number in page


def test_saving_tells_the_number_and_the_deadline(session, ana, account):
    answer = ana.post("/work/save", data=typed(session, ana, account), follow_redirects=True)
    made = of(session)
    assert made.number in answer.text and f"{made.due_on:%d/%m/%Y}" in answer.text
    again = ana.post("/work/save", data=typed(session, ana, account), follow_redirects=True)
    assert made.number in again.text and count(session, Complaint) == 1


def test_files_come_with_it_once(session, ana, account):
    for _again in range(2):
        sent = typed(session, ana, account, files=[(_photo(), "medidor.jpg")])
        assert ana.post("/work/save", data=sent).status_code == 302
    assert count(session, ComplaintFile) == count(session, StoredFile) == 1


def test_what_is_refused_comes_back_typed_but_for_the_files(session, ana, account, bills):
    sent = typed(session, ana, account, complaint_category="", files=[(_photo(), "medidor.jpg")])
    answer = ana.post("/work/save", data=sent)
    assert answer.status_code == 422 and "Choose the files again" in answer.text
    assert re.search(rf'value="{bills[0].id}"[^>]* checked', answer.text)
    assert "dice que la casa está vacía" in answer.text
    bad = typed(session, ana, account, files=[(io.BytesIO(b"MZ\x90"), "virus.exe")])
    assert ana.post("/work/save", data=bad).status_code == 422
    assert count(session, Complaint) == count(session, Call) == count(session, StoredFile) == 0


@pytest.mark.parametrize(
    "rubbish",
    [
        {"complaint_of": "x"},
        {"complaint_category": "9" * 30},
        {"complaint_bills": ["x", "9" * 40]},
        {"complaint_bills": []},
        {"account_id": "9" * 30},
    ],
)
def test_a_forged_form_is_refused_in_a_sentence(session, ana, account, rubbish):
    sent = typed(session, ana, account) | rubbish
    assert ana.post("/work/complaint", data=sent).status_code == 200
    assert ana.post("/work/save", data=sent).status_code == 422
    assert count(session, Complaint) == count(session, Call) == 0


@pytest.mark.parametrize("username", ["luis", "eva", "fredy", "rosa", "adela", "alma"])
def test_only_the_holder_of_the_call_sees_it(app, ana, username):
    answer = english_client(app, username).post("/work/complaint", data={"key": ana.key})
    assert answer.status_code == (409 if username == "luis" else 403)
    assert "110.10" not in answer.text


def test_nothing_is_told_before_the_identity_check(app, session, people, begin, opened, owes):
    opened()
    claim = begin(person=owes, direction="incoming", verified=False, now=NOW + HOUR)
    session.commit()
    client = english_client(app, "ana")
    answer = client.post("/work/complaint", data={"key": str(claim.key)})
    assert answer.status_code == 403
    page = client.get("/work/").text
    for secret in ("110.10", of(session).number, "el medidor da vueltas", "complaint in course"):
        assert secret not in answer.text + page


def test_the_verified_call_tells_it_with_its_answer_and_marks_the_bill(
    app, session, people, monkeypatch, begin, opened, owes, account
):
    opened()
    made = of(session)
    later = NOW + timedelta(days=1)
    monkeypatch.setattr(clock, "utcnow", lambda: later)
    claim = begin(person=owes, direction="incoming", now=later)
    session.commit()
    ana = english_client(app, "ana")
    page = ana.get("/work/").text
    assert page.count(f'<span class="chip chip-wait">{made.number}</span>') == 1
    assert "complaint in course" in page and f"{made.due_on:%d/%m/%Y}" in page
    answer = Answer("partly", "se descuenta la fuga")
    answer_complaint(session, people.eva, later, SETTINGS, made.id, answer)
    session.commit()
    page = ana.get("/work/").text
    assert "se descuenta la fuga" in page and "founded in part" in page
    assert "complaint in course" not in page
    assert f'<span class="chip chip-wait">{made.number}</span>' not in page
    assert claim.closed_at is None


def test_the_statement_marks_the_bill_alone(app, session, people, monkeypatch, opened, owes):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)
    opened()
    session.commit()
    page = english_client(app, "eva").get(f"/people/{owes.id}").text
    assert of(session).number in page and "el medidor da vueltas solo" in page
    told = sa.select(TimelineEvent.deed).where(TimelineEvent.subject == "complaint")
    assert session.scalars(told).all() == ["open_complaint"]
    assert "Complaint opened" in page
    assert date(2026, 12, 15).strftime("%d/%m/%Y") in page
