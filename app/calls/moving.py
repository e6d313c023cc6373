"""Whose rows they are: locked, then given from one person to another, without editing what they say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.errors import RuleBroken
from app.models import Debtor, WorklistPush

#: Tables whose rows go with the person, in the order in which they are locked and moved.
MOVED = (
    "account",
    "hold",
    "promise",
    "agreement",
    "contact_attempt",
    "contact_refusal",
    "callback",
    "claim",
    "call",
    "verification_case",
    "complaint",
    "referral",
    "visit",
    "identity_check",
    "contact_point",
)
_BUSY = _l("Somebody is working with one of these people at this moment: try again in a minute.")


def lock_rows(session: Session, ids: Iterable[int]) -> None:
    """Lock all that belongs to the people ``ids``; refuses as `lock` does."""
    tables = Debtor.metadata.tables
    for name in MOVED:
        of_both = select(tables[name].c.id).where(tables[name].c.debtor_id.in_(tuple(ids)))
        lock(session, of_both.order_by(tables[name].c.id), of_both)
    pushed = select(WorklistPush.reason).where(WorklistPush.debtor_id.in_(tuple(ids)))
    lock(session, pushed.order_by(WorklistPush.debtor_id, WorklistPush.reason), pushed)


def lock(session: Session, rows: Any, all_rows: Any) -> None:
    """Lock ``rows``, which select what ``all_rows`` do, without ever waiting: RuleBroken while somebody
    else holds one of them."""
    locked = session.scalars(
        rows.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).all()
    if len(locked) < len(session.scalars(all_rows).all()):
        raise RuleBroken(_BUSY)


def move(
    session: Session, table: str, source: int, target: int, only: list[int] | None = None
) -> list[int]:
    """Give the rows of ``table`` (of them ``only`` these) from one person to the other; their ids.

    A contact that both have stays where it is (see `app.calls.twins`).
    """
    known = (
        " AND NOT EXISTS (SELECT FROM contact_point k WHERE k.debtor_id = :target"
        " AND k.kind = t.kind AND k.value = t.value)"
        if table == "contact_point"
        else ""
    )
    give = f"UPDATE {table} t SET debtor_id = :target WHERE t.debtor_id = :source{known}"
    return _given(session, give, source, target, only)


def of_accounts(session: Session, table: str, debtor_id: int, accounts: Iterable[int]) -> list[int]:
    """The person's rows of ``table`` that are about one of ``accounts``; none of a table that names no account."""
    columns = Debtor.metadata.tables[table].c
    if "account_id" not in columns:
        return []
    mine = columns.debtor_id == debtor_id, columns.account_id.in_(tuple(accounts))
    return list(session.scalars(select(columns.id).where(*mine)))


def follow(session: Session, source: int, target: int, only: list[int] | None = None) -> list[int]:
    """Whoever was joined to ``source`` before is joined to ``target`` now: no chains."""
    give = "UPDATE debtor t SET merged_into_id = :target WHERE t.merged_into_id = :source"
    return _given(session, give, source, target, only)


def join_pushes(session: Session, kept_id: int, merged_id: int) -> list[dict[str, Any]]:
    """What came back for the merged person came back for the kept one: the later moment counts. Returns what
    was given, and what it took the place of, for `part_pushes`."""
    given = []
    for row in session.scalars(select(WorklistPush).where(WorklistPush.debtor_id == merged_id)):
        own = session.get(WorklistPush, (kept_id, row.reason))
        before = own.pushed_at.astimezone(UTC).isoformat() if own else None
        if own is None:
            session.add(WorklistPush(debtor_id=kept_id, reason=row.reason, pushed_at=row.pushed_at))
        else:
            own.pushed_at = max(own.pushed_at, row.pushed_at)
        at = row.pushed_at.astimezone(UTC).isoformat()
        given.append({"reason": row.reason, "at": at, "before": before})
        session.delete(row)
    session.flush()
    return given


def part_pushes(
    session: Session, kept_id: int, merged_id: int, given: Iterable[dict[str, Any]]
) -> None:
    """Each has again what came back for them; what came back since stays with the kept person."""
    for push in given:
        at = datetime.fromisoformat(push["at"])
        session.add(WorklistPush(debtor_id=merged_id, reason=push["reason"], pushed_at=at))
        own = session.get(WorklistPush, (kept_id, push["reason"]))
        if own is not None and own.pushed_at == at and push["before"] is None:
            session.delete(own)
        elif own is not None and own.pushed_at == at:
            own.pushed_at = datetime.fromisoformat(push["before"])
    session.flush()


def _given(
    session: Session, give: str, source: int, target: int, only: list[int] | None
) -> list[int]:
    values: dict[str, Any] = {"source": source, "target": target}
    if only is not None:
        give += " AND t.id = ANY(CAST(:only AS bigint[]))"
        values["only"] = only
    return sorted(session.scalars(text(f"{give} RETURNING t.id"), values))
