"""«Pide convenio» on a call: the simulator, what saving asks for, what a correction takes back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from app.agreements.models import Agreement
from app.agreements.service import (
    Wanted,
    approve_agreement,
    draft_agreement,
    request_agreement,
)
from app.calls.corrections import correct_call
from app.calls.plan import PlanWish, plan_sheet
from app.core import clock
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.models import Call, Hold
from tests.calls.agreed import holds, of
from tests.calls.floor import DAY, HOUR, MINUTE, SETTINGS, count
from tests.conftest import NOW
from tests.factories import make_account, make_debtor
from tests.walking import fresh_client
from tests.worklist.floor import queue

# --- saving


def test_chosen_terms_are_asked_for_in_the_calls_own_transaction_and_hold_nothing(
    session,
    begin,
    save,
    owes,
    account,
    bills,
):
    claim = begin(person=owes)
    wish = PlanWish(bill_ids=(bills[0].id, bills[1].id), months=6)
    call, is_new = save(claim, "RPC_PLAN_REQ", plan=wish)
    agreement = of(session)
    assert is_new and agreement.state == "pending" and agreement.call_id == call.id
    assert agreement.requested_by_id == call.operator_id
    assert agreement.capital == Decimal("230.30") and agreement.months == 6
    assert holds(session) == []
    session.refresh(account)
    assert account.covered == Decimal("230.30")
    # The bill beside it may still be asked for: the person stays in the queue.
    assert owes.id in queue(session, NOW + HOUR)


def test_terms_left_to_the_specialist_make_a_draft_under_a_dated_hold_and_need_a_note(
    session,
    begin,
    save,
    owes,
):
    claim = begin(person=owes)
    for wish in (None, PlanWish(by_specialist=True)):
        with pytest.raises(RuleBroken) as refused, session.begin_nested():
            save(claim, "RPC_PLAN_REQ", plan=wish)
        assert refused.value.field == "note"
    call, _new = save(claim, "RPC_PLAN_REQ", note="quiere cuotas bajas")
    agreement = of(session)
    assert (agreement.state, agreement.call_id) == ("draft", call.id)
    assert agreement.note == "quiere cuotas bajas" and agreement.capital == Decimal("360.60")
    assert holds(session) == [("agreement", True)]


def test_a_draft_that_a_specialist_works_on_keeps_its_terms(
    session, people, begin, save, owes, account, bills
):
    worked_on = Wanted(account.id, (bills[0].id,), 5, note="con garante", guarantor_name="CEDEÑO")
    draft_agreement(session, people.eva, NOW, SETTINGS, worked_on)
    call, _new = save(begin(person=owes), "RPC_PLAN_REQ", note="llama otra vez")
    draft = of(session)
    assert (draft.state, draft.months, draft.guarantor_name) == ("draft", 5, "CEDEÑO")
    assert (draft.call_id, draft.note) == (call.id, "con garante\nllama otra vez")
    assert holds(session) == [("agreement", True)]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (PlanWish(), "months"),
        (PlanWish(down_payment=Decimal("5")), "down_payment"),
        (PlanWish(months=25), "months"),
        (PlanWish(months=0), "months"),
        (PlanWish(bill_ids=(), months=6), "bills"),
        (PlanWish(bill_ids=(10**30,), months=6), "bills"),
        (PlanWish(months=6, down_payment=Decimal("72.11")), "down_payment"),
        (PlanWish(months=6, down_payment=Decimal("360.60")), "down_payment"),
        (PlanWish(months=6, down_due_on=DAY - timedelta(days=1)), "down_due_on"),
        (PlanWish(months=6, first_due_on=date(2026, 12, 25)), "first_due_on"),
        (PlanWish(months=6, shown="360.60 72.12 2026-12-02 2026-12-24 0 "), None),
        (PlanWish(months=6, guarantor_identification="123"), "guarantor_identification"),
    ],
)
def test_terms_that_are_not_given_are_refused_and_nothing_is_written(
    session,
    begin,
    save,
    owes,
    wish,
    field,
):
    claim = begin(person=owes)
    with pytest.raises(RuleBroken) as refused, session.begin_nested():
        save(claim, "RPC_PLAN_REQ", plan=wish, note="algo")
    assert refused.value.field == field and "\n" not in str(refused.value)
    assert count(session, Call) == count(session, Agreement) == count(session, Hold) == 0


def test_a_large_capital_asks_for_a_guarantor_or_a_guarantee(
    session,
    begin,
    save,
    portfolio,
):
    rich = make_debtor(session, "CONSTRUCTORA DEL PACÍFICO")
    make_account(session, rich, portfolio, "24100.01")
    claim = begin(person=rich)
    with pytest.raises(RuleBroken) as refused, session.begin_nested():
        save(claim, "RPC_PLAN_REQ", plan=PlanWish(months=12))
    assert refused.value.field == "guarantor_name"
    save(claim, "RPC_PLAN_REQ", plan=PlanWish(months=12, guarantee="hipoteca del local 4"))
    assert of(session).guarantee == "hipoteca del local 4"


def test_the_same_save_twice_makes_one(session, begin, save, owes):
    claim = begin(person=owes)
    first, new = save(claim, "RPC_PLAN_REQ", plan=PlanWish(months=6))
    again, newer = save(claim, "RPC_PLAN_REQ", plan=PlanWish(months=6))
    assert (first.id, new, newer) == (again.id, True, False)
    assert count(session, Agreement) == 1


def test_an_account_takes_one_agreement_at_a_time(
    session,
    people,
    begin,
    save,
    owes,
    wanted,
):
    made = request_agreement(session, people.luis, NOW - HOUR, SETTINGS, wanted)
    claim = begin(person=owes, direction="incoming")
    for typed in ({"plan": PlanWish(months=3)}, {"note": "otra vez"}):
        with pytest.raises(RuleBroken, match=made.number), session.begin_nested():
            save(claim, "RPC_PLAN_REQ", **typed)
    assert count(session, Call) == 0


def test_a_draft_of_an_earlier_call_becomes_the_request_and_its_hold_ends(
    session,
    people,
    begin,
    save,
    owes,
):
    save(begin(person=owes), "RPC_PLAN_REQ", note="lo piensa")
    later = NOW + timedelta(days=1)
    claim = begin(person=owes, direction="incoming", now=later)
    call, _new = save(claim, "RPC_PLAN_REQ", now=later + MINUTE, plan=PlanWish(months=9))
    agreement = of(session)
    assert (agreement.state, agreement.months, agreement.call_id) == ("pending", 9, call.id)
    assert holds(session) == [("agreement", False)]


# --- correcting


@pytest.mark.parametrize("plan", [PlanWish(months=6), None])
def test_a_correction_cancels_what_is_undecided_and_lifts_the_hold(
    session,
    people,
    begin,
    save,
    owes,
    account,
    plan,
):
    call, _new = save(begin(person=owes), "RPC_PLAN_REQ", plan=plan, note="pide cuotas")
    correct_call(
        session, people.ana, SETTINGS, NOW + HOUR, call.id, "RPC_REFUSE", "no quiso", key=uuid4()
    )
    session.expire_all()
    agreement = of(session)
    assert (agreement.state, agreement.end_reason) == ("cancelled", "no quiso")
    assert agreement.ended_by_id == people.ana.user_id
    assert all(not standing for _reason, standing in holds(session))
    assert account.covered == 0


def test_a_correction_does_not_take_back_what_was_approved(session, people, begin, save, owes):
    call, _new = save(begin(person=owes), "RPC_PLAN_REQ", plan=PlanWish(months=6))
    approve_agreement(session, people.eva, NOW + HOUR, SETTINGS, of(session).id)
    with pytest.raises(RuleBroken, match=of(session).number), session.begin_nested():
        correct_call(session, people.ana, SETTINGS, NOW + HOUR, call.id, "NC_NA", "", key=uuid4())
    assert of(session).state == "awaiting" and count(session, Call) == 1


@pytest.mark.parametrize("plan", [PlanWish(months=6), None])
def test_a_correction_of_the_note_alone_keeps_the_agreement(
    session, people, begin, save, owes, plan
):
    call, _new = save(begin(person=owes), "RPC_PLAN_REQ", plan=plan, note="pide")
    before = (of(session).id, of(session).state, of(session).months)
    fixed = correct_call(
        session,
        people.ana,
        SETTINGS,
        NOW + HOUR,
        call.id,
        "RPC_PLAN_REQ",
        "pide nueve",
        key=uuid4(),
    )
    after = of(session)
    assert (after.id, after.state, after.months) == before and after.call_id == fixed.id
    assert [standing for _reason, standing in holds(session)] == ([] if plan else [False, True])


# --- the screen


@pytest.fixture
def ana(app, session, people, monkeypatch, begin, owes):
    """Ana's browser, the person open and verified; ``ana.key`` is the claim's."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)
    claim = begin(person=owes)
    session.commit()
    client = fresh_client(app, "ana")
    client.key = str(claim.key)
    return client


