"""One holder a person; what returns by itself; calls promised back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.calls.dialling import attend, dial
from app.calls.effects import CallResult
from app.calls.service import record_call
from app.calls.unfinished import close_unfinished
from app.contact_rules.service import Verdict
from app.core.errors import RuleBroken
from app.models import Account, Callback, Claim, ContactRefusal, Outcome
from app.worklist.callbacks import due_callbacks, promise_callback, settle_callbacks
from app.worklist.service import (
    claim_person,
    find_claim,
    keep_claim,
    my_claim,
    put_off,
    release_claim,
    return_lapsed_claims,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_portfolio,
    make_promise,
)
from tests.worklist.floor import (
    DAY,
    HOUR,
    MINUTE,
    SETTINGS,
    TOMORROW_AT_SEVEN,
    called,
    claim,
    not_before,
    queue,
)

# --- claims


def test_an_abandoned_claim_returns_and_a_colleague_gets_the_person(session, owes, people):
    debtor_id = owes()
    queue(session)
    lost = claim(session, people.ana)
    later = lost.lapses_at + timedelta(seconds=1)
    assert claim(session, people.luis, lost.lapses_at) is None
    assert claim(session, people.luis, later).debtor_id == debtor_id
    session.refresh(lost)
    assert lost.closed_how == "lapsed"


def test_a_dialled_claim_stays_with_its_operator_until_the_night(session, owes, people):
    owes()
    queue(session)
    held = claim(session, people.ana)
    dial(session, people.ana, SETTINGS, NOW, held, held.debtor.contact_points[0].id)
    assert return_lapsed_claims(session, NOW + 5 * HOUR) == 0
    assert my_claim(session, people.ana) is held
    assert close_unfinished(session, SETTINGS, NOW + 12 * HOUR) == 1
    assert held.closed_how == "saved"


def test_work_on_the_person_makes_the_claim_lapse_later(session, owes, people):
    held = claim_person(session, people.ana, SETTINGS, NOW, owes(), "outgoing")
    keep_claim(session, held, SETTINGS, NOW + 19 * MINUTE)
    assert return_lapsed_claims(session, NOW + 30 * MINUTE) == 0
    assert return_lapsed_claims(session, NOW + 40 * MINUTE) == 1


def test_whom_one_attends_stays_longer_than_whom_one_calls(session, owes, people):
    claim_person(session, people.ana, SETTINGS, NOW, owes(), "incoming")
    assert return_lapsed_claims(session, NOW + 60 * MINUTE) == 0
    assert return_lapsed_claims(session, NOW + 4 * HOUR) == 1


def test_a_person_given_back_is_offered_again_but_not_once_dialled(session, owes, people):
    debtor_id = owes()
    queue(session)
    held = claim(session, people.ana)
    release_claim(session, people.ana, SETTINGS, NOW, held)
    assert held.closed_how == "released"
    assert claim(session, people.luis) is None
    later = NOW + 2 * HOUR
    again = claim(session, people.luis, later)
    assert again.debtor_id == debtor_id
    dial(session, people.luis, SETTINGS, later, again, again.debtor.contact_points[0].id)
    with pytest.raises(RuleBroken, match="already dialled"):
        release_claim(session, people.luis, SETTINGS, later, again)
    assert again.closed_at is None


def test_one_open_call_an_operator_and_one_holder_a_person(session, owes, people):
    mine, other = owes(), owes()
    held = claim_person(session, people.ana, SETTINGS, NOW, mine, "counter")
    assert claim_person(session, people.ana, SETTINGS, NOW, mine, "counter") is held
    with pytest.raises(RuleBroken, match="call open"):
        claim_person(session, people.ana, SETTINGS, NOW, other, "counter")
    with pytest.raises(RuleBroken, match="colleague"):
        claim_person(session, people.luis, SETTINGS, NOW, mine, "incoming")


def test_a_claim_is_found_by_its_operator_only(session, owes, people):
    held = claim_person(session, people.ana, SETTINGS, NOW, owes(), "incoming")
    assert find_claim(session, people.ana, held.key) is held
    assert find_claim(session, people.luis, held.key) is None


def test_looking_somebody_up_to_call_them_asks_the_gate_but_an_incoming_call_does_not(
    session, owes, people
):
    debtor_id = owes()
    night = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    verdict = attend(session, people.ana, SETTINGS, night, debtor_id, "outgoing")
    assert isinstance(verdict, Verdict)
    assert session.scalars(sa.select(ContactRefusal.rules)).all() == [["hours"]]
    assert isinstance(attend(session, people.ana, SETTINGS, night, debtor_id, "incoming"), Claim)


# --- callbacks


def test_my_due_callback_comes_before_heavier_people(session, owes, people):
    heavy, light = owes("5000.00", oldest_due_on=date(2020, 1, 1)), owes("50.00")
    account = session.scalars(sa.select(Account).where(Account.debtor_id == heavy)).one()
    make_promise(session, people.ana, account, date(2026, 11, 16), state="broken", judged_at=NOW)
    promise_callback(session, people.ana, NOW - HOUR, light, NOW - MINUTE, mine=True)
    items = queue(session)
    assert items[heavy].score > items[light].score
    assert claim(session, people.ana).debtor_id == light


def test_a_callback_is_not_offered_before_its_hour(session, owes, people):
    debtor_id = owes()
    promise_callback(session, people.ana, NOW, debtor_id, NOW + HOUR, mine=True)
    queue(session)
    assert claim(session, people.ana) is None
    assert claim(session, people.ana, NOW + HOUR).debtor_id == debtor_id


def test_the_callback_of_a_colleague_is_not_offered_and_one_for_anyone_is(session, owes, people):
    own, anyones = owes("5000.00"), owes("50.00")
    promise_callback(session, people.ana, NOW - HOUR, own, NOW - MINUTE, mine=True)
    promise_callback(session, people.ana, NOW - HOUR, anyones, NOW - MINUTE, mine=False)
    queue(session)
    assert claim(session, people.luis).debtor_id == anyones
    assert claim(session, people.ana).debtor_id == own


def test_no_answer_before_the_hour_of_a_callback_does_not_bring_it_forward(session, owes, people):
    debtor_id = owes()
    promise_callback(session, people.ana, NOW, debtor_id, NOW + 6 * HOUR, mine=True)
    called(session, people.ana, debtor_id, now=NOW + HOUR)
    assert not_before(session, debtor_id) == NOW + 6 * HOUR


def test_a_callback_is_done_when_the_person_was_reached_not_when_nobody_answered(
    session, owes, people
):
    debtor_id = owes()
    callback = promise_callback(session, people.ana, NOW - HOUR, debtor_id, NOW - MINUTE, mine=True)
    assert due_callbacks(session, people.ana, NOW) == [callback]
    assert due_callbacks(session, people.luis, NOW) == []
    called(session, people.ana, debtor_id, "NC_NA")
    session.refresh(callback)
    assert callback.done_at is None
    called(session, people.ana, debtor_id, "TPC_MESSAGE", NOW + MINUTE)
    session.refresh(callback)
    assert callback.done_at == NOW + MINUTE
    assert due_callbacks(session, people.ana, NOW + HOUR) == []


def test_what_was_asked_for_on_this_very_call_stays(session, owes, people):
    debtor_id = owes()
    promise_callback(session, people.ana, NOW, debtor_id, NOW + HOUR, mine=True)
    settle_callbacks(session, debtor_id, NOW)
    assert session.scalars(sa.select(Callback.done_at)).all() == [None]


def test_a_retry_time_that_is_still_ahead_survives_a_new_build(session, owes):
    debtor_id = owes()
    queue(session)
    put_off(session, debtor_id, NOW + 3 * HOUR)
    assert queue(session, NOW + HOUR)[debtor_id].not_before == NOW + 3 * HOUR
    assert queue(session, NOW + 4 * HOUR)[debtor_id].not_before < NOW + 4 * HOUR


@pytest.mark.parametrize(
    ("code", "moment"),
    [
        ("NC_NA", NOW + timedelta(minutes=90)),
        ("NC_BUSY", NOW + timedelta(minutes=90)),
        ("TPC_MESSAGE", TOMORROW_AT_SEVEN),
        ("UNV_CONTACT", TOMORROW_AT_SEVEN),
    ],
)
def test_the_next_offer_depends_on_the_outcome(session, owes, people, code, moment):
    debtor_id = owes()
    called(session, people.ana, debtor_id, code)
    assert not_before(session, debtor_id) == moment


def test_a_second_telephone_is_offered_at_once_when_the_first_was_wrong(session, owes, people):
    debtor = make_debtor(session, phones=("+593991234567", "+593987654321"))
    make_account(session, debtor, make_portfolio(session, DAY))
    held = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "outgoing")
    first = CallResult("BAD_WRONG", contact_point_id=debtor.contact_points[0].id)
    record_call(session, people.ana, SETTINGS, NOW, held.key, first)
    assert claim(session, people.ana, NOW).debtor_id == debtor.id


def test_outcomes_are_seeded_once_a_code(session):
    codes = session.scalars(sa.select(Outcome.code).where(Outcome.replaced_at.is_(None))).all()
    assert len(codes) == len(set(codes)) == 25
