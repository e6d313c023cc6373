"""The record of a contact: every outcome does what the trade asks, once, and never by itself."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.service import close_unfinished, correct_call, dial, record_call
from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.models import (
    Call,
    Callback,
    ContactAttempt,
    ContactRefusal,
    Hold,
    Outcome,
    PaymentMeans,
    Promise,
    TimelineEvent,
    WorklistItem,
)
from app.worklist.service import build_worklist, claim_person, release_claim, return_lapsed_claims
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio, make_promise

SETTINGS = Settings({})
DAY = NOW.date()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Thursday of the same week, 16:30 in Guayaquil.
THURSDAY = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, date(2026, 11, 23))


@pytest.fixture
def debtor(session, portfolio):
    """Owes 250 on one account; two telephones."""
    person = make_debtor(session, phones=("+593991234567", "+593987654321"))
    make_account(session, person, portfolio, "250.00")
    build_worklist(session, SETTINGS, NOW)
    return person


@pytest.fixture
def begin(session, people, debtor):
    """``begin(verified=True)``: Ana's outgoing call to the debtor, dialled; returns the claim."""

    def make(*, verified=True, dialled=True, direction="outgoing", person=debtor, now=NOW):
        claim = claim_person(session, people.ana, SETTINGS, now, person.id, direction)
        if dialled and direction == "outgoing":
            point = person.contact_points[0]
            assert dial(session, people.ana, SETTINGS, now, claim, point.id).allowed
        if verified:
            number = person.accounts[0].number
            assert check_identity(
                session, people.ana, SETTINGS, now, claim, account=number
            ).verified
        return claim

    return make


@pytest.fixture
def save(session, people):
    """``save(claim, "NC_NA", …)``: Ana saves; returns ``(call, is_new)``."""

    def make(claim, code, *, now=NOW + 2 * MINUTE, agent=people.ana, **typed):
        result = CallResult(code, **typed)
        return record_call(session, agent, SETTINGS, now, claim.key, result)

    return make


def count(session, model) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def nothing_was_written(session) -> bool:
    return not any(count(session, model) for model in (Call, Promise, Callback, Hold))


def typed_for(outcome: Outcome, debtor, session) -> dict:
    """What the screen would send for this outcome."""
    owed = debtor.accounts[0].balance
    amount = owed if outcome.code == "RPC_PTP_FULL" else Decimal("40.00")
    fields = {
        "promise": {
            "amounts": {debtor.accounts[0].id: amount},
            "due_on": DAY + timedelta(days=3),
            "means_id": session.scalars(sa.select(PaymentMeans.id)).first(),
        },
        "callback": {"callback_at": THURSDAY},
        "receipt": {"receipt": "R-1"},
        "text": {"note": "dice que mañana"},
    }
    return {k: v for name in outcome.asks for k, v in fields.get(name, {}).items()}


OFFERED = [
    "RPC_PTP_FULL",
    "RPC_PTP_PART",
    "RPC_PLAN_REQ",
    "RPC_PAID_CLAIM",
    "RPC_DISPUTE",
    "RPC_CALLBACK",
    "RPC_HARDSHIP",
    "RPC_REFUSE",
    "RPC_NOT_DEBTOR",
    "RPC_HANGUP",
    "RPC_OPTOUT",
    "NC_NA",
    "NC_BUSY",
    "NC_OFF",
    "NC_VM",
    "TPC_MESSAGE",
    "UNV_CONTACT",
    "BAD_WRONG",
    "BAD_DEAD",
    "TPC_OCCUPANT",
    "TPC_DECEASED",
    "BAD_EXHAUSTED",
    "SYS_ERROR",
]
RIGHT_PARTY = [code for code in OFFERED if code.startswith("RPC_")]


# --- every outcome


@pytest.mark.parametrize("code", OFFERED)
def test_every_outcome_saves_one_call_and_ends_the_claim(
    session, people, debtor, begin, save, code
):
    claim = begin()
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == code)).one()
    call, is_new = save(claim, code, **typed_for(outcome, debtor, session))
    assert is_new
    assert (call.outcome.code, call.debtor_id, call.account_id) == (
        code,
        debtor.id,
        debtor.accounts[0].id,
    )
    assert (call.started_at, call.ended_at, call.operator_id) == (
        NOW,
        NOW + 2 * MINUTE,
        people.ana.user_id,
    )
    assert (call.owed, call.bills_count, call.verified) == (Decimal("250.00"), 1, True)
    assert call.contact_point_id == debtor.contact_points[0].id
    assert (claim.closed_how, claim.closed_at) == ("saved", NOW + 2 * MINUTE)
    assert session.scalars(
        sa.select(TimelineEvent.subject_id).where(TimelineEvent.deed == "record_call")
    ).all() == [call.id]


