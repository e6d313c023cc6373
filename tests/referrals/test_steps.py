"""The steps of a referral: who may be proposed, what an approval does to the phone, who visits, the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.models import ContactRefusal, Hold, Referral, TimelineEvent, WorklistItem, WorklistPush
from app.referrals.service import (
    NewReferral,
    close_referral,
    propose_referral,
    return_referral,
    withdraw_referral,
)
from tests.conftest import NOW
from tests.factories import make_account, make_hold, make_payment, make_promise
from tests.referrals.floor import DAY, SATURDAY, SETTINGS, TOMORROW


def deeds(session, referral) -> list[str]:
    mine = sa.and_(TimelineEvent.subject == "referral", TimelineEvent.subject_id == referral.id)
    return list(
        session.scalars(sa.select(TimelineEvent.deed).where(mine).order_by(TimelineEvent.id))
    )


def queued(session, person) -> bool:
    return session.get(WorklistItem, person.id, populate_existing=True) is not None


def refusals(session, person, channel="call", at=NOW) -> tuple[str, ...]:
    return may_contact(session, SETTINGS, [person.id], channel, at)[person.id].refused_by


# --- proposing


def test_a_person_is_proposed_for_the_account_with_the_largest_debt(
    session, people, portfolio, neighbour, propose
):
    person = neighbour()
    larger = make_account(session, person, portfolio, "300.00")
    referral = propose(person)
    assert (referral.state, referral.account_id) == ("proposed", larger.id)
    assert (referral.proposed_by_id, referral.proposed_at) == (people.eva.user_id, NOW)
    assert deeds(session, referral) == ["propose_referral"]
    assert queued(session, person), "nobody has approved it yet"


def test_the_account_that_is_wanted_is_the_one(session, portfolio, neighbour, propose):
    person = neighbour()
    make_account(session, person, portfolio, "300.00")
    mine = min(account.id for account in person.accounts)
    assert propose(person, account_id=mine).account_id == mine


@pytest.mark.parametrize(
    ("kind", "reason", "field"),
    [
        ("elsewhere", "porque sí", "kind"),
        ("hard", "   ", "reason"),
        ("hard", "x" * 1001, "reason"),
    ],
)
def test_what_is_written_is_checked(session, people, neighbour, kind, reason, field):
    wanted = NewReferral(kind, None, reason)
    with pytest.raises(RuleBroken) as refused:
        propose_referral(session, people.ana, NOW, SETTINGS, neighbour().id, wanted)
    assert refused.value.field == field


def test_who_is_dead_or_owes_nothing_is_not_proposed(session, neighbour, propose):
    dead = neighbour(deceased_reported_at=NOW)
    paid = neighbour("PAZ RIERA ANA")
    make_payment(session, paid.accounts[0], "80.00", DAY)
    for person, words in ((dead, "reported deceased"), (paid, "owes nothing")):
        with pytest.raises(RuleBroken, match=words):
            propose(person)


def test_somebody_elses_account_is_not_taken(session, neighbour, propose):
    other = neighbour("PAZ RIERA ANA")
    with pytest.raises(RuleBroken, match="account of the person"):
        propose(neighbour(), account_id=other.accounts[0].id)


def test_a_second_one_is_refused_by_the_number_of_the_first(neighbour, propose, approve):
    person = neighbour()
    first = propose(person)
    with pytest.raises(RuleBroken, match=f"{first.number}, Referral proposed"):
        propose(person, "hard")
    approve(first)
    with pytest.raises(RuleBroken, match=f"{first.number}, Referral approved"):
        propose(person, "hard")
    handed = propose(person, "enforcement")
    with pytest.raises(RuleBroken, match=f"hand-over that goes on: {handed.number}"):
        propose(person, "enforcement")


def test_an_account_in_enforcement_is_not_referred_again(neighbour, propose, approve):
    person = neighbour()
    approve(propose(person, "enforcement"))
    with pytest.raises(RuleBroken, match="in the hands of enforcement"):
        propose(person, "hard")


def test_a_corrected_call_withdraws_what_nobody_decided(session, people, begin, save, debtor):
    call, _new = save(begin(verified=False), "NC_NA")
    wanted = NewReferral("not_located", None, "sin números")
    referral = propose_referral(session, people.ana, NOW, SETTINGS, debtor.id, wanted, call)
    assert referral.call_id == call.id
    withdraw_referral(session, people.ana, NOW, SETTINGS, call.id)
    assert (referral.state, referral.end_reason) == ("withdrawn", "call_corrected")
    assert (referral.ended_by_id, referral.decided_at) == (None, None)
    withdraw_referral(session, people.ana, NOW, SETTINGS, call.id)
    assert deeds(session, referral) == ["propose_referral", "withdraw_referral"]


def test_a_corrected_call_leaves_what_was_decided(session, people, begin, save, debtor, approve):
    call, _new = save(begin(verified=False), "NC_NA")
    wanted = NewReferral("not_located", None, "sin números")
    referral = propose_referral(session, people.ana, NOW, SETTINGS, debtor.id, wanted, call)
    approve(referral)
    withdraw_referral(session, people.ana, NOW, SETTINGS, call.id)
    assert referral.state == "approved"


# --- deciding


def test_an_approved_visit_keeps_the_phone_away_for_its_days(session, neighbour, propose, approve):
    person = neighbour()
    referral = propose(person)
    result = approve(referral)
    assert (result.done, result.skipped) == ([referral], [])
    hold = session.get_one(Hold, referral.hold_id)
    assert (hold.reason, hold.scope) == ("referral", "person")
    assert (hold.starts_on, hold.ends_on) == (DAY, DAY + timedelta(days=30))
    assert not queued(session, person)
    assert "hold" in refusals(session, person)
    assert deeds(session, referral) == ["propose_referral", "approve_referral"]


def test_a_refusal_needs_a_reason_and_ends_it(session, neighbour, propose, approve):
    person = neighbour()
    referral = propose(person)
    with pytest.raises(RuleBroken, match="reason"):
        approve(referral, approve=False, reason=" ")
    approve(referral, approve=False, reason="la dirección es la misma")
    assert (referral.state, referral.ended_at) == ("refused", NOW)
    assert referral.decision == "la dirección es la misma"
    assert queued(session, person)


def test_what_was_decided_meanwhile_is_skipped_by_name(neighbour, propose, approve):
    one, other = propose(neighbour()), propose(neighbour("PAZ RIERA ANA"))
    approve(one)
    result = approve(one, other)
    assert result.done == [other]
    [skipped] = result.skipped
    assert skipped.number == one.number
    assert "Referral approved" in str(skipped.why)


def test_what_was_paid_meanwhile_is_not_approved(session, neighbour, propose, approve):
    person = neighbour()
    referral = propose(person)
    make_payment(session, person.accounts[0], "80.00", DAY)
    result = approve(referral)
    assert (result.done, referral.state) == ([], "proposed")
    assert "nothing is owed" in str(result.skipped[0].why)


# --- assigning


def test_fredy_is_given_an_approved_one_and_again(
    session, people, neighbour, propose, approve, assign
):
    referral = propose(neighbour())
    approve(referral)
    assert assign(referral).done == [referral]
    assert (referral.state, referral.assigned_to_id) == ("assigned", people.fredy.user_id)
    assert (referral.planned_on, referral.assigned_by_id) == (TOMORROW, people.eva.user_id)
    again = assign(referral, planned_on=TOMORROW + timedelta(days=1))
    assert again.done == [referral]
    assert referral.planned_on == TOMORROW + timedelta(days=1)


def test_what_nobody_approved_or_is_of_enforcement_is_not_assigned(
    neighbour, propose, approve, assign
):
    proposed, handed = propose(neighbour()), propose(neighbour("PAZ RIERA ANA"), "enforcement")
    approve(handed)
    why = [str(skipped.why) for skipped in assign(proposed, handed).skipped]
    assert "Referral proposed" in why[0]
    assert "not visited" in why[1]


@pytest.mark.parametrize(
    ("planned_on", "words"),
    [
        (DAY - timedelta(days=1), "Choose a day between 24/11/2026 and 24/12/2026"),
        (DAY + timedelta(days=31), "Choose a day between"),
        (SATURDAY, "Nobody is visited on 28/11/2026"),
    ],
)
def test_the_day_is_a_business_day_that_has_not_passed(
    neighbour, propose, approve, assign, planned_on, words
):
    referral = propose(neighbour())
    approve(referral)
    with pytest.raises(RuleBroken, match=words) as refused:
        assign(referral, planned_on=planned_on)
    assert refused.value.field == "planned_on"


def test_only_who_is_in_the_field_and_there_visits(
    session, people, neighbour, propose, approve, assign
):
    referral = propose(neighbour())
    approve(referral)
    with pytest.raises(RuleBroken, match="works in the field"):
        assign(referral, worker=people.ana)
    session.execute(
        sa.text(
            "INSERT INTO absence (user_id, first_day, last_day, reason, note, entered_at, entered_by_id)"
            " VALUES (:who, :day, :day, 'leave', '', :now, :who)"
        ),
        {"who": people.fredy.user_id, "day": TOMORROW, "now": NOW},
    )
    with pytest.raises(RuleBroken, match="Fredy Zambrano is away on 25/11/2026"):
        assign(referral)


def test_who_may_not_be_visited_is_left_with_the_reason_and_logged(
    session, people, neighbour, propose, approve, assign
):
    opted, promised, free = neighbour(), neighbour("PAZ RIERA ANA"), neighbour("VERA CRUZ EVA")
    referrals = [propose(person) for person in (opted, promised, free)]
    approve(*referrals)
    make_hold(session, opted, DAY, DAY + timedelta(days=90), channel="visit")
    make_promise(session, people.ana, promised.accounts[0], TOMORROW + timedelta(days=3))
    result = assign(*referrals)
    assert result.done == [referrals[2]]
    assert [s.number for s in result.skipped] == [r.number for r in referrals[:2]]
    assert "asked not to be contacted" in str(result.skipped[0].why)
    assert "a promise is pending" in str(result.skipped[1].why)
    logged = session.execute(
        sa.select(ContactRefusal.debtor_id, ContactRefusal.channel, ContactRefusal.occasion)
    ).all()
    assert sorted(logged) == sorted([(p.id, "visit", "visit") for p in (opted, promised)])


def test_at_night_a_later_day_is_planned(neighbour, propose, approve, assign):
    referral = propose(neighbour())
    approve(referral)
    assert assign(referral, now=NOW + timedelta(hours=14)).done == [referral]


# --- the end


@pytest.mark.parametrize(
    ("end", "state"), [(return_referral, "returned"), (close_referral, "closed")]
)
def test_the_end_lifts_the_hold_and_the_person_is_called_again(
    session, people, neighbour, propose, approve, end, state
):
    person = neighbour()
    referral = propose(person)
    approve(referral)
    end(session, people.eva, NOW, SETTINGS, referral.id, "  ya dio un número ")
    assert (referral.state, referral.end_reason) == (state, "ya dio un número")
    assert referral.ended_by_id == people.eva.user_id
    assert session.get_one(Hold, referral.hold_id).lifted_at == NOW
    assert queued(session, person)
    assert refusals(session, person) == ()
    with pytest.raises(RuleBroken, match=f"{referral.number} already stands otherwise"):
        end(session, people.eva, NOW, SETTINGS, referral.id, "otra vez")


def test_who_was_visited_comes_back_on_top(session, people, neighbour, propose, approve, assign):
    person = neighbour()
    referral = propose(person)
    approve(referral)
    assign(referral)
    referral.state = "visited"
    session.flush()
    return_referral(session, people.eva, NOW, SETTINGS, referral.id, "dio otro número")
    assert session.get(WorklistPush, (person.id, "visited")) is not None


def test_the_end_is_refused_without_a_reason_and_before_the_approval(
    session, people, neighbour, propose, approve
):
    referral = propose(neighbour())
    with pytest.raises(RuleBroken, match="Referral proposed"):
        close_referral(session, people.eva, NOW, SETTINGS, referral.id, "no hace falta")
    approve(referral)
    with pytest.raises(RuleBroken, match="Write the reason"):
        close_referral(session, people.eva, NOW, SETTINGS, referral.id, "")
    with pytest.raises(RuleBroken, match="no such referral"):
        close_referral(session, people.eva, NOW, SETTINGS, referral.id + 1, "no hace falta")


def test_after_its_end_the_person_may_be_proposed_again(session, neighbour, propose, approve):
    person = neighbour()
    first = propose(person)
    approve(first, approve=False, reason="no procede")
    assert propose(person).id != first.id
    assert session.scalar(sa.select(sa.func.count()).select_from(Referral)) == 2
