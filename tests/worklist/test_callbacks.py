"""Callbacks of people who are not there: offered at once, listed, handed on, freed; none is lost."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User

from app.access.staff import add_absence, edit_staff
from app.access.staff_people import StaffFacts
from app.calls.dialling import dial
from app.calls.unfinished import leave_work
from app.core import clock
from app.core.errors import RuleBroken
from app.models import AccessLog, Account, Call, Callback, Claim, TimelineEvent
from app.worklist.callbacks import (
    callbacks_needing_somebody,
    drop_callbacks,
    missed_callbacks,
    promise_callback,
    reassign_callbacks,
)
from tests.conftest import NOW
from tests.factories import make_promise
from tests.worklist.floor import DAY, HOUR, MINUTE, SETTINGS, claim, queue

DUE = NOW + HOUR  # 11:00 on the unit's clock


@pytest.fixture
def promised(session, owes, people):
    """``promised(people.ana)``: she promised somebody to call back at 11:00."""

    def make(agent, due=DUE, *, mine=True) -> Callback:
        callback = promise_callback(session, agent, NOW - HOUR, owes(), due, mine=mine)
        queue(session)
        return callback

    return make


def _away_on(session, people, agent, first=DAY, last=DAY):
    return add_absence(session, people.eva, NOW, agent.user_id, first, last, "leave")


def _works(session, people, agent, **facts):
    edit_staff(session, people.adela, NOW, agent.user_id, StaffFacts(**facts))


def _deactivate(session, agent):
    session.execute(sa.update(User).where(User.id == agent.user_id).values(active=False))


# --- offered


def test_the_callback_of_somebody_at_work_waits_for_them(session, promised, people):
    promised(people.ana)
    assert claim(session, people.luis, DUE + MINUTE) is None
    assert claim(session, people.ana, DUE + MINUTE) is not None


def test_the_callback_of_an_absent_colleague_is_offered_from_its_hour_on(session, promised, people):
    callback = promised(people.ana)
    _away_on(session, people, people.ana)
    assert claim(session, people.luis, DUE - MINUTE) is None
    assert claim(session, people.luis, DUE).debtor_id == callback.debtor_id


def test_an_absence_taken_back_or_of_another_day_frees_nothing(session, promised, people):
    promised(people.ana)
    _away_on(session, people, people.ana, DAY + timedelta(1), DAY + timedelta(3))
    absence = _away_on(session, people, people.ana)
    absence.cancelled_at = NOW
    session.flush()
    assert claim(session, people.luis, DUE + MINUTE) is None


@pytest.mark.parametrize(
    ("hours", "offered"),
    [(("07:00", "10:59"), True), (("07:00", "11:00"), True), (("07:00", "11:02"), False),
     (("11:00", "15:00"), False), (("11:01", "15:00"), True)],
)  # fmt: skip
def test_a_callback_outside_its_owners_shift_is_offered(session, promised, people, hours, offered):
    promised(people.ana)
    start, end = (time.fromisoformat(h) for h in hours)
    _works(session, people, people.ana, shift_from=start, shift_until=end)
    assert (claim(session, people.luis, DUE + MINUTE) is not None) is offered


def test_an_owner_whose_shift_ended_meanwhile_keeps_nobody_waiting(session, promised, people):
    promised(people.ana)
    _works(
        session, people, people.ana,
        shift_from=time(7), shift_until=time(13),
    )  # fmt: skip
    assert claim(session, people.luis, DUE + HOUR) is None
    assert claim(session, people.luis, NOW + 3 * HOUR) is not None


def test_a_callback_on_a_weekday_that_its_owner_does_not_work_is_offered(session, promised, people):
    promised(people.ana)
    _works(session, people, people.ana, weekdays=(1, 3, 4, 5))
    assert claim(session, people.luis, DUE) is not None


def test_the_callback_of_somebody_inactive_is_offered(session, promised, people):
    promised(people.ana)
    _deactivate(session, people.ana)
    assert claim(session, people.luis, DUE) is not None


# --- missed


def test_a_callback_alarms_from_the_minute_of_the_setting_on(session, promised, people):
    callback = promised(people.ana)
    assert missed_callbacks(session, SETTINGS, DUE + 59 * MINUTE) == 0
    assert missed_callbacks(session, SETTINGS, DUE + 60 * MINUTE) == 1
    (row,) = callbacks_needing_somebody(session, SETTINGS, DUE + 60 * MINUTE)
    assert (row.id, row.owner, row.late, row.away) == (callback.id, "Ana Cedeño", True, None)


def test_what_will_miss_its_owner_is_listed_before_its_hour(session, promised, people):
    promised(people.luis)
    callback = promised(people.ana)
    _away_on(session, people, people.ana)
    (row,) = callbacks_needing_somebody(session, SETTINGS, NOW)
    assert (row.id, row.late, row.away) == (callback.id, False, "absent")


def test_late_on_the_weekend_it_still_alarms(session, promised, people):
    promised(people.ana, NOW + timedelta(days=3))
    saturday = NOW + timedelta(days=4)
    assert missed_callbacks(session, SETTINGS, saturday) == 1
    (row,) = callbacks_needing_somebody(session, SETTINGS, saturday)
    assert row.away == "off_shift", "nobody works on a Saturday unless their staff says so"


# --- handed on


def test_a_late_callback_is_given_to_a_colleague_who_gets_it_first(session, promised, people):
    callback = promised(people.ana)
    moved = reassign_callbacks(
        session, people.eva, SETTINGS, DUE, {callback.id: people.ana.user_id}, people.luis.user_id
    )
    assert (moved.moved, moved.changed) == (1, 0)
    assert callback.promised_by_id == people.ana.user_id
    deed = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "reassign_callback")
    ).one()
    assert (deed.before["operator_id"], deed.after["operator_id"], deed.agent_id) == (
        people.ana.user_id,
        people.luis.user_id,
        people.eva.user_id,
    )
    assert claim(session, people.ana, DUE) is None
    assert claim(session, people.luis, DUE).debtor_id == callback.debtor_id


def test_given_to_anyone_it_is_offered_to_everyone(session, promised, people):
    callback = promised(people.ana)
    reassign_callbacks(session, people.eva, SETTINGS, DUE, {callback.id: people.ana.user_id}, None)
    assert claim(session, people.luis, DUE) is not None


def test_nobody_who_is_away_or_may_not_call_is_given_a_callback(session, promised, people):
    callback = promised(people.ana)
    chosen = {callback.id: people.ana.user_id}
    _away_on(session, people, people.luis)
    for wrong in (people.luis, people.fredy, people.eva):
        with pytest.raises(RuleBroken, match="cannot call today"):
            reassign_callbacks(session, people.eva, SETTINGS, DUE, chosen, wrong.user_id)
    assert callback.operator_id == people.ana.user_id


def test_of_two_specialists_the_second_is_told_and_changes_nothing(session, promised, people):
    first, second = promised(people.ana), promised(people.ana)
    seen = {first.id: people.ana.user_id, second.id: people.ana.user_id}
    reassign_callbacks(
        session, people.eva, SETTINGS, DUE, {first.id: people.ana.user_id}, people.luis.user_id
    )
    moved = reassign_callbacks(session, people.adela, SETTINGS, DUE, seen, None)
    assert (moved.moved, moved.changed) == (1, 1)
    assert first.operator_id == people.luis.user_id, "what the first one did stays"
    with pytest.raises(RuleBroken, match="meanwhile"):
        reassign_callbacks(session, people.adela, SETTINGS, DUE, seen, None)


def test_a_callback_that_nobody_needs_is_dropped_with_its_reason(session, promised, people):
    callback = promised(people.ana)
    with pytest.raises(RuleBroken, match="Write why"):
        drop_callbacks(session, people.eva, DUE, [callback.id], "  ")
    assert drop_callbacks(session, people.eva, DUE, [callback.id], "Pagó todo") == 1
    assert drop_callbacks(session, people.eva, DUE, [callback.id], "Pagó todo") == 0
    assert missed_callbacks(session, SETTINGS, DUE + 5 * HOUR) == 0


# --- leavers


def test_who_leaves_frees_callbacks_and_the_person_held(session, promised, owes, people):
    callback = promised(people.ana)
    held_id = owes()
    queue(session)
    held = claim(session, people.ana)
    leave_work(session, people.adela, SETTINGS, NOW, people.ana.user_id)
    assert (callback.operator_id, callback.promised_by_id) == (None, people.ana.user_id)
    assert (held.closed_how, held.debtor_id) == ("released", held_id)
    _deactivate(session, people.ana)
    (row,) = callbacks_needing_somebody(session, SETTINGS, NOW)
    assert (row.promiser_left, row.promised_by) == (True, "Ana Cedeño")


def test_a_call_that_the_leaver_had_dialled_is_kept_without_outcome(session, owes, people):
    owes()
    queue(session)
    held = claim(session, people.ana)
    dial(session, people.ana, SETTINGS, NOW, held, held.debtor.contact_points[0].id)
    leave_work(session, people.adela, SETTINGS, NOW + MINUTE, people.ana.user_id)
    call = session.scalars(sa.select(Call)).one()
    assert (call.operator_id, call.outcome.code) == (people.ana.user_id, "SYS_UNDISPO")
    assert session.scalars(sa.select(Claim).where(Claim.closed_at.is_(None))).all() == []


def test_making_a_user_inactive_on_screen_frees_them_in_the_same_deed(
    session, promised, people, sign_in, monkeypatch
):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    callback = promised(people.ana)
    session.commit()
    ana = session.get(User, people.ana.user_id)
    data = {
        "first_name": ana.first_name, "last_name": ana.last_name, "username": ana.username,
        "email": ana.email, "roles": [str(r.id) for r in ana.roles],
    }  # fmt: skip
    adela = sign_in("adela")
    assert adela.post(f"/users/edit/{ana.id}", data=data | {"active": "y"}).status_code == 302
    assert session.get(Callback, callback.id, populate_existing=True).operator_id == ana.id
    assert adela.post(f"/users/edit/{ana.id}", data=data).status_code == 302
    assert session.get(Callback, callback.id, populate_existing=True).operator_id is None
    deeds = session.scalars(sa.select(TimelineEvent.deed).order_by(TimelineEvent.id.desc())).all()
    assert deeds[:2] == ["edit_ab_user", "free_callback"]


# --- the screen


@pytest.fixture
def late(session, promised, people, monkeypatch):
    """Ana's callback, three hours late, and the clock that says so."""
    callback = promised(people.ana)
    session.commit()
    monkeypatch.setattr(clock, "utcnow", lambda: DUE + 3 * HOUR)
    return callback


