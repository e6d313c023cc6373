"""Agreements asked for, given, refused and cancelled by people: who may, over which bills, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError

from app.agreements.judging import check_agreements, judge_agreements
from app.agreements.service import (
    Wanted,
    approve_agreement,
    cancel_agreement,
    draft_agreement,
    refuse_agreement,
    request_agreement,
)
from app.core.agent import SYSTEM
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debts.service import owed_by_person
from app.models import (
    Account,
    Agreement,
    AgreementBill,
    Bill,
    Debtor,
    TimelineEvent,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_agreement,
    make_debtor,
    make_payment,
    make_portfolio,
    make_promise,
)

SETTINGS = Settings({})
DAY = NOW.date()
LATER = NOW + timedelta(hours=2)
#: The last day on which a down payment may fall: Wednesday 2 December.
LATEST = date(2026, 12, 2)
REASON = "the person asked for it in writing"


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, DAY - timedelta(days=1))


@pytest.fixture
def account(session, portfolio):
    """Owes 200.00 in three bills, the oldest first."""
    account = make_account(
        session, make_debtor(session), portfolio, "200.00", bills=("60.00", "40.00", "100.00")
    )
    for number, bill in enumerate(account.bills):
        bill.due_on += timedelta(days=number)
    session.flush()
    return account


def wanted(account: Account, *which: int, **changed) -> Wanted:
    """All bills of the account over six months, or ``which`` of them."""
    bills = [account.bills[n] for n in which] if which else account.bills
    return Wanted(account.id, tuple(b.id for b in bills), **({"months": 6} | changed))


@pytest.fixture
def ask(session, people, account):
    """``ask()``: Ana asks for an agreement over all bills."""

    def make(*which: int, agent=people.ana, account=account, now=NOW, **changed) -> Agreement:
        return request_agreement(session, agent, now, SETTINGS, wanted(account, *which, **changed))

    return make


@pytest.fixture
def given(session, people, ask):
    """``given()``: asked for by Ana, given by Eva."""

    def make(*which: int, **changed) -> Agreement:
        asked = ask(*which, **changed)
        return approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)

    return make


def refusal(deed_, *args, **more) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        deed_(*args, **more)
    assert str(caught.value).strip().endswith(".")
    return caught.value


def sums(session, account: Account) -> tuple[Decimal, Decimal, Decimal]:
    """What of the account is owed, covered and to be collected."""
    session.flush()
    (owed,) = owed_by_person(session, account.debtor_id)
    return owed.owed, owed.covered, owed.collectable


def told(session, agreement: Agreement) -> list[tuple[str, int | None]]:
    """The timeline of the agreement: deed and who."""
    return (
        session.execute(
            sa.select(TimelineEvent.deed, TimelineEvent.agent_id)
            .where(TimelineEvent.subject == "agreement", TimelineEvent.subject_id == agreement.id)
            .order_by(TimelineEvent.id)
        )
        .tuples()
        .all()
    )


def judge(session, day: date) -> None:
    judge_agreements(session, SYSTEM, LATER + timedelta(minutes=1), day)
    session.expire_all()


# --- asked for


def test_a_request_keeps_what_the_simulator_said(session, people, account, ask):
    agreement = ask(note="she pays on the 5th")
    session.expire_all()
    assert (agreement.state, agreement.capital, agreement.total) == ("pending", 200, 200)
    assert (agreement.requested_by_id, agreement.requested_at) == (people.ana.user_id, NOW)
    assert (agreement.months, agreement.grace_days, agreement.rate_percent) == (6, 8, 0)
    assert agreement.counts_from == account.balance_as_of + timedelta(days=1)
    down, *others = agreement.instalments
    assert (down.number, down.amount, down.due_on, down.lapses_on) == (0, 40, LATEST, LATEST)
    assert [i.amount for i in others] == [Decimal("26.67")] * 5 + [Decimal("26.65")]
    assert all(i.lapses_on == i.due_on + timedelta(days=8) for i in others)
    assert others[-1].cumulative == agreement.total
    assert [(k.bill_id, k.amount, k.binds) for k in agreement.bills] == [
        (bill.id, bill.balance, True) for bill in account.bills
    ]
    money = [agreement.capital, agreement.paid, down.amount, agreement.bills[0].amount]
    assert {type(value) for value in money} == {Decimal}
    assert told(session, agreement) == [("request_agreement", people.ana.user_id)]
    assert check_agreements(session, DAY) == []


def test_the_days_and_the_down_payment_asked_for_are_kept(session, ask):
    first = date(2026, 12, 30)
    agreement = ask(down_payment=Decimal("80.00"), down_due_on=DAY, first_due_on=first)
    dues = [(i.due_on, i.amount) for i in agreement.instalments[:2]]
    assert dues == [(DAY, 80), (first, 20)]


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("months", {"months": 25}),
        ("down_payment", {"down_payment": Decimal("39.99")}),
        ("down_payment", {"down_payment": Decimal("200")}),
        ("down_due_on", {"down_due_on": DAY - timedelta(days=1)}),
        ("first_due_on", {"first_due_on": date(2026, 12, 25)}),
        ("bills", {"bill_ids": ()}),
        ("bills", {"bill_ids": (0,)}),
    ],
)
def test_what_the_unit_does_not_give_is_refused_and_nothing_is_written(
    session, people, account, field, changed
):
    asked = replace(wanted(account), **changed)
    no = refusal(request_agreement, session, people.ana, NOW, SETTINGS, asked)
    assert no.field == field
    assert session.scalar(sa.select(sa.func.count(Agreement.id))) == 0


def test_bills_of_another_account_and_gone_ones_are_refused(session, people, portfolio, account):
    other = make_account(session, session.get_one(Debtor, account.debtor_id), portfolio, "70.00")
    strange = replace(wanted(account), bill_ids=(account.bills[0].id, other.bills[0].id))
    assert refusal(request_agreement, session, people.ana, NOW, SETTINGS, strange).field == "bills"
    account.bills[0].closed_on = DAY
    session.flush()
    gone = wanted(account, 0)
    assert refusal(request_agreement, session, people.ana, NOW, SETTINGS, gone).field == "bills"


def test_an_account_that_owes_nothing_has_nothing_to_put_off(session, people, account):
    account.closed_on = DAY
    session.flush()
    refusal(request_agreement, session, people.ana, NOW, SETTINGS, wanted(account))
    refusal(
        request_agreement,
        session,
        people.ana,
        NOW,
        SETTINGS,
        replace(wanted(account), account_id=0),
    )


def test_payments_since_the_load_are_taken_from_the_oldest_bills(session, people, account, ask):
    make_payment(session, account, "70.00", DAY)
    paid_up = wanted(account, 0)
    assert refusal(request_agreement, session, people.ana, NOW, SETTINGS, paid_up).field == "bills"
    agreement = ask(1, 2)
    assert agreement.capital == 130
    assert [k.amount for k in agreement.bills] == [30, 100]
    assert sums(session, account) == (130, 130, 0)


@pytest.mark.parametrize(
    ("disputed", "which", "allowed"),
    [
        ("0.00", (0,), False),
        ("50.00", (), False),
        ("100.00", (0, 1), True),
        ("100.01", (0, 1), False),
    ],
)
def test_what_is_under_complaint_is_not_put_off(session, people, account, disputed, which, allowed):
    account.in_complaint, account.disputed_balance = True, Decimal(disputed)
    session.flush()
    asked = wanted(account, *which)
    if allowed:
        made = request_agreement(session, people.ana, NOW, SETTINGS, asked)
        assert made.capital == 100
        assert sums(session, account)[2] == 0
    else:
        refusal(request_agreement, session, people.ana, NOW, SETTINGS, asked)


@pytest.mark.parametrize(
    ("backed", "allowed"),
    [
        ({}, False),
        ({"guarantor_name": "VERA LUIS"}, False),
        ({"guarantor_identification": "1303753618"}, False),
        ({"guarantor_name": "VERA LUIS", "guarantor_identification": "1303753619"}, False),
        ({"guarantor_name": "VERA LUIS", "guarantor_identification": "1303753618"}, True),
        ({"guarantee": "mortgage of the house at CALLE 13"}, True),
        ({"guarantee": "   "}, False),
    ],
)
def test_a_large_capital_asks_for_a_guarantor_or_a_guarantee(
    session, people, portfolio, ask, backed, allowed
):
    at_most = make_account(session, make_debtor(session), portfolio, "24100.00")
    assert ask(account=at_most).state == "pending"
    large = make_account(session, make_debtor(session), portfolio, "24100.01")
    if allowed:
        agreement = ask(account=large, **backed)
        assert (agreement.guarantor_name, agreement.guarantee) == (
            backed.get("guarantor_name", ""),
            backed.get("guarantee", ""),
        )
    else:
        asked = wanted(large, **backed)
        no = refusal(request_agreement, session, people.ana, NOW, SETTINGS, asked)
        assert no.field and no.field.startswith("guarant")


# --- drafts


def test_a_draft_is_written_over_and_becomes_the_request(session, people, account, ask):
    first = draft_agreement(session, people.ana, NOW, SETTINGS, wanted(account, 0))
    assert (first.state, first.requested_by_id) == ("draft", None)
    second = draft_agreement(session, people.ana, NOW, SETTINGS, wanted(account, 0, 1, months=3))
    assert (second.id, second.capital, len(second.instalments)) == (first.id, 100, 4)
    assert sums(session, account) == (200, 0, 200)
    assert [k.binds for k in second.bills] == [False, False]
    made = ask()
    assert (made.id, made.state, made.capital) == (first.id, "pending", 200)
    assert sums(session, account) == (200, 200, 0)
    session.expire_all()
    assert (len(made.bills), len(made.instalments)) == (3, 7)


# --- decided


def test_another_one_gives_it(session, people, account, ask):
    asked = ask()
    agreement = approve_agreement(session, people.eva, LATER, SETTINGS, asked.id, "as agreed")
    assert (agreement.state, agreement.decided_by_id, agreement.decided_at, agreement.decision) == (
        "awaiting",
        people.eva.user_id,
        LATER,
        "as agreed",
    )
    assert told(session, agreement) == [
        ("request_agreement", people.ana.user_id),
        ("approve_agreement", people.eva.user_id),
    ]
    assert sums(session, account) == (200, 200, 0)
    assert check_agreements(session, DAY) == []


def test_what_was_paid_while_it_waited_counts(session, people, account, ask):
    asked = ask()
    payment = make_payment(session, account, "40.00", DAY)
    payment.recorded_at = NOW + timedelta(hours=1)
    session.flush()
    agreement = approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    session.expire_all()
    assert (agreement.state, agreement.paid) == ("active", 40)
    assert sums(session, account) == (160, 160, 0)


def test_giving_one_judges_no_other(session, people, portfolio, ask):
    other = make_agreement(
        session,
        people.ana,
        people.eva,
        make_account(session, make_debtor(session), portfolio, "90.00"),
        [(DAY - timedelta(days=3), "20"), (DAY + timedelta(days=30), "70")],
    )
    approve_agreement(session, people.eva, LATER, SETTINGS, ask().id)
    session.expire_all()
    assert (other.state, told(session, other)) == ("awaiting", [])
    judge(session, DAY)
    assert (other.state, told(session, other)) == ("void", [("judge_agreement", None)])


def test_the_pending_promise_gives_way_when_it_is_given(session, people, account, ask):
    promise = make_promise(session, people.ana, account, DAY + timedelta(days=5))
    asked = ask()
    session.refresh(promise)
    assert promise.state == "pending"
    approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    session.refresh(promise)
    assert promise.state == "withdrawn"
    assert promise.end_reason


def test_it_is_refused_with_a_reason_and_its_bills_are_free(session, people, account, ask):
    asked = ask()
    for nothing in ("", "  ", "x"):
        no = refusal(refuse_agreement, session, people.eva, LATER, asked.id, nothing)
        assert no.field
    agreement = refuse_agreement(session, people.eva, LATER, asked.id, REASON)
    session.expire_all()
    assert (agreement.state, agreement.decision, agreement.decided_by_id) == (
        "refused",
        REASON,
        people.eva.user_id,
    )
    assert not any(k.binds for k in agreement.bills)
    assert sums(session, account) == (200, 0, 200)
    assert told(session, agreement)[-1] == ("refuse_agreement", people.eva.user_id)


@pytest.mark.parametrize("is_given", [False, True])
def test_it_is_cancelled_with_a_reason_while_it_goes_on(
    session, people, account, ask, given, is_given
):
    agreement = given() if is_given else ask()
    refusal(cancel_agreement, session, people.eva, LATER, SETTINGS, agreement.id, " ")
    cancel_agreement(session, people.eva, LATER, SETTINGS, agreement.id, REASON)
    session.expire_all()
    assert (agreement.state, agreement.end_reason, agreement.ended_by_id, agreement.ended_on) == (
        "cancelled",
        REASON,
        people.eva.user_id,
        DAY,
    )
    assert not any(k.binds for k in agreement.bills)
    assert sums(session, account) == (200, 0, 200)
    assert told(session, agreement)[-1] == ("cancel_agreement", people.eva.user_id)
    assert check_agreements(session, LATEST + timedelta(days=1)) == []


def test_nobody_decides_what_they_asked_for(session, people, ask):
    asked = ask(agent=people.eva)
    refusal(approve_agreement, session, people.eva, LATER, SETTINGS, asked.id)
    refusal(refuse_agreement, session, people.eva, LATER, asked.id, REASON)
    assert asked.state == "pending"
    raw = sa.text(
        "UPDATE agreement SET state = 'awaiting', decided_at = :at, decided_by_id = requested_by_id"
        " WHERE id = :id"
    )
    with pytest.raises(IntegrityError, match="approver_is_another"), session.begin_nested():
        session.execute(raw, {"at": LATER, "id": asked.id})


@pytest.mark.parametrize("state", ["awaiting", "active", "kept", "broken", "refused"])
def test_the_database_takes_no_decision_that_nobody_made(session, ask, state):
    asked = ask()
    raw = sa.text("UPDATE agreement SET state = :state WHERE id = :id")
    with pytest.raises(IntegrityError, match="decided"), session.begin_nested():
        session.execute(raw, {"state": state, "id": asked.id})


def test_the_last_moment_to_give_it_is_its_first_day(session, people, ask):
    asked = ask()
    last = NOW + (LATEST - DAY)
    too_late = last + timedelta(days=1)
    refusal(approve_agreement, session, people.eva, too_late, SETTINGS, asked.id)
    assert approve_agreement(session, people.eva, last, SETTINGS, asked.id).state == "awaiting"


def test_a_request_that_became_void_is_given_no_more(session, people, account, ask):
    asked = ask()
    judge(session, LATEST + timedelta(days=1))
    assert asked.state == "void"
    late = NOW + timedelta(days=9)
    refusal(approve_agreement, session, people.eva, late, SETTINGS, asked.id)
    refusal(refuse_agreement, session, people.eva, late, asked.id, REASON)
    assert sums(session, account) == (200, 0, 200)


def test_each_deed_is_done_once(session, people, ask):
    asked = ask()
    approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    refusal(approve_agreement, session, people.adela, LATER, SETTINGS, asked.id)
    refusal(refuse_agreement, session, people.adela, LATER, asked.id, REASON)
    cancel_agreement(session, people.eva, LATER, SETTINGS, asked.id, REASON)
    refusal(cancel_agreement, session, people.eva, LATER, SETTINGS, asked.id, REASON)
    refusal(approve_agreement, session, people.eva, LATER, SETTINGS, asked.id)
    assert [deed_ for deed_, _ in told(session, asked)] == [
        "request_agreement",
        "approve_agreement",
        "cancel_agreement",
    ]


def test_what_is_not_there_is_not_decided(session, people):
    for deed_, more in (
        (approve_agreement, (SETTINGS, 0)),
        (refuse_agreement, (0, REASON)),
        (cancel_agreement, (SETTINGS, 0, REASON)),
    ):
        with pytest.raises(LookupError):
            deed_(session, people.eva, LATER, *more)


# --- no second one over the same debt


def test_an_account_has_one_at_a_time(session, people, account, ask):
    asked = ask(0)
    no = refusal(request_agreement, session, people.luis, LATER, SETTINGS, wanted(account, 1))
    assert asked.number in str(no)
    approve_agreement(session, people.eva, LATER, SETTINGS, asked.id)
    refusal(request_agreement, session, people.luis, LATER, SETTINGS, wanted(account, 1))
    refusal(draft_agreement, session, people.luis, LATER, SETTINGS, wanted(account, 1))


def test_the_database_refuses_a_second_one_of_the_account_and_of_the_bill(
    session, people, account, ask
):
    asked = ask(0)
    dues = [(LATEST, "20"), (LATEST + timedelta(days=30), "80")]
    with (
        pytest.raises(IntegrityError, match="uq_agreement_going_on_account"),
        session.begin_nested(),
    ):
        make_agreement(session, people.ana, people.eva, account, dues)
    raw = sa.text(
        "INSERT INTO agreement_bill (agreement_id, bill_id, amount, binds)"
        " VALUES (:agreement, :bill, 1, TRUE)"
    )
    ended = make_agreement(session, people.ana, people.eva, account, dues, state="cancelled")
    session.execute(sa.delete(AgreementBill).where(AgreementBill.agreement_id == ended.id))
    same = {"agreement": ended.id, "bill": asked.bills[0].bill_id}
    with pytest.raises(IntegrityError, match="uq_agreement_bill_binding"), session.begin_nested():
        session.execute(raw, same)


def test_after_a_broken_one_its_bills_are_put_off_again_only_when_they_are_gone(
    session, people, account, given
):
    broken = given(0, 1)
    payment = make_payment(session, account, "20.00", DAY)
    payment.recorded_at = LATER
    session.flush()
    judge(session, date(2027, 2, 1))
    assert broken.state == "broken"
    later = NOW + timedelta(days=70)
    no = refusal(request_agreement, session, people.ana, later, SETTINGS, wanted(account, 0, 2))
    assert no.field == "bills"
    assert broken.number in str(no)
    assert sums(session, account) == (180, 0, 180)
    other = request_agreement(session, people.ana, later, SETTINGS, wanted(account, 2))
    assert (other.state, other.capital) == ("pending", 100)
    refuse_agreement(session, people.eva, later, other.id, REASON)
    account.bills[0].closed_on = account.bills[1].closed_on = later.date()
    judge(session, later.date())
    assert not any(k.binds for k in broken.bills)


@pytest.mark.parametrize("end", ["kept", "void", "refused", "cancelled"])
def test_after_one_that_ended_well_the_same_bills_are_put_off_again(
    session, people, account, ask, end
):
    first = ask(2)
    if end == "refused":
        refuse_agreement(session, people.eva, LATER, first.id, REASON)
    elif end == "cancelled":
        cancel_agreement(session, people.eva, LATER, SETTINGS, first.id, REASON)
    else:
        approve_agreement(session, people.eva, LATER, SETTINGS, first.id)
    if end == "kept":
        make_payment(session, account, "100.00", DAY).recorded_at = LATER
        session.flush()
    again = NOW + timedelta(days=9)
    judge(session, again.date())
    assert first.state == end
    second = request_agreement(session, people.ana, again, SETTINGS, wanted(account, 2))
    assert (second.state, second.bills[0].binds) == ("pending", True)
    assert check_agreements(session, again.date()) == []


# --- the rest of the account


def test_other_bills_and_new_ones_are_still_collected(session, account, given):
    given(0, 1)
    assert sums(session, account) == (200, 100, 100)
    session.add(Bill(account_id=account.id, number="NEW", balance=Decimal(35), due_on=DAY))
    account.balance += 35
    assert sums(session, account) == (235, 100, 135)


def test_what_fell_due_and_was_not_paid_is_asked_for_again(session, account, given):
    agreement = given(2)
    payment = make_payment(session, account, "20.00", DAY)
    payment.recorded_at = LATER
    session.flush()
    first = agreement.instalments[1]
    judge(session, first.due_on)
    assert sums(session, account) == (180, 80, 100)
    judge(session, first.due_on + timedelta(days=1))
    assert sums(session, account) == (180, 80 - first.amount, 100 + first.amount)
