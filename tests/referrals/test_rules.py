"""Who is proposed by rule, at the edges of each; and what ends because it is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.agent import SYSTEM
from app.core.settings import Settings
from app.followup.checking import check_followup
from app.followup.service import follow_payments, run_followup
from app.models import ContactPoint, Hold, Referral, TimelineEvent, WorklistItem
from app.referrals.enforcement import hand_over, take_back
from app.referrals.rules import check_enforced, end_paid, propose_by_rule
from app.referrals.service import close_referral, return_referral
from tests.conftest import NOW
from tests.factories import make_account, make_attempt, make_payment
from tests.referrals.floor import DAY, SETTINGS

ONE_DAY = timedelta(days=1)


@pytest.fixture
def run(session):
    """``run(day)``: what the run of the day proposes; how many."""

    def make(day=DAY, settings=SETTINGS):
        return propose_by_rule(session, SYSTEM, NOW, settings, day)

    return make


def tried(session, person, days, *, last=NOW, **columns) -> None:
    """An unanswered dial on each of ``days`` days, the last one at ``last``."""
    for ago in range(days):
        make_attempt(session, person, last - ago * ONE_DAY, **columns)


def proposed(session, person) -> Referral | None:
    mine = sa.select(Referral).where(Referral.debtor_id == person.id, Referral.state == "proposed")
    return session.scalar(mine)


def retire(session, person) -> None:
    session.execute(
        sa.update(ContactPoint)
        .where(ContactPoint.debtor_id == person.id)
        .values(state="retired", retired_reason="wrong_person")
    )


def test_four_days_are_too_few_and_five_are_enough(session, neighbour, run):
    four, five = neighbour(), neighbour("PAZ RIERA ANA")
    tried(session, four, 4)
    make_attempt(session, four, NOW - timedelta(minutes=5))
    tried(session, five, 5)
    assert run() == 1
    referral = proposed(session, five)
    assert proposed(session, four) is None
    assert (referral.kind, referral.rule, referral.proposed_by_id) == (
        "not_located",
        "attempts",
        None,
    )
    [row] = session.execute(
        sa.select(TimelineEvent.deed, TimelineEvent.debtor_id, TimelineEvent.after).where(
            TimelineEvent.subject == "referral"
        )
    ).all()
    assert row == (
        "propose_referral",
        five.id,
        {"kind": "not_located", "state": "proposed", "rule": "attempts"},
    )


def test_the_number_of_days_is_a_setting(session, neighbour, run):
    person = neighbour()
    tried(session, person, 2)
    assert run(settings=Settings({"referral_attempt_days": 3})) == 0
    assert run(settings=Settings({"referral_attempt_days": 2})) == 1


def test_two_dials_about_midnight_are_of_two_days_of_the_unit(session, neighbour, run):
    # 23:30 and 00:30 in Guayaquil, both of one day in UTC.
    person = neighbour()
    midnight = NOW.replace(hour=5, minute=0)
    for at in (midnight - timedelta(minutes=30), midnight + timedelta(minutes=30)):
        make_attempt(session, person, at)
    assert run(settings=Settings({"referral_attempt_days": 2})) == 1


@pytest.mark.parametrize(("days_since", "found"), [(4, 0), (5, 1)])
def test_an_answer_begins_the_count_again(session, neighbour, run, days_since, found):
    person = neighbour()
    tried(session, person, 5, last=NOW - 20 * ONE_DAY)
    make_attempt(session, person, NOW - 15 * ONE_DAY, answered=True)
    tried(session, person, days_since)
    assert run() == found


def test_who_called_us_was_heard(session, neighbour, run, begin, save):
    person = neighbour()
    tried(session, person, 5, last=NOW - ONE_DAY)
    save(
        begin(person=person, direction="incoming"),
        "RPC_CALLBACK",
        note="pide que le llamen",
        callback_at=NOW + 2 * ONE_DAY,
    )
    assert run() == 0


def test_messages_and_dials_whose_outcome_is_not_known_do_not_count(session, neighbour, run):
    written, unknown = neighbour(), neighbour("PAZ RIERA ANA")
    tried(session, written, 6, channel="sms")
    tried(session, unknown, 6, answered=None)
    assert run() == 0


def test_a_day_that_is_made_up_for_sees_nothing_later(session, neighbour, run):
    tried(session, neighbour(), 5)
    assert run(DAY - ONE_DAY) == 0
    assert run(DAY) == 1


def test_who_has_no_number_that_serves_is_proposed(session, neighbour, run):
    none, gone, held, lifted = (
        neighbour(f"PAZ RIERA {n}", phones=() if n == "A" else ("+593991234567",)) for n in "ABCD"
    )
    retire(session, gone)
    for person, columns in ((held, {}), (lifted, {"lifted_at": NOW})):
        session.execute(
            sa.insert(Hold).values(
                scope="number",
                contact_point_id=person.contact_points[0].id,
                debtor_id=person.id,
                starts_on=DAY - ONE_DAY,
                ends_on=DAY,
                reason="manual",
                note="",
                placed_at=NOW,
                **columns,
            )
        )
    assert run() == 3
    assert [
        proposed(session, p) and proposed(session, p).rule for p in (none, gone, held, lifted)
    ] == [
        "no_number",
        "no_number",
        "no_number",
        None,
    ]


def test_the_account_is_the_one_with_most_to_collect(session, portfolio, neighbour, run):
    person = neighbour(phones=())
    larger = make_account(session, person, portfolio, "500.00")
    make_account(session, person, portfolio, "900.00", in_complaint=True)
    run()
    assert proposed(session, person).account_id == larger.id


def test_the_dead_and_those_with_nothing_to_collect_are_left(session, neighbour, run):
    neighbour(phones=(), deceased_reported_at=NOW)
    paid = neighbour("PAZ RIERA ANA", phones=())
    make_payment(session, paid.accounts[0], "80.00", DAY)
    contested = neighbour("VERA CRUZ EVA", phones=())
    contested.accounts[0].in_complaint = True
    session.flush()
    assert run() == 0


def test_a_second_run_proposes_nobody_twice(session, neighbour, run):
    neighbour(phones=())
    assert (run(), run()) == (1, 0)


@pytest.mark.parametrize("refuses", [True, False])
def test_who_was_refused_or_closed_is_left_alone_for_the_fields_days(
    session, people, neighbour, run, approve, refuses
):
    person = neighbour(phones=())
    run()
    first = proposed(session, person)
    approve(first, approve=not refuses)
    if not refuses:
        close_referral(session, people.eva, NOW, SETTINGS, first.id, "no hay nadie")
    assert run(DAY + 29 * ONE_DAY) == 0
    assert run(DAY + 30 * ONE_DAY) == 1


def test_who_was_given_back_is_tried_anew(session, people, neighbour, run, approve):
    person = neighbour()
    tried(session, person, 5)
    run()
    first = proposed(session, person)
    approve(first)
    return_referral(session, people.eva, NOW, SETTINGS, first.id, "dio otro número")
    assert run(DAY + 5 * ONE_DAY) == 0
    tried(session, person, 5, last=NOW + 5 * ONE_DAY)
    assert run(DAY + 4 * ONE_DAY) == 0
    assert run(DAY + 5 * ONE_DAY) == 1


def test_who_was_given_back_without_a_number_is_not_proposed_the_next_day(
    session, people, neighbour, run, approve
):
    person = neighbour(phones=())
    run()
    first = proposed(session, person)
    approve(first)
    return_referral(session, people.eva, NOW, SETTINGS, first.id, "ya la vimos")
    assert run(DAY + ONE_DAY) == 0
    assert run(DAY + 30 * ONE_DAY) == 1


# --- paid


def pay(session, person) -> None:
    make_payment(session, person.accounts[0], person.accounts[0].balance, DAY)


def test_a_visit_that_is_paid_is_not_made(session, neighbour, propose, approve, portfolio):
    person, other = neighbour(), neighbour("PAZ RIERA ANA")
    make_account(session, person, portfolio, "20.00")
    paid, owing = propose(person), propose(other)
    approve(paid, owing)
    pay(session, person)
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 1
    assert (paid.state, paid.ended_by_id, paid.end_reason) == ("closed", None, "paid")
    assert session.get_one(Hold, paid.hold_id).lifted_at == NOW
    assert session.get(WorklistItem, person.id) is not None, "the other account is owed"
    assert (owing.state, session.get_one(Hold, owing.hold_id).lifted_at) == ("approved", None)
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 0


def test_what_nobody_decided_and_is_paid_is_withdrawn(session, neighbour, propose):
    person = neighbour()
    referral = propose(person)
    pay(session, person)
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 1
    assert (referral.state, referral.decided_at) == ("withdrawn", None)


def test_a_case_whose_account_came_no_more_is_over(session, neighbour, propose, approve):
    person = neighbour()
    referral = propose(person)
    approve(referral)
    person.accounts[0].closed_on = DAY
    session.flush()
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 1
    assert referral.state == "closed"


@pytest.mark.parametrize(("handed_over", "state"), [(False, "closed"), (True, "returned")])
def test_an_account_that_is_paid_leaves_enforcement(
    session, people, neighbour, propose, approve, file_all, handed_over, state
):
    person = neighbour()
    referral = propose(person, "enforcement")
    approve(referral)
    if handed_over:
        file_all(referral)
        hand_over(session, people.eva, NOW, SETTINGS, referral.id)
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 0
    pay(session, person)
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 1
    assert (referral.state, referral.end_reason) == (state, "paid")
    assert person.accounts[0].enforced_at is None
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 0


def test_a_proposal_that_is_paid_leaves_the_account_of_another_case(
    session, people, neighbour, propose, approve
):
    person = neighbour()
    handed = propose(person, "enforcement")
    approve(handed)
    take_back(session, people.eva, NOW, SETTINGS, handed.id, "pagó una parte")
    again = propose(person, "enforcement")
    pay(session, person)
    assert end_paid(session, SYSTEM, NOW, SETTINGS, DAY) == 1
    assert (handed.state, again.state) == ("returned", "withdrawn")


def test_the_check_finds_a_mark_that_no_case_says(session, neighbour, propose, approve):
    marked, unmarked = neighbour(), neighbour("PAZ RIERA ANA")
    approve(propose(unmarked, "enforcement"))
    assert check_enforced(session) == []
    marked.accounts[0].enforced_at, unmarked.accounts[0].enforced_at = NOW, None
    session.flush()
    assert check_enforced(session) == [
        (marked.accounts[0].id, "true", "false"),
        (unmarked.accounts[0].id, "false", "true"),
    ]
    found, looked_at = check_followup(session, NOW)
    assert [d.what for d in found] == ["account.enforced_at"] * 2
    assert looked_at["accounts_enforced"] == 1


def test_the_run_of_the_day_proposes_and_ends(session, neighbour, propose, approve):
    person, silent = neighbour(), neighbour("PAZ RIERA ANA", phones=())
    paid = propose(person)
    approve(paid)
    pay(session, person)
    result = run_followup(session, SYSTEM, NOW, DAY)
    assert (result.referrals_proposed, result.referrals_ended) == (1, 1)
    assert proposed(session, silent).rule == "no_number"
    again = run_followup(session, SYSTEM, NOW, DAY)
    assert (again.referrals_proposed, again.referrals_ended) == (0, 0)


def test_a_load_of_payments_ends_what_it_pays(session, neighbour, propose, approve):
    person = neighbour()
    referral = propose(person)
    approve(referral)
    payment = make_payment(session, person.accounts[0], "80.00", DAY)
    counts = follow_payments(session, SYSTEM, NOW, DAY, payment.load_id)
    assert (counts["referrals_ended"], referral.state) == (1, "closed")
