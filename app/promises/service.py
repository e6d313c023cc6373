"""Promises: made on a call, judged by the payments. Nobody types their state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.business_days import Calendar, calendar
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.money import money
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debts.service import OwedAccount
from app.promises.models import Promise
from app.promises.queries import STORE_JUDGED


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """What a person promised: USD per account, one date, one means of payment. ``made_on``: the day on
    which the contact began, when that is not today."""

    amounts: dict[int, Decimal]
    due_on: date
    means_id: int | None
    made_on: date | None = None


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
    """One promise for each account of ``terms``; a pending one of the account is replaced by it.

    Refuses an amount that is not positive, above what is owed, or (``full``) below what may be
    collected; and a day in the past or beyond the longest term.
    """
    today = local_day(now, settings["zone"])
    days = calendar(session)
    _check_day(terms.due_on, today, settings)
    by_id = {account.account_id: account for account in owed}
    if not terms.amounts:
        raise RuleBroken(_l("Write the amount that the person promises to pay."), "amount")
    for account_id, amount in terms.amounts.items():
        _check_amount(by_id.get(account_id), amount)
    if full:
        _check_full(owed, terms)
    return [
        _make_one(session, agent, now, settings, days, by_id[account_id], amount, terms, call_id)
        for account_id, amount in sorted(terms.amounts.items())
    ]


def _check_day(due_on: date, today: date, settings: Settings) -> None:
    latest = today + timedelta(days=settings["promise_max_days"])
    if not today <= due_on <= latest:
        raise RuleBroken(
            _l(
                "The promised day must be between %(first)s and %(last)s.",
                first=f"{today:%d/%m/%Y}",
                last=f"{latest:%d/%m/%Y}",
            ),
            "due_on",
        )


def _check_amount(account: OwedAccount | None, amount: Decimal) -> None:
    if account is None:
        raise RuleBroken(_l("That account does not belong to this person."), "amount")
    if amount <= 0:
        raise RuleBroken(_l("The promised amount must be more than zero."), "amount")
    if amount > account.owed:
        raise RuleBroken(
            _l(
                "The promised amount is more than what is owed (%(owed)s).",
                owed=money(account.owed),
            ),
            "amount",
        )


def _check_full(owed: Sequence[OwedAccount], terms: PromiseTerms) -> None:
    collectable = sum((account.collectable for account in owed), Decimal(0))
    short = any(terms.amounts.get(a.account_id, Decimal(0)) < a.collectable for a in owed)
    if short:
        raise RuleBroken(
            _l(
                "A full promise covers everything that may be asked for (%(amount)s). Choose a partial promise for less.",
                amount=money(collectable),
            ),
            "amount",
        )


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
    replaced = _replace_pending(session, account.account_id)
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


def _replace_pending(session: Session, account_id: int) -> Promise | None:
    """An account has one pending promise: the older one gives way."""
    replaced = session.scalar(
        select(Promise)
        .where(Promise.account_id == account_id, Promise.state == "pending")
        .with_for_update()
    )
    if replaced is not None:
        replaced.state = "replaced"
        session.flush()
    return replaced


def _note_promise(
    session: Session, agent: Agent, now: datetime, promise: Promise, replaced: Promise | None
) -> None:
    before = replaced and {
        "replaces": replaced.id,
        "amount": replaced.amount,
        "due_on": replaced.due_on,
    }
    note_deed(
        session,
        agent,
        now,
        "make_promise",
        "promise",
        promise.id,
        debtor_id=promise.debtor_id,
        account_id=promise.account_id,
        before=before,
        after={
            "amount": promise.amount,
            "due_on": promise.due_on,
            "check_on": promise.check_on,
        },
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """A promise whose state or paid amount changed."""

    promise_id: int
    debtor_id: int
    account_id: int
    before: str
    after: str
    paid: Decimal


#: A promise can still change while its payments can: those of its own span that came late, those of
#: the load ``load_id`` (which began before others may have judged), and every reversal; and those of
#: ``accounts``, from which payments were taken away.
_OPEN_OR_TOUCHED = (
    "(p.state = 'pending' OR p.account_id = ANY (CAST(:accounts AS bigint[])) OR EXISTS (SELECT FROM payment n WHERE n.account_id = p.account_id"
    " AND n.paid_on >= p.made_on AND (n.is_reversal OR n.paid_on <= p.check_on)"
    " AND (n.recorded_at > p.judged_at OR n.load_id = CAST(:load_id AS bigint))))"
)


def judge_promises(
    session: Session,
    agent: Agent,
    now: datetime,
    day: date,
    load_id: int | None = None,
    accounts: Sequence[int] = (),
) -> list[Judgement]:
    """Recompute every promise that may have changed, as of ``day``; a timeline row for each change
    of state. Repeatable: a second run on the same facts changes nothing. ``load_id``: the payments
    load of this transaction, whose accounts are judged whatever was judged meanwhile; ``accounts``:
    others that are to be judged, whatever their payments."""
    rows = session.execute(
        text(STORE_JUDGED.format(which=_OPEN_OR_TOUCHED)),
        {"day": day, "now": now, "load_id": load_id, "accounts": list(accounts)},
    )
    judged = [Judgement(*row) for row in rows]
    moved = [j for j in judged if j.before != j.after]
    broken = [j.debtor_id for j in moved if j.after == "broken"]
    _raise_levels(session, broken)
    for j in moved:
        note_deed(
            session,
            agent,
            now,
            "judge_promise",
            "promise",
            j.promise_id,
            debtor_id=j.debtor_id,
            account_id=j.account_id,
            before={"state": j.before},
            after={"state": j.after, "paid": j.paid},
        )
    return judged


def _raise_levels(session: Session, debtor_ids: list[int]) -> None:
    """Several broken promises raise the person's level: it is their number, capped at 3."""
    if debtor_ids:
        session.execute(
            text(
                "UPDATE debtor d SET level = GREATEST(level, LEAST(3, (SELECT count(*) FROM promise p"
                " WHERE p.debtor_id = d.id AND p.state = 'broken')))"
                " WHERE d.id = ANY(CAST(:ids AS bigint[]))"
            ),
            {"ids": debtor_ids},
        )