def typed(ana, account, bills, **fields) -> dict:
    return {
        "key": ana.key,
        "outcome": "RPC_PLAN_REQ",
        "account_id": account.id,
        "plan_of": account.id,
        "plan_bills": [bill.id for bill in bills],
        "then": "stop",
    } | fields


def test_the_simulator_compares_terms_side_by_side_with_all_bills_chosen(ana, account, bills):
    page = ana.post("/work/plan", data={"key": ana.key}).text
    assert all(re.search(rf'value="{bill.id}" checked', page) for bill in bills)
    for months in (3, 6, 9, 12, 18, 24):
        assert f'id="plan_term-{months}"' in page and f'data-ask="schedule-{months}"' in page
    assert "72,12" in page and "360,60" in page and 'value="2026-12-24"' in page
    assert "plan_guarantor" not in page
    # What is typed is computed anew: one bill less, another term beside the usual ones, which is chosen.
    page = ana.post("/work/plan", data=typed(ana, account, bills[:2], plan_months="5")).text
    assert "230,30" in page and "46,06" in page
    assert re.search(r'id="plan_term-5"[^>]* checked', page)
    page = ana.post("/work/plan", data=typed(ana, account, bills, plan_down="10")).text
    assert 'value="10"' in page and 'aria-invalid="true"' in page and "plan_term-6" not in page