def test_the_catalogue_offers_these_and_the_system_keeps_its_own(session):
    offered = sa.select(Outcome.code).where(~Outcome.by_system, Outcome.replaced_at.is_(None))
    assert sorted(session.scalars(offered)) == sorted(OFFERED)


@pytest.mark.parametrize("code", RIGHT_PARTY)
def test_without_the_identity_checked_no_right_party_outcome_is_saved(
    session, debtor, begin, save, code
):
    claim = begin(verified=False)
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == code)).one()
    with pytest.raises(RuleBroken, match="identity") as refused:
        save(claim, code, **typed_for(outcome, debtor, session))
    assert refused.value.field == "outcome"
    assert nothing_was_written(session)
    assert claim.closed_at is None


@pytest.mark.parametrize("code", ["SYS_UNDISPO", "SYS_BLOCKED", "NADA", ""])
def test_what_is_not_offered_cannot_be_saved(session, begin, save, code):
    with pytest.raises(RuleBroken, match="Choose what came of the call"):
        save(begin(), code)
    assert nothing_was_written(session)


@pytest.mark.parametrize(
    "code", ["RPC_DISPUTE", "RPC_PLAN_REQ", "RPC_HARDSHIP", "TPC_DECEASED", "BAD_EXHAUSTED"]
)
def test_an_outcome_that_asks_for_text_needs_it(session, begin, save, code):
    with pytest.raises(RuleBroken, match="Write in the note"):
        save(begin(), code, note="  ")
    assert nothing_was_written(session)


@pytest.mark.parametrize(
    ("code", "reason", "days", "scope"),
    [
        ("RPC_PAID_CLAIM", "paid_claim", 7, "person"),
        ("RPC_HARDSHIP", "hardship", 15, "person"),
        ("RPC_NOT_DEBTOR", "not_debtor", 15, "account"),
        ("TPC_DECEASED", "deceased", 15, "person"),
        ("RPC_DISPUTE", "complaint", 15, "account"),
        ("RPC_PLAN_REQ", "agreement", 15, "account"),
        ("BAD_EXHAUSTED", "referral", 15, "person"),
        ("RPC_OPTOUT", "optout", 365, "channel"),
    ],
)
def test_who_waits_for_somebody_is_held_until_a_day(
    session, debtor, begin, save, code, reason, days, scope
):
    save(begin(), code, note="lo que dijo")
    hold = session.scalars(sa.select(Hold)).one()
    assert (hold.reason, hold.scope, hold.note) == (reason, scope, "lo que dijo")
    assert (hold.starts_on, hold.ends_on) == (DAY, DAY + timedelta(days=days))
    assert hold.account_id == (debtor.accounts[0].id if scope == "account" else None)
    tomorrow = may_contact(session, SETTINGS, [debtor.id], "call", NOW + timedelta(days=1))[
        debtor.id
    ]
    assert ("opt_out" if scope == "channel" else "hold") in tomorrow.refused_by


def test_the_hold_of_one_account_leaves_the_other_to_be_collected(
    session, debtor, portfolio, begin, save
):
    other = make_account(session, debtor, portfolio, "90.00")
    save(begin(), "RPC_DISPUTE", note="consumo", account_id=debtor.accounts[0].id)
    assert session.scalars(sa.select(Hold.account_id)).all() == [debtor.accounts[0].id]
    assert other.id != debtor.accounts[0].id
    assert may_contact(session, SETTINGS, [debtor.id], "call", NOW + timedelta(days=1))[
        debtor.id
    ].allowed


def test_an_opt_out_stops_calls_and_nothing_else(session, debtor, begin, save):
    save(begin(), "RPC_OPTOUT")
    tomorrow = NOW + timedelta(days=1)
    assert may_contact(session, SETTINGS, [debtor.id], "call", tomorrow)[debtor.id].refused_by == (
        "opt_out",
    )
    assert may_contact(session, SETTINGS, [debtor.id], "sms", tomorrow)[debtor.id].allowed


