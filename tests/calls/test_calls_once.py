"""A contact is recorded once, whatever the network and the mouse do, and never edited."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.calls.corrections import correct_call
from app.calls.dialling import dial
from app.calls.effects import CallResult
from app.calls.service import record_call
from app.calls.unfinished import close_unfinished
from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.models import (
    Call,
    ContactAttempt,
    ContactRefusal,
    Hold,
    TimelineEvent,
    WorklistItem,
)
from app.worklist.service import claim_person, release_claim, return_lapsed_claims
from tests.calls.floor import DAY, HOUR, MINUTE, SETTINGS, count, nothing_was_written
from tests.conftest import NOW
from tests.factories import make_account, make_debtor

# --- once, whatever happens


def test_the_same_key_again_gives_the_call_that_it_made(session, begin, save):
    claim = begin()
    call, _ = save(claim, "NC_NA")
    for code in ("NC_NA", "TPC_MESSAGE"):
        again, is_new = save(claim, code, now=NOW + HOUR)
        assert (again.id, is_new) == (call.id, False)
    assert (count(session, Call), call.outcome.code) == (1, "NC_NA")
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [False]


def test_the_back_button_to_a_person_given_back_is_refused(session, people, begin, save):
    claim = begin(verified=False, dialled=False)
    release_claim(session, people.ana, SETTINGS, NOW, claim)
    with pytest.raises(RuleBroken, match="gave this person back"):
        save(claim, "NC_NA")
    assert nothing_was_written(session)


def test_a_late_save_of_a_lapsed_claim_is_not_lost(session, begin, save):
    claim = begin(dialled=False)
    return_lapsed_claims(session, NOW + HOUR)
    call, is_new = save(claim, "RPC_HANGUP", now=NOW + 2 * HOUR)
    assert (is_new, call.outcome.code, call.corrects_id) == (True, "RPC_HANGUP", None)
    assert save(claim, "RPC_HANGUP", now=NOW + 3 * HOUR) == (call, False)


def test_a_late_save_corrects_what_the_night_closed_and_only_once(session, begin, save):
    claim = begin()
    assert close_unfinished(session, SETTINGS, NOW + 12 * HOUR) == 1
    nights = session.scalars(sa.select(Call)).one()
    assert (nights.outcome.code, nights.corrects_id) == ("SYS_UNDISPO", None)
    late, is_new = save(claim, "RPC_HANGUP", now=NOW + 22 * HOUR)
    assert (is_new, late.corrects_id, late.submit_key != nights.submit_key) == (
        True,
        nights.id,
        True,
    )
    assert save(claim, "RPC_HANGUP", now=NOW + 23 * HOUR) == (late, False)
    assert count(session, Call) == 2


def test_a_late_save_after_the_correction_changes_nothing(session, people, begin, save):
    claim = begin()
    close_unfinished(session, SETTINGS, NOW + 12 * HOUR)
    nights = session.scalars(sa.select(Call)).one()
    fixed = correct_call(
        session, people.ana, SETTINGS, NOW + 13 * HOUR, nights.id, "NC_NA", "", key=uuid.uuid4()
    )
    assert save(claim, "RPC_HANGUP", now=NOW + 22 * HOUR) == (fixed, False)


def test_the_night_leaves_what_was_never_dialled_without_a_call(session, begin):
    claim = begin(dialled=False)
    assert close_unfinished(session, SETTINGS, NOW + 12 * HOUR) == 0
    session.refresh(claim)
    assert (claim.closed_how, count(session, Call)) == ("lapsed", 0)


def test_the_night_leaves_the_call_that_is_still_going_on(session, begin):
    claim = begin()
    assert close_unfinished(session, SETTINGS, NOW + 5 * MINUTE) == 0
    assert claim.closed_at is None


def test_the_key_of_a_colleague_or_of_nobody_is_refused(session, people, begin, save):
    claim = begin()
    with pytest.raises(RuleBroken, match="not yours"):
        save(claim, "NC_NA", agent=people.luis)
    with pytest.raises(RuleBroken, match="not yours"):
        record_call(session, people.ana, SETTINGS, NOW, uuid.uuid4(), CallResult("NC_NA"))
    assert nothing_was_written(session)


# --- nothing of another person


@pytest.fixture
def stranger(session, portfolio):
    person = make_debtor(session)
    make_account(session, person, portfolio, "900.00")
    return person


@pytest.mark.parametrize("code", ["NC_NA", "RPC_PTP_PART"])
def test_the_account_of_another_person_is_refused(session, stranger, begin, save, code):
    theirs = stranger.accounts[0].id
    typed = (
        {"account_id": theirs}
        if code == "NC_NA"
        else {"amounts": {theirs: Decimal("5")}, "due_on": DAY}
    )
    with pytest.raises(RuleBroken, match="account does not belong"), session.begin_nested():
        save(begin(), code, **typed)
    assert nothing_was_written(session)


def test_the_telephone_of_another_person_is_refused(session, people, stranger, begin, save):
    claim, theirs = begin(dialled=False), stranger.contact_points[0].id
    with pytest.raises(RuleBroken, match="telephone does not belong"):
        save(claim, "BAD_WRONG", contact_point_id=theirs)
    with pytest.raises(RuleBroken, match="telephone does not belong"):
        dial(session, people.ana, SETTINGS, NOW, claim, theirs)
    assert nothing_was_written(session)
    assert stranger.contact_points[0].state == "unverified"


# --- attempts and the gate


def test_an_answered_call_is_the_contact_of_the_day(session, debtor, begin, save):
    save(begin(verified=False), "TPC_MESSAGE")
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [True]
    later = may_contact(session, SETTINGS, [debtor.id], "call", NOW + 3 * HOUR)[debtor.id]
    assert later.refused_by == ("contacts",)
    assert later.next_allowed_at == datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_three_attempts_without_an_answer_are_the_day(session, people, debtor, begin, save):
    for n in range(3):
        save(begin(verified=False, now=NOW + n * HOUR), "NC_NA", now=NOW + n * HOUR)
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [False] * 3
    claim = claim_person(session, people.ana, SETTINGS, NOW + 4 * HOUR, debtor.id, "outgoing")
    verdict = dial(
        session, people.ana, SETTINGS, NOW + 4 * HOUR, claim, debtor.contact_points[0].id
    )
    assert verdict.refused_by == ("attempts",)
    assert count(session, ContactAttempt) == 3
    assert session.scalars(sa.select(ContactRefusal.occasion)).all() == ["dial"]


def test_of_two_dials_under_one_claim_only_the_last_was_answered(
    session, people, debtor, begin, save
):
    claim = begin(verified=False)
    dial(session, people.ana, SETTINGS, NOW + MINUTE, claim, debtor.contact_points[1].id)
    call, _ = save(claim, "TPC_MESSAGE")
    tries = session.scalars(sa.select(ContactAttempt.answered).order_by(ContactAttempt.at)).all()
    assert tries == [False, True]
    assert (call.contact_point_id, call.started_at) == (debtor.contact_points[1].id, NOW + MINUTE)


def test_a_save_by_a_machine_whose_clock_is_behind_is_not_lost(begin, save):
    call = save(begin(now=NOW), "NC_NA", now=NOW - MINUTE)[0]
    assert call.started_at == call.ended_at == NOW - MINUTE


def test_a_call_dialled_by_hand_counts_its_attempt(session, debtor, begin, save):
    second = debtor.contact_points[1]
    call, _ = save(begin(verified=False, dialled=False), "NC_NA", contact_point_id=second.id)
    attempt = session.scalars(sa.select(ContactAttempt)).one()
    assert (attempt.contact_point_id, attempt.answered, call.contact_point_id) == (
        second.id,
        False,
        second.id,
    )


@pytest.mark.parametrize("direction", ["incoming", "counter", "other"])
def test_service_is_no_attempt_and_dials_nothing(session, people, debtor, begin, save, direction):
    claim = begin(direction=direction)
    with pytest.raises(RuleBroken, match="nothing to dial"):
        dial(session, people.ana, SETTINGS, NOW, claim, debtor.contact_points[0].id)
    call, _ = save(claim, "RPC_HANGUP")
    assert (call.direction, call.contact_point_id, count(session, ContactAttempt)) == (
        direction,
        None,
        0,
    )
    assert may_contact(session, SETTINGS, [debtor.id], "call", NOW + HOUR)[debtor.id].allowed


def test_a_technical_failure_without_a_dial_is_no_attempt(session, begin, save):
    save(begin(verified=False, dialled=False), "SYS_ERROR", note="sin línea")
    assert count(session, ContactAttempt) == 0


def test_nobody_dials_under_a_closed_call(session, people, debtor, begin, save):
    claim = begin()
    save(claim, "NC_NA")
    with pytest.raises(RuleBroken, match="already closed"):
        dial(session, people.ana, SETTINGS, NOW, claim, debtor.contact_points[0].id)


# --- corrections


@pytest.fixture
def saved(begin, save):
    return save(begin(verified=False), "NC_NA")[0]


def correct(session, agent, call, code, *, note="", key=None):
    return correct_call(
        session, agent, SETTINGS, NOW + HOUR, call.id, code, note, key=key or uuid.uuid4()
    )


def test_a_correction_is_a_new_row_that_names_the_old_one(session, people, saved):
    new = correct(session, people.ana, saved, "NC_VM", note="era el buzón")
    assert (new.corrects_id, new.outcome.code, new.note) == (saved.id, "NC_VM", "era el buzón")
    assert (saved.outcome.code, saved.note) == ("NC_NA", "")
    same = (
        "debtor_id",
        "account_id",
        "operator_id",
        "started_at",
        "ended_at",
        "owed",
        "contact_point_id",
    )
    assert [getattr(new, name) for name in same] == [getattr(saved, name) for name in same]
    event = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "correct_call")
    ).one()
    assert (event.before, event.after) == (
        {"call": saved.id, "outcome": "NC_NA"},
        {"outcome": "NC_VM"},
    )


def test_the_same_correction_again_writes_nothing(session, people, saved):
    key = uuid.uuid4()
    first = correct(session, people.ana, saved, "NC_VM", key=key)
    assert correct(session, people.ana, saved, "NC_VM", key=key) is first
    assert count(session, Call) == 2


def test_the_newest_row_is_corrected_and_only_by_its_operator(session, people, saved):
    with pytest.raises(RuleBroken, match="call of your own"):
        correct(session, people.luis, saved, "NC_VM")
    first = correct(session, people.ana, saved, "NC_VM")
    with pytest.raises(RuleBroken, match="already been corrected"):
        correct(session, people.ana, saved, "NC_OFF")
    assert correct(session, people.ana, first, "NC_OFF").corrects_id == first.id


@pytest.mark.parametrize(
    "code", ["RPC_PTP_FULL", "RPC_CALLBACK", "RPC_HANGUP", "TPC_OCCUPANT", "SYS_UNDISPO"]
)
def test_a_correction_makes_nothing_and_needs_what_its_outcome_needs(session, people, saved, code):
    """A promise and a callback are made on a call; the holder was not verified; the text is missing."""
    with pytest.raises(RuleBroken):
        correct(session, people.ana, saved, code)
    assert count(session, Call) == 1


@pytest.mark.parametrize(
    "code",
    [
        "RPC_PAID_CLAIM",
        "RPC_HARDSHIP",
        "RPC_PLAN_REQ",
        "RPC_NOT_DEBTOR",
        "TPC_DECEASED",
        "RPC_OPTOUT",
    ],
)
def test_a_correction_to_an_outcome_that_waits_places_its_hold(session, people, begin, save, code):
    call, _ = save(begin(), "RPC_HANGUP")
    correct(session, people.ana, call, code, note="dijo algo")
    hold = session.scalars(sa.select(Hold)).one()
    assert (hold.note, hold.starts_on, hold.placed_by_id) == ("dijo algo", DAY, people.ana.user_id)


def test_a_correction_to_deceased_takes_the_person_out_of_the_queue(
    session, people, debtor, begin, save
):
    call, _ = save(begin(), "RPC_HANGUP")
    correct(session, people.ana, call, "TPC_DECEASED", note="falleció")
    session.expire_all()
    assert debtor.deceased_reported_at == NOW + HOUR
    assert session.get(WorklistItem, debtor.id) is None


def test_a_call_that_made_a_promise_is_not_corrected(session, people, debtor, begin, save):
    amounts = {debtor.accounts[0].id: Decimal("10.00")}
    call, _ = save(begin(), "RPC_PTP_PART", amounts=amounts, due_on=DAY)
    with pytest.raises(RuleBroken, match="made a promise"):
        correct(session, people.ana, call, "RPC_HANGUP")


def test_a_correction_to_an_answered_call_is_the_contact_of_the_day(session, people, debtor, saved):
    first = correct(session, people.ana, saved, "TPC_MESSAGE")
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [True]
    verdict = may_contact(session, SETTINGS, [debtor.id], "call", NOW + 2 * HOUR)[debtor.id]
    assert verdict.refused_by == ("contacts",)
    correct(session, people.ana, first, "NC_VM")
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [False]


def test_a_correction_to_a_wrong_number_retires_it(session, people, debtor, saved):
    correct(session, people.ana, saved, "BAD_WRONG")
    assert [p.state for p in debtor.contact_points] == ["retired", "unverified"]
