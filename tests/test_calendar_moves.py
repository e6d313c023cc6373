"""A callback is moved by its owner or a specialist, to a lawful hour, once; whoever comes second is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.core import clock
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.models import Callback, TimelineEvent
from app.worklist.callbacks import move_callback, promise_callback
from app.worklist.service import build_worklist, claim_person, release_claim
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.walking import fresh_client
from tests.worklist.floor import not_before

SETTINGS = Settings({})
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE, LATER = NOW + HOUR, NOW + 2 * DAY


@pytest.fixture
def promised(session, people, monkeypatch):
    """``promised(people.ana)``: she is to call somebody back at 11:00; None: anyone."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    portfolio = make_portfolio(session, NOW.date())

    def make(agent) -> Callback:
        debtor = make_debtor(session)
        make_account(session, debtor, portfolio)
        callback = promise_callback(
            session, agent or people.ana, NOW - HOUR, debtor.id, DUE, mine=agent is not None
        )
        build_worklist(session, SETTINGS, NOW)
        session.commit()
        return callback

    return make


def _moves(session):
    return session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "move_callback")
    ).all()


def test_its_owner_moves_it_and_the_queue_waits_for_the_new_hour(session, people, promised):
    callback = promised(people.ana)
    for due in (LATER, NOW + 2 * HOUR):
        seen = callback.due_at
        move_callback(session, people.ana, SETTINGS, NOW, callback.id, seen, due, " Trabaja ")
        assert (callback.due_at, not_before(session, callback.debtor_id)) == (due, due)
    first, _second = _moves(session)
    assert (first.before, first.after) == (
        {"due_at": DUE.isoformat()},
        {"due_at": LATER.isoformat(), "reason": "Trabaja"},
    )
    assert (first.agent_id, first.debtor_id) == (people.ana.user_id, callback.debtor_id)


def test_only_its_owner_or_a_specialist_moves_it(session, people, promised):
    hers, anyones = promised(people.ana), promised(None)
    for callback in (hers, anyones):
        with force_locale("en"), pytest.raises(RuleBroken, match="owner or a specialist"):
            move_callback(session, people.luis, SETTINGS, NOW, callback.id, DUE, LATER)
        move_callback(session, people.eva, SETTINGS, NOW, callback.id, DUE, LATER, any_owner=True)
        assert callback.due_at == LATER


@pytest.mark.parametrize(
    ("due_at", "why"),
    [
        (NOW - HOUR, "already passed"),
        (NOW + 5 * DAY, "29/11/2026"),
        (NOW + 31 * DAY, "25/12/2026"),
        (NOW + 11 * HOUR, "hour between"),
        (NOW + 300 * DAY, "days ahead"),
    ],
)
def test_an_unlawful_moment_is_refused_and_nothing_changes(session, people, promised, due_at, why):
    callback = promised(people.ana)
    with force_locale("en"), pytest.raises(RuleBroken, match=why):
        move_callback(session, people.ana, SETTINGS, NOW, callback.id, DUE, due_at)
    assert callback.due_at == DUE and _moves(session) == []


def test_what_was_done_or_moved_meanwhile_is_told(session, people, promised):
    callback = promised(people.ana)
    move_callback(session, people.ana, SETTINGS, NOW, callback.id, DUE, LATER)
    move_callback(session, people.ana, SETTINGS, NOW, callback.id, DUE, LATER)
    assert len(_moves(session)) == 1, "a repeated request writes nothing"
    with force_locale("en"), pytest.raises(RuleBroken, match="meanwhile"):
        move_callback(session, people.ana, SETTINGS, NOW, callback.id, DUE, LATER + HOUR)
    callback.done_at = NOW
    for key in (callback.id, callback.id + 1000):
        with force_locale("en"), pytest.raises(RuleBroken, match="meanwhile"):
            move_callback(session, people.ana, SETTINGS, NOW, key, LATER, LATER + HOUR)


def test_while_somebody_attends_the_person_the_hour_stays(session, people, promised):
    callback = promised(people.ana)
    held = claim_person(session, people.luis, SETTINGS, NOW, callback.debtor_id, "incoming")
    with force_locale("en"), pytest.raises(RuleBroken, match="attended"):
        move_callback(session, people.ana, SETTINGS, NOW, callback.id, DUE, LATER)
    release_claim(session, people.luis, SETTINGS, NOW, held)
    move_callback(session, people.ana, SETTINGS, NOW, callback.id, DUE, LATER)
    assert callback.due_at == LATER


def test_an_abandoned_claim_does_not_hold_the_hour(session, people, promised):
    callback = promised(people.ana)
    held = claim_person(session, people.luis, SETTINGS, NOW, callback.debtor_id, "outgoing")
    after = held.lapses_at + timedelta(seconds=1)
    move_callback(session, people.ana, SETTINGS, after, callback.id, DUE, LATER)
    assert callback.due_at == LATER


# --- on the page


def _move(client, moved, at="2026-11-26T15:30", **values):
    data = {"callback": moved.id, "seen": DUE.isoformat(), "at": at} | values
    return client.post("/calendar/move", data=data, headers={"Accept": "application/json"})


def test_the_page_moves_it_by_the_units_clock_or_says_why_not(app, session, people, promised):
    callback = promised(people.ana)
    ana = fresh_client(app, "ana")
    refused = _move(ana, callback, "2026-11-29T10:00")
    assert (refused.status_code, list(refused.json)) == (409, ["error"])
    assert "29/11/2026" in refused.json["error"]
    moved = _move(ana, callback)
    assert (moved.status_code, "26/11/2026 15:30" in moved.json["said"]) == (200, True)
    session.refresh(callback)
    assert callback.due_at.isoformat() == "2026-11-26T20:30:00+00:00"
    assert _move(ana, callback, "2026-11-26T16:00").status_code == 409, "seen where it was"


@pytest.mark.parametrize(
    ("username", "status"), [("luis", 409), ("eva", 200), ("alma", 403), ("fredy", 403)]
)
def test_who_may_move_anas_callback(app, session, people, promised, username, status):
    callback = promised(people.ana)
    assert _move(fresh_client(app, username), callback).status_code == status
    assert len(_moves(session)) == (status == 200)


@pytest.mark.parametrize(
    "wrong",
    [
        {"callback": "x"},
        {"callback": "9" * 30},
        {"seen": ""},
        {"seen": "2026-11-24T11:00"},
        {"at": "tomorrow"},
        {"at": "2026-11-26T15:30+00:00"},
        {"at": "0001-01-01T00:00"},
    ],
)
def test_what_is_no_callback_or_no_moment_is_a_bad_request(app, people, promised, wrong):
    callback = promised(people.ana)
    assert _move(fresh_client(app, "ana"), callback, **wrong).status_code == 400