def test_the_deceased_are_never_offered_again(session, debtor, begin, save):
    save(begin(), "TPC_DECEASED", note="falleció en mayo")
    assert debtor.deceased_reported_at == NOW + 2 * MINUTE
    assert session.get(WorklistItem, debtor.id) is None
    in_a_year = NOW + timedelta(days=365)
    assert (
        "deceased"
        in may_contact(session, SETTINGS, [debtor.id], "call", in_a_year)[debtor.id].refused_by
    )


@pytest.mark.parametrize("code", ["BAD_WRONG", "BAD_DEAD"])
def test_a_number_that_serves_nobody_is_retired_and_refused_at_the_dial(
    session, people, debtor, begin, save, code
):
    save(begin(verified=False), code)
    first, second = debtor.contact_points
    assert (first.state, first.retired_reason, second.state) == ("retired", code, "unverified")
    claim = begin(verified=False, dialled=False, now=NOW + HOUR)
    verdict = dial(session, people.ana, SETTINGS, NOW + HOUR, claim, first.id)
    assert verdict.refused_by == ("no_contact_point",)
    assert dial(session, people.ana, SETTINGS, NOW + HOUR, claim, second.id).allowed


def test_the_number_where_the_holder_answered_is_verified(debtor, begin, save):
    save(begin(), "RPC_HANGUP")
    assert [p.state for p in debtor.contact_points] == ["verified", "unverified"]


def test_a_refusal_raises_the_level_up_to_three(session, debtor, begin, save):
    levels = []
    for n in range(4):
        save(begin(direction="incoming", now=NOW + n * HOUR), "RPC_REFUSE", now=NOW + n * HOUR)
        levels.append(debtor.level)
    assert levels == [1, 2, 3, 3]


# --- callbacks


@pytest.mark.parametrize("mine", [True, False])
def test_a_callback_is_kept_for_the_operator_or_for_anyone(
    session, people, debtor, begin, save, mine
):
    save(begin(), "RPC_CALLBACK", callback_at=THURSDAY, callback_mine=mine)
    callback = session.scalars(sa.select(Callback)).one()
    assert (callback.due_at, callback.done_at) == (THURSDAY, None)
    assert callback.operator_id == (people.ana.user_id if mine else None)
    wanted = sa.select(WorklistItem.not_before).where(WorklistItem.debtor_id == debtor.id)
    assert session.scalars(wanted).one() == THURSDAY


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (None, "Choose the day and hour"),
        (NOW - MINUTE, "already passed"),
        (datetime(2026, 11, 26, 11, 59, tzinfo=UTC), "Choose an hour between 07:00 and 20:00"),
        (datetime(2026, 11, 27, 1, 0, tzinfo=UTC), "Choose an hour between 07:00 and 20:00"),
        (datetime(2026, 11, 28, 15, 0, tzinfo=UTC), "choose a business day"),
        (datetime(2026, 12, 25, 15, 0, tzinfo=UTC), "choose a business day"),
    ],
)
def test_a_callback_only_falls_in_a_lawful_moment(session, begin, save, moment, why):
    with pytest.raises(RuleBroken, match=why) as refused, session.begin_nested():
        save(begin(), "RPC_CALLBACK", callback_at=moment)
    assert refused.value.field == "callback_at"
    assert nothing_was_written(session)


# --- promises on a call


def test_a_promise_names_its_call_and_pauses_the_pressure(session, people, debtor, begin, save):
    account = debtor.accounts[0]
    call, _ = save(
        begin(), "RPC_PTP_FULL", amounts={account.id: Decimal("250.00")}, due_on=date(2026, 11, 27)
    )
    promise = session.scalars(sa.select(Promise)).one()
    assert (promise.call_id, promise.account_id, promise.amount) == (
        call.id,
        account.id,
        Decimal("250.00"),
    )
    assert (promise.made_on, promise.due_on, promise.check_on) == (
        DAY,
        date(2026, 11, 27),
        date(2026, 12, 2),
    )
    assert (promise.state, promise.made_by_id) == ("pending", people.ana.user_id)
    wednesday = NOW + timedelta(days=8)
    assert (
        "promise"
        in may_contact(session, SETTINGS, [debtor.id], "call", wednesday)[debtor.id].refused_by
    )


