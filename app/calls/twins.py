"""A contact that two joined people both have: one of them serves, and the calls to both are its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, aliased

from app.models import ContactPoint

_DIALLED = ("call", "contact_attempt")


def join_twins(session: Session, kept_id: int, merged_id: int) -> list[dict[str, Any]]:
    """Let the kept person's contact stand for the merged one's equal: whoever judged last is right.

    Returns what was changed, for `part_twins`.
    """
    old, new = aliased(ContactPoint), aliased(ContactPoint)
    twins = session.execute(
        select(old, new)
        .join(new, (new.kind == old.kind) & (new.value == old.value))
        .where(old.debtor_id == merged_id, new.debtor_id == kept_id)
        .order_by(old.id)
    ).all()
    return [_join(session, *pair) for pair in twins]


def _join(session: Session, old: ContactPoint, new: ContactPoint) -> dict[str, Any]:
    twin: dict[str, Any] = {"old": old.id, "new": new.id, "before": None, "after": None}
    if old.state_at is not None and (new.state_at is None or old.state_at > new.state_at):
        twin["before"] = _judgement(new)
        for name in ("state", "state_at", "state_by_id", "retired_reason"):
            setattr(new, name, getattr(old, name))
        twin["after"] = _judgement(new)
    session.flush()
    for table in _DIALLED:
        twin[table] = _repoint(session, table, old.id, new.id, "debtor_id = :value", old.debtor_id)
    return twin


def part_twins(session: Session, twins: list[dict[str, Any]]) -> None:
    """What `join_twins` changed goes back, unless somebody judged the contact since."""
    for twin in twins:
        for table in _DIALLED:
            _repoint(
                session,
                table,
                twin["new"],
                twin["old"],
                "id = ANY(CAST(:value AS bigint[]))",
                twin[table],
            )
        new = session.get_one(ContactPoint, twin["new"])
        if twin["before"] and _judgement(new) == twin["after"]:
            before = dict(twin["before"])
            if before["state_at"]:
                before["state_at"] = datetime.fromisoformat(before["state_at"])
            for name, value in before.items():
                setattr(new, name, value)
    session.flush()


def _judgement(point: ContactPoint) -> dict[str, Any]:
    return {
        "state": point.state,
        "state_at": point.state_at.astimezone(UTC).isoformat() if point.state_at else None,
        "state_by_id": point.state_by_id,
        "retired_reason": point.retired_reason,
    }


def _repoint(
    session: Session, table: str, source: int, target: int, which: str, value: Any
) -> list[int]:
    """The dials of one contact belong to its equal; their ids. ``which`` narrows them by ``:value``."""
    moved = session.scalars(
        text(
            f"UPDATE {table} SET contact_point_id = :target"
            f" WHERE contact_point_id = :source AND {which} RETURNING id"
        ),
        {"source": source, "target": target, "value": value},
    ).all()
    return sorted(moved)
