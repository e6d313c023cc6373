"""«Asks for an agreement» within a call: the simulator over one account, and what saving asks for.

A call whose terms were chosen asks for the agreement; one that leaves them to the specialist makes a
draft, which a dated hold goes with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agreements.models import Agreement
from app.agreements.offers import Offer, offer_of
from app.agreements.service import (
    Wanted,
    cancel_agreement,
    draft_agreement,
    draft_asked_again,
    request_agreement,
    terms_of,
)
from app.agreements.terms import Proposal, compare, propose, usual_months
from app.calls.models import Call
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What was typed of an agreement. USD. ``bill_ids`` None: all that no other one binds; ``months``
    None: no term was chosen, which ``by_specialist`` allows; ``other_months``: a term to compare beside
    the usual ones; ``shown``: the `mark` of the terms that were on the screen."""

    bill_ids: tuple[int, ...] | None = None
    months: int | None = None
    other_months: int | None = None
    by_specialist: bool = False
    shown: str = ""
    down_payment: Decimal | None = None
    down_due_on: date | None = None
    first_due_on: date | None = None
    guarantor_name: str = ""
    guarantor_identification: str = ""
    guarantor_phone: str = ""
    guarantee: str = ""


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """The simulator: the account's ``offer``, the bills that are ``chosen`` of it, and the terms side by
    side; without any, the ``refused`` sentence says why, about the field ``wrong``."""

    offer: Offer
    chosen: frozenset[int]
    proposals: Sequence[Proposal] = field(default_factory=tuple)
    mark: str = ""
    refused: Any = ""
    wrong: str | None = None

    @property
    def capital(self) -> Decimal:
        """What the chosen bills come to."""
        left = (bill.left for bill in self.offer.bills if bill.bill_id in self.chosen)
        return sum(left, Decimal(0))


def plan_sheet(
    session: Session, settings: Settings, now: datetime, account_id: int, wish: PlanWish
) -> PlanSheet:
    """What ``wish`` may come to over the account's debt; RuleBroken where it owes nothing."""
    offer = offer_of(session, account_id)
    wanted = _wanted(offer, settings, wish, wish.other_months)
    chosen = frozenset(wanted.bill_ids)
    try:
        terms = terms_of(offer, wanted, local_day(now, settings["zone"]))
        proposals = compare(settings, calendar(session), terms)
    except RuleBroken as refused:
        return PlanSheet(offer, chosen, refused=refused.sentence, wrong=refused.field)
    first = proposals[0]
    shown = mark(
        first.capital,
        first.down_payment,
        first.down_due_on,
        first.instalments[0].due_on,
        first.rate_percent,
        wish.other_months,
    )
    return PlanSheet(offer, chosen, proposals, shown)


def mark(
    capital: Decimal,
    down: Decimal,
    down_on: date,
    first_on: date,
    rate: Decimal,
    other_months: int | None,
) -> str:
    """What all compared terms have in common, so that nothing else is asked for than what was read out
    to the person. Without a down payment its day says nothing."""
    day = down_on.isoformat() if down else "-"
    return f"{capital:.2f} {down:.2f} {day} {first_on.isoformat()} {rate:.2f} {other_months or 0}"


def _wanted(
    offer: Offer, settings: Settings, wish: PlanWish, months: int | None, note: str = ""
) -> Wanted:
    bills = wish.bill_ids
    if bills is None or not offer.free:
        bills = tuple(bill.bill_id for bill in offer.free or offer.bills)
    return Wanted(
        account_id=offer.account.id,
        bill_ids=bills,
        months=usual_months(settings) if months is None else months,
        down_payment=wish.down_payment,
        down_due_on=wish.down_due_on,
        first_due_on=wish.first_due_on,
        note=note,
        guarantor_name=wish.guarantor_name,
        guarantor_identification=wish.guarantor_identification,
        guarantor_phone=wish.guarantor_phone,
        guarantee=wish.guarantee,
    )


def ask_agreement(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    call: Call,
    wish: PlanWish | None,
) -> Agreement:
    """The agreement that the saved ``call`` asks for, to be approved; a draft when the terms are the
    specialist's to prepare. That of the call which this one corrects stays as it is."""
    asked = session.scalar(select(Agreement).where(Agreement.call_id == call.id))
    if asked is not None:
        return asked
    wish = wish or PlanWish(by_specialist=True)
    offer = offer_of(session, call.account_id or 0)
    wanted = _wanted(offer, settings, wish, wish.months, call.note)
    draft = offer.going_on
    if wish.by_specialist and draft is not None and draft.state == "draft":
        return draft_asked_again(session, agent, now, draft.id, call.note, call.id)
    if wish.by_specialist:
        return draft_agreement(session, agent, now, settings, wanted, call_id=call.id)
    if wish.months is None:
        today = local_day(now, settings["zone"])
        propose(settings, calendar(session), terms_of(offer, wanted, today))
        raise RuleBroken(
            _l("Choose over how many instalments, or leave the terms to the specialist."), "months"
        )
    agreement = request_agreement(session, agent, now, settings, wanted, call_id=call.id)
    if wish.shown and wish.shown != _mark_of(agreement, wish.other_months):
        raise RuleBroken(
            _l("What was typed changed after the terms were shown: read them out again, then save.")
        )
    return agreement


def _mark_of(agreement: Agreement, other_months: int | None) -> str:
    dues = agreement.instalments
    first = next(due for due in dues if due.number)
    down = dues[0].amount if dues[0] is not first else Decimal(0)
    rate = agreement.rate_percent
    return mark(agreement.capital, down, dues[0].due_on, first.due_on, rate, other_months)


def take_plan_back(
    session: Session, agent: Agent, settings: Settings, now: datetime, old: Call, new: Call
) -> None:
    """``new`` corrects ``old``: the agreement that it asked for ends, if nobody has decided it; where the
    outcome is the same, it is that of the new row. Refused while it awaits its down payment or is in
    force: that is for a specialist to cancel."""
    # Locked: a specialist who gives it at this moment comes before this, or is told after it.
    asked = (
        select(Agreement)
        .where(Agreement.call_id == old.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for agreement in session.scalars(asked).all():
        if new.outcome_id == old.outcome_id:
            agreement.call_id = new.id
        elif agreement.state in ("awaiting", "active"):
            raise RuleBroken(
                _l(
                    "The agreement %(number)s, which this call asked for, was approved: a specialist has to cancel it first.",
                    number=agreement.number,
                )
            )
        elif agreement.state in ("draft", "pending"):
            said = new.note or str(_l("The call that asked for it was corrected."))
            cancel_agreement(session, agent, now, settings, agreement.id, said)
    session.flush()
