"""The gate: hours, weekends, holidays, and the attempts and contacts of a day."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.contact_rules.models import CHANNELS
from app.contact_rules.service import count_attempt
from app.core.business_days import proposed_holidays
from app.core.settings import Settings, change_setting, settings_on
from app.models import Account, Holiday
from tests.contact_rules.desk import DAY, Ask, at, days, reachable, refuses
from tests.factories import (
    make_account,
    make_attempt,
    make_portfolio,
)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("moment", ["07:00", "10:00", "19:59", "19:59:59.999999"])
def test_every_channel_is_open_within_the_hours(ask: Ask, account: Account, moment, channel):
    assert ask(account, moment, channel).allowed


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("00:00", "07:00"),
        ("06:59", "07:00"),
        ("06:59:59.999999", "07:00"),
        ("20:00", "2026-11-25T07:00"),
        ("23:59", "2026-11-25T07:00"),
    ],
)
def test_no_channel_is_open_outside_the_hours(ask: Ask, account: Account, moment, until, channel):
    assert refuses(ask(account, moment, channel), "hours", until=until)


def test_the_hours_are_those_of_the_zone_of_the_unit(ask: Ask, account: Account):
    galapagos = Settings({"zone": "Pacific/Galapagos"})
    assert refuses(ask(account, "07:59", settings=galapagos), "hours", until="08:00")
    assert ask(account, "20:59", settings=galapagos).allowed


@pytest.mark.parametrize("day", ["2026-11-28", "2026-11-29"])
def test_a_weekend_waits_for_monday(ask: Ask, account: Account, day):
    assert refuses(ask(account, f"{day}T10:00"), "weekend", until="2026-11-30T07:00")
    assert refuses(ask(account, f"{day}T21:00"), "hours", "weekend", until="2026-11-30T07:00")


def test_friday_night_waits_for_monday(ask: Ask, account: Account):
    assert refuses(ask(account, "2026-11-27T20:00"), "hours", until="2026-11-30T07:00")


@pytest.mark.parametrize(
    ("day", "until"),
    [
        ("2026-01-02", "2026-01-05T07:00"),  # decree, a Friday
        ("2027-08-09", "2027-08-10T07:00"),  # moved by law from the 10th
        ("2027-11-01", "2027-11-03T07:00"),
        ("2027-11-02", "2027-11-03T07:00"),  # moved by law from the 3rd
        ("2027-02-08", "2027-02-10T07:00"),
    ],
)
def test_a_holiday_waits_for_the_next_business_day(session: Session, ask: Ask, day, until):
    account = reachable(session, make_portfolio(session, date.fromisoformat(day)))
    assert refuses(ask(account, f"{day}T10:00"), "holiday", until=until)


@pytest.mark.parametrize("day", ["2027-08-10", "2027-11-03"])
def test_the_day_that_a_holiday_was_moved_from_is_open(session: Session, ask: Ask, day):
    account = reachable(session, make_portfolio(session, date.fromisoformat(day)))
    assert ask(account, f"{day}T10:00").allowed


def test_the_eve_of_a_long_holiday_waits_for_its_end(session: Session, ask: Ask):
    account = reachable(session, make_portfolio(session, date(2025, 12, 31)))
    assert refuses(ask(account, "2025-12-31T20:30"), "hours", until="2026-01-05T07:00")


def test_the_weekday_holidays_of_2027_are_those_of_the_law():
    months = {
        1: [1],
        2: [8, 9],
        3: [26],
        4: [30],
        5: [24],
        8: [9],
        10: [8],
        11: [1, 2],
        12: [24, 31],
    }
    expected = {date(2027, month, day) for month, listed in months.items() for day in listed}
    assert {day for day in proposed_holidays([2027]) if day.weekday() < 5} == expected


def test_a_holiday_that_the_unit_adds_counts_and_one_that_it_removes_does_not(
    session: Session, ask: Ask, account: Account
):
    added = Holiday(day=DAY, name="Cantonización", scope="local")
    session.add(added)
    session.flush()
    assert refuses(ask(account), "holiday", until="2026-11-25T07:00")
    session.delete(added)
    session.flush()
    assert ask(account).allowed


def test_two_without_answer_and_one_answered_are_lawful_and_then_tomorrow(
    session: Session, ask: Ask, people, account: Account
):
    def dial(moment: str, answered: bool) -> None:
        assert ask(account, moment).allowed
        count_attempt(session, people.ana, at(moment), account.debtor_id, "call", answered=answered)

    dial("09:10", answered=False)
    dial("09:12", answered=False)
    dial("15:00", answered=True)
    assert refuses(ask(account, "15:01"), "attempts", "contacts", until="2026-11-25T07:00")
    assert ask(account, "2026-11-25T07:00").allowed


def test_a_fourth_attempt_is_refused_by_every_channel(session: Session, ask: Ask, account: Account):
    for moment, channel in (("08:00", "call"), ("08:10", "sms"), ("08:20", "visit")):
        assert ask(account, moment, channel).allowed
        make_attempt(session, account.debtor, at(moment), channel)
    for channel in CHANNELS:
        verdict = ask(account, "08:30", channel)
        assert refuses(verdict, "attempts", until="2026-11-25T07:00")


def test_after_an_answer_nobody_asks_again_that_day(session: Session, ask: Ask, account: Account):
    make_attempt(session, account.debtor, at("08:00"), answered=True)
    assert refuses(ask(account, channel="email"), "contacts", until="2026-11-25T07:00")


def test_an_attempt_whose_answer_is_not_known_yet_counts_as_an_attempt_only(
    session: Session, ask: Ask, account: Account
):
    for moment in ("08:00", "08:01", "08:02"):
        make_attempt(session, account.debtor, at(moment), answered=None)
    assert refuses(ask(account), "attempts", until="2026-11-25T07:00")


def test_the_caps_count_the_day_of_the_unit_not_of_utc(
    session: Session, ask: Ask, account: Account
):
    make_attempt(session, account.debtor, at("2026-11-23T23:59:59"), answered=True)
    assert ask(account).allowed
    make_attempt(session, account.debtor, at("00:00"), answered=True)
    assert not ask(account, "19:30").allowed


def test_the_caps_count_all_accounts_and_portfolios_of_a_person_together(
    session: Session, ask: Ask, account: Account
):
    other = make_account(session, account.debtor, make_portfolio(session, days(-1), "mejoras"))
    make_attempt(session, account.debtor, at("08:00"), answered=True)
    assert refuses(ask(other), "contacts", until="2026-11-25T07:00")


def test_a_cap_holds_from_its_date(session: Session, ask: Ask, people, account: Account):
    change_setting(session, people.eva, at("2026-11-20T09:00"), "attempts_per_day", "1", DAY)
    for day in (days(-1), DAY):
        make_attempt(session, account.debtor, at(f"{day}T08:00"))
    before, after = (settings_on(session, day) for day in (days(-1), DAY))
    assert ask(account, "2026-11-23T10:00", settings=before).allowed
    verdict = ask(account, settings=after)
    assert refuses(verdict, "attempts", until="2026-11-25T07:00")


def test_what_happened_later_that_day_does_not_refuse_an_earlier_moment(
    session: Session, ask: Ask, account: Account
):
    for moment in ("09:10", "09:12", "15:00"):
        make_attempt(session, account.debtor, at(moment), answered=moment == "15:00")
    assert [ask(account, moment).allowed for moment in ("09:10", "09:12", "15:00")] == [True] * 3
