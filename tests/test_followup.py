"""The run of a day: promises judged, what was left open closed, the queue built; repeatable."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.calls.dialling import dial
from app.core.agent import SYSTEM
from app.core.settings import Settings
from app.followup.service import follow_payments, run_followup
from app.models import Call, TimelineEvent, WorklistItem
from app.worklist.service import build_worklist, claim_person
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio, make_promise

SETTINGS = Settings({})
DAY = NOW.date()


@pytest.fixture
def promises(session, people):
    """Three people whose promises end yesterday: nothing, something and everything was paid."""
    portfolio = make_portfolio(session, DAY - timedelta(days=4))
    made = {}
    for state, paid in (("broken", None), ("partial", "20.00"), ("kept", "50.00")):
        account = make_account(session, make_debtor(session), portfolio, "500.00")
        made[state] = make_promise(session, people.ana, account, DAY - timedelta(days=1))
        if paid:
            make_payment(session, account, paid, DAY - timedelta(days=2))
    return made


def queued(session) -> dict[int, list[str]]:
    session.expire_all()
    items = session.scalars(sa.select(WorklistItem))
    return {item.debtor_id: [r["code"] for r in item.reasons] for item in items}


def test_the_run_judges_and_puts_who_broke_a_promise_back_into_the_queue(session, promises):
    result = run_followup(session, SYSTEM, NOW, DAY)
    assert result.promises == {"kept": 1, "partial": 1, "broken": 1}
    assert (result.requeued, result.queue, result.unfinished) == (2, 3, 0)
    session.expire_all()
    assert {name: promise.state for name, promise in promises.items()} == {n: n for n in promises}
    queue = queued(session)
    for name, promise in promises.items():
        assert ("broken_promise" in queue[promise.debtor_id]) is (name != "kept")


def test_a_second_run_finds_nothing_to_do(session, promises):
    run_followup(session, SYSTEM, NOW, DAY)
    again = run_followup(session, SYSTEM, NOW + timedelta(hours=6), DAY)
    assert again.promises == {"kept": 0, "partial": 0, "broken": 0}
    assert (again.requeued, again.queue) == (0, 3)
    judged = sa.select(sa.func.count()).where(TimelineEvent.deed == "judge_promise")
    assert session.scalar(judged) == 3


def test_on_the_last_day_of_grace_nothing_is_broken_yet(session, promises):
    result = run_followup(session, SYSTEM, NOW, DAY - timedelta(days=1))
    assert result.promises == {"kept": 1, "partial": 0, "broken": 0}


def test_who_cannot_be_called_is_not_counted_as_requeued(session, promises):
    debtor_id = promises["broken"].debtor_id
    session.execute(
        sa.text("UPDATE contact_point SET state = 'retired' WHERE debtor_id = :d"), {"d": debtor_id}
    )
    result = run_followup(session, SYSTEM, NOW, DAY)
    assert result.requeued == 1
    assert debtor_id not in queued(session)


def test_the_run_closes_the_calls_that_were_left_open(session, people, promises):
    debtor = promises["broken"].debtor
    claim = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "outgoing")
    dial(session, people.ana, SETTINGS, NOW, claim, debtor.contact_points[0].id)
    result = run_followup(session, SYSTEM, NOW + timedelta(hours=14), DAY)
    assert result.unfinished == 1
    call = session.scalars(sa.select(Call)).one()
    assert (call.outcome.code, call.operator_id) == ("SYS_UNDISPO", people.ana.user_id)


def test_payments_judge_and_weigh_their_people_at_once(session, promises):
    build_worklist(session, SETTINGS, NOW)
    account = promises["broken"].account
    run_followup(session, SYSTEM, NOW, DAY)
    payment = make_payment(session, account, "500.00", DAY - timedelta(days=2))
    counts = follow_payments(session, SYSTEM, NOW + timedelta(hours=1), DAY, payment.load_id)
    assert counts["promises"] == {"kept": 1, "partial": 0, "broken": 0}
    assert "broken_promise" not in queued(session).get(account.debtor_id, [])


def test_the_command_prints_what_turned(app, session, promises):
    result = app.test_cli_runner().invoke(args=["followup", "run", "--on", f"{DAY}", "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout.splitlines()[-1])
    assert answer["promises"] == {"kept": 1, "partial": 1, "broken": 1}
    assert answer["requeued"] == 2
    again = app.test_cli_runner().invoke(args=["followup", "run", "--on", f"{DAY}", "--json"])
    assert json.loads(again.stdout.splitlines()[-1])["promises"] == dict.fromkeys(
        answer["promises"], 0
    )


def test_the_command_refuses_what_is_no_day(app, session):
    result = app.test_cli_runner().invoke(args=["followup", "run", "--on", "mañana", "--json"])
    assert result.exit_code == 2
