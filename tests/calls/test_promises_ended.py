"""A pending promise is replaced or withdrawn with a reason, by who may; what follows from it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.calls.sheet import history_of
from app.calls.withdrawing import withdraw_by_hand, withdraw_in_call
from app.contact_rules.service import may_contact
from app.core import clock
from app.core.agent import SYSTEM
from app.core.errors import RuleBroken
from app.core.reasons import LONGEST_REASON
from app.core.settings import change_setting, settings_on
from app.debts.service import owed_by_person
from app.models import (
    AccessLog,
    Account,
    Claim,
    Promise,
    TimelineEvent,
    WorklistItem,
)
from app.promises.reading import counted_payments
from app.promises.service import (
    check_promises,
    judge_promises,
    make_promises,
    withdraw_pending_of_account,
    withdraw_promise,
)
from app.promises.terms import PromiseTerms
from tests.calls.floor import SETTINGS
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio, make_promise

DAY = NOW.date()
DUE = date(2026, 11, 27)
LATER = NOW + timedelta(minutes=5)
WHY = "no le pagan hasta el martes"


@pytest.fixture
def pending(session, people, debtor):
    """Forty dollars that Luis was promised, of the debtor whom Ana calls."""
    return make_promise(session, people.luis, debtor.accounts[0], DUE, amount="40.00")


@pytest.fixture
def promise(session, people, debtor):
    """``promise("60.00", reason="…")``: Ana is promised so much today."""

    def make(amount="60.00", *, reason="", due_on=DUE, holding=SETTINGS, now=LATER):
        account = debtor.accounts[0]
        owed = owed_by_person(session, debtor.id)
        terms = PromiseTerms({account.id: Decimal(amount)}, due_on, None, reason=reason)
        made = make_promises(
            session, people.ana, now, holding, owed, terms, full=False, call_id=None
        )
        return made[0]

    return make


def _events(session, verb):
    return session.scalars(sa.select(TimelineEvent).where(TimelineEvent.deed == verb)).all()


# --- replaced


@pytest.mark.parametrize("reason", ["", "   ", "no", "x" * (LONGEST_REASON + 1)])
def test_without_a_reason_the_pending_promise_stays(session, pending, promise, reason):
    with pytest.raises(RuleBroken, match="why it is replaced") as refused, session.begin_nested():
        promise(reason=reason)
    assert refused.value.field == "replace_reason"
    assert (pending.state, pending.ended_at) == ("pending", None)
    assert session.scalars(sa.select(Promise.id)).all() == [pending.id]


def test_the_replaced_one_keeps_who_when_and_why(session, people, pending, promise):
    new = promise(reason=f"  {WHY} ")
    assert (pending.state, pending.replaced_by_id) == ("replaced", new.id)
    assert (pending.ended_by_id, pending.ended_at, pending.end_reason) == (
        people.ana.user_id,
        LATER,
        WHY,
    )
    told = [row for row in history_of(session, new.debtor_id) if row.kind == "promise_ended"]
    assert [(row.at, row.state, row.who, row.note) for row in told] == [
        (LATER, "replaced", people.ana.name, WHY)
    ]


def test_a_reason_is_not_asked_for_where_nothing_is_pending(session, pending, promise):
    withdraw_pending_of_account(session, SYSTEM, NOW, pending.account_id, "firmó un convenio")
    assert (promise().state, pending.state) == ("pending", "withdrawn")


def test_the_call_screen_asks_for_it_and_keeps_what_was_typed(
    session,
    sign_in,
    pending,
    begin,
    monkeypatch,
):
    monkeypatch.setattr(clock, "utcnow", lambda: LATER)
    claim, account = begin(direction="incoming"), pending.account_id
    session.commit()
    ana = sign_in("ana")
    assert 'name="replace_reason"' in ana.get("/work/").text
    typed = {
        "key": str(claim.key),
        "outcome": "RPC_PTP_PART",
        "day": "other",
        "due_on": "2026-12-01",
        f"amount_{account}": "61,50",
        "note": "llamó ella",
    }
    answer = ana.post("/work/save", data=typed)
    assert answer.status_code == 422
    assert "61,50" in answer.text and "llamó ella" in answer.text and "2026-12-01" in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert ana.post("/work/save", data=typed | {"replace_reason": WHY}).status_code == 302
    session.expire_all()
    assert (pending.state, pending.end_reason) == ("replaced", WHY)


def test_nobody_is_asked_why_when_nothing_is_pending(session, sign_in, begin, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: LATER)
    begin()
    session.commit()
    page = sign_in("ana").get("/work/").text
    assert 'name="amount_' in page
    assert 'name="replace_reason"' not in page


# --- withdrawn


def test_a_withdrawn_promise_pauses_nothing_and_is_judged_no_more(session, people, pending):
    gate = ("call", NOW + timedelta(days=1))
    assert (
        "promise"
        in may_contact(session, SETTINGS, [pending.debtor_id], *gate)[pending.debtor_id].refused_by
    )
    withdraw_by_hand(session, people.eva, SETTINGS, LATER, pending.id, WHY)
    assert (pending.state, pending.ended_at, pending.ended_by_id, pending.end_reason) == (
        "withdrawn",
        LATER,
        people.eva.user_id,
        WHY,
    )
    assert (
        may_contact(session, SETTINGS, [pending.debtor_id], *gate)[pending.debtor_id].refused_by
        == ()
    )
    make_payment(session, session.get_one(Account, pending.account_id), "40.00", DAY)
    judge_promises(session, SYSTEM, LATER, DUE + timedelta(days=9))
    session.expire_all()
    assert (pending.state, pending.paid) == ("withdrawn", Decimal("0.00"))
    assert check_promises(session, DUE + timedelta(days=9)) == []
    (event,) = _events(session, "withdraw_promise")
    assert (event.before, event.after) == (
        {"state": "pending"},
        {"state": "withdrawn", "reason": WHY},
    )
    weighed = sa.select(WorklistItem.built_at).where(WorklistItem.debtor_id == pending.debtor_id)
    assert session.scalar(weighed) is not None


@pytest.mark.parametrize("state", ["kept", "partial", "broken", "replaced", "withdrawn"])
def test_only_a_pending_one_can_be_withdrawn(session, people, pending, state):
    pending.state = state
    with pytest.raises(RuleBroken, match="no longer pending"), session.begin_nested():
        withdraw_promise(session, people.eva, LATER, pending.id, WHY)
    assert (pending.state, _events(session, "withdraw_promise")) == (state, [])


@pytest.mark.parametrize("reason", ["", " ", "ya", "x" * (LONGEST_REASON + 1)])
def test_it_needs_a_reason(session, people, pending, reason):
    with pytest.raises(RuleBroken, match="why the promise is withdrawn") as refused:
        withdraw_promise(session, people.eva, LATER, pending.id, reason)
    assert (refused.value.field, pending.state) == ("withdraw_reason", "pending")


def test_an_account_without_a_pending_promise_has_none_to_withdraw(session, people, pending):
    gone = withdraw_pending_of_account(session, people.eva, LATER, pending.account_id, WHY)
    assert gone is pending
    assert withdraw_pending_of_account(session, people.eva, LATER, pending.account_id, WHY) is None
    with pytest.raises(RuleBroken, match="no such promise"):
        withdraw_promise(session, people.eva, LATER, 10**15, WHY)


def test_a_specialist_withdraws_from_its_page(session, sign_in, pending):
    session.commit()
    eva, page = sign_in("eva"), f"/promises/withdrawal/{pending.id}"
    assert page in eva.get(f"/promises/show/{pending.id}").text
    assert eva.get(page).status_code == 200
    refused = eva.post(page, data={"reason": "no"})
    assert (refused.status_code, 'value="no"' in refused.text) == (422, True)
    assert eva.post(page, data={"reason": WHY}).location == f"/promises/show/{pending.id}"
    again = eva.post(page, data={"reason": WHY})
    assert (again.status_code, len(_events(session, "withdraw_promise"))) == (422, 1)
    shown = eva.get(f"/promises/show/{pending.id}").text
    assert WHY in shown and page not in shown
    assert eva.get("/promises/withdrawal/999999999").status_code == 404
    seen = sa.select(AccessLog.id).where(AccessLog.debtor_id == pending.debtor_id)
    assert len(session.scalars(seen).all()) == 3


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela", "alma"])
def test_nobody_else_does(session, sign_in, pending, who):
    session.commit()
    answer = sign_in(who).post(f"/promises/withdrawal/{pending.id}", data={"reason": WHY})
    assert (answer.status_code, pending.state) == (403, "pending")


def test_the_verified_holder_takes_it_back_in_a_call(
    session,
    sign_in,
    pending,
    begin,
    monkeypatch,
):
    monkeypatch.setattr(clock, "utcnow", lambda: LATER)
    claim = begin(direction="incoming")
    session.commit()
    ana = sign_in("ana")
    typed = {"key": str(claim.key), "promise": str(pending.id)}
    refused = ana.post("/work/promise/withdraw", data=typed | {"withdraw_reason": "ya"})
    assert (refused.status_code, 'value="ya"' in refused.text) == (422, True)
    done = ana.post("/work/promise/withdraw", data=typed | {"withdraw_reason": WHY})
    assert (done.status_code, pending.state, pending.end_reason) == (302, "withdrawn", WHY)
    page = ana.get("/work/").text
    assert WHY in page and 'name="withdraw_reason"' not in page
    again = ana.post("/work/promise/withdraw", data=typed | {"withdraw_reason": WHY})
    assert (again.status_code, len(_events(session, "withdraw_promise"))) == (422, 1)


def test_not_before_the_check_nor_somebody_elses(session, people, debtor, pending, begin):
    claim = begin(verified=False, direction="incoming")
    withdraw = (session, people.ana, SETTINGS, LATER, claim)
    with pytest.raises(RuleBroken, match="verified holder"):
        withdraw_in_call(*withdraw, pending.id, WHY)
    stranger = make_account(session, make_debtor(session), make_portfolio(session, DAY))
    other = make_promise(session, people.luis, stranger, DUE)
    session.delete(session.get_one(Claim, claim.id))
    session.flush()
    withdraw = (session, people.ana, SETTINGS, LATER, begin(direction="incoming"))
    for promise_id in (other.id, 10**15):
        with pytest.raises(RuleBroken, match="does not belong"):
            withdraw_in_call(*withdraw, promise_id, WHY)
    assert {pending.state, other.state} == {"pending"}


# --- what may be promised


def test_what_stands_under_an_agreement_cannot_be_promised(session, debtor, promise):
    debtor.accounts[0].covered = Decimal("200.00")
    session.flush()
    with pytest.raises(RuleBroken) as refused, session.begin_nested():
        promise("50.01")
    assert str(refused.value) == (
        "At most 50.00 may be promised: the other 200.00 stands under an agreement."
    )
    assert refused.value.field == "amount"
    assert promise("50.00").amount == Decimal("50.00")


def test_terms_hold_from_their_day_and_old_promises_keep_theirs(session, people, promise):
    tomorrow = DAY + timedelta(days=1)
    for name, value in (
        ("promise_threshold_percent", "50"),
        ("promise_grace_days", "0"),
        ("promise_max_days", "2"),
    ):
        change_setting(session, people.adela, NOW, name, value, tomorrow)
    old = promise(due_on=DAY + timedelta(days=15), holding=settings_on(session, DAY))
    kept = (old.threshold_percent, old.check_on, old.due_on)
    holding, now = settings_on(session, tomorrow), NOW + timedelta(days=1)
    with pytest.raises(RuleBroken, match="between 25/11/2026 and 27/11/2026"):
        promise(reason=WHY, due_on=DAY + timedelta(days=4), holding=holding, now=now)
    new = promise(reason=WHY, holding=holding, now=now)
    assert kept == (Decimal("95"), date(2026, 12, 14), date(2026, 12, 9))
    assert (old.threshold_percent, old.check_on, old.due_on) == kept
    assert (new.threshold_percent, new.check_on) == (Decimal("50"), DUE)


def test_the_longest_term_cannot_change_in_the_past(session, people):
    with pytest.raises(RuleBroken):
        change_setting(session, people.adela, NOW, "promise_max_days", "9", DAY - timedelta(days=1))


# --- levels


def _paid(session, promise: Promise, paid_on: date, amount: str, **columns) -> None:
    account = session.get_one(Account, promise.account_id)
    payment = make_payment(session, account, amount, paid_on, **columns)
    payment.recorded_at = LATER + timedelta(days=30)
    session.flush()


def _judged(session, day: date) -> None:
    judge_promises(session, SYSTEM, LATER + timedelta(days=(day - DAY).days), day)
    session.expire_all()


def test_the_level_comes_down_when_a_broken_promise_turns_out_kept(session, debtor, pending):
    _judged(session, DUE + timedelta(days=1))
    assert (pending.state, debtor.level) == ("broken", 1)
    _paid(session, pending, DUE, "40.00")
    judge_promises(session, SYSTEM, LATER, DUE + timedelta(days=3))
    session.expire_all()
    assert (pending.state, debtor.level) == ("kept", 0)


def test_a_level_is_of_both_what_was_broken_and_what_was_refused(
    session,
    people,
    debtor,
    pending,
    begin,
    save,
):
    save(begin(direction="incoming"), "RPC_REFUSE", note="no pagará")
    assert debtor.level == 1
    _judged(session, DUE + timedelta(days=1))
    assert debtor.level == 2


# --- the check, and what counted


def test_the_check_finds_what_the_payments_do_not_say(session, pending):
    assert check_promises(session, DAY) == []
    pending.state, pending.paid = "kept", Decimal("40.00")
    session.flush()
    (found,) = check_promises(session, DAY)
    assert (found.promise_id, found.account_id) == (pending.id, pending.account_id)
    assert (found.stored_state, found.state) == ("kept", "pending")
    assert (found.stored_paid, found.paid) == (Decimal("40.00"), Decimal("0.00"))
    assert pending.state == "kept", "it writes nothing"


def test_the_check_finds_a_second_pending_one(session, people, pending):
    session.execute(sa.text("DROP INDEX uq_promise_pending_account"))
    account = session.get_one(Account, pending.account_id)
    make_promise(session, people.ana, account, DUE)
    found = check_promises(session, DAY)
    assert [(f.promise_id, f.stored_state, f.state) for f in found] == [
        (pending.id, "pending", "replaced")
    ]


def test_the_payments_that_counted_are_shown_with_their_total(session, sign_in, pending):
    account = session.get_one(Account, pending.account_id)
    make_payment(session, account, "11.00", DAY - timedelta(days=9), reference="ANTES")
    make_payment(session, account, "15.25", DAY, reference="UNO", channel="Banco")
    make_payment(session, account, "-15.25", DAY + timedelta(days=1), reference="UNO")
    make_payment(session, account, "20.50", DUE, reference="DOS")
    counted = counted_payments(session, DUE, [pending.id])[pending.id]
    assert [(p.reference, p.amount, p.total) for p in counted] == [
        ("UNO", Decimal("15.25"), Decimal("15.25")),
        ("UNO", Decimal("-15.25"), Decimal("0.00")),
        ("DOS", Decimal("20.50"), Decimal("20.50")),
    ]
    session.commit()
    page = sign_in("alma").get(f"/promises/show/{pending.id}").text
    assert "UNO" in page and "15,25" in page and "ANTES" not in page


def test_an_operator_sees_what_counted_in_a_verified_call_alone(
    session,
    sign_in,
    pending,
    begin,
    monkeypatch,
):
    account = session.get_one(Account, pending.account_id)
    make_payment(session, account, "15.25", DAY, reference="UNO")
    monkeypatch.setattr(clock, "utcnow", lambda: LATER)
    claim = begin(verified=False, direction="incoming")
    session.commit()
    ana = sign_in("ana")
    assert "UNO" not in ana.get("/work/").text
    number = account.number
    ana.post("/work/identity", data={"key": str(claim.key), "account": number})
    assert "UNO" in ana.get("/work/").text