@pytest.mark.parametrize(
    ("code", "amount", "why"),
    [
        ("RPC_PTP_PART", "250.01", "more than what is owed"),
        ("RPC_PTP_PART", "-1.00", "more than zero"),
        ("RPC_PTP_PART", "0.00", "Write the amount"),
        ("RPC_PTP_FULL", "249.99", "Choose a partial promise"),
    ],
)
def test_an_amount_that_cannot_be_promised_is_refused(
    session, debtor, begin, save, code, amount, why
):
    amounts = {debtor.accounts[0].id: Decimal(amount)}
    with pytest.raises(RuleBroken, match=why) as refused, session.begin_nested():
        save(begin(), code, amounts=amounts, due_on=DAY)
    assert refused.value.field == "amount"
    assert nothing_was_written(session)


def test_a_full_promise_leaves_out_what_is_under_complaint(session, debtor, begin, save):
    account = debtor.accounts[0]
    account.in_complaint, account.disputed_balance = True, Decimal("50.00")
    session.flush()
    save(begin(), "RPC_PTP_FULL", amounts={account.id: Decimal("200.00")}, due_on=DAY)
    assert session.scalars(sa.select(Promise.amount)).all() == [Decimal("200.00")]


@pytest.mark.parametrize("days", [-1, 16])
def test_a_day_in_the_past_or_too_far_is_refused(session, debtor, begin, save, days):
    amounts = {debtor.accounts[0].id: Decimal("10.00")}
    with (
        pytest.raises(RuleBroken, match="between 24/11/2026 and 09/12/2026") as refused,
        session.begin_nested(),
    ):
        save(begin(), "RPC_PTP_PART", amounts=amounts, due_on=DAY + timedelta(days=days))
    assert refused.value.field == "due_on"
    assert nothing_was_written(session)


def test_a_promise_needs_a_day_and_an_amount(session, debtor, begin, save):
    claim = begin()
    with pytest.raises(RuleBroken, match="Choose the day"), session.begin_nested():
        save(claim, "RPC_PTP_PART", amounts={debtor.accounts[0].id: Decimal("10.00")})
    with pytest.raises(RuleBroken, match="Write the amount"), session.begin_nested():
        save(claim, "RPC_PTP_PART", due_on=DAY)
    assert nothing_was_written(session)


def test_a_new_promise_replaces_the_open_one_and_keeps_it(session, people, debtor, begin, save):
    account = debtor.accounts[0]
    old = make_promise(session, people.luis, account, date(2026, 11, 27), amount="80.00")
    save(
        begin(direction="incoming"),
        "RPC_PTP_PART",
        amounts={account.id: Decimal("60.00")},
        due_on=DAY,
    )
    new = session.scalars(sa.select(Promise).where(Promise.state == "pending")).one()
    assert (old.state, old.amount, old.due_on, old.replaced_by_id) == (
        "replaced",
        Decimal("80.00"),
        date(2026, 11, 27),
        new.id,
    )
    event = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "make_promise")
    ).one()
    assert (event.before["replaces"], event.before["amount"]) == (old.id, "80.00")
    assert event.agent_id == people.ana.user_id


def test_one_promise_for_each_account_that_got_an_amount(session, debtor, portfolio, begin, save):
    first, second = debtor.accounts[0], make_account(session, debtor, portfolio, "90.00")
    third = make_account(session, debtor, portfolio, "70.00")
    amounts = {first.id: Decimal("10.00"), second.id: Decimal("20.00"), third.id: Decimal("0")}
    save(begin(), "RPC_PTP_PART", amounts=amounts, due_on=DAY)
    made = session.execute(
        sa.select(Promise.account_id, Promise.amount).order_by(Promise.account_id)
    )
    assert [tuple(row) for row in made] == [
        (first.id, Decimal("10.00")),
        (second.id, Decimal("20.00")),
    ]


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
    release_claim(session, people.ana, NOW, claim)
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
        "RPC_DISPUTE",
        "RPC_PLAN_REQ",
        "RPC_NOT_DEBTOR",
        "TPC_DECEASED",
        "RPC_OPTOUT",
        "BAD_EXHAUSTED",
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
