"""The gate: what is owed, promises, holds and opt-outs, and how the person can be reached."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.contact_rules.models import CHANNELS
from app.contact_rules.service import may_contact
from app.core.settings import Settings
from app.models import Account, Portfolio
from tests.contact_rules.desk import DAY, SETTINGS, Ask, at, days, reachable, refuses
from tests.factories import (
    make_account,
    make_contact_point,
    make_debtor,
    make_hold,
    make_payment,
    make_portfolio,
    make_promise,
)


@pytest.mark.parametrize("balance", ["0.00", "-3.10"])
def test_nothing_is_asked_of_who_owes_nothing(session: Session, ask: Ask, portfolio, balance):
    assert refuses(ask(reachable(session, portfolio, balance=balance)), "nothing_owed")


def test_a_payment_after_the_load_that_pays_all_refuses(
    session: Session, ask: Ask, account: Account
):
    make_payment(session, account, "99.99", DAY)
    assert ask(account).allowed
    make_payment(session, account, "0.01", DAY)
    assert refuses(ask(account), "nothing_owed")
    make_payment(session, account, "-0.01", DAY)
    assert ask(account).allowed


def test_a_payment_of_the_day_of_the_load_is_already_in_its_balance(
    session: Session, ask: Ask, account: Account
):
    make_payment(session, account, "100.00", account.balance_as_of)
    assert ask(account).allowed


def test_a_portfolio_is_too_old_after_more_than_seven_days(session: Session, ask: Ask):
    old = reachable(session, make_portfolio(session, days(-7)))
    older = reachable(session, make_portfolio(session, days(-8)))
    assert ask(old, "19:59").allowed
    assert refuses(ask(older), "stale")
    assert ask(older, settings=Settings({"stale_after_days": 8})).allowed


def test_a_closed_account_owes_nothing_and_is_not_called_stale(
    session: Session, ask: Ask, portfolio: Portfolio
):
    closed = reachable(session, portfolio, closed_on=days(-1))
    assert refuses(ask(closed), "nothing_owed")
    person = may_contact(session, SETTINGS, [closed.debtor_id], "call", at("10:00"))
    assert refuses(person[closed.debtor_id], "nothing_owed")


def test_agreed_debt_is_not_asked_for_and_what_is_beside_it_is(
    session: Session, ask: Ask, portfolio: Portfolio
):
    beside = reachable(session, portfolio, agreed_balance="40.00")
    alone = reachable(session, portfolio, balance="0.00", agreed_balance="40.00")
    assert ask(beside).allowed
    assert refuses(ask(alone), "nothing_owed", "agreement")


@pytest.mark.parametrize(("due_in", "check_in"), [(2, 3), (0, 3), (-1, 2), (-3, 0)])
def test_a_pending_promise_refuses_through_its_grace(
    session: Session, ask: Ask, people, account: Account, due_in, check_in
):
    make_promise(session, people.ana, account, days(due_in), check_on=days(check_in))
    following = "2026-11-30" if check_in == 3 else days(check_in + 1)
    assert refuses(ask(account), "promise", until=f"{following}T07:00")


def test_a_promise_past_its_grace_or_already_judged_does_not_refuse(
    session: Session, ask: Ask, people, account: Account
):
    make_promise(session, people.ana, account, days(-4), check_on=days(-1))
    for state in ("kept", "partial", "broken", "replaced"):
        make_promise(session, people.ana, account, days(5), state=state)
    assert ask(account).allowed


def test_a_promise_pauses_its_own_account_only(
    session: Session, ask: Ask, people, account: Account
):
    other = make_account(session, account.debtor, account.portfolio)
    make_promise(session, people.ana, account, days(2))
    assert not ask(account).allowed
    assert ask(other).allowed


def test_a_hold_refuses_from_its_first_through_its_last_day(
    session: Session, ask: Ask, account: Account
):
    make_hold(session, account.debtor, DAY, days(1))
    assert ask(account, "2026-11-23T19:59").allowed
    assert refuses(ask(account, "07:00"), "hold", until="2026-11-26T07:00")
    assert refuses(ask(account, "2026-11-25T19:59"), "hold", until="2026-11-26T07:00")
    assert ask(account, "2026-11-26T07:00").allowed


def test_a_hold_on_an_account_leaves_the_other_of_the_same_person_open(
    session: Session, ask: Ask, account: Account
):
    other = make_account(session, account.debtor, account.portfolio)
    make_hold(session, account.debtor, DAY, days(2), account=account)
    assert refuses(ask(account), "hold", until="2026-11-27T07:00")
    assert ask(other).allowed


def test_a_hold_on_the_person_stops_all_accounts(session: Session, ask: Ask, account: Account):
    other = make_account(session, account.debtor, account.portfolio)
    make_hold(session, account.debtor, DAY, DAY)
    assert {ask(a).refused_by for a in (account, other)} == {("hold",)}


def test_of_two_holds_the_longer_one_counts(session: Session, ask: Ask, account: Account):
    make_hold(session, account.debtor, days(-3), days(6))
    make_hold(session, account.debtor, DAY, days(1), account=account)
    assert refuses(ask(account), "hold", until="2026-12-01T07:00")


def test_the_next_allowed_moment_is_not_inside_a_hold_that_starts_later(
    session: Session, ask: Ask, account: Account
):
    make_hold(session, account.debtor, DAY, days(1))
    make_hold(session, account.debtor, days(2), days(2))
    assert refuses(ask(account), "hold", until="2026-11-27T07:00")


@pytest.mark.parametrize("disputed", ["0.00", "100.00", "250.00"])
def test_an_account_wholly_under_complaint_is_on_hold(
    session: Session, ask: Ask, portfolio, disputed
):
    account = reachable(session, portfolio, in_complaint=True, disputed_balance=disputed)
    assert refuses(ask(account), "hold")


def test_only_the_disputed_amount_is_on_hold(session: Session, ask: Ask, portfolio: Portfolio):
    account = reachable(session, portfolio, in_complaint=True, disputed_balance="40.00")
    make_payment(session, account, "59.99", DAY)
    assert ask(account).allowed
    make_payment(session, account, "0.01", DAY)
    assert refuses(ask(account), "hold")


@pytest.mark.parametrize("refused", CHANNELS)
def test_an_opt_out_stops_its_channel_only(session: Session, ask: Ask, account: Account, refused):
    make_hold(session, account.debtor, days(-10), days(2), channel=refused)
    assert refuses(ask(account, channel=refused), "opt_out", until="2026-11-27T07:00")
    assert all(ask(account, channel=channel).allowed for channel in CHANNELS if channel != refused)


def test_nobody_is_contacted_about_a_deceased_person(
    session: Session, ask: Ask, portfolio: Portfolio
):
    account = reachable(session, portfolio)
    account.debtor.deceased_reported_at = at("2026-11-20T09:00")
    session.flush()
    assert all(refuses(ask(account, channel=channel), "deceased") for channel in CHANNELS)


def test_a_retired_number_is_not_called_and_another_one_is(
    session: Session, ask: Ask, account: Account
):
    account.debtor.contact_points[0].state = "retired"
    session.flush()
    assert all(
        refuses(ask(account, channel=channel), "no_contact_point")
        for channel in ("call", "sms", "whatsapp")
    )
    make_contact_point(session, account.debtor, "phone", "+593987654321")
    assert ask(account).allowed


@pytest.mark.parametrize(
    ("contact_points", "reached"),
    [
        ({}, set()),
        ({"phones": ["+593991234567"]}, {"call", "sms", "whatsapp"}),
        ({"phones": ["+59352345678"]}, {"call"}),
        ({"emails": ["maria@example.com"]}, {"email"}),
    ],
)
def test_each_channel_needs_its_kind_of_contact_point(
    session: Session, ask: Ask, portfolio: Portfolio, contact_points, reached
):
    debtor = make_debtor(session, **({"phones": ()} | contact_points))
    account = make_account(session, debtor, portfolio)
    assert {channel for channel in CHANNELS if ask(account, channel=channel).allowed} == reached
    assert {ask(account, channel=c).refused_by for c in set(CHANNELS) - reached} == {
        ("no_contact_point",)
    }


def test_an_address_that_the_person_gave_serves_a_visit(session: Session, ask: Ask, portfolio):
    debtor = make_debtor(session, addresses=["Calle 9 y Av. 4"])
    assert ask(make_account(session, debtor, portfolio), channel="visit").allowed
