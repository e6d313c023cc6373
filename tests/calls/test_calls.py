"""Every outcome does what the trade asks; callbacks and promises keep their rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.calls.dialling import dial
from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.models import (
    Callback,
    Hold,
    Outcome,
    Promise,
    TimelineEvent,
    WorklistItem,
)
from tests.calls.floor import (
    DAY,
    HOUR,
    MINUTE,
    OFFERED,
    RIGHT_PARTY,
    SETTINGS,
    THURSDAY,
    nothing_was_written,
    typed_for,
)
from tests.conftest import NOW
from tests.factories import make_account, make_promise

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
    ("code", "asked"),
    [
        ("RPC_DISPUTE", "what the person said"),
        ("RPC_PLAN_REQ", "what the person said"),
        ("RPC_HARDSHIP", "what the person said"),
        ("TPC_DECEASED", "what the person said"),
        ("BAD_EXHAUSTED", "what happened"),
    ],
)
def test_an_outcome_that_asks_for_text_needs_it(session, begin, save, code, asked):
    with pytest.raises(RuleBroken, match=f"Write in the note {asked}"):
        save(begin(), code, note="  ")
    assert nothing_was_written(session)


@pytest.mark.parametrize(
    ("code", "reason", "days", "scope"),
    [
        ("RPC_PAID_CLAIM", "paid_claim", 7, "person"),
        ("RPC_HARDSHIP", "hardship", 15, "person"),
        ("RPC_NOT_DEBTOR", "not_debtor", 15, "account"),
        ("TPC_DECEASED", "deceased", 15, "person"),
        ("RPC_PLAN_REQ", "agreement", 15, "account"),
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
    save(begin(), "RPC_NOT_DEBTOR", note="vendió", account_id=debtor.accounts[0].id)
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
        replace_reason="le pagan el martes",
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
    assert (old.ended_by_id, old.end_reason) == (people.ana.user_id, "le pagan el martes")
    assert (old.ended_at, event.after["reason"]) == (new.made_at, old.end_reason)


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
