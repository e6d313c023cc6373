"""The calendar's feed: whose, which kinds, in which state, how many, and what an operator never reads."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.clock import at_local
from app.core.settings import Settings
from app.followup.calendar import LINES, Asked, calendar_feed
from app.models import AccessLog, Agreement, Callback, Holiday, Instalment
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio, make_promise
from tests.walking import fresh_client

SETTINGS = Settings({})
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
ZONE = SETTINGS["zone"]
MONTH = "?from=2026-10-26&until=2026-12-06"


@pytest.fixture
def portfolio(session, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    return make_portfolio(session, TODAY)


@pytest.fixture
def call_back(session):
    """``call_back("LOOR", NOW, people.ana)``: somebody waits for Ana's call; None: for anyone's."""

    def make(name: str, due_at: datetime, agent, **columns) -> Callback:
        callback = Callback(
            debtor_id=make_debtor(session, name).id,
            due_at=due_at,
            operator_id=agent and agent.user_id,
            asked_at=NOW - DAY,
            **columns,
        )
        session.add(callback)
        session.flush()
        return callback

    return make


@pytest.fixture
def promised(session, portfolio):
    """``promised("LOOR", TODAY, people.ana)``: 1 234,56 for that day, three days of grace."""

    def make(name: str, due_on: date, agent, **columns):
        account = make_account(session, make_debtor(session, name), portfolio, "7654.32")
        columns = {"amount": "1234.56", "check_on": due_on + 3 * DAY} | columns
        return make_promise(session, agent, account, due_on, **columns)

    return make


@pytest.fixture
def agreed(session, portfolio, people):
    """``agreed("VERA", people.ana, paid="150")``: 100 down on the 20th of November, then 60 on the 23rd
    and 60 on the 30th."""

    def make(name: str, agent, paid: str = "0", state: str = "active") -> Agreement:
        account = make_account(session, make_debtor(session, name), portfolio, "220.00")
        agreement = Agreement(
            debtor_id=account.debtor_id,
            account_id=account.id,
            state=state,
            capital=Decimal(220),
            months=2,
            grace_days=8,
            total=Decimal(220),
            made_at=NOW - 10 * DAY,
            made_by_id=agent.user_id,
            counts_from=TODAY - 10 * DAY,
            requested_at=NOW - 10 * DAY,
            requested_by_id=agent.user_id,
            decided_at=NOW - 9 * DAY,
            decided_by_id=people.eva.user_id,
            paid=Decimal(paid),
        )
        due = [(TODAY - 4 * DAY, 100, 0), (TODAY - DAY, 60, 8), (TODAY + 6 * DAY, 60, 8)]
        total = 0
        for number, (day, amount, grace) in enumerate(due):
            total += amount
            agreement.instalments.append(
                Instalment(
                    number=number,
                    due_on=day,
                    amount=Decimal(amount),
                    cumulative=Decimal(total),
                    lapses_on=day + grace * DAY,
                )
            )
        session.add(agreement)
        session.flush()
        return agreement

    return make


def _feed(session, agent, **asked):
    wanted = Asked(TODAY - 29 * DAY, TODAY + 12 * DAY, **({"view": "list"} | asked))
    return calendar_feed(session, agent, SETTINGS, NOW, wanted)


def _events(session, agent, **asked):
    return json.loads(_feed(session, agent, **asked).text)


def _states(events):
    return {(e["name"], e["kind"]): e["state"] for e in events}


# --- what is due, and its state


def test_a_callback_stands_at_the_units_hour_with_the_moment_that_was_stored(
    session, people, portfolio, call_back
):
    call_back("LATE", NOW - timedelta(minutes=5), people.ana)
    night = at_local(TODAY, datetime.strptime("23:30", "%H:%M").time(), ZONE)
    call_back("NIGHT", night, people.ana)
    call_back("DONE", NOW, people.ana, done_at=NOW)
    late, at_night = _events(session, people.ana)
    assert (late["name"], late["state"], late["at"]) == ("LATE", "late", "2026-11-24T09:55")
    assert (at_night["day"], at_night["at"]) == ("2026-11-24", "2026-11-24T23:30")
    assert datetime.fromisoformat(at_night["seen"]) == night


@pytest.mark.parametrize(
    ("due_on", "state", "shown"),
    [
        (TODAY, "pending", "open"),
        (TODAY - DAY, "pending", "grace"),
        (TODAY - 3 * DAY, "pending", "grace"),
        (TODAY - 4 * DAY, "pending", "late"),
        (TODAY - 9 * DAY, "broken", None),
        (TODAY - 9 * DAY, "replaced", None),
        (TODAY - 9 * DAY, "kept", None),
    ],
)
def test_a_promise_is_open_until_its_day_then_in_grace(
    session, people, promised, due_on, state, shown
):
    promised("LOOR", due_on, people.ana, state=state)
    assert [e["state"] for e in _events(session, people.ana)] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("paid", "states", "amounts"),
    [
        ("0", ["late", "grace", "open"], [100, 60, 60]),
        ("40", ["late", "grace", "open"], [60, 60, 60]),
        ("100", ["grace", "open"], [60, 60]),
        ("159.99", ["grace", "open"], [Decimal("0.01"), 60]),
        ("160", ["open"], [60]),
        ("-5", ["late", "grace", "open"], [100, 60, 60]),
        ("220", [], []),
    ],
)
def test_what_came_pays_the_oldest_instalment_first(session, people, agreed, paid, states, amounts):
    agreed("VERA", people.ana, paid)
    events = json.loads(_feed(session, people.ana, amounts=True).text, parse_float=Decimal)
    events.sort(key=lambda e: e["day"])
    assert [e["state"] for e in events] == states
    assert [e["amount"] for e in events] == amounts


def test_number_zero_is_the_down_payment_and_ended_agreements_have_nothing_due(
    session, people, agreed
):
    agreed("AWAITS", people.ana, state="awaiting")
    for state in ("broken", "void", "cancelled", "kept"):
        agreed(state.upper(), people.ana, "220" if state == "kept" else "0", state=state)
    events = _events(session, people.ana)
    assert sorted((e["name"], e["kind"], e["number"]) for e in events) == [
        ("AWAITS", "down", 0), ("AWAITS", "instalment", 1), ("AWAITS", "instalment", 2)]  # fmt: skip


def test_a_filter_narrows_by_kind_and_state(session, people, agreed, promised, call_back):
    agreed("VERA", people.ana, "100")
    promised("KEPT", TODAY - 9 * DAY, people.ana, state="kept", paid=1234)
    promised("GRACE", TODAY - DAY, people.ana)
    call_back("LATER", NOW + DAY, people.ana)
    late = {("GRACE", "promise"): "grace", ("VERA", "instalment"): "grace"}
    assert _states(_events(session, people.ana, state="late")) == late
    everything = _states(_events(session, people.ana, state="all"))
    assert everything[("VERA", "down")] == "paid" and everything[("KEPT", "promise")] == "kept"
    assert _states(_events(session, people.ana, state="all", kinds=("down",))) == {
        ("VERA", "down"): "paid"
    }
    assert set(_states(_events(session, people.ana, kinds=("callback", "instalment")))) == {
        ("LATER", "callback"), ("VERA", "instalment")}  # fmt: skip


# --- whose


@pytest.fixture
def everybodys(people, agreed, promised, call_back):
    for name, agent in (("ANA", people.ana), ("LUIS", people.luis)):
        call_back(f"CALL {name}", NOW, agent)
        promised(f"PAYS {name}", TODAY, agent)
        agreed(f"AGREES {name}", agent, "160")
    call_back("CALL ANYONE", NOW, None)


def test_ones_own_is_what_one_made_and_what_anyone_may_call(session, people, everybodys):
    mine = _events(session, people.ana, owner_id=people.ana.user_id)
    assert {e["name"] for e in mine} == {"CALL ANA", "PAYS ANA", "AGREES ANA", "CALL ANYONE"}
    assert {e["name"] for e in mine if not e.get("mine")} == {"CALL ANYONE"}
    his = _events(session, people.eva, owner_id=people.luis.user_id, anyones=False)
    assert {e["name"] for e in his} == {"CALL LUIS", "PAYS LUIS", "AGREES LUIS"}
    assert len(_events(session, people.eva)) == 7


# --- how many


def test_a_day_with_too_many_says_how_many_more_there_are(
    session, people, portfolio, call_back, promised
):
    for n in range(10):
        call_back(f"N{n}", NOW + timedelta(minutes=n), people.ana)
    promised("ONE", TODAY, people.ana)
    feed = _feed(session, people.ana, view="month")
    timed, _untimed = LINES["month"]
    events = json.loads(feed.text)
    assert [e.get("name") for e in events] == ["N0", "N1", None, "ONE"]
    assert events[2] == {"kind": "callback", "day": "2026-11-24", "more": 10 - timed + 1}
    assert (feed.shown, feed.total) == (timed, 11)
    assert len(_events(session, people.ana, view="list")) == 11


def test_exactly_as_many_as_fit_are_all_shown(session, people, portfolio, call_back):
    for n in range(LINES["month"][0]):
        call_back(f"N{n}", NOW, people.ana)
    assert all("name" in e for e in _events(session, people.ana, view="month"))


# --- who may ask for what


def test_an_operator_reads_names_and_nothing_else(app, session, people, everybodys):
    session.commit()
    ana = fresh_client(app, "ana")
    answer = ana.get(f"/calendar/mine/feed{MONTH}&view=list&state=all")
    allowed = {
        "key",
        "kind",
        "day",
        "at",
        "seen",
        "person",
        "name",
        "state",
        "number",
        "mine",
        "owner",
    }
    assert answer.json["total"] and {key for e in answer.json["events"] for key in e} <= allowed
    numbers = session.scalars(sa.text("SELECT number FROM account")).all()
    identifications = session.scalars(sa.text("SELECT identification FROM debtor")).all()
    page = ana.get("/calendar/mine").text
    for secret in ["1234", "7654", "1.234", *numbers, *identifications]:
        assert secret not in answer.text and secret not in page
    assert "LUIS" not in answer.text and "Moreira" not in page


def test_an_operator_who_asks_for_a_colleague_is_refused(app, session, people, everybodys):
    session.commit()
    ana = fresh_client(app, "ana")
    for whose in (people.luis.user_id, "unit", "0", "%00"):
        assert ana.get(f"/calendar/mine/feed{MONTH}&whose={whose}").status_code == 403
    assert ana.get(f"/calendar/mine/feed{MONTH}&whose={people.ana.user_id}").status_code == 200
    for where in ("/calendar/", f"/calendar/feed{MONTH}"):
        assert ana.get(where).status_code == 403


@pytest.mark.parametrize("username", ["eva", "alma"])
def test_a_specialist_and_the_auditor_see_everybodys_with_amounts(
    app, session, people, everybodys, username
):
    session.commit()
    client = fresh_client(app, username)
    events = client.get(f"/calendar/feed{MONTH}").json["events"]
    assert {e["amount"] for e in events if e["kind"] == "promise"} == {1234.56}
    assert {e["name"] for e in events} > {"CALL ANA", "CALL LUIS", "CALL ANYONE"}
    his = client.get(f"/calendar/feed{MONTH}&whose={people.luis.user_id}").json["events"]
    assert {e["name"] for e in his} == {"CALL LUIS", "PAYS LUIS", "AGREES LUIS"}
    assert "Luis Moreira" in client.get("/calendar/").text


def test_a_load_of_the_feed_is_logged_once_with_its_rows(app, session, people, everybodys):
    session.commit()
    fresh_client(app, "ana").get(f"/calendar/mine/feed{MONTH}")
    logged = session.execute(sa.select(AccessLog.kind, AccessLog.what, AccessLog.rows)).all()
    assert [tuple(row) for row in logged] == [("search", "calendar", 4)]


def test_rubbish_in_the_address_is_refused_or_left_out(app, session, people, everybodys):
    session.commit()
    ana, eva = fresh_client(app, "ana"), fresh_client(app, "eva")
    for query in (
        "from=2026-11-01&until=2027-11-01",
        "from=2026-11-02&until=2026-11-01",
        "view=year",
    ):
        assert ana.get(f"/calendar/mine/feed?{query}").status_code == 400
    for whose in ("x", "-1", "9" * 30):
        assert eva.get(f"/calendar/feed{MONTH}&whose={whose}").status_code == 400
    rest = "kind=bribe&state=none&from=9999-12-31&until=0001-01-01"
    assert ana.get(f"/calendar/mine/feed?{rest}").json["total"] == 3, "today, every kind"
    assert ana.get("/calendar/mine?view=%00&date=tomorrow&kind=x").status_code == 200


def test_the_page_knows_the_holidays_by_name_and_the_hours(app, session, portfolio):
    session.add(Holiday(day=date(2026, 11, 27), name="Cantonización", scope="local"))
    session.commit()
    page = fresh_client(app, "ana").get("/calendar/mine?kind=promise&view=week").text
    data = json.loads(page.split("data-calendar='")[1].split("'")[0])
    assert data["holidays"]["2026-11-27"] == "Cantonización"
    assert (data["from"], data["until"], data["view"]) == ("07:00", "20:00", "week")
    assert 'value="promise" checked' in page and 'value="callback" checked' not in page
