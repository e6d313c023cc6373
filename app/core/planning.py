"""Long queries on a handful of keys: planning them anew costs ten times as much as their work."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_PLANNED = "planned_by_keys"
_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")


def plan_once(session: Session) -> None:
    """From here to the end of the transaction a prepared statement keeps its first plan, whatever its
    values: right for what is found by keys, wrong where the values or a LIMIT decide how to look."""
    transaction = session.get_transaction()
    if transaction is None or session.info.get(_PLANNED) is not transaction:
        session.execute(_ONCE)
        session.info[_PLANNED] = session.get_transaction()
