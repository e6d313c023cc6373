"""Proposes referrals, withdraws them with the call that was corrected, and ends the visits' ones: back to
the phone, or closed. Deciding is `app.referrals.deciding`, giving them to the field
`app.referrals.assigning`, coactiva `app.referrals.enforcement`, what proposes and ends by itself `app.referrals.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.models import Debtor
from app.debts.models import Account
from app.debts.service import owed_by_person
from app.holds.service import lift_holds
from app.models import Call
from app.referrals.models import GOING, KINDS, Referral
from app.referrals.steps import check_state, checked_reason, end, lock_referral, note_step
from app.referrals.texts import STATES
from app.worklist.service import offer_again, push


@dataclass(frozen=True, slots=True)
class NewReferral:
    """What is proposed: a kind of `KINDS`, the account (None: the one with the largest debt), and why."""

    kind: str
    account_id: int | None = None
    reason: str = ""


def propose_referral(
    session: Session,
    agent: Agent,
    now: datetime,
    _settings: Settings,
    debtor_id: int,
    wanted: NewReferral,
    call: Call | None = None,
) -> Referral:
    """Propose the person for a visit, or an account for coactiva; with the call whose outcome did.

    Refuses a person who is dead or owes nothing, a second visit's referral of a person or hand-over of
    an account that goes on (naming it), and people who give no reason.
    """
    if wanted.kind not in KINDS:
        raise RuleBroken(_l("Choose what the case is referred for."), "kind")
    reason = checked_reason(wanted.reason, needed=agent.user_id is not None)
    account_id = _account(session, debtor_id, wanted)
    _refuse_second(session, debtor_id, account_id, wanted.kind)
    referral = Referral(
        kind=wanted.kind,
        state="proposed",
        debtor_id=debtor_id,
        account_id=account_id,
        call_id=call.id if call is not None else None,
        reason=reason,
        proposed_at=now,
        proposed_by_id=agent.user_id,
    )
    try:
        with session.begin_nested():
            session.add(referral)
            session.flush()
    except IntegrityError:
        # Somebody proposed it at the same moment: the index let one of the two in.
        _refuse_second(session, debtor_id, account_id, wanted.kind)
        raise
    note_step(session, agent, now, "propose_referral", referral, reason=reason)
    session.flush()
    return referral


def _account(session: Session, debtor_id: int, wanted: NewReferral) -> int:
    """The account that it is about: the one that is wanted, or the person's with the largest debt that
    is not in the hands of coactiva."""
    person = session.get(Debtor, debtor_id)
    if person is None or person.merged_into_id is not None:
        raise RuleBroken(_l("There is no such person."))
    if person.deceased_reported_at is not None:
        raise RuleBroken(
            _l("%(person)s is reported deceased: nobody is referred.", person=person.name)
        )
    owed = [o.account_id for o in owed_by_person(session, debtor_id) if o.owed > 0]
    if not owed:
        raise RuleBroken(
            _l("%(person)s owes nothing: there is nothing to refer.", person=person.name)
        )
    if wanted.account_id is not None:
        owed = [account_id for account_id in owed if account_id == wanted.account_id]
    if not owed:
        raise RuleBroken(
            _l("Choose an open account of the person on which something is owed."), "account_id"
        )
    return _free(session, owed)


def _free(session: Session, account_ids: list[int]) -> int:
    """The first of ``account_ids`` that is not in the hands of coactiva: such a one is neither visited
    nor handed over again."""
    found = select(Account).where(Account.id.in_(account_ids), Account.enforced_at.is_not(None))
    enforced = {account.id: account for account in session.scalars(found)}
    free = [account_id for account_id in account_ids if account_id not in enforced]
    if free:
        return free[0]
    number = enforced[account_ids[0]].masked_number
    raise RuleBroken(
        _l("Account %(account)s is in the hands of enforcement.", account=number), "account_id"
    )


def _refuse_second(session: Session, debtor_id: int, account_id: int, kind: str) -> None:
    """What the unique indexes hold, in a sentence."""
    going = select(Referral).where(Referral.state.in_(GOING))
    if kind == "enforcement":
        going = going.where(Referral.kind == "enforcement", Referral.account_id == account_id)
    else:
        going = going.where(Referral.kind != "enforcement", Referral.debtor_id == debtor_id)
    other = session.scalars(going).first()
    if other is None:
        return
    values = {"number": other.number, "state": STATES[other.state]}
    if kind == "enforcement":
        raise RuleBroken(
            _l(
                "This account already has a hand-over that goes on: %(number)s, %(state)s.",
                **values,
            )
        )
    raise RuleBroken(
        _l("This person already has a referral that goes on: %(number)s, %(state)s.", **values)
    )


def withdraw_referral(
    session: Session, agent: Agent, now: datetime, _settings: Settings, call_id: int
) -> None:
    """The call was corrected: what it proposed and nobody has decided yet is taken back."""
    referral = session.scalar(
        select(Referral)
        .where(Referral.call_id == call_id, Referral.state == "proposed")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if referral is None:
        return
    end(agent, now, referral, "withdrawn", "call_corrected")
    referral.ended_by_id = None
    note_step(session, agent, now, "withdraw_referral", referral, why="call_corrected")
    session.flush()


def return_referral(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    referral_id: int,
    reason: str,
) -> Referral:
    """Give the case back to the phone: the hold ends and the person is offered again, on top when the
    field was there. ``reason``: what was written."""
    return _end_visits(session, agent, now, settings, referral_id, "returned", reason)


def close_referral(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    referral_id: int,
    reason: str,
) -> Referral:
    """The field has done what it could: the hold ends. ``reason``: what was written."""
    return _end_visits(session, agent, now, settings, referral_id, "closed", reason)


def _end_visits(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    referral_id: int,
    state: str,
    reason: str,
) -> Referral:
    referral = lock_referral(session, referral_id)
    if referral.kind == "enforcement":
        raise RuleBroken(
            _l(
                "%(number)s is of enforcement: hand it over or take it back.",
                number=referral.number,
            )
        )
    check_state(referral, ("approved", "assigned", "visited"))
    was_visited, written = referral.state == "visited", checked_reason(reason)
    end(agent, now, referral, state, written)
    verb = "return_referral" if state == "returned" else "close_referral"
    note_step(session, agent, now, verb, referral, reason=written)
    if referral.hold_id is not None:
        lift_holds(session, agent, now, [referral.hold_id], f"referral_{state}")
    session.flush()
    if was_visited and state == "returned":
        push(session, settings, referral.debtor_id, "visited", now)
    offer_again(session, settings, [referral.debtor_id], now)
    return referral
