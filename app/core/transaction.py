"""Each deed is one transaction, opened by the view or the command; what only reads ends with COMMIT."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Flask
from sqlalchemy import TextClause, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from app.extensions import db

_WROTE = "has_written"
#: At the head of a statement, of a part in parentheses, or after the parts of a WITH: elsewhere these
#: are names and FOR UPDATE.
_WRITING = re.compile(
    r"(?:^|[()])\s*(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP)\b", re.IGNORECASE
)


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


def has_written(session: Session) -> bool:
    """Something was written since the transaction began, or is about to be."""
    return bool(session.new or session.dirty or session.deleted or session.info.get(_WROTE))


def _end_reading(error: BaseException | None) -> None:
    """COMMIT what only read: after a ROLLBACK psycopg forgets its prepared statements, and every page
    would plan each of its queries anew (measured: 6 of 20 ms). Whatever was written without a deed
    is rolled back, as ever."""
    session = db.session()
    if error is None and session.in_transaction() and not has_written(session):
        session.commit()


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: Any) -> None:
    session.info[_WROTE] = True


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if not state.is_select and _writes(state.statement):
        state.session.info[_WROTE] = True


def _writes(statement: Any) -> bool:
    return not isinstance(statement, TextClause) or _text_writes(statement.text)


@lru_cache(maxsize=1000)
def _text_writes(sql: str) -> bool:
    return _WRITING.search(sql) is not None


@event.listens_for(Session, "after_transaction_end")
def _settled(session: Session, transaction: SessionTransaction) -> None:
    """Not at the end of a savepoint: what was written before it is still there."""
    if transaction.parent is None:
        session.info.pop(_WROTE, None)
