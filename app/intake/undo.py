"""Takes back the last load of a portfolio: everything is as it was before it.

Accounts, bills and people get back what the load changed (``load_before``); what it added goes: accounts
and people to whom nothing has happened since, their bills, contacts that nobody verified, retired or
dialled, the balance's history, its payments. What people of the unit did since is never deleted: an
account with a call, a promise, a hold or any other trace is closed instead, and such a person or contact
stays. Promises are not touched here: their state is computed from the payments (`app.jobs`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from sqlalchemy import CursorResult, select, text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.timeline import note_deed
from app.debts.models import Account, Bill
from app.intake.merge import BROUGHT, begin_writing
from app.intake.merge_people import PERSON
from app.intake.models import Load
from app.intake.service import lock_load

_REASON_LENGTH = 250


def begin_undo(session: Session, agent: Agent, now: datetime, load_id: int, why: str) -> None:
    """A specialist lets the worker take the load back; refused as `undo_load` refuses."""
    load = lock_load(session, load_id)
    _check(session, load, ("applied",))
    load.undo_reason = _reason(why)
    load.status, load.undone_by_id = "undoing", agent.user_id
    note_deed(session, agent, now, "begin_undo", "load", load.id, after={"why": load.undo_reason})


def undo_load(session: Session, agent: Agent, now: datetime, load_id: int, why: str) -> Load:
    """Take back an applied load, in this one transaction. RuleBroken when it is not the last one of its
    portfolio, when what it changed is no longer kept, or without a reason."""
    load = lock_load(session, load_id)
    _check(session, load, ("applied", "undoing"))
    load.undo_reason = _reason(why)
    undo = _undo_payments if load.kind == "payments" else _undo_portfolio
    done = undo(session, load)
    load.status, load.brought = "undone", None
    load.undone_at, load.undone_by_id = now, agent.user_id
    note_deed(session, agent, now, "undo_load", "load", load.id, after={"why": why.strip()} | done)
    session.flush()
    session.expire_all()
    return load


def give_up_undo(session: Session, agent: Agent, now: datetime, load_id: int, why: str) -> None:
    """The load stays applied: it could no longer be taken back when its turn came, because of ``why``."""
    load = lock_load(session, load_id)
    if load.status == "undoing":
        load.status, load.undo_reason, load.undone_by_id = "applied", None, None
        note_deed(session, agent, now, "give_up_undo", "load", load.id, after={"why": why})


def undo_refusal(session: Session, load: Load) -> RuleBroken | None:
    """Why the load cannot be taken back now; None when it can."""
    try:
        _check(session, load, ("applied",))
    except RuleBroken as refused:
        return refused
    return None


def _reason(why: str) -> str:
    if not why.strip():
        raise RuleBroken(_l("Write why the load is undone."), "why")
    return why.strip()[:_REASON_LENGTH]


def _check(session: Session, load: Load, states: tuple[str, ...]) -> None:
    if load.status not in states:
        raise RuleBroken(_l("Only a load that is applied can be undone."))
    last = session.scalar(
        select(Load.id)
        .where(Load.portfolio_id == load.portfolio_id, Load.status.in_(("applied", "undoing")))
        .order_by(Load.applied_at.desc(), Load.id.desc())
        .limit(1)
    )
    if last != load.id:
        raise RuleBroken(
            _l("Load %(number)s of this portfolio came after it: undo that one first.", number=last)
        )
    if load.kind == "portfolio" and not (load.brought or {}).get("to"):
        raise RuleBroken(
            _l(
                "What this load changed is no longer kept: another one of its portfolio followed it."
            )
        )


_TAKE_PAYMENTS = """
WITH gone AS (DELETE FROM payment WHERE load_id = :load_id RETURNING amount)
SELECT count(*), COALESCE(sum(amount), 0.00) FROM gone
"""


def _undo_payments(session: Session, load: Load) -> dict[str, Any]:
    payments, amount = session.execute(text(_TAKE_PAYMENTS), {"load_id": load.id}).one()
    return {"payments": payments, "amount": amount}


def _undo_portfolio(session: Session, load: Load) -> dict[str, Any]:
    begin_writing(session)
    brought = cast(Mapping[str, Any], load.brought)
    values: dict[str, Any] = {
        "load_id": load.id,
        "portfolio_id": load.portfolio_id,
        "as_of": load.as_of,
    }
    for table in BROUGHT:
        values |= {f"{table}_from": brought["from"][table], f"{table}_to": brought["to"][table]}

    def run(step: str) -> int:
        return cast("CursorResult[Any]", session.execute(text(step), values)).rowcount

    put_back = {name: _last(run, steps) for name, steps in _put_back().items()}
    return put_back | {name: _last(run, steps) for name, steps in _take_away().items()}


def _last(run: Callable[[str], int], steps: tuple[str, ...]) -> int:
    """How many rows the last of ``steps`` moved."""
    return [run(step) for step in steps][-1]


def _restored(table: str, columns: Mapping[str, str]) -> str:
    """Give the rows of ``table`` the columns that ``load_before`` keeps: name → expression over ``r``."""
    return f"""
