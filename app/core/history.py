"""Who changed a row of a catalogue, when, and what it was before: read from the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import TimelineEvent


@dataclass(frozen=True, slots=True)
class Change:
    """One deed on a row: the ``verb`` (add, edit, delete or another), and each column that it changed
    with what stood there before and after, as the timeline keeps them."""

    event_id: int
    at: datetime
    who: str
    verb: str
    subject_id: int | None
    named: Any
    columns: list[tuple[str, Any, Any]]


def changes_of(
    session: Session,
    table: str,
    columns: Sequence[str],
    *,
    ids: Iterable[int] | None = None,
    before_id: int | None = None,
    most: int,
) -> list[Change]:
    """The newest ``most`` deeds on rows of ``table`` (on ``ids`` only, when given; older than the event
    ``before_id``). ``columns`` are those worth telling, the first names the row."""
    query = select(TimelineEvent).where(TimelineEvent.subject == table)
    if ids is not None:
        query = query.where(TimelineEvent.subject_id.in_(list(ids)))
    if before_id is not None:
        query = query.where(TimelineEvent.id < before_id)
    events = session.scalars(
        query.order_by(TimelineEvent.at.desc(), TimelineEvent.id.desc()).limit(most)
    )
    return [_change(event, table, columns) for event in events]


def _change(event: TimelineEvent, table: str, columns: Sequence[str]) -> Change:
    before, after = event.before or {}, event.after or {}
    return Change(
        event.id,
        event.at,
        event.agent_name,
        event.deed.removesuffix(f"_{table}"),
        event.subject_id,
        after.get(columns[0], before.get(columns[0])),
        [
            (column, before.get(column), after.get(column))
            for column in columns
            if before.get(column) != after.get(column)
        ],
    )
