"""Two specialists at one callback, each on a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.transaction import deed
from app.models import Callback, ContactPoint, Debtor, TimelineEvent, User
from app.worklist.callbacks import move_callback, reassign_callbacks
from tests.conftest import NOW
from tests.factories import make_debtor

SETTINGS = Settings({})


@pytest.fixture
def waiting(app):
    """A callback of Ana's, written for real, and the keys of everybody; taken away at the end."""
    with app.app_context(), deed() as session:
        ids = dict(session.execute(sa.select(User.username, User.id)).tuples().all())
        debtor = make_debtor(session)
        callback = Callback(debtor_id=debtor.id, due_at=NOW, operator_id=ids["ana"], asked_at=NOW)
        session.add(callback)
        session.flush()
        made = debtor.id, callback.id
    yield made[1], ids
    with app.app_context(), deed() as session:
        session.execute(sa.delete(TimelineEvent).where(TimelineEvent.debtor_id == made[0]))
        session.execute(sa.delete(Callback).where(Callback.id == made[1]))
        session.execute(sa.delete(ContactPoint).where(ContactPoint.debtor_id == made[0]))
        session.execute(sa.delete(Debtor).where(Debtor.id == made[0]))


@pytest.mark.committed
def test_of_two_at_once_one_moves_it_and_the_other_is_told(app, waiting):
    callback_id, ids = waiting

    def hand_on(session, who: str, to: int | None) -> None:
        seen = {callback_id: ids["ana"]}
        reassign_callbacks(session, Agent(ids[who], who), SETTINGS, NOW, seen, to)

    assert _both(app, hand_on, ("eva", ids["luis"]), ("adela", None)) == ["moved", "told"]
    assert _deeds(app, "reassign_callback") == 1


@pytest.mark.committed
def test_of_two_who_drag_it_at_once_the_second_is_told(app, waiting):
    callback_id, ids = waiting

    def drag(session, who: str, hours: int) -> None:
        agent, due_at = Agent(ids[who], who), NOW + timedelta(hours=hours)
        move_callback(
            session, agent, SETTINGS, NOW, callback_id, NOW, due_at, any_owner=who == "eva"
        )

    assert _both(app, drag, ("ana", 2), ("eva", 3)) == ["moved", "told"]
    assert _deeds(app, "move_callback") == 1


def _both(app, act: Callable[..., None], *given: tuple[Any, ...]) -> list[str]:
    """What each of two heard who ``act`` at the same moment, on connections of their own."""
    answers: list[str] = []
    gate = threading.Barrier(2)

    def one(*values: Any) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    act(session, *values)
                answers.append("moved")
            except RuleBroken:
                answers.append("told")

    threads = [threading.Thread(target=one, args=values) for values in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(answers)


def _deeds(app, name: str) -> int | None:
    with app.app_context(), deed() as session:
        return session.scalar(sa.select(sa.func.count()).where(TimelineEvent.deed == name))
