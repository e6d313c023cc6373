"""Two administrators at one setting, each on a connection of their own."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from app.core.agent import SYSTEM
from app.core.errors import RuleBroken
from app.core.settings import change_setting
from app.core.transaction import deed
from app.models import SettingValue, TimelineEvent
from tests.conftest import NOW

TODAY = NOW.date()


@pytest.mark.committed
def test_of_two_at_once_one_is_told(app):
    """Two connections, the same moment: the second waits for the first and then sees it."""
    answers: list[str] = []
    gate = threading.Barrier(2)

    def change(value: str) -> None:
        with app.app_context():
            try:
                with deed() as session:
                    gate.wait(10)
                    change_setting(session, SYSTEM, NOW, "weight_age", value, TODAY, seen="0-0")
                answers.append("changed")
            except RuleBroken:
                answers.append("told")

    threads = [threading.Thread(target=change, args=(v,)) for v in ("31", "32")]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(answers) == ["changed", "told"]
    finally:
        with app.app_context(), deed() as session:
            session.execute(sa.delete(SettingValue).where(SettingValue.name == "weight_age"))
            session.execute(
                sa.delete(TimelineEvent).where(TimelineEvent.subject == "setting_value")
            )
