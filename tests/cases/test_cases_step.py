"""The step from the last release: calls whose hold still runs get their case, once."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.models import Hold, VerificationCase
from tests.cases.floor import LATER

STEP = Path(__file__).parents[2] / "migrations" / "versions" / "20261124_cases.py"
FAR, PAST = date(2999, 1, 1), date(2026, 1, 31)


@pytest.fixture(scope="module")
def step():
    """The migration as a module."""
    spec = importlib.util.spec_from_file_location("cases_step", STEP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def released(session, opened):
    """``released("RPC_HARDSHIP")``: such a call as the last release left it, with a hold and no case."""

    def make(code, **columns):
        case = opened(code)
        hold_id = case.hold_id
        session.execute(sa.delete(VerificationCase))
        session.execute(sa.update(Hold).values({"starts_on": PAST, "ends_on": FAR} | columns))
        return hold_id

    return make


@pytest.mark.parametrize(
    "code", ["RPC_PAID_CLAIM", "RPC_HARDSHIP", "RPC_NOT_DEBTOR", "TPC_DECEASED"]
)
def test_a_running_hold_gets_its_case_once(session, people, debtor, released, step, code):
    hold = session.get_one(Hold, released(code))
    for _again in range(2):
        session.execute(sa.text(step._OPEN))
    case = session.scalars(sa.select(VerificationCase)).one()
    assert (case.kind, case.due_on, case.hold_id) == (hold.reason, FAR, hold.id)
    assert (case.debtor_id, case.account_id) == (debtor.id, hold.account_id)
    assert (case.call_id, case.opened_by_id) == (hold.call_id, people.ana.user_id)


@pytest.mark.parametrize("columns", [{"ends_on": PAST}, {"lifted_at": LATER}, {"call_id": None}])
def test_a_hold_that_is_over_gets_none(session, released, step, columns):
    released("RPC_HARDSHIP", **columns)
    session.execute(sa.text(step._OPEN))
    assert session.scalars(sa.select(VerificationCase)).all() == []
