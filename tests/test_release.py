"""The step from a release, with a unit's data in the tables: nothing is lost and the work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from app import create_app
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings, settings_on
from app.core.transaction import deed
from app.debts.service import owed_by_person, owed_totals
from app.extensions import db
from app.intake.undo import undo_load
from app.models import Account, Call, Callback, ContactPoint, Debtor, Load, Promise
from app.worklist.callbacks import missed_callbacks
from tests.conftest import make_database

ROOT = Path(__file__).parents[1]
MIGRATIONS = str(ROOT / "migrations")
#: A release: the migration at which it ended, and a unit's data as it left it, on top of those before it.
Release = tuple[str, str]
FIRST, SECOND = [("20261124", "first_release")], [("20261124_speed", "second_release")]
THIRD = [*SECOND, ("20261124_runs", "third_release")]
NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


@contextmanager
def step_from(releases: list[Release], worker: str, var: Path) -> Iterator[Flask]:
    """The application over a database of the last of ``releases`` that has made the step, back and forth too."""
    environ = {
        "DATABASE_URL": make_database(f"telecobro_test_{releases[-1][1]}_{worker}"),
        "TELECOBRO_VAR": str(var),
        "TELECOBRO_SECRET_KEY": "test",
    }
    application = create_app({"ENVIRON": environ, "TESTING": True})
    with application.app_context():
        for revision, data in releases:
            upgrade(directory=MIGRATIONS, revision=revision)
            with db.engine.begin() as connection:
                sql = (ROOT / f"tests/data/{data}.sql").read_text("utf-8")
                connection.exec_driver_sql(sql)
        upgrade(directory=MIGRATIONS)
        downgrade(directory=MIGRATIONS, revision=releases[-1][0])
        application.test_cli_runner().invoke(args=["setup"], catch_exceptions=False)
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def stepped(worker_id_or_main: str, tmp_path_factory) -> Iterator[Flask]:
    """From the first release."""
    with step_from(FIRST, worker_id_or_main, tmp_path_factory.mktemp("first")) as application:
        yield application


def test_what_is_owed_is_what_was_owed(stepped: Flask):
    assert owed_totals(db.session, 901) == (2, 2, Decimal("115.50"))
    assert [o.owed for o in owed_by_person(db.session, 902)] == [Decimal("15.00")]


def test_people_contacts_calls_and_promises_are_there(stepped: Flask):
    session = db.session
    assert session.scalars(sa.select(Debtor.name).order_by(Debtor.id)).all() == [
        "ZAMBRANO CEDEÑO MARCO ANTONIO",
        "ÑACATO ÁVILA MARÍA",
    ]
    assert session.scalars(sa.select(Debtor.merged_into_id)).all() == [None, None]
    point = session.get_one(ContactPoint, 901)
    assert (point.state, point.added_by_id) == ("verified", None)
    assert session.get_one(Call, 901).outcome.code == "RPC_PTP_FULL"
    assert session.get_one(Promise, 901).state == "pending"
    assert session.get_one(Account, 901).sector == "Andrés de Vera"


def test_settings_keep_the_day_from_which_they_hold(stepped: Flask):
    assert settings_on(db.session, NOW.date())["promise_grace_days"] == 2


def test_a_callback_of_before_still_finds_its_alarm(stepped: Flask):
    assert db.session.scalar(sa.select(Callback.operator_id)) == 901
    assert missed_callbacks(db.session, Settings({}), NOW) == 1


def test_a_load_of_the_last_release_is_not_undone(stepped: Flask):
    """It left nothing to go back to: one sentence, and all stays."""
    with pytest.raises(RuleBroken), deed() as session:
        undo_load(session, Agent(902, "Eva Loor"), NOW, 901, "me equivoqué de archivo")
    assert db.session.get_one(Load, 901).status == "applied"