UPDATE {table} t SET {", ".join(f"{name} = {value}" for name, value in columns.items())}
  FROM load_before b
  JOIN {table} now_ ON now_.id = b.row_id
 CROSS JOIN LATERAL jsonb_populate_record(now_, b.before) r
 WHERE b.load_id = :load_id AND b.table_name = '{table}' AND t.id = b.row_id
"""


#: What other rooms say of an account stays: what is covered and contested, and since when it is enforced.
_NOT_OF_LOADS = ("id", "covered", "contested", "enforced_at")


def _columns(model: Any) -> dict[str, str]:
    names = [c.name for c in model.__table__.columns if c.name not in _NOT_OF_LOADS]
    return {name: f"r.{name}" for name in names}


#: A later load of another portfolio kept this load's word as what came before it: it gets the older one.
_HAND_ON = """
WITH later AS (
    SELECT DISTINCT ON (o.row_id) o.load_id, o.row_id, b.before
      FROM load_before b
      JOIN load mine ON mine.id = b.load_id
      JOIN load_before o ON o.table_name = b.table_name AND o.row_id = b.row_id AND o.load_id <> b.load_id
      JOIN load l ON l.id = o.load_id AND l.applied_at > mine.applied_at
     WHERE b.load_id = :load_id AND b.table_name = 'debtor'
     ORDER BY o.row_id, l.applied_at
), handed AS (
    UPDATE load_before o SET before = n.before FROM later n
     WHERE o.load_id = n.load_id AND o.table_name = 'debtor' AND o.row_id = n.row_id
)
DELETE FROM load_before b USING later n
 WHERE b.load_id = :load_id AND b.table_name = 'debtor' AND b.row_id = n.row_id
"""


def _put_back() -> dict[str, tuple[str, ...]]:
    """What was there before, by what it is called in the timeline."""
    holder = "COALESCE((SELECT merged_into_id FROM debtor WHERE id = r.debtor_id), r.debtor_id)"
    return {
        "people": (_HAND_ON, _restored("debtor", {name: f"r.{name}" for name in PERSON})),
        "accounts": (_restored("account", _columns(Account) | {"debtor_id": holder}),),
        "bills": (_restored("bill", _columns(Bill)),),
        "portfolio": (_restored("portfolio", {"as_of": "r.as_of", "loaded_at": "r.loaded_at"}),),
    }


def _unnamed(table: str, alias: str, apart: tuple[str, ...] = ()) -> str:
    """SQL: nothing in any table but ``apart`` points at the row ``alias`` of ``table``."""
    points = [
        (other.name, column.name)
        for other in Load.metadata.sorted_tables
        for column in other.columns
        for key in column.foreign_keys
        if key.column.table.name == table and other.name not in apart
    ]
    return " AND ".join(
        f"NOT EXISTS (SELECT FROM {other} x WHERE x.{column} = {alias}.id)"
        for other, column in points
    )


def _take_away() -> dict[str, tuple[str, ...]]:
    """What the load added, by what it is called in the timeline."""
    mine = "a.id > :account_from AND a.id < :account_to AND a.portfolio_id = :portfolio_id"
    bills = "b.id > :bill_from AND b.id < :bill_to"
    points = "c.id > :contact_point_from AND c.id < :contact_point_to"
    people = "d.id > :debtor_from AND d.id < :debtor_to AND d.merged_into_id IS NULL"
    return {
        "accounts_closed": (
            "DELETE FROM balance_history WHERE load_id = :load_id",
            f"""
CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
SELECT a.id, {_unnamed("account", "a", ("bill", "balance_history"))} AS is_unnamed
  FROM account a WHERE {mine}
""",
            "ANALYZE taken",
            f"""
DELETE FROM bill b
 WHERE {bills} AND {_unnamed("bill", "b")}
   AND NOT EXISTS (SELECT FROM taken t WHERE t.id = b.account_id AND NOT t.is_unnamed)
""",
            # Those of an account that stays, and those that an agreement, a complaint or a hold names.
            f"UPDATE bill b SET closed_on = :as_of WHERE {bills}",
            "UPDATE account a SET closed_on = :as_of FROM taken t WHERE t.id = a.id AND NOT t.is_unnamed",
        ),
        "accounts_taken": (
            "DELETE FROM account a USING taken t WHERE t.id = a.id AND t.is_unnamed",
        ),
        "contacts_taken": (
            f"""
DELETE FROM contact_point c
 WHERE {points} AND c.origin = 'BASE' AND c.state = 'unverified' AND c.state_at IS NULL
   AND {_unnamed("contact_point", "c")}
   AND NOT EXISTS (SELECT FROM account a JOIN load l ON l.id = a.load_id JOIN load mine ON mine.id = :load_id
                    WHERE a.debtor_id = c.debtor_id AND l.applied_at > mine.applied_at)
""",
        ),
        "people_taken": (
            # The queue is built again from what is left.
            f"DELETE FROM worklist_item w USING debtor d WHERE d.id = w.debtor_id AND {people}"
            f" AND {_unnamed('debtor', 'd', ('worklist_item',))}",
            f"DELETE FROM debtor d WHERE {people} AND {_unnamed('debtor', 'd')}",
        ),
        "kept_before": ("DELETE FROM load_before WHERE load_id = :load_id",),
    }
