"""The weekly caps: seven local days, today included, until the first day on which the count is below them."""

from __future__ import annotations

import pytest

from app.calls.dialling import dial
from app.core.settings import Settings
from app.models import Callback
from app.worklist.service import build_worklist, claim_next, claim_person
from tests.contact_rules.desk import SETTINGS, at, days, refuses
from tests.factories import make_attempt

CAPS = Settings({"attempts_per_week": 4, "contacts_per_week": 2})


@pytest.fixture
def tried(session, account):
    """``tried(-6, -1)``: without an answer at 09:00 six days ago and yesterday."""

    def make(*ago: int, answered: bool = False, hour: str = "09:00") -> None:
        for day in ago:
            make_attempt(session, account.debtor, at(f"{days(day)}T{hour}"), answered=answered)

    return make


def test_four_attempts_within_seven_days_are_the_last(ask, account, tried):
    tried(-6, -4, -1)
    assert ask(account, settings=CAPS).allowed
    tried(-1, hour="11:00")
    # The one of Wednesday the 18th leaves the seven days on Wednesday the 25th.
    assert refuses(ask(account, settings=CAPS), "week", until="2026-11-25T07:00")


def test_what_is_older_than_seven_local_days_does_not_count(ask, account, tried):
    tried(-7, hour="23:59")
    tried(-6, hour="00:00")
    tried(-5, -1)
    assert ask(account, settings=CAPS).allowed


def test_as_many_as_bring_the_count_below_the_cap_must_leave(ask, account, tried):
    tried(-6, -5, -5, -4, -1, -1)
    # Of six, three must have left: the last of them one of Thursday the 19th, on Thursday the 26th.
    assert refuses(ask(account, settings=CAPS), "week", until="2026-11-26T07:00")


def test_the_day_on_which_it_falls_below_may_be_no_business_day(ask, account, tried):
    tried(-2, -2, -2, -2)
    # Sunday the 22nd leaves on Sunday the 29th.
    assert refuses(ask(account, settings=CAPS), "week", until="2026-11-30T07:00")


def test_contacts_have_a_cap_of_their_own(ask, account, tried):
    tried(-5, -3, answered=True)
    assert refuses(ask(account, settings=CAPS), "week", until="2026-11-26T07:00")
    assert ask(account, settings=SETTINGS).allowed


def test_both_caps_are_one_rule_and_the_later_day_counts(ask, account, tried):
    tried(-6, -6, answered=True)
    tried(-1, -1, -1, -1)
    assert refuses(ask(account, settings=CAPS), "week", until="2026-11-30T07:00")


def test_the_day_and_the_week_are_named_in_order(ask, account, tried):
    tried(-1)
    tried(0, 0, 0, hour="08:00")
    assert refuses(ask(account, settings=CAPS), "attempts", "week", until="2026-11-30T07:00")


def test_without_caps_no_week_is_counted(ask, account, tried):
    tried(*[-1] * 40)
    assert ask(account).allowed


def test_the_call_that_was_asked_for_is_service(session, ask, account, tried):
    tried(-3, -1, answered=True)
    asked_for = Callback(debtor_id=account.debtor_id, due_at=at("10:00"), asked_at=at("09:00"))
    session.add(asked_for)
    session.flush()
    assert ask(account, "09:59", settings=CAPS).refused_by == ("week",)
    assert ask(account, "10:00", settings=CAPS).allowed
    tried(-2, -2)
    assert ask(account, "10:00", settings=CAPS).refused_by == ("week",)


def test_neither_the_queue_nor_a_dial_passes_the_cap(session, people, account, tried):
    build_worklist(session, CAPS, at("09:00"))
    tried(-3, -2, -1)
    claim = claim_person(session, people.ana, CAPS, at("10:00"), account.debtor_id, "outgoing")
    point = account.debtor.contact_points[0].id
    assert dial(session, people.ana, CAPS, at("10:00"), claim, point).allowed
    again = dial(session, people.ana, CAPS, at("10:01"), claim, point)
    assert again.refused_by == ("week",)
    assert claim_next(session, people.luis, CAPS, at("10:02")) is None
