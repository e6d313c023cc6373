"""People who owe, and the queue that is built of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.calls.effects import CallResult
from app.calls.service import record_call
from app.core.settings import Settings
from app.models import WorklistItem
from app.worklist.service import (
    build_worklist,
    claim_next,
    claim_person,
)
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_portfolio,
)

SETTINGS = Settings({})
DAY = NOW.date()
TOMORROW_AT_SEVEN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, date(2026, 11, 23))


@pytest.fixture
def owes(session, portfolio):
    """``owes("250.00")``: a person who owes that on one account."""

    def make(balance: str = "250.00", **columns) -> int:
        debtor = make_debtor(session)
        make_account(session, debtor, portfolio, balance, **columns)
        return debtor.id

    return make


def queue(session, now=NOW, settings=SETTINGS) -> dict[int, WorklistItem]:
    build_worklist(session, settings, now)
    session.expire_all()
    return {item.debtor_id: item for item in session.scalars(sa.select(WorklistItem))}


def reasons(item: WorklistItem) -> dict[str, int]:
    return {reason["code"]: reason["weight"] for reason in item.reasons}


def not_before(session, debtor_id: int) -> datetime | None:
    wanted = sa.select(WorklistItem.not_before).where(WorklistItem.debtor_id == debtor_id)
    return session.scalars(wanted).one()


def claim(session, agent, now=NOW):
    return claim_next(session, agent, SETTINGS, now)


def called(session, agent, debtor_id: int, code: str = "NC_NA", now=NOW) -> None:
    """A whole outgoing call with that outcome."""
    held = claim_person(session, agent, SETTINGS, now, debtor_id, "outgoing")
    record_call(session, agent, SETTINGS, now, held.key, CallResult(code))
