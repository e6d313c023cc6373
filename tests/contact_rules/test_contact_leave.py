"""What leaves the phone: enforcement, the field's own hold, numbers on hold; and holds as they stood then."""

from __future__ import annotations

import pytest

from app.calls.dialling import dial
from app.contact_rules.models import CHANNELS
from app.core.settings import Settings
from app.models import ContactRefusal
from app.worklist.service import claim_person
from tests.contact_rules.desk import DAY, SETTINGS, at, days, refuses
from tests.factories import make_contact_point, make_hold


def number_hold(session, debtor, point):
    return make_hold(session, debtor, DAY, days(3), point=point, reason="manual")


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_in_enforcement_is_left_alone_from_then_on(session, ask, account, channel):
    account.enforced_at = at("10:00")
    session.flush()
    assert ask(account, "09:59", channel).allowed
    assert refuses(ask(account, "10:00", channel), "enforcement")


def test_enforcement_is_not_told_as_an_agreement_or_a_hold(session, ask, account):
    account.enforced_at, account.agreed_balance = at("09:00"), 5
    account.in_complaint, account.disputed_balance = True, 20
    session.flush()
    assert refuses(ask(account), "enforcement")


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_fields_own_hold_leaves_the_visit_free(session, ask, account, channel):
    make_hold(session, account.debtor, DAY, days(5), reason="referral")
    assert ask(account, channel=channel).refused_by == (() if channel == "visit" else ("hold",))


def test_another_hold_of_the_person_stops_the_visit_too(session, ask, account):
    make_hold(session, account.debtor, DAY, days(5), reason="hardship")
    assert ask(account, channel="visit").refused_by == ("hold",)


def test_a_hold_stands_from_when_it_was_placed_until_it_was_lifted(session, ask, account):
    make_hold(session, account.debtor, DAY, days(5), placed_at=at("09:00"), lifted_at=at("11:00"))
    asked = [ask(account, hour).allowed for hour in ("08:59", "09:00", "10:59", "11:00")]
    assert asked == [True, False, False, True]


def test_a_hold_that_begins_tomorrow_for_a_year_is_no_hold_without_end(session, ask, account):
    make_hold(session, account.debtor, days(1), days(300))
    assert refuses(ask(account, "20:30"), "hours", until="2027-09-21T07:00")


def test_a_number_on_hold_is_not_reached_while_another_is(session, ask, account):
    debtor = account.debtor
    other = make_contact_point(session, debtor, "phone", "+59352345678")
    number_hold(session, debtor, debtor.contact_points[0])
    assert ask(account).allowed
    assert "no_contact_point" in ask(account, channel="sms").refused_by
    assert ask(account, channel="email").allowed
    number_hold(session, debtor, other)
    assert ask(account).refused_by == ("no_contact_point",)
    assert ask(account, f"{days(6)}T10:00").allowed


def test_the_screen_does_not_dial_a_number_on_hold(session, people, account):
    debtor = account.debtor
    free = make_contact_point(session, debtor, "phone", "+593987654321")
    held = debtor.contact_points[0]
    number_hold(session, debtor, held)
    claim = claim_person(session, people.ana, SETTINGS, at("10:00"), debtor.id, "outgoing")
    verdict = dial(session, people.ana, SETTINGS, at("10:00"), claim, held.id)
    assert verdict.refused_by == ("no_contact_point",)
    logged = session.query(ContactRefusal).one()
    assert (logged.occasion, logged.rules) == ("dial", ["no_contact_point"])
    assert dial(session, people.ana, Settings({}), at("10:01"), claim, free.id).allowed
