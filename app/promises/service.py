"""Promises: made on a call, then judged by the payments; replaced or withdrawn with a reason. Nobody
types their state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.business_days import Calendar, calendar
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.reasons import LONGEST_REASON, checked_reason
from app.core.settings import Settings
from app.core.timeline import note_deed, who_and_when
from app.debtors.levels import settle_levels
from app.debts.service import OwedAccount
from app.promises.models import Promise
from app.promises.queries import (
    DIFFERENT,
    MAY_REOPEN,
    OF_LOAD,
    OPEN_OR_TOUCHED,
    STORE_JUDGED,
    SURPLUS,
)
from app.promises.terms import PromiseTerms, check_terms


def make_promises(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    owed: Sequence[OwedAccount],
    terms: PromiseTerms,
    *,
    full: bool,
    call_id: int | None,
) -> list[Promise]:
    """One promise for each account of ``terms``; a pending one of the account is replaced by it, for the
    reason that ``terms`` must then give.

    Refuses what `check_terms` does.
    """
    check_terms(settings, local_day(now, settings["zone"]), owed, terms, full=full)
    days = calendar(session)
    by_id = {account.account_id: account for account in owed}
    return [
        _make_one(session, agent, now, settings, days, by_id[account_id], amount, terms, call_id)
        for account_id, amount in sorted(terms.amounts.items())
    ]


def _make_one(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    days: Calendar,
    account: OwedAccount,
    amount: Decimal,
    terms: PromiseTerms,
    call_id: int | None,
) -> Promise:
    replaced = _replace_pending(session, agent, now, account.account_id, terms.reason)
    promise = Promise(
        debtor_id=account.debtor_id,
        account_id=account.account_id,
        call_id=call_id,
        amount=amount,
        due_on=terms.due_on,
        check_on=days.add(terms.due_on, settings["promise_grace_days"]),
        threshold_percent=settings["promise_threshold_percent"],
        means_id=terms.means_id,
        made_on=terms.made_on or local_day(now, settings["zone"]),
        made_at=now,
        made_by_id=agent.user_id,
        state="pending",
        paid=Decimal(0),
    )
    session.add(promise)
    session.flush()
    if replaced is not None:
        replaced.replaced_by_id = promise.id
    _note_promise(session, agent, now, promise, replaced)
    return promise


def _replace_pending(
    session: Session, agent: Agent, now: datetime, account_id: int, reason: str
) -> Promise | None:
    """An account has one pending promise: the older one gives way."""
    replaced = _pending_of(session, account_id)
    if replaced is not None:
        refusal = _l(
            "This account has a pending promise: write why it is replaced, in at most %(n)s letters.",
            n=LONGEST_REASON,
        )
        reason = checked_reason(reason, refusal, "replace_reason")
        _end(session, agent, now, replaced, "replaced", reason)
    return replaced


def _pending_of(session: Session, account_id: int) -> Promise | None:
    """The account's pending promise, locked and as it is now."""
    return session.scalar(
        select(Promise)
        .where(Promise.account_id == account_id, Promise.state == "pending")
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _end(
    session: Session, agent: Agent, now: datetime, promise: Promise, state: str, reason: str
) -> None:
    promise.state, promise.end_reason = state, reason
    promise.ended_at, promise.ended_by_id = now, agent.user_id
    session.flush()


def _note_promise(
    session: Session, agent: Agent, now: datetime, promise: Promise, replaced: Promise | None
) -> None:
    after = {"amount": promise.amount, "due_on": promise.due_on, "check_on": promise.check_on}
    before = None
    if replaced is not None:
        before = {"replaces": replaced.id, "amount": replaced.amount, "due_on": replaced.due_on}
        after |= {"reason": replaced.end_reason}
    _note(session, agent, now, "make_promise", promise, before, after)


def _note(
    session: Session,
    agent: Agent,
    now: datetime,
    verb: str,
    promise: Promise,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    note_deed(
        session,
        agent,
        now,
        verb,
        "promise",
        promise.id,
        debtor_id=promise.debtor_id,
        account_id=promise.account_id,
        before=before,
        after=after,
    )


def withdraw_promise(
    session: Session, agent: Agent, now: datetime, promise_id: int, reason: str
) -> Promise:
    """The person takes the promise back: it pauses nothing and is judged no more. Refuses one that is not
    pending, and no reason. Whoever withdraws weighs the person for the queue again."""
    promise = session.scalar(
        select(Promise)
        .where(Promise.id == promise_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if promise is None:
        raise RuleBroken(_l("There is no such promise."))
    if promise.state != "pending":
        raise RuleBroken(_l("This promise is no longer pending: there is nothing to withdraw."))
    return _withdraw(session, agent, now, promise, reason)


def withdraw_pending_of_account(
    session: Session, agent: Agent, now: datetime, account_id: int, reason: str
) -> Promise | None:
    """Withdraw the account's pending promise, because what it stood on is settled otherwise; None when
    there is none. Refuses no reason."""
    promise = _pending_of(session, account_id)
    return promise and _withdraw(session, agent, now, promise, reason)


def _withdraw(
    session: Session, agent: Agent, now: datetime, promise: Promise, reason: str
) -> Promise:
    refusal = _l("Write why the promise is withdrawn, in at most %(n)s letters.", n=LONGEST_REASON)
    reason = checked_reason(reason, refusal, "withdraw_reason")
    _end(session, agent, now, promise, "withdrawn", reason)
    after = {"state": "withdrawn", "reason": reason}
    _note(session, agent, now, "withdraw_promise", promise, {"state": "pending"}, after)
    return promise


@dataclass(frozen=True, slots=True)
class Judgement:
    """A promise whose state or paid amount changed."""

    promise_id: int
    debtor_id: int
    account_id: int
    before: str
    after: str
    paid: Decimal


_JUDGE_ALL = text(STORE_JUDGED.format(which=OPEN_OR_TOUCHED))
_JUDGE_LOAD = text(STORE_JUDGED.format(which=OF_LOAD))
_JUDGE_AGAIN = text(STORE_JUDGED.format(which=MAY_REOPEN))


def judge_promises(
    session: Session,
    agent: Agent,
    now: datetime,
    day: date,
    load_id: int | None = None,
    accounts: Sequence[int] = (),
) -> list[Judgement]:
    """Recompute every promise that may have changed, as of ``day``; a timeline row for each change
    of state. Repeatable: a second run on the same facts changes nothing. With ``load_id``, the payments
    load of this transaction, or ``accounts``, from which payments were taken, only theirs and those
    whose grace is over. One at a time: a second waits, and judges by what came meanwhile."""
    session.flush()
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('judge promises'))"))
    values = who_and_when(agent, now) | {"day": day}
    if load_id is None and not accounts:
        rows = session.execute(_JUDGE_ALL, values).all()
    else:
        of_load = values | {"load_id": load_id, "accounts": list(accounts)}
        rows = session.execute(_JUDGE_LOAD, of_load).all()
    judged = [Judgement(*row) for row in rows]
    closed = [j.account_id for j in judged if j.before == "pending" and j.after != "pending"]
    if closed:
        again = session.execute(_JUDGE_AGAIN, values | {"accounts": closed})
        judged += [Judgement(*row) for row in again]
    moved = [j for j in judged if j.before != j.after]
    settle_levels(session, [j.debtor_id for j in moved if "broken" in (j.before, j.after)])
    return judged


@dataclass(frozen=True, slots=True)
class PromiseDifference:
    """A promise that is not stored as its payments say. USD."""

    promise_id: int
    account_id: int
    debtor_id: int
    stored_state: str
    stored_paid: Decimal
    paid: Decimal
    state: str


_CHECK = text(DIFFERENT.format(which="TRUE"))
_CHECK_ONE = text(SURPLUS)


def check_promises(session: Session, day: date) -> list[PromiseDifference]:
    """Every promise, touched or not, whose stored state or paid is not what `JUDGED` computes as of
    ``day``, and every pending one that a newer one of its account should have replaced. Writes
    nothing."""
    differ = [*session.execute(_CHECK, {"day": day}), *session.execute(_CHECK_ONE)]
    return [PromiseDifference(*row) for row in differ]
