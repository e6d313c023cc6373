"""What a call proposes to the field or to coactiva, and what its correction takes back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.calls.corrections import correct_call
from app.calls.leaving import refer_in_call
from app.contact_rules.service import may_contact
from app.core import clock
from app.core.errors import RuleBroken
from app.models import Call, Hold, Referral
from app.referrals.deciding import decide_referrals
from app.referrals.service import NewReferral, propose_referral
from tests.calls.floor import HOUR, MINUTE, SETTINGS, count, english_client
from tests.conftest import NOW
from tests.factories import make_account, make_payment


def of(session) -> Referral:
    return session.scalars(sa.select(Referral)).one()


def _exhaust(begin, save, owes, note="ningún número contesta ya"):
    return save(begin(person=owes, verified=False), "BAD_EXHAUSTED", note=note)[0]


def _approve(session, people):
    decide_referrals(session, people.eva, NOW + MINUTE, SETTINGS, [of(session).id], True, "")


def _correct(session, people, call, code, note="se anotó mal"):
    return correct_call(session, people.ana, SETTINGS, NOW + HOUR, call.id, code, note, key=uuid4())


# --- without a valid number


def test_it_proposes_a_visit_and_holds_nothing_yet(session, people, begin, save, owes):
    call = _exhaust(begin, save, owes)
    made = of(session)
    assert (made.kind, made.state, made.call_id) == ("not_located", "proposed", call.id)
    assert (made.reason, made.proposed_by_id) == ("ningún número contesta ya", people.ana.user_id)
    assert count(session, Hold) == 0
    tomorrow = NOW + timedelta(days=1)
    assert may_contact(session, SETTINGS, [owes.id], "call", tomorrow)[owes.id].allowed


def test_the_same_save_twice_proposes_one(session, begin, save, owes):
    claim = begin(person=owes, verified=False)
    for _again in range(2):
        save(claim, "BAD_EXHAUSTED", note="no hay números")
    assert count(session, Referral) == count(session, Call) == 1


def test_one_that_goes_on_is_enough(session, people, begin, save, owes):
    wanted = NewReferral("hard", reason="no paga hace un año")
    propose_referral(session, people.eva, NOW - HOUR, SETTINGS, owes.id, wanted)
    _exhaust(begin, save, owes)
    assert of(session).kind == "hard" and count(session, Call) == 1


def test_who_owes_nothing_is_not_visited_and_the_call_is_saved(session, begin, save, owes, account):
    make_payment(session, account, account.balance, NOW.date())
    save(begin(person=owes, direction="incoming"), "BAD_EXHAUSTED", note="nada sirve")
    assert count(session, Referral) == 0 and count(session, Call) == 1


def test_a_correction_withdraws_what_nobody_has_decided(session, people, begin, save, owes):
    call = _exhaust(begin, save, owes)
    _correct(session, people, call, "NC_NA")
    assert (of(session).state, of(session).end_reason) == ("withdrawn", "call_corrected")


def test_what_was_decided_stays(session, people, begin, save, owes):
    call = _exhaust(begin, save, owes)
    _approve(session, people)
    _correct(session, people, call, "NC_NA")
    assert of(session).state == "approved"


@pytest.mark.parametrize("decided", [False, True])
def test_a_correction_of_the_note_keeps_it(session, people, begin, save, owes, decided):
    call = _exhaust(begin, save, owes)
    if decided:
        _approve(session, people)
    fixed = _correct(session, people, call, "BAD_EXHAUSTED", "tampoco el convencional")
    state = "approved" if decided else "proposed"
    assert (of(session).state, of(session).call_id) == (state, fixed.id)


def test_a_correction_to_it_proposes(session, people, begin, save, owes):
    call, _new = save(begin(person=owes, verified=False), "NC_NA")
    fixed = _correct(session, people, call, "BAD_EXHAUSTED", "ya no hay números")
    assert (of(session).state, of(session).call_id) == ("proposed", fixed.id)


# --- proposed on the call


def test_before_the_check_no_account_is_named(session, people, begin, owes, account, portfolio):
    small = make_account(session, owes, portfolio, "5.00")
    claim = begin(person=owes, verified=False)
    wanted = NewReferral("hard", small.id, "se esconde")
    made = refer_in_call(session, people.ana, SETTINGS, NOW, claim, wanted)
    assert (made.account_id, made.call_id, made.kind) == (account.id, None, "hard")


def test_coactiva_takes_the_verified_holder_and_an_account(session, people, begin, owes, account):
    claim = begin(person=owes, verified=False)
    with pytest.raises(RuleBroken, match="once the holder is verified"):
        refer_in_call(
            session, people.ana, SETTINGS, NOW, claim, NewReferral("enforcement", account.id, "x")
        )
    claim = begin(person=owes)
    with pytest.raises(RuleBroken, match="Choose the account"):
        refer_in_call(
            session, people.ana, SETTINGS, NOW, claim, NewReferral("enforcement", None, "x")
        )
    wanted = NewReferral("enforcement", account.id, "no quiere pagar")
    assert refer_in_call(session, people.ana, SETTINGS, NOW, claim, wanted).kind == "enforcement"


def test_before_the_check_a_refusal_tells_nothing_of_the_debt(
    session, people, begin, owes, account
):
    make_payment(session, account, account.balance, NOW.date())
    claim = begin(person=owes, verified=False, direction="incoming")
    with pytest.raises(RuleBroken, match="verify the holder to see why"):
        refer_in_call(
            session, people.ana, SETTINGS, NOW, claim, NewReferral("hard", None, "se esconde")
        )
    claim = begin(person=owes, direction="incoming")
    with pytest.raises(RuleBroken, match="owes nothing"):
        refer_in_call(
            session, people.ana, SETTINGS, NOW, claim, NewReferral("hard", None, "se esconde")
        )


# --- the screen


@pytest.fixture
def ana(app, session, people, monkeypatch, begin, owes):
    """``ana(verified=False)``: Ana's browser with the person open; ``.key`` is the claim's."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)

    def make(*, verified=True):
        claim = begin(person=owes, verified=verified)
        session.commit()
        client = english_client(app, "ana")
        client.key = str(claim.key)
        return client

    return make


