"""Settings: from when they hold, who changed them, on screen and by command."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.core import clock
from app.core.errors import RuleBroken
from app.core.settings import (
    SETTINGS,
    cancel_setting,
    change_setting,
    history_mark,
    setting_states,
    settings_on,
)
from app.models import SettingValue, TimelineEvent
from tests.conftest import NOW

TODAY = NOW.date()
TOMORROW, LATER = TODAY + timedelta(1), TODAY + timedelta(10)


@pytest.fixture(autouse=True)
def in_english(session, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    with force_locale("en"):
        yield


def _change(session, people, name, typed, day=TODAY, **more):
    change_setting(session, people.adela, NOW, name, typed, day, **more)


def _newest(session) -> SettingValue:
    return session.scalars(sa.select(SettingValue).order_by(SettingValue.id.desc())).first()


# --- the service


def test_each_day_keeps_the_value_that_held_then(session, people):
    _change(session, people, "recovery_days", "20")
    _change(session, people, "recovery_days", "10", LATER)
    days = (TODAY - timedelta(1), TODAY, LATER - timedelta(1), LATER)
    assert [settings_on(session, d)["recovery_days"] for d in days] == [30, 20, 20, 10]
    state = setting_states(session, TODAY)["recovery_days"]
    assert (state.value, state.row.value, [r.value for r in state.coming]) == (20, "20", ["10"])


def test_what_past_days_are_told_by_changes_from_today_on_only(session, people):
    yesterday = TODAY - timedelta(1)
    for name, typed in (("promise_threshold_percent", "90"), ("daily_goal", "80")):
        with pytest.raises(RuleBroken, match="from today, 24/11/2026, on"):
            _change(session, people, name, typed, yesterday)
    _change(session, people, "claim_minutes", "30", yesterday)
    assert settings_on(session, TODAY)["claim_minutes"] == 30


def test_today_is_the_units_day(session, people):
    evening = NOW + timedelta(hours=11)
    assert evening.date() == TOMORROW
    change_setting(session, people.adela, evening, "recovery_days", "20", TODAY)


def test_a_day_before_that_of_the_value_in_force_is_refused(session, people):
    _change(session, people, "claim_minutes", "30")
    with pytest.raises(RuleBroken, match="holds since 24/11/2026"):
        _change(session, people, "claim_minutes", "25", TODAY - timedelta(3))


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("promise_threshold_percent", "97,5", Decimal("97.5")),
        ("promise_threshold_percent", " 97.5 ", Decimal("97.5")),
        ("contact_from", "08:30", time(8, 30)),
        ("zone", "Pacific/Galapagos", "Pacific/Galapagos"),
        ("dial_link", "sip:{number}@pbx.local", "sip:{number}@pbx.local"),
    ],
)
def test_values_are_read_as_people_write_them(session, people, name, typed, value):
    _change(session, people, name, typed)
    assert settings_on(session, TODAY)[name] == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("promise_threshold_percent", "100,5"),
        ("promise_threshold_percent", "mucho"),
        ("daily_goal", "0"),
        ("daily_goal", "1,5"),
        ("contact_from", "25:00"),
        ("zone", "America/Quito"),
        ("dial_link", "javascript:alert({number})"),
        ("dial_link", "tel:1800"),
        ("area_prefix", "99"),
        ("company", "   "),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(session, people, name, typed):
    with pytest.raises(RuleBroken):
        _change(session, people, name, typed)
    assert session.scalar(sa.select(sa.func.count(SettingValue.id))) == 0


def test_the_hours_for_contacting_keep_their_order_on_every_day(session, people):
    with pytest.raises(RuleBroken, match="end before they begin"):
        _change(session, people, "contact_from", "20:00")
    session.rollback()
    _change(session, people, "contact_until", "12:00", LATER)
    with pytest.raises(RuleBroken, match="04/12/2026"):
        _change(session, people, "contact_from", "13:00", TOMORROW)


def test_a_coming_value_is_taken_back_before_its_day_and_stays_in_the_history(session, people):
    _change(session, people, "daily_goal", "70", TOMORROW)
    row = _newest(session)
    cancel_setting(session, people.adela, NOW, "daily_goal", row.id)
    assert settings_on(session, TOMORROW)["daily_goal"] == 90
    assert (row.cancelled_by_id, row.value) == (people.adela.user_id, "70")
    with pytest.raises(RuleBroken, match="already been taken back"):
        cancel_setting(session, people.adela, NOW, "daily_goal", row.id)
    _change(session, people, "daily_goal", "75")
    with pytest.raises(RuleBroken, match="holds already"):
        cancel_setting(session, people.adela, NOW, "daily_goal", _newest(session).id)
    deeds = session.scalars(sa.select(TimelineEvent.deed).order_by(TimelineEvent.id)).all()
    assert deeds == ["change_setting", "cancel_setting", "change_setting"]


def test_who_was_shown_something_else_is_told_what_changed(session, people):
    seen = history_mark(session, "daily_goal")
    _change(session, people, "daily_goal", "70", seen=seen)
    with pytest.raises(RuleBroken, match="Adela Vera set 70, from 24/11/2026"):
        _change(session, people, "daily_goal", "80", seen=seen)
    _change(session, people, "daily_goal", "60", TOMORROW)
    seen = history_mark(session, "daily_goal")
    cancel_setting(session, people.adela, NOW, "daily_goal", _newest(session).id)
    with pytest.raises(RuleBroken, match="took back the value 60"):
        _change(session, people, "daily_goal", "80", seen=seen)
    assert settings_on(session, TODAY)["daily_goal"] == 70


def test_a_mark_that_nobody_was_shown_refuses_nothing_that_was_never_changed(session, people):
    _change(session, people, "daily_goal", "70", seen="x")
    assert settings_on(session, NOW.date())["daily_goal"] == 70


# --- the screen


def test_every_setting_is_on_the_screen_with_what_is_in_force_and_to_come(session, people, sign_in):
    _change(session, people, "promise_threshold_percent", "97,5", LATER)
    session.commit()
    page = sign_in("adela").get("/settings/").text
    assert all(f"/settings/{name}" in page for name in SETTINGS)
    assert "04/12/2026" in page


def test_the_administrator_changes_a_setting_with_its_reason(session, people, sign_in):
    adela = sign_in("adela")
    data = {
        "value": "85,5", "holds_from": "2026-11-30", "reason": "Resolución 12", "seen": "0-0",
    }  # fmt: skip
    assert adela.post("/settings/promise_threshold_percent", data=data).status_code == 302
    row = _newest(session)
    assert (row.value, row.reason, row.set_by_id) == ("85.5", "Resolución 12", people.adela.user_id)
    page = adela.get("/settings/promise_threshold_percent").text
    assert "Resolución 12" in page and "Adela Vera" in page and "30/11/2026" in page
    again = adela.post("/settings/promise_threshold_percent", data=data | {"value": "80"})
    assert again.status_code == 422 and 'value="80"' in again.text and "Adela Vera" in again.text
    mark = history_mark(session, "promise_threshold_percent")
    assert f'value="{mark}"' in again.text, "saved again, it holds"
    where = f"/settings/promise_threshold_percent/{row.id}/cancel"
    assert adela.post(where).status_code == 302
    assert session.get(SettingValue, row.id, populate_existing=True).cancelled_at is not None


def test_a_refused_value_stays_as_it_was_typed(session, sign_in):
    adela = sign_in("adela")
    data = {"value": "0", "holds_from": "2026-11-24", "reason": "Prueba", "seen": "0-0"}
    answer = adela.post("/settings/daily_goal", data=data)
    assert answer.status_code == 422 and 'value="Prueba"' in answer.text
    past = adela.post(
        "/settings/daily_goal", data=data | {"value": "80", "holds_from": "2026-11-01"}
    )
    assert past.status_code == 422 and 'value="2026-11-01"' in past.text
    assert adela.post("/settings/daily_goal", data=data | {"holds_from": "x"}).status_code == 422
    assert session.scalar(sa.select(sa.func.count(SettingValue.id))) == 0


@pytest.mark.parametrize(
    ("name", "control"),
    [("daily_goal", 'type="number"'), ("contact_from", 'type="time"'), ("zone", "<datalist"),
     ("promise_threshold_percent", 'inputmode="decimal"')],
)  # fmt: skip
def test_each_kind_has_its_input(sign_in, name, control):
    assert control in sign_in("adela").get(f"/settings/{name}").text


@pytest.mark.parametrize(
    ("who", "reads"), [("ana", 403), ("fredy", 403), ("eva", 200), ("alma", 200)]
)
def test_only_the_administrator_changes_settings(session, people, sign_in, who, reads):
    client = sign_in(who)
    assert client.get("/settings/").status_code == reads
    assert client.get("/settings/daily_goal").status_code == reads
    data = {"value": "80", "holds_from": "2026-11-24", "seen": "0-0"}
    assert client.post("/settings/daily_goal", data=data).status_code == 403
    assert client.post("/settings/daily_goal/1/cancel").status_code == 403
    assert settings_on(session, TODAY)["daily_goal"] == 90


def test_an_unknown_setting_is_not_found(sign_in):
    adela = sign_in("adela")
    assert adela.get("/settings/nada").status_code == 404
    assert adela.post("/settings/nada/1/cancel").status_code == 404


# --- the command


def test_the_command_uses_the_same_rules(app, session):
    run = app.test_cli_runner().invoke
    refused = run(args=["settings", "set", "daily_goal", "80", "--from", "2026-11-01"])
    assert refused.exit_code == 1
    done = run(args=["settings", "set", "promise_threshold_percent", "97,5", "--reason", "Prueba"])
    assert done.exit_code == 0, done.output
    assert (_newest(session).value, _newest(session).reason) == ("97.5", "Prueba")
    assert re.search(r"promise_threshold_percent = 97[.,]5 ", run(args=["settings", "list"]).output)


# --- catalogues


def test_a_holiday_that_has_come_stays_and_one_to_come_does_not(session, sign_in):
    eva = sign_in("eva")
    ids = {}
    for day in (TODAY - timedelta(1), TODAY, TOMORROW):
        data = {"day": day.isoformat(), "name": f"Feriado {day:%d}", "scope": "local"}
        assert eva.post("/holidays/add", data=data).status_code == 302
        ids[day] = session.scalar(sa.text("SELECT id FROM holiday WHERE day = :day"), {"day": day})
    for day in (TODAY - timedelta(1), TODAY):
        eva.post(f"/holidays/delete/{ids[day]}")
        moved = {"day": "2031-01-02", "name": "Otro", "scope": "local"}
        assert eva.post(f"/holidays/edit/{ids[day]}", data=moved).status_code == 200
        named = moved | {"day": day.isoformat()}
        assert eva.post(f"/holidays/edit/{ids[day]}", data=named).status_code == 302
    eva.post(f"/holidays/delete/{ids[TOMORROW]}")
    left = session.scalars(sa.text("SELECT day FROM holiday WHERE name IN ('Otro', 'Feriado 25')"))
    assert sorted(left) == [TODAY - timedelta(1), TODAY]


@pytest.mark.parametrize("who", ["eva", "adela", "alma"])
def test_whoever_reads_a_catalogue_sees_who_changed_it_deleted_rows_too(session, sign_in, who):
    adela = sign_in("adela")
    data = {"label": "Prueba uno", "position": "50", "is_active": "y"}
    adela.post("/nonpayment-reasons/add", data=data)
    pk = session.scalar(sa.text("SELECT max(id) FROM nonpayment_reason"))
    adela.post(
        f"/nonpayment-reasons/edit/{pk}", data=data | {"label": "Prueba dos", "is_active": ""}
    )
    reader = sign_in(who)
    page = reader.get(f"/nonpayment-reasons/show/{pk}").text
    told = page[page.index('id="history"') :]
    assert "Adela Vera" in told and "Prueba uno" in told and "Prueba dos" in told
    adela.post(f"/nonpayment-reasons/delete/{pk}")
    history = reader.get("/nonpayment-reasons/history").text
    assert history.count("Adela Vera") >= 3 and "Prueba dos" in history
    assert f"/show/{pk}" not in history, "it has no page any more"
    assert reader.get("/nonpayment-reasons/history?before=1").status_code == 200


def test_the_history_of_people_never_shows_a_password(session, people, sign_in):
    adela = sign_in("adela")
    page = adela.get(f"/users/show/{people.ana.user_id}")
    assert page.status_code == 200 and 'id="history"' in page.text
    assert "scrypt:" not in page.text and "scrypt:" not in adela.get("/users/history").text


@pytest.mark.parametrize("who", ["ana", "fredy"])
def test_nobody_else_reads_the_history(sign_in, who):
    client = sign_in(who)
    assert client.get("/holidays/history").status_code == 403
    assert client.get("/users/history").status_code == 403


def test_dates_in_the_history_are_written_as_people_read_them(session, sign_in):
    eva = sign_in("eva")
    day = date(2031, 5, 13)
    eva.post("/holidays/add", data={"day": day.isoformat(), "name": "F", "scope": "local"})
    assert "13/05/2031" in eva.get("/holidays/history").text
