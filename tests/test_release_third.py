"""The step from the third release: what waited under a hold waits for somebody, the night goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock
from app.core.agent import SYSTEM, Agent
from app.core.settings import Settings
from app.core.transaction import deed
from app.debts.service import owed_by_person
from app.extensions import db
from app.followup.checking import check_followup
from app.followup.service import run_followup
from app.models import Agreement, Complaint, FollowupRun, Hold, Outcome, Referral, VerificationCase
from app.referrals.deciding import decide_referrals
from tests.test_release import THIRD, step_from

ZONE = Settings({})["zone"]


@pytest.fixture(scope="module")
def stepped(worker_id_or_main: str, tmp_path_factory) -> Iterator[Flask]:
    """From the third release."""
    with step_from(THIRD, worker_id_or_main, tmp_path_factory.mktemp("third")) as application:
        yield application


def test_agreements_cases_and_runs_are_what_they_were(stepped: Flask):
    agreement = db.session.get_one(Agreement, 921)
    assert (agreement.state, agreement.paid, len(agreement.instalments)) == ("active", 25, 4)
    [owed] = owed_by_person(db.session, 921)
    assert (owed.owed, owed.covered, owed.collectable) == (75, 75, 0)
    assert db.session.scalar(sa.select(sa.func.count(VerificationCase.id))) == 4
    assert db.session.scalar(sa.select(FollowupRun.counts))["agreements"]["active"] == 1


def test_who_had_no_number_is_proposed_to_the_field(stepped: Flask):
    [referral] = db.session.scalars(sa.select(Referral))
    assert (referral.debtor_id, referral.account_id, referral.call_id) == (923, 923, 923)
    assert (referral.kind, referral.state, referral.reason) == (
        "not_located",
        "proposed",
        "ningún número sirve",
    )
    assert db.session.get_one(Hold, 923).lifted_at is not None


def test_a_dispute_under_its_hold_is_a_complaint_that_waits_at_the_desk(stepped: Flask):
    [complaint] = db.session.scalars(sa.select(Complaint))
    assert (complaint.debtor_id, complaint.account_id, complaint.call_id) == (922, 922, 922)
    assert (complaint.state, complaint.area_id, complaint.text) == (
        "received",
        None,
        "la lectura no es la suya",
    )
    assert [line.bill_id for line in complaint.bills] == [922], "nobody said which: all of them"
    assert db.session.get_one(Hold, 922).lift_reason == "complaint_opened"
    [owed] = owed_by_person(db.session, 922)
    assert (owed.disputed, owed.collectable) == (100, 0)


def test_one_version_of_each_outcome_holds_and_the_dispute_asks_for_its_complaint(stepped: Flask):
    current = db.session.scalars(sa.select(Outcome).where(Outcome.replaced_at.is_(None))).all()
    assert len(current) == len({outcome.code for outcome in current})
    assert "complaint" in {o.code: o for o in current}["RPC_DISPUTE"].asks


def test_the_night_after_the_step_finds_what_it_finds_and_the_cases_go_on(stepped: Flask):
    now = clock.utcnow()
    day = clock.local_day(now, ZONE)
    with deed() as session:
        run_followup(session, SYSTEM, now, day)
    assert check_followup(db.session(), now)[0] == []
    [referral] = db.session.scalars(sa.select(Referral).where(Referral.debtor_id == 923))
    with deed() as session:
        decide_referrals(
            session, Agent(902, "Eva Loor"), now, Settings({}), [referral.id], True, ""
        )
    db.session.expire_all()
    assert db.session.get_one(Referral, referral.id).state == "approved"
