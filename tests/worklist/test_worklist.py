"""Whom to call next: reasons and weights, and the best one who may be called."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.calls.dialling import dial
from app.calls.effects import CallResult
from app.calls.service import record_call
from app.contact_rules.service import Verdict
from app.core.settings import change_setting, settings_on
from app.models import Account, Claim, ContactRefusal, Debtor, WorklistItem
from app.worklist.service import (
    claim_person,
    my_claim,
    requeue,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_attempt,
    make_debtor,
    make_hold,
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
    queue,
    reasons,
)

# --- reasons


@pytest.mark.parametrize(
    ("balance", "weight"),
    [
        ("99.99", None),
        ("100.00", 10),
        ("299.99", 10),
        ("300.00", 20),
        ("999.99", 20),
        ("1000.00", 30),
    ],
)
def test_the_amount_weighs_by_its_size(session, owes, balance, weight):
    debtor_id = owes(balance)
    assert reasons(queue(session)[debtor_id]).get("amount") == weight


@pytest.mark.parametrize(("days", "weight"), [(60, None), (61, 10), (360, 10), (361, 20)])
def test_the_age_weighs_by_the_oldest_due_date(session, owes, days, weight):
    debtor_id = owes("50.00", oldest_due_on=DAY - timedelta(days=days))
    assert reasons(queue(session)[debtor_id]).get("age") == weight


def test_who_was_never_called_weighs_until_the_first_call(session, owes, people):
    debtor_id = owes("50.00")
    assert reasons(queue(session)[debtor_id]) == {"never_called": 25}
    called(session, people.ana, debtor_id)
    assert reasons(queue(session, NOW + HOUR)[debtor_id]) == {}


def test_a_telephone_that_answered_weighs_until_it_is_retired(session, owes, people):
    debtor_id = owes("50.00")
    held = claim_person(session, people.ana, SETTINGS, NOW, debtor_id, "outgoing")
    point = held.debtor.contact_points[0]
    dial(session, people.ana, SETTINGS, NOW, held, point.id)
    record_call(session, people.ana, SETTINGS, NOW, held.key, CallResult("TPC_MESSAGE"))
    assert reasons(queue(session, NOW + HOUR)[debtor_id]) == {"answers": 15}
    point.state = "retired"
    session.flush()
    assert debtor_id not in queue(session, NOW + 2 * HOUR)


def test_a_broken_promise_weighs_until_the_person_has_been_talked_to(session, owes, people):
    debtor_id = owes("50.00")
    account = session.scalars(sa.select(Account).where(Account.debtor_id == debtor_id)).one()
    make_promise(session, people.ana, account, date(2026, 11, 16), state="broken", judged_at=NOW)
    assert reasons(queue(session, NOW + HOUR)[debtor_id])["broken_promise"] == 60
    held = claim_person(session, people.ana, SETTINGS, NOW + HOUR, debtor_id, "incoming")
    record_call(session, people.ana, SETTINGS, NOW + HOUR, held.key, CallResult("TPC_MESSAGE"))
    assert "broken_promise" in reasons(queue(session, NOW + 2 * HOUR)[debtor_id])
    session.execute(
        sa.text("UPDATE call SET verified = true WHERE debtor_id = :d"), {"d": debtor_id}
    )
    assert "broken_promise" not in reasons(queue(session, NOW + 2 * HOUR)[debtor_id])


def test_weights_are_settings_and_the_score_is_their_sum(session, owes, people):
    change_setting(session, people.adela, NOW, "weight_amount", "300", DAY)
    change_setting(session, people.adela, NOW, "weight_never_called", "0", DAY)
    debtor_id = owes("1000.00", oldest_due_on=DAY - timedelta(days=400))
    item = queue(session, settings=settings_on(session, DAY))[debtor_id]
    assert item.reasons == [{"code": "amount", "weight": 300}, {"code": "age", "weight": 20}]
    assert item.score == 320


def test_a_person_stands_once_with_the_accounts_of_two_portfolios(session, portfolio):
    works = make_portfolio(session, date(2026, 11, 23))
    debtor = make_debtor(session)
    make_account(session, debtor, portfolio, "600.00")
    make_account(session, debtor, works, "400.00")
    assert reasons(queue(session)[debtor.id])["amount"] == 30


@pytest.mark.parametrize(
    "columns",
    [
        {"balance": "0.00"},
        {"closed_on": DAY},
        {"in_complaint": True},
        {"in_complaint": True, "disputed_balance": Decimal("250.00")},
    ],
)
def test_who_has_nothing_to_collect_is_not_in_the_queue(session, owes, columns):
    assert owes(**columns) not in queue(session)


def test_deceased_and_unreachable_people_are_not_in_the_queue(session, portfolio):
    dead = make_debtor(session, deceased_reported_at=NOW)
    mute = make_debtor(session, phones=())
    for debtor in (dead, mute):
        make_account(session, debtor, portfolio)
    assert not {dead.id, mute.id} & queue(session).keys()


def test_building_again_takes_out_who_no_longer_owes(session, owes):
    stays, pays = owes(), owes()
    assert {stays, pays} <= queue(session).keys()
    session.execute(sa.update(Account).where(Account.debtor_id == pays).values(balance=0))
    after = queue(session, NOW + HOUR)
    assert stays in after
    assert pays not in after


def test_requeue_weighs_only_the_people_it_is_told(session, owes):
    one, other = owes("50.00"), owes("50.00")
    queue(session)
    session.execute(sa.update(Account).values(balance=0))
    assert requeue(session, SETTINGS, [one], NOW + HOUR) == 0
    session.expire_all()
    assert session.scalars(sa.select(WorklistItem.debtor_id)).all() == [other]
    assert requeue(session, SETTINGS, [], NOW) == 0


# --- the next one


def test_the_heaviest_person_comes_first_and_the_claim_keeps_the_reasons(session, owes, people):
    owes("50.00")
    heavy = owes("5000.00")
    queue(session)
    held = claim(session, people.ana)
    assert held.debtor_id == heavy
    assert [r["code"] for r in held.reasons] == ["amount", "never_called"]
    assert held.lapses_at == NOW + timedelta(minutes=SETTINGS["claim_minutes"])


def test_two_operators_get_two_people_and_each_keeps_the_own_one(session, owes, people):
    first, second = owes("5000.00"), owes("50.00")
    queue(session)
    assert claim(session, people.ana).debtor_id == first
    assert claim(session, people.luis).debtor_id == second
    assert claim(session, people.ana).debtor_id == first
    assert session.scalar(sa.select(sa.func.count()).select_from(Claim)) == 2


def test_with_everybody_held_or_an_empty_queue_nobody_comes(session, owes, people):
    assert claim(session, people.ana) is None
    owes()
    queue(session)
    claim(session, people.ana)
    assert claim(session, people.luis) is None


def test_the_database_itself_refuses_a_second_holder(session, owes, people):
    held = claim_person(session, people.ana, SETTINGS, NOW, owes(), "incoming")
    second = {"key": sa.func.gen_random_uuid(), "debtor_id": held.debtor_id}
    moments = {"claimed_at": NOW, "lapses_at": NOW, "direction": "incoming", "reasons": []}
    with pytest.raises(sa.exc.IntegrityError, match="uq_claim_open_debtor"), session.begin_nested():
        session.execute(
            sa.insert(Claim).values(operator_id=people.luis.user_id, **second, **moments)
        )


def test_whom_the_gate_refuses_is_logged_and_put_off_until_it_allows(
    session, owes, people, portfolio
):
    tired, held_off, free = owes("5000.00"), owes("4000.00"), owes("50.00")
    for minutes in (90, 60, 30):
        make_attempt(session, session.get(Debtor, tired), NOW - minutes * MINUTE)
    make_hold(session, session.get(Debtor, held_off), DAY, date(2026, 11, 27))
    items = queue(session)
    assert claim(session, people.ana).debtor_id == free
    session.expire_all()
    assert items[tired].not_before == TOMORROW_AT_SEVEN
    assert items[held_off].not_before == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    refusals = session.scalars(sa.select(ContactRefusal).order_by(ContactRefusal.id)).all()
    assert [(r.debtor_id, r.rules, r.occasion) for r in refusals] == [
        (tired, ["attempts"], "claim"),
        (held_off, ["hold"], "claim"),
    ]
    assert refusals[0].next_allowed_at == TOMORROW_AT_SEVEN
    assert claim(session, people.luis) is None
    assert session.scalar(sa.select(sa.func.count()).select_from(ContactRefusal)) == 2


def test_whom_no_moment_allows_leaves_the_queue(session, people):
    old = make_portfolio(session, date(2026, 11, 1))
    debtor = make_debtor(session)
    make_account(session, debtor, old)
    assert debtor.id in queue(session)
    assert claim(session, people.ana).refused_by == ("stale",)
    assert session.scalar(sa.select(sa.func.count()).select_from(WorklistItem)) == 0
    assert claim(session, people.ana) is None


@pytest.mark.parametrize(
    ("moment", "rule", "next_at"),
    [
        (
            datetime(2026, 11, 24, 11, 59, tzinfo=UTC),
            "hours",
            datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
        ),
        (datetime(2026, 11, 25, 1, 0, tzinfo=UTC), "hours", TOMORROW_AT_SEVEN),
        (
            datetime(2026, 11, 28, 15, 0, tzinfo=UTC),
            "weekend",
            datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
        ),
        (
            datetime(2026, 12, 25, 15, 0, tzinfo=UTC),
            "holiday",
            datetime(2026, 12, 28, 12, 0, tzinfo=UTC),
        ),
    ],
)
def test_outside_the_lawful_moments_a_verdict_comes_and_nobody_is_put_off(
    session, people, moment, rule, next_at
):
    fresh = make_portfolio(session, moment.date() - timedelta(days=1))
    debtor = make_debtor(session)
    make_account(session, debtor, fresh)
    items = queue(session, moment)
    verdict = claim(session, people.ana, moment)
    assert isinstance(verdict, Verdict)
    assert (verdict.refused_by, verdict.next_allowed_at) == ((rule,), next_at)
    assert items[debtor.id].not_before is None
    assert my_claim(session, people.ana) is None
