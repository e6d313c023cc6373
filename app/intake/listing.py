"""The loads there are, newest first, a page at a time, by portfolio, kind and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, selectinload

from app.core.keyset import Order, rows_beyond
from app.debts.models import Portfolio
from app.intake.models import Load

PAGE = 50
_NEWEST = Order(Load.id, Load.id, descending=True)


@dataclass(frozen=True, slots=True)
class LoadPage:
    """``newer`` and ``older`` are the keys to go on from; None at either end."""

    loads: Sequence[Load]
    newer: int | None
    older: int | None


def load_page(
    session: Session, wanted: Mapping[str, str], before: int | None, after: int | None
) -> LoadPage:
    """The page of loads older than ``before``, or newer than ``after``, or the newest. ``wanted`` may name
    a ``portfolio``, a ``kind`` and a ``status``; empty is any."""
    query = session.query(Load).options(selectinload(Load.portfolio))
    if wanted.get("portfolio"):
        query = query.join(Load.portfolio).where(Portfolio.name == wanted["portfolio"])
    for name in ("kind", "status"):
        if wanted.get(name):
            query = query.where(getattr(Load, name) == wanted[name])
    backwards, key = after is not None, before if after is None else after
    position = None if key is None else (key, key)
    found = rows_beyond(query, _NEWEST, position, PAGE + 1, backwards=backwards)
    more, loads = len(found) > PAGE, found[:PAGE]
    if backwards:
        loads.reverse()
    if not loads:
        return LoadPage([], None, None)
    has_newer = more if backwards else before is not None
    has_older = backwards or more
    return LoadPage(loads, loads[0].id if has_newer else None, loads[-1].id if has_older else None)
