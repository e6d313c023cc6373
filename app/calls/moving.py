"""Whose rows they are: locked, then given from one person to another, without editing what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.errors import RuleBroken
from app.models import Debtor

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


def follow(session: Session, source: int, target: int, only: list[int] | None = None) -> list[int]:
    """Whoever was joined to ``source`` before is joined to ``target`` now: no chains."""
    give = "UPDATE debtor t SET merged_into_id = :target WHERE t.merged_into_id = :source"
    return _given(session, give, source, target, only)


def _given(
    session: Session, give: str, source: int, target: int, only: list[int] | None
) -> list[int]:
    values: dict[str, Any] = {"source": source, "target": target}
    if only is not None:
        give += " AND t.id = ANY(CAST(:only AS bigint[]))"
        values["only"] = only
    return sorted(session.scalars(text(f"{give} RETURNING t.id"), values))
