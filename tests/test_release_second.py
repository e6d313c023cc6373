"""The step from the second release: promises, holds and means are what they were, the night goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from app.access.models import Staff
from app.core import clock
from app.core.agent import SYSTEM, Agent
from app.core.settings import Settings
from app.core.transaction import deed
from app.extensions import db
from app.followup.checking import check_followup
from app.followup.service import run_followup
from app.jobs import undo_and_follow
from app.models import (
    Account,
    Callback,
    Hold,
    Outcome,
    PaymentMeans,
    Promise,
    SavedView,
    VerificationCase,
)
from tests.test_release import SECOND, step_from

ZONE = Settings({})["zone"]
#: As the second release left them.
PROMISES = {
    901: ("pending", 0),
    902: ("kept", 50),
    903: ("partial", 20),
    904: ("broken", 0),
    905: ("replaced", 0),
    906: ("pending", 0),
    907: ("pending", 0),
}


@pytest.fixture(scope="module")
def stepped(worker_id_or_main: str, tmp_path_factory) -> Iterator[Flask]:
    """From the second release."""
    with step_from(SECOND, worker_id_or_main, tmp_path_factory.mktemp("second")) as application:
        yield application


def promises() -> dict[int, tuple[str, Decimal]]:
    db.session.expire_all()
    return {p.id: (p.state, p.paid) for p in db.session.scalars(sa.select(Promise))}


def test_promises_are_what_they_were(stepped: Flask):
    assert promises() == PROMISES
    replaced = db.session.get_one(Promise, 905)
    assert (replaced.replaced_by_id, replaced.ended_at, replaced.end_reason) == (906, None, "")
    assert {p.means_id for p in db.session.scalars(sa.select(Promise))} == {902}


def test_holds_and_means_are_what_they_were(stepped: Flask):
    holds = {h.id: h for h in db.session.scalars(sa.select(Hold))}
    assert {i for i, hold in holds.items() if hold.expired_on} == {911}
    assert holds[911].expired_on == holds[911].ends_on + timedelta(days=1)
    assert {i for i, hold in holds.items() if hold.lifted_at} == {913}
    means = db.session.scalars(sa.select(PaymentMeans).where(PaymentMeans.id > 900)).all()
    assert {(m.name, m.cost, m.valid_to, m.is_active) for m in means} == {
        ("Ventanilla", 0, None, True),
        ("Banco del Pacífico", 0, None, True),
        ("Cobrador", 0, None, False),
    }


def test_staff_and_saved_views_are_there(stepped: Flask):
    assert db.session.get_one(Staff, 901).extension == "104"
    assert db.session.scalar(sa.select(SavedView.name)) == "Rotos"


def test_each_hold_that_runs_has_its_case(stepped: Flask):
    cases = db.session.scalars(sa.select(VerificationCase).order_by(VerificationCase.call_id)).all()
    assert [(c.call_id, c.kind, c.closed_at) for c in cases] == [
        (907, "paid_claim", None),
        (908, "hardship", None),
        (909, "not_debtor", None),
        (910, "deceased", None),
    ]
    assert {c.due_on for c in cases} == {db.session.get_one(Hold, c.hold_id).ends_on for c in cases}


def test_one_version_of_each_outcome_holds(stepped: Flask):
    current = db.session.scalars(sa.select(Outcome.code).where(Outcome.replaced_at.is_(None))).all()
    assert len(current) == len(set(current))


def test_the_night_after_the_step_judges_what_fell_due_and_nothing_else(stepped: Flask):
    now = clock.utcnow()
    day = clock.local_day(now, ZONE)
    with deed() as session:
        result = run_followup(session, SYSTEM, now, day)
        again = run_followup(session, SYSTEM, now, day)
    assert result.promises == {"kept": 0, "partial": 0, "broken": 1}
    assert (result.holds_expired, result.cases_closed, result.requeued) == (0, 0, 1)
    assert result.callbacks["freed"] == 1 and result.callbacks["late"] >= 1
    assert db.session.get_one(Callback, 902).operator_id is None
    assert sum(again.promises.values()) == 0
    assert promises() == PROMISES | {907: ("broken", 0)}
    assert check_followup(db.session(), now)[0] == []


def test_the_last_load_of_before_is_taken_back(stepped: Flask):
    """Its before-images know nothing of the columns that came since."""
    with deed() as session:
        undo_and_follow(session, Agent(902, "Eva Loor"), clock.utcnow(), 903, "otro archivo")
    account = db.session.get_one(Account, 912, populate_existing=True)
    assert (account.balance, account.covered) == (70, 0)
