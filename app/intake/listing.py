"""The loads there are, newest first, a page at a time, by portfolio, kind and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.debts.models import Portfolio
from app.intake.models import Load

PAGE = 50
KINDS = ("portfolio", "payments")


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
    query = select(Load).options(selectinload(Load.portfolio))
    if wanted.get("portfolio"):
        query = query.join(Load.portfolio).where(Portfolio.name == wanted["portfolio"])
    if wanted.get("kind"):
        query = query.where(Load.kind == wanted["kind"])
    if wanted.get("status"):
        query = query.where(Load.status == wanted["status"])
    if after is not None:
        query = query.where(Load.id > after).order_by(Load.id)
    else:
        query = query.order_by(Load.id.desc())
        query = query if before is None else query.where(Load.id < before)
    found = list(session.scalars(query.limit(PAGE + 1)))
    more, loads = len(found) > PAGE, found[:PAGE]
    if after is not None:
        loads.reverse()
    if not loads:
        return LoadPage([], None, None)
    has_newer = more if after is not None else before is not None
    has_older = more if after is None else True
    return LoadPage(loads, loads[0].id if has_newer else None, loads[-1].id if has_older else None)
