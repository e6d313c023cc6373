"""The gate: several rules, accounts and persons together, its log and its command."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.contact_rules.service import log_refusal, may_contact
from app.core.settings import change_setting
from app.models import Account, ContactRefusal, Holiday
from tests.contact_rules.desk import DAY, SETTINGS, Ask, at, days, reachable, refuses
from tests.factories import (
    make_account,
    make_attempt,
    make_hold,
    make_payment,
    make_portfolio,
    make_promise,
)


def test_every_rule_that_refuses_is_named_in_order(session: Session, ask: Ask, people):
    account = reachable(
        session, make_portfolio(session, date(2026, 10, 1)), balance="0.00", agreed_balance="5.00"
    )
    debtor, holiday = account.debtor, date(2026, 11, 28)
    session.add(Holiday(day=holiday, name="Feriado local", scope="local"))
    for minute in ("00", "01", "02"):
        make_attempt(session, debtor, at(f"{holiday}T00:{minute}"), answered=True)
    make_promise(session, people.ana, account, date(2026, 12, 1))
    make_hold(session, debtor, holiday, holiday)
    make_hold(session, debtor, holiday, holiday, channel="call")
    debtor.deceased_reported_at = at("2026-11-20T09:00")
    debtor.contact_points[0].state = "retired"
    session.flush()
    every_rule = (
        "hours weekend holiday attempts contacts nothing_owed stale promise agreement hold opt_out"
        " deceased no_contact_point"
    )
    assert refuses(ask(account, f"{holiday}T06:00"), *every_rule.split())


def test_the_next_moment_waits_for_the_last_of_the_refusals(
    session: Session, ask: Ask, people, account: Account
):
    make_attempt(session, account.debtor, at("08:00"), answered=True)
    make_promise(session, people.ana, account, DAY, check_on=days(3))
    make_hold(session, account.debtor, DAY, days(1))
    verdict = ask(account, "20:15")
    assert refuses(verdict, "hours", "contacts", "promise", "hold", until="2026-11-30T07:00")


def test_a_refusal_without_end_leaves_no_next_moment(session: Session, ask: Ask, account: Account):
    make_hold(session, account.debtor, DAY, days(1))
    make_payment(session, account, "100.00", DAY)
    assert refuses(ask(account, "06:00"), "hours", "nothing_owed", "hold")


def test_a_person_may_be_asked_about_the_one_account_that_is_free(
    session: Session, people, account: Account
):
    debtor = account.debtor
    free = make_account(session, debtor, account.portfolio)
    make_promise(session, people.ana, account, days(2))
    assert may_contact(session, SETTINGS, [debtor.id], "call", at("10:00"))[debtor.id].allowed
    make_hold(session, debtor, DAY, DAY, account=free)
    verdict = may_contact(session, SETTINGS, [debtor.id], "call", at("10:00"))[debtor.id]
    assert refuses(verdict, "promise", "hold", until="2026-11-25T07:00")


def test_a_refusal_is_logged_with_its_rules_and_the_next_moment(
    session: Session, ask: Ask, people, account: Account
):
    make_hold(session, account.debtor, DAY, DAY)
    log_refusal(session, people.ana, at("20:30"), ask(account, "20:30"), "call", "dial")
    row = session.query(ContactRefusal).filter_by(debtor_id=account.debtor_id).one()
    assert (row.rules, row.channel, row.occasion) == (["hours", "hold"], "call", "dial")
    assert (row.at, row.next_allowed_at) == (at("20:30"), at("2026-11-25T07:00"))
    assert (row.account_id, row.asked_by_id) == (account.id, people.ana.user_id)


def explain(app: Flask, account_number: str, moment: str, channel: str = "call"):
    return app.test_cli_runner().invoke(
        args=["contact", "explain", "--portfolio", "agua", "--account", account_number]
        + ["--channel", channel, "--at", moment, "--json"]
    )


def test_the_command_explains_in_the_zone_of_the_unit(app: Flask, account: Account):
    refused = json.loads(explain(app, account.number, "2026-11-24T06:59").stdout.splitlines()[-1])
    next_at = refused.pop("next_allowed_at")
    assert refused == {"allowed": False, "refused_by": ["hours"]}
    assert datetime.fromisoformat(next_at) == at("07:00")
    assert next_at.startswith("2026-11-24T07:00")
    allowed = json.loads(
        explain(app, account.number_key, "2026-11-24T09:30").stdout.splitlines()[-1]
    )
    assert allowed == {"allowed": True, "refused_by": [], "next_allowed_at": None}


def test_the_command_uses_the_settings_of_the_day_asked_about(
    session: Session, app: Flask, people, account: Account
):
    change_setting(session, people.eva, at("09:00"), "contact_from", "09:00", days(1))
    answers = [
        json.loads(explain(app, account.number, f"{day}T08:00").stdout.splitlines()[-1])["allowed"]
        for day in (DAY, days(1))
    ]
    assert answers == [True, False]


@pytest.mark.parametrize(
    ("number", "moment", "channel"),
    [
        ("404", "2026-11-24T09:30", "call"),
        (None, "mañana", "call"),
        (None, "2026-11-24T09:30", "fax"),
    ],
)
def test_the_command_fails_on_what_it_cannot_read(
    app: Flask, account: Account, number, moment, channel
):
    assert explain(app, number or account.number, moment, channel).exit_code != 0
