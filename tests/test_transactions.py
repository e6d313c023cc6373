"""What a request writes without a deed is never kept, however it was written; what fails tells no data."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import transaction
from app.core.business_days import calendar
from app.core.reference import know_stamp
from app.extensions import db
from app.models import Holiday

DAY = date(2031, 3, 5)


def _insert(session: Session) -> None:
    session.execute(sa.insert(Holiday).values(day=DAY, name="Nadie", scope="local"))


def _insert_by_hand(session: Session) -> None:
    session.execute(
        sa.text("INSERT INTO holiday (day, name, scope) VALUES (:day, 'Nadie', 'local')"),
        {"day": DAY},
    )


def _add_and_go_on(session: Session) -> None:
    session.add(Holiday(day=DAY, name="Nadie", scope="local"))
    session.flush()
    with session.begin_nested():
        session.execute(sa.select(Holiday.day))


@pytest.mark.committed
@pytest.mark.parametrize("write", [_insert, _insert_by_hand, _add_and_go_on])
def test_what_was_written_outside_a_deed_is_rolled_back(app, write):
    with app.app_context():
        write(db.session())
    with app.app_context():
        assert db.session().scalar(sa.select(Holiday.id).where(Holiday.day == DAY)) is None


@pytest.mark.committed
def test_a_change_that_was_rolled_back_is_remembered_by_nobody(app):
    stamp = uuid.uuid4()
    with app.app_context():
        session = db.session()
        know_stamp(session, stamp)
        _insert(session)
        assert not calendar(session).is_business_day(DAY)
        session.rollback()
    with app.app_context():
        know_stamp(db.session(), stamp)
        assert calendar(db.session()).is_business_day(DAY)


@pytest.mark.committed
def test_an_error_that_is_logged_holds_nobodys_data(app):
    with app.app_context(), pytest.raises(sa.exc.DBAPIError) as failed:
        db.session().execute(sa.text("SELECT no_such_column, :who"), {"who": "1309012345"})
    assert "1309012345" not in str(failed.value)


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("\nSELECT * FROM person_merge FOR UPDATE", False),
        ("SELECT 'merge' AS kind, update FROM deed", False),
        ("\n  INSERT INTO area VALUES (1)", True),
        ("WITH gone AS (\n DELETE FROM area) SELECT 1", True),
        ("WITH judged AS (SELECT 1)\nUPDATE promise SET paid = 0", True),
    ],
)
def test_a_statement_that_writes_is_told_from_one_that_names_a_deed(sql, writes):
    assert transaction._text_writes(sql) == writes
