"""Each deed is one transaction, opened by the view or the command; what only reads ends with COMMIT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import db

_WROTE = "wrote_outside_a_deed"


@contextmanager
def deed() -> Iterator[Session]:
    """The session for one deed: committed at the end, rolled back when anything is raised."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def init_app(app: Flask) -> None:
    """End the reading of every request. Registered after the session's own end, so it comes before."""
    app.teardown_appcontext(_end_reading)


def _end_reading(error: BaseException | None) -> None:
    """COMMIT what only read: after a ROLLBACK psycopg forgets its prepared statements, and every page
    would plan each of its queries anew (measured: 6 of 20 ms). Whatever was written without a deed
    is rolled back, as ever."""
    session = db.session()
    written = session.new or session.dirty or session.deleted or session.info.get(_WROTE)
    if error is None and session.in_transaction() and not written:
        session.commit()


@event.listens_for(Session, "after_flush")
def _wrote(session: Session, _context: Any) -> None:
    session.info[_WROTE] = True


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _settled(session: Session) -> None:
    session.info.pop(_WROTE, None)
