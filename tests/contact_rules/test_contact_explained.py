"""The address that says why a person may or may not be contacted, by each channel, at a moment."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.access.models import AccessLog
from app.contact_rules.facts import explain
from app.contact_rules.models import CHANNELS
from app.contact_rules.queries import RULES
from app.contact_rules.reason_texts import _TOLD, channels_of, facts_in_words
from app.contact_rules.service import may_contact, may_contact_about
from app.core import clock
from app.core.settings import Settings
from app.models import Holiday
from tests.contact_rules.desk import SETTINGS, at, days
from tests.factories import (
    make_account,
    make_attempt,
    make_debtor,
    make_hold,
    make_portfolio,
    make_promise,
)


@pytest.fixture
def told(app, session):
    """``told(account, "10:00", settings)``: the explanation and, by rule, its facts in words."""

    def ask(account, moment="10:00", settings=SETTINGS):
        session.flush()
        session.expire_all()
        found = explain(session, settings, account.debtor, at(moment))
        with app.test_request_context("/"):
            return found, {
                rule: " | ".join(facts_in_words(found, rule))
                for rule in RULES
                if channels_of(found, rule)
            }

    return ask


def test_every_rule_of_the_gate_has_its_facts():
    assert tuple(_TOLD) == RULES


def test_the_answers_are_those_of_the_gate(session, people, account, told):
    make_promise(session, people.ana, account, days(3), check_on=days(8))
    make_hold(session, account.debtor, days(-1), days(9), channel="sms", reason="optout")
    found, _facts = told(account)
    for channel in CHANNELS:
        ids = [account.debtor_id]
        assert (
            found.person[channel]
            == may_contact(session, SETTINGS, ids, channel, at("10:00"))[account.debtor_id]
        )
        about = may_contact_about(session, SETTINGS, account.id, channel, at("10:00"))
        assert found.accounts[account.id][channel] == about


def test_nothing_refuses_on_an_open_day(account, told):
    found, facts = told(account)
    assert facts == {} and all(v.allowed for v in found.person.values())


def test_hour_weekend_and_holiday_are_named(session, account, told):
    assert (
        "07:00" in told(account, "06:10")[1]["hours"]
        and "06:10" in told(account, "06:10")[1]["hours"]
    )
    assert "28" in told(account, "2026-11-28T10:00")[1]["weekend"]
    session.add(Holiday(day=days(1), name="Cantonización", scope="local"))
    assert "Cantonización" in told(account, "2026-11-25T10:00")[1]["holiday"]


def test_the_attempts_that_count_are_listed_and_no_other(session, account, told):
    for moment in ("2026-11-23T09:00", "08:05", "08:15", "08:25", "18:00"):
        make_attempt(session, account.debtor, at(moment))
    _found, facts = told(account)
    assert [hour in facts["attempts"] for hour in ("08:05", "08:15", "08:25")] == [True] * 3
    assert "09:00" not in facts["attempts"] and "18:00" not in facts["attempts"]
    assert any(said in facts["attempts"] for said in ("3 of the 3", "3 de los 3"))


def test_the_weeks_caps_count_seven_days(session, account, told):
    make_attempt(session, account.debtor, at("2026-11-18T09:00"), answered=True)
    make_attempt(session, account.debtor, at("2026-11-17T09:00"), answered=True)
    _found, facts = told(account, settings=Settings({"contacts_per_week": 1}))
    assert "18/11/2026" in facts["week"] and "17/11/2026" not in facts["week"]


def test_a_promise_a_hold_and_an_opt_out_say_their_days(session, people, account, told):
    make_promise(session, people.ana, account, days(3), check_on=days(8))
    make_hold(session, account.debtor, days(-1), days(5), reason="hardship")
    make_hold(session, account.debtor, days(-1), days(40), channel="sms", reason="optout")
    found, facts = told(account)
    assert f"{days(3):%d/%m/%Y}" in facts["promise"] and f"{days(8):%d/%m/%Y}" in facts["promise"]
    assert f"{days(5):%d/%m/%Y}" in facts["hold"] and f"{days(40):%d/%m/%Y}" not in facts["hold"]
    assert f"{days(40):%d/%m/%Y}" in facts["opt_out"]
    assert channels_of(found, "opt_out") == ["sms"]


def test_a_lifted_and_a_coming_hold_are_not_told(session, account, told):
    past = make_hold(session, account.debtor, days(-1), days(5), reason="hardship")
    past.lifted_at = at("09:00")
    coming = make_hold(session, account.debtor, days(-1), days(9), reason="manual")
    coming.starts_on = days(2)
    assert "hold" not in told(account)[1]


def test_what_is_told_differs_by_account(session, account, portfolio, told):
    old = make_portfolio(session, days(-30), "otra")
    other = make_account(session, account.debtor, old)
    found, facts = told(account)
    assert found.differs and found.person["call"].allowed
    assert other.number in facts["stale"] and account.number not in facts["stale"]
    assert f"{days(-30):%d/%m/%Y}" in facts["stale"]


def test_enforcement_and_death_say_since_when(session, account, told):
    account.enforced_at = at("2026-11-20T10:00")
    account.debtor.deceased_reported_at = at("2026-11-21T10:00")
    _found, facts = told(account)
    assert "20/11/2026" in facts["enforcement"] and "21/11/2026" in facts["deceased"]


def test_the_numbers_that_are_left_are_told_with_what_ails_them(session, portfolio, told):
    debtor = make_debtor(session, phones=("+593991234567",))
    account = make_account(session, debtor, portfolio)
    debtor.contact_points[0].state = "retired"
    found, facts = told(account)
    assert "+593991234567" in facts["no_contact_point"]
    assert {"call", "sms", "whatsapp"} <= set(channels_of(found, "no_contact_point"))


def test_a_person_without_an_open_account_is_told_so(session, told):
    debtor = make_debtor(session)
    portfolio = make_portfolio(session, days(-1), "agua")
    account = make_account(session, debtor, portfolio)
    account.closed_on = days(-1)
    found, facts = told(account)
    assert found.accounts == {} and not found.person["call"].allowed
    assert "nothing_owed" in facts


# --- on screen


@pytest.fixture
def address(account, session, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: at("10:00"))
    session.flush()
    return f"/contact/{account.debtor_id}"


@pytest.mark.parametrize("who", ["eva", "alma"])
def test_who_may_look_sees_it_and_is_logged(session, account, address, sign_in, people, who):
    answer = sign_in(who).get(address)
    assert answer.status_code == 200 and account.debtor.name in answer.text
    seen = select(AccessLog).where(
        AccessLog.what == "contact", AccessLog.debtor_id == account.debtor_id
    )
    assert session.scalars(seen).one().user_id == getattr(people, who).user_id


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela"])
def test_nobody_else_sees_it(address, sign_in, who):
    client = sign_in(who)
    assert client.get(address).status_code == 403
    assert client.get("/contact/").status_code == 403
    assert client.post("/contact/", data={"q": "LOOR"}).status_code == 403


def test_another_moment_is_asked_for_in_the_address(address, sign_in):
    eva = sign_in("eva")
    assert 'id="weekend"' in eva.get(f"{address}?at=2026-11-28T10:00").text
    assert 'id="hours"' in eva.get(f"{address}?at=2026-11-24T21:00").text
    for odd in ("", "nada", "2026-13-45T99:99", "9999-12-31T23:59", "0001-01-01T00:00"):
        assert eva.get(address, query_string={"at": odd}).status_code == 200, odd


def test_nobody_is_not_found(sign_in):
    assert sign_in("eva").get("/contact/999999").status_code == 404


def test_a_person_is_looked_up_by_post_and_logged(session, account, address, sign_in):
    answer = sign_in("eva").post("/contact/", data={"q": "loor"})
    assert address in answer.text
    rows = session.scalars(
        select(AccessLog).where(AccessLog.kind == "search", AccessLog.what == "contact")
    )
    assert [row.rows for row in rows] == [1]


def test_the_persons_page_leads_there(address, account, sign_in):
    assert address in sign_in("eva").get(f"/people/{account.debtor_id}").text