def _sent(ana, **fields) -> dict:
    return {"key": ana.key, "refer_kind": "not_located", "refer_reason": "no está"} | fields


@pytest.mark.parametrize("verified", [False, True])
def test_it_is_proposed_once_and_the_screen_says_that_it_goes_on(session, ana, owes, verified):
    ana = ana(verified=verified)
    page = ana.get("/work/").text
    assert "referral in course" not in page
    assert ('value="enforcement"' in page) is verified
    answer = ana.post("/work/refer", data=_sent(ana), follow_redirects=True).text
    assert of(session).number in answer and "referral in course" in answer
    again = ana.post("/work/refer", data=_sent(ana, refer_reason="sigue sin estar"))
    assert again.status_code == 422 and again.text.count("already has a referral") == 1
    assert "sigue sin estar" in again.text and count(session, Referral) == 1


def test_the_verified_call_tells_it_and_the_unverified_one_does_not(session, ana):
    ana = ana()
    ana.post("/work/refer", data=_sent(ana, refer_reason="vive en Calceta"))
    page = ana.get("/work/").text
    assert "vive en Calceta" in page and "Referral proposed" in page


def test_before_the_check_only_that_one_goes_on_is_said(
    app, session, people, monkeypatch, begin, owes
):
    wanted = NewReferral("enforcement", owes.accounts[0].id, "juicio pendiente")
    made = propose_referral(session, people.eva, NOW - HOUR, SETTINGS, owes.id, wanted)
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)
    begin(person=owes, verified=False)
    session.commit()
    page = english_client(app, "ana").get("/work/").text
    assert "referral in course" in page
    for secret in (made.number, "juicio pendiente", "nforcement", owes.accounts[0].number):
        assert secret not in page


@pytest.mark.parametrize(
    ("rubbish", "verified"),
    [
        ({"refer_kind": "x"}, True),
        ({"refer_kind": ""}, True),
        ({"refer_kind": "y" * 40}, True),
        ({"refer_reason": "  "}, True),
        ({"refer_reason": "x" * 1001}, True),
        ({"refer_kind": "enforcement"}, True),
        ({"refer_kind": "enforcement", "refer_account": "9" * 30}, True),
        ({"refer_kind": "enforcement", "refer_account": "x"}, True),
        ({"refer_kind": "enforcement"}, False),
    ],
)
def test_a_forged_form_is_refused_in_a_sentence(session, ana, rubbish, verified):
    ana = ana(verified=verified)
    answer = ana.post("/work/refer", data=_sent(ana) | rubbish)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert count(session, Referral) == 0


@pytest.mark.parametrize("username", ["luis", "eva", "fredy", "rosa", "adela", "alma"])
def test_only_the_holder_of_the_call_proposes(app, session, ana, username):
    ana = ana()
    answer = english_client(app, username).post("/work/refer", data=_sent(ana))
    assert answer.status_code in (302, 403, 422) and count(session, Referral) == 0
