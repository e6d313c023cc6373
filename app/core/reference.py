"""Small tables that hardly ever change (outcomes, reasons, scripts, means, holidays, settings, views), read once
a process instead of five times a page.

A trigger on each of them writes a new stamp, in the transaction of the change. The query that brings
the signed-in person brings the stamp along; what was read under another stamp is read again. Nothing
is remembered without a stamp (commands, jobs), nor for longer than it is true, nor what a transaction
reads that has written: it may see its own change, which nobody else may ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.core.transaction import has_written

T = TypeVar("T")
_STAMP = "reference_stamp"
#: The last stamp, and what was read under it: replaced together, so that no thread mixes two of them.
_kept: list[tuple[UUID | None, dict[Hashable, Any]]] = [(None, {})]


def know_stamp(session: Session, stamp: UUID | None) -> None:
    """This session belongs to a request that has just read ``stamp``."""
    session.info[_STAMP] = stamp


def remembered(session: Session, what: Hashable, read: Callable[[], T]) -> T:
    """What ``read`` gives, read once a process until one of the tables changes."""
    stamp = session.info.get(_STAMP)
    if stamp is None:
        return read()
    kept_under, known = _kept[0]
    if kept_under != stamp:
        known = {}
        _kept[0] = (stamp, known)
    if what in known:
        return known[what]
    value = read()
    if not has_written(session):
        known[what] = value
    return value


def remembered_rows(session: Session, what: Hashable, query: Select[Any]) -> Sequence[Any]:
    """The objects of ``query``, to be read only: they belong to no session."""

    def read() -> Sequence[Any]:
        rows = session.scalars(query).all()
        if session.info.get(_STAMP) is not None:
            for row in rows:
                session.expunge(row)
        return rows

    return remembered(session, what, read)