def test_the_specialist_sees_what_is_late_and_hands_it_on(session, late, people, sign_in):
    eva = sign_in("eva")
    page = eva.get("/callbacks/")
    assert page.status_code == 200 and "LOOR VERA MARÍA" in page.text and "3 h 0 min" in page.text
    assert 'class="nav-count">1<' in page.text
    logged = session.scalars(sa.select(AccessLog).where(AccessLog.what == "callbacks")).one()
    assert (logged.user_id, logged.rows) == (people.eva.user_id, 1)
    key = f"{late.id}:{people.ana.user_id}"
    to = str(people.luis.user_id)
    answer = eva.post("/callbacks/", data={"deed": "move_all", "shown": key, "to": to})
    assert answer.status_code == 302
    assert session.get(Callback, late.id, populate_existing=True).operator_id == people.luis.user_id
    again = eva.post("/callbacks/", data={"deed": "move", "callback": key, "to": "anyone"})
    assert again.status_code == 422
    assert session.get(Callback, late.id, populate_existing=True).operator_id == people.luis.user_id


def test_the_screen_refuses_nothing_marked_and_keeps_the_marks(session, late, people, sign_in):
    eva = sign_in("eva")
    assert eva.post("/callbacks/", data={"deed": "move", "to": "anyone"}).status_code == 422
    key = f"{late.id}:{people.ana.user_id}"
    answer = eva.post("/callbacks/", data={"deed": "drop", "callback": [key, "x:y"], "reason": ""})
    assert answer.status_code == 422 and f'value="{key}" aria-label' in answer.text
    assert "checked" in answer.text
    answer = eva.post("/callbacks/", data={"deed": "drop", "callback": key, "reason": "Ya pagó"})
    assert answer.status_code == 302
    assert session.get(Callback, late.id, populate_existing=True).done_at is not None


