"""Each deed is one transaction, opened by the view or the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.extensions import db


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