def test_the_call_screen_itself_does_not_compute_terms(ana, session):
    page = ana.get("/work/").text
    assert 'hx-post="/work/plan"' in page and "plan_bills" not in page and "plan_term" not in page


def test_what_is_refused_comes_back_with_all_that_was_typed(session, ana, account, bills):
    sent = typed(ana, account, bills[1:], plan_down="60", plan_term="9", note="llama a las tres")
    sent |= {"plan_down_day": "2026-12-01", "plan_first_day": "2026-12-25", "plan_months": "7"}
    answer = ana.post("/work/save", data=sent)
    assert answer.status_code == 422
    page = answer.text
    assert page.count("25/12/2026") == 1
    for kept in ('value="60"', "2026-12-01", "2026-12-25", 'value="7"', "llama a las tres"):
        assert kept in page
    assert f'value="{bills[0].id}" checked' not in page and f'value="{bills[1].id}" checked' in page
    assert count(session, Agreement) == count(session, Call) == 0


def test_the_terms_that_were_shown_are_the_ones_that_are_saved(session, ana, account, bills):
    shown = ana.post("/work/plan", data=typed(ana, account, bills)).text
    mark = re.search(r'name="plan_shown" value="([^"]+)"', shown)[1]
    sent = typed(ana, account, bills, plan_term="6", plan_shown=mark)
    late = ana.post("/work/save", data=sent | {"plan_down": "100"})
    assert late.status_code == 422 and count(session, Agreement) == 0
    assert re.search(r'id="plan_term-6"[^>]* checked', late.text)
    assert ana.post("/work/save", data=sent).status_code == 302
    assert ana.post("/work/save", data=sent).status_code == 302
    assert count(session, Agreement) == 1
    page = ana.post("/work/plan", data={"key": ana.key})
    assert page.status_code == 409 and "360,60" not in page.text


def test_terms_shown_before_the_rate_changed_are_not_asked_for(session, begin, save, owes, account):
    before = Settings({"agreement_rate_percent": Decimal(12)})
    shown = plan_sheet(session, before, NOW, account.id, PlanWish()).mark
    claim = begin(person=owes)
    with pytest.raises(RuleBroken, match="read them out again"), session.begin_nested():
        save(claim, "RPC_PLAN_REQ", plan=PlanWish(months=6, shown=shown))
    shown = plan_sheet(session, SETTINGS, NOW, account.id, PlanWish()).mark
    save(claim, "RPC_PLAN_REQ", plan=PlanWish(months=6, shown=shown))
    assert of(session).rate_percent == 0


@pytest.mark.parametrize("username", ["luis", "eva", "fredy", "rosa", "adela", "alma"])
def test_only_the_holder_of_the_call_sees_it(app, ana, username):
    answer = fresh_client(app, username).post("/work/plan", data={"key": ana.key})
    assert answer.status_code == (409 if username == "luis" else 403)
    assert "360,60" not in answer.text


def test_nothing_is_told_before_the_identity_check(
    app,
    session,
    people,
    monkeypatch,
    begin,
    owes,
    bills,
):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)
    claim = begin(person=owes, verified=False)
    session.commit()
    client = fresh_client(app, "ana")
    answer = client.post("/work/plan", data={"key": str(claim.key)})
    assert answer.status_code == 403
    for secret in ("360,60", "110,10", bills[0].number, owes.accounts[0].number, "CV-"):
        assert secret not in answer.text
    assert client.post("/work/plan", data={"key": "x"}).status_code == 400


@pytest.mark.parametrize(
    "rubbish",
    [
        {"plan_bills": ["x", "9" * 40], "plan_term": "6"},
        {"plan_of": "9" * 30, "account_id": "9" * 30},
        {"plan_months": "9" * 30},
        {"plan_months": "-3"},
        {"plan_down": "NaN"},
        {"plan_down": "9" * 30},
        {"plan_first_day": "0001-01-01"},
        {"plan_first_day": "9999-12-31", "plan_down_day": "ayer"},
        {"plan_term": "' OR 1=1"},
        {"plan_term": "999"},
        {"plan_guarantor": "x" * 300, "plan_term": "3"},
    ],
)
def test_a_forged_form_is_refused_in_a_sentence(session, ana, account, bills, rubbish):
    sent = typed(ana, account, bills) | rubbish
    assert ana.post("/work/plan", data=sent).status_code == 200
    assert ana.post("/work/save", data=sent).status_code == 422
    assert count(session, Agreement) == count(session, Call) == 0