@pytest.mark.parametrize("owner", ["9" * 5000, "-1", "x", "9" * 18])
def test_an_owner_that_nobody_was_shown_moves_nothing(session, late, sign_in, owner):
    marked = {"callback": f"{late.id}:{owner}", "to": "anyone", "deed": "move"}
    assert sign_in("eva").post("/callbacks/", data=marked).status_code == 422
    assert session.get_one(Callback, late.id).operator_id is not None


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela"])
def test_whoever_is_no_specialist_sees_and_hands_on_nothing(session, late, sign_in, who):
    client = sign_in(who)
    assert client.get("/callbacks/").status_code == 403
    data = {"deed": "move", "callback": f"{late.id}:{late.operator_id}", "to": "anyone"}
    assert client.post("/callbacks/", data=data).status_code == 403


def test_the_auditor_reads_and_hands_on_nothing(session, late, sign_in):
    alma = sign_in("alma")
    assert "LOOR VERA MARÍA" in alma.get("/callbacks/").text
    assert alma.post("/callbacks/", data={"deed": "move", "to": "anyone"}).status_code == 403


def test_pending_promises_made_to_who_left_are_shown(session, owes, people, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    account = session.scalars(sa.select(Account).where(Account.debtor_id == owes())).one()
    make_promise(session, people.luis, account, date(2026, 11, 30))
    session.commit()
    eva = sign_in("eva")
    assert account.number not in eva.get("/callbacks/").text
    _deactivate(session, people.luis)
    session.commit()
    page = eva.get("/callbacks/").text
    assert account.number in page and "Luis Moreira" in page
