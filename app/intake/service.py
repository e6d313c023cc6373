"""A load's way in: read, checked, applied. All or nothing; the same file again changes nothing.

A check *is* an apply that is undone: the same code tells what would change and then changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core.agent import SYSTEM, Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import max_file_bytes, settings_on
from app.core.timeline import note_deed
from app.debts.models import Portfolio
from app.intake.files import stored_path
from app.intake.known import known_rows
from app.intake.layout import Layout
from app.intake.merge import merge_staged, same_accounts
from app.intake.models import Load, LoadProblem
from app.intake.reading import open_table
from app.intake.receiving import check_order
from app.intake.records import Footer, RejectedRow, read_again, read_payments, read_unknown
from app.intake.staging import (
    Tally,
    copy_problems,
    copy_rejected,
    good_payments,
    stage_portfolio,
)
from app.payments.service import record_payments, stage_payments, unrecorded_payments

Progress = Callable[[int], None]


def check_load(
    session: Session, var: Path, now: datetime, load_id: int, progress: Progress
) -> Load:
    """Read the file and find out what applying it would change, without changing it.

    Reading, staging and the problems stay; merging is undone by its savepoint.
    """
    load = lock_load(session, load_id)
    if load.status != "uploaded":
        return load
    return _refusing(session, load, lambda: _try_out(session, var, load, now, progress))


def apply_load(
    session: Session, agent: Agent, var: Path, now: datetime, load_id: int, progress: Progress
) -> Load:
    """Change what the file changes, in this one transaction. A load that is applied stays so."""
    load = lock_load(session, load_id)
    if load.status not in ("uploaded", "checked", "applying"):
        return load
    return _refusing(session, load, lambda: _carry_out(session, agent, var, load, now, progress))


def begin_apply(session: Session, agent: Agent, now: datetime, load_id: int) -> None:
    """The specialist has seen the totals and lets the worker apply them."""
    load = lock_load(session, load_id)
    if load.status != "checked":
        raise RuleBroken(_l("Only a load that has been read and not yet applied can be applied."))
    load.status, load.refusal = "applying", None
    note_deed(session, agent, now, "begin_apply", "load", load.id)


def discard_load(session: Session, agent: Agent, now: datetime, load_id: int) -> None:
    """Leave everything as it is; the file stays on record."""
    load = lock_load(session, load_id)
    if load.status != "checked":
        raise RuleBroken(_l("Only a load that has been read and not yet applied can be discarded."))
    load.status = "discarded"
    note_deed(session, agent, now, "discard_load", "load", load.id)


#: What a load becomes when the work on it fails for a reason that is not the file's.
_GIVEN_UP = {"uploaded": "refused", "applying": "checked", "undoing": "applied"}


def give_up_load(session: Session, now: datetime, load_id: int) -> None:
    """A fault of ours ended the work on the load: nothing was changed, and it can be asked for again."""
    load = lock_load(session, load_id)
    if load.status in _GIVEN_UP:
        before, load.status = load.status, _GIVEN_UP[load.status]
        load.refusal = str(
            _l(
                "A fault on our side stopped the work on this file. Nothing was changed: try it again, and tell us if it happens twice."
            )
        )
        note_deed(session, SYSTEM, now, "give_up_load", "load", load.id, before={"status": before})


def lock_load(session: Session, load_id: int) -> Load:
    """The load, with its portfolio locked: two loads of one portfolio wait for each other. RuleBroken
    when there is none."""
    load = session.get(Load, load_id)
    if load is None:
        raise RuleBroken(_l("There is no load %(number)s.", number=load_id))
    session.execute(select(Portfolio.id).where(Portfolio.id == load.portfolio_id).with_for_update())
    session.refresh(load)
    return load


def _refusing(session: Session, load: Load, act: Callable[[], None]) -> Load:
    """Do ``act``; when the file is refused nothing of it stays but the sentence."""
    try:
        with session.begin_nested():
            act()
    except RuleBroken as refused:
        load.status, load.refusal = "refused", str(refused)
    session.flush()
    return load


def _try_out(session: Session, var: Path, load: Load, now: datetime, progress: Progress) -> None:
    found = _read(session, var, load, progress)
    savepoint = session.begin_nested()
    changes = found.merge(session, load, now)
    problems = found.late_problems(session)
    savepoint.rollback()
    _settle(session, load, found.tally, found.footer, changes, problems)
    load.status = "checked"


def _carry_out(
    session: Session, agent: Agent, var: Path, load: Load, now: datetime, progress: Progress
) -> None:
    portfolio = session.get_one(Portfolio, load.portfolio_id)
    check_order(portfolio, load)
    found = _read(session, var, load, progress)
    changes = found.merge(session, load, now)
    _settle(session, load, found.tally, found.footer, changes, found.late_problems(session))
    load.status, load.applied_at = "applied", now
    note_deed(
        session,
        agent,
        now,
        "apply_load",
        "load",
        load.id,
        after={
            "portfolio": portfolio.name,
            "as_of": load.as_of,
            "rows": load.rows,
            "amount": load.amount,
        },
    )


@dataclass(slots=True)
class _Staged:
    """What one kind of file knows how to do once it has been read into the transaction."""

    tally: Tally
    footer: Footer
    merge: Callable[[Session, Load, datetime], Mapping[str, Any]]
    late_problems: Callable[[Session], list[tuple[Any, ...]]]


def _read(session: Session, var: Path, load: Load, progress: Progress) -> _Staged:
    session.execute(delete(LoadProblem).where(LoadProblem.load_id == load.id))
    layout = Layout.from_dict(load.layout or {})
    settings = settings_on(session, load.as_of)
    path, largest = stored_path(var, load.stored_as), max_file_bytes(settings)
    table = open_table(path, layout.form, largest)
    prefix = settings["area_prefix"]
    footer = Footer()
    if load.kind == "payments":
        tally, rejected = Tally(), list[RejectedRow]()
        today = local_day(load.created_at, settings["zone"])
        read = read_payments(table, layout, prefix, footer)
        stage_payments(session, good_payments(read, tally, today, rejected))
        copy_rejected(session, load.id, rejected)
        return _Staged(tally, footer, _payments_merge, _payment_problems)
    known = known_rows(session, load.portfolio_id)
    tally = stage_portfolio(
        session,
        load,
        known,
        lambda: read_unknown(table, layout, prefix, footer, known),
        lambda: read_again(table, layout, prefix, known),
        progress,
    )
    unchanged, bills, balance = same_accounts(session)
    tally.bills, tally.balance = tally.bills + bills, tally.balance + balance
    return _Staged(tally, footer, _portfolio_merge(unchanged), lambda _session: [])


def _portfolio_merge(
    unchanged: int,
) -> Callable[[Session, Load, datetime], Mapping[str, Any]]:
    def merge(session: Session, load: Load, now: datetime) -> Mapping[str, Any]:
        return merge_staged(session, load, load.as_of, now) | {"unchanged": unchanged}

    return merge


def _payments_merge(session: Session, load: Load, now: datetime) -> Mapping[str, Any]:
    return record_payments(session, load.portfolio_id, load.id, now)


def _payment_problems(session: Session) -> list[tuple[Any, ...]]:
    return [
        (n, account, kind, "", reference)
        for n, account, kind, reference in unrecorded_payments(session)
    ]


def _settle(
    session: Session,
    load: Load,
    tally: Tally,
    footer: Footer,
    changes: Mapping[str, Any],
    problems: list[tuple[Any, ...]],
) -> None:
    """Write on the load what was found."""
    if tally.rows == tally.rejected:
        raise RuleBroken(
            _l("No row of the file could be read with layout «%(name)s».", name=load.layout_name)
        )
    copy_problems(session, load.id, problems)
    load.rows, load.rejected, load.bills = tally.rows, tally.rejected, tally.bills
    load.amount, load.footer_total = tally.balance, footer.total
    load.accounts = sum(changes.get(name, 0) for name in ("new", "changed", "unchanged"))
    for name, value in changes.items():
        setattr(load, name, value)
    load.problem_counts = problem_counts(session, load.id)


def problem_counts(session: Session, load_id: int) -> dict[str, int]:
    """``{kind: accounts}``, and the disagreement of the TOTAL row apart (it is no account's)."""
    rows = session.execute(
        select(LoadProblem.kind, func.count(func.distinct(LoadProblem.account)))
        .where(LoadProblem.load_id == load_id)
        .group_by(LoadProblem.kind)
        .order_by(LoadProblem.kind)
    )
    return {kind: count for kind, count in rows}


def problem_accounts(session: Session, load_id: int) -> dict[str, list[str]]:
    """``{kind: [account, …]}``, each account once, in order."""
    rows = session.execute(
        select(LoadProblem.kind, LoadProblem.account)
        .where(LoadProblem.load_id == load_id)
        .distinct()
        .order_by(LoadProblem.kind, LoadProblem.account)
    )
    found: dict[str, list[str]] = {}
    for kind, account in rows:
        found.setdefault(kind, []).append(account)
    return found


def load_summary(load: Load) -> dict[str, Any]:
    """The load as the commands print it; amounts are strings."""
    summary: dict[str, Any] = {"load_id": load.id, "status": load.status, "rows": load.rows}
    if load.refusal:
        summary["refusal"] = load.refusal
    if load.kind == "payments":
        return summary | {
            "applied": load.applied,
            "duplicates": load.duplicates,
            "unknown_accounts": load.unknown_accounts,
            "amount": str(load.amount),
            "rejected": load.rejected,
        }
    return summary | {
        "accounts": load.accounts,
        "bills": load.bills,
        "balance": str(load.amount),
        "new": load.new,
        "changed": load.changed,
        "unchanged": load.unchanged,
        "closed": load.closed,
        "problems": load.problem_counts,
        "rejected": load.rejected,
    }
