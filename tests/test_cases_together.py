"""Two specialists at one case, each on a connection of their own."""

from __future__ import annotations

import threading
import uuid

import pytest
import sqlalchemy as sa

from app.cases.service import Found, close_case
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.models import (
    Call,
    ContactPoint,
    Debtor,
    Hold,
    Outcome,
    TimelineEvent,
    User,
    VerificationCase,
)
from tests.calls.floor import DAY, SETTINGS
from tests.cases.floor import LATER
from tests.conftest import NOW
from tests.factories import make_debtor, make_hold


@pytest.fixture
def waiting(app):
    """A report of a death, written for real, and the keys of everybody; taken away at the end."""
    with app.app_context(), deed() as session:
        ids = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        debtor = make_debtor(session)
        debtor.deceased_reported_at = NOW
        outcome = session.scalar(sa.select(Outcome.id).where(Outcome.code == "TPC_DECEASED"))
        call = Call(
            submit_key=uuid.uuid4(),
            debtor_id=debtor.id,
            operator_id=ids["ana"],
            outcome_id=outcome,
            direction="incoming",
            started_at=NOW,
            ended_at=NOW,
        )
        session.add(call)
        session.flush()
        hold = make_hold(session, debtor, DAY, DAY, reason="deceased", call_id=call.id)
        case = VerificationCase(
            kind="deceased",
            debtor_id=debtor.id,
            call_id=call.id,
            hold_id=hold.id,
            opened_at=NOW,
            opened_by_id=ids["ana"],
            due_on=DAY,
        )
        session.add(case)
        session.flush()
        made = debtor.id, case.id
    yield made[1], ids
    with app.app_context(), deed() as session:
        for model in (TimelineEvent, VerificationCase, Hold, Call, ContactPoint):
            session.execute(sa.delete(model).where(model.debtor_id == made[0]))
        session.execute(sa.delete(Debtor).where(Debtor.id == made[0]))


@pytest.mark.committed
def test_of_two_at_once_one_closes_it_and_the_other_is_told(app, waiting):
    case_id, ids = waiting
    answers: list[str] = []
    gate = threading.Barrier(2)

    def close(who: str, finding: str) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    agent = Agent(ids[who], who)
                    found = Found(finding, "partida vista")
                    close_case(session, agent, SETTINGS, LATER, case_id, found)
                answers.append(finding)
            except RuleBroken as refused:
                answers.append("told" if "25/11/2026 10:00" in str(refused) else str(refused))

    threads = [
        threading.Thread(target=close, args=args) for args in (("eva", "died"), ("adela", "alive"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    won = [answer for answer in answers if answer != "told"]
    assert len(answers) == 2 and len(won) == 1
    with app.app_context(), deed() as session:
        case = session.get_one(VerificationCase, case_id)
        person = session.get_one(Debtor, case.debtor_id)
        assert case.finding == won[0]
        assert (person.deceased_confirmed_at is not None) == (won[0] == "died")
