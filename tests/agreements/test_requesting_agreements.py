"""Agreements asked for: over which bills, on which terms; drafts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.agreements.judging import check_agreements
from app.agreements.offers import offer_of
from app.agreements.service import (
    approve_agreement,
    draft_agreement,
    request_agreement,
)
from app.core.settings import Settings
from app.holds.service import hold_bills, lift_hold
from app.models import (
    Agreement,
    Debtor,
)
from tests.agreements.floor import (
    DAY,
    LATER,
    LATEST,
    SETTINGS,
    refusal,
    sums,
    told,
    wanted,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_payment,
    make_portfolio,
)


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


def test_with_a_rate_what_is_paid_in_all_is_more_than_the_capital(session, people, account):
    values = Settings({"agreement_rate_percent": Decimal("12")})
    agreement = request_agreement(session, people.ana, NOW, values, wanted(account))
    interest = [Decimal(n) for n in ("1.60", "1.33", "1.07", "0.80", "0.53", "0.27")]
    assert (agreement.capital, agreement.total) == (200, 200 + sum(interest))
    assert sums(session, account) == (200, 200, 0)


def test_where_no_down_payment_is_asked_for_it_runs_once_given(session, people, account):
    values = Settings({"agreement_down_percent": Decimal("0")})
    asked = request_agreement(session, people.ana, NOW, values, wanted(account, months=4))
    assert [(i.number, i.amount) for i in asked.instalments] == [(n, 50) for n in range(1, 5)]
    assert approve_agreement(session, people.eva, LATER, values, asked.id).state == "active"


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


def test_a_bill_that_a_complaint_disputes_is_not_put_off_until_it_is_answered(
    session, people, account, ask
):
    disputed = account.bills[1]
    [hold] = hold_bills(
        session, people.ana, NOW, SETTINGS, account.debtor_id, [disputed], "complaint", 30
    )
    assert [bill.bill_id for bill in offer_of(session, account.id).free] == [
        account.bills[0].id,
        account.bills[2].id,
    ]
    asked = wanted(account, 1)
    assert refusal(request_agreement, session, people.ana, NOW, SETTINGS, asked).field == "bills"
    lift_hold(session, people.eva, NOW, hold.id, "complaint_answered")
    assert ask(1).capital == disputed.balance


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
