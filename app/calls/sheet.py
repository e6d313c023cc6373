"""What the call screen shows: before the identity check only what the mask allows; the statement is
not even read until the check has passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from app.agreements.texts import STATES as AGREEMENT_STATES
from app.agreements.texts import TONES as AGREEMENT_TONES
from app.calls.catalogues import current_outcomes, nonpayment_reasons, scripts
from app.calls.hours import BANDS, Band, PointResult, best_hour, point_result
from app.calls.identity import Identity, identity_of
from app.calls.left import complaints_of, disputed_here, going_referral, referrals_of
from app.calls.models import NonpaymentReason, Outcome, Script
from app.calls.queries import HISTORY, POINT_RESULTS
from app.calls.statement_facts import (
    AgreementLine,
    PaymentLine,
    payments_of,
    pending_promises,
    told_agreements,
)
from app.cases.findings import finding_label
from app.complaints.models import Complaint
from app.complaints.texts import DEEDS, RULING_TONES, RULINGS
from app.core.clock import local_day
from app.core.lists import Chip
from app.core.settings import Settings
from app.debtors.models import ContactPoint, Debtor
from app.debts.models import Account, Bill
from app.debts.service import OwedAccount, owed_by_person
from app.payments.means import offered_means
from app.payments.models import PaymentMeans
from app.promises.models import Promise
from app.promises.pay_days import promise_days
from app.promises.reading import CountedPayment, counted_payments
from app.referrals.models import GOING, Referral
from app.worklist.models import Claim


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Something that happened with this person, on any account. Amounts in USD."""

    at: datetime
    kind: str
    label: str
    state: str
    amount: Decimal | None
    paid: Decimal | None
    day: date | None
    until: date | None
    who: str
    note: str
    id: int

    @property
    def found(self) -> Any:
        """What a case to verify ended with, in words; empty on the day on which it was opened."""
        return "" if self.state == "open" else finding_label(self.state)

    @property
    def complained(self) -> Any:
        """What was done with a complaint, in words; empty of anything else."""
        deed, _of, subject = self.kind.partition("_")
        return DEEDS.get(deed, "") if subject == "complaint" else ""

    @property
    def ruled(self) -> Chip:
        """What the answer to a complaint ruled, in words."""
        return Chip(RULINGS[self.state], RULING_TONES[self.state])

    @property
    def agreed(self) -> Chip:
        """The state to which this brought an agreement, in words."""
        return Chip(AGREEMENT_STATES[self.state], AGREEMENT_TONES[self.state])


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with what it owes now."""

    account: Account
    owed: OwedAccount


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of account of a person, all portfolios. USD."""

    lines: list[AccountLine]
    bills: list[Bill]
    payments: list[PaymentLine]
    promises: Sequence[Promise]
    agreements: list[AgreementLine]
    history: list[HistoryRow]
    today: date
    complaints: Sequence[Complaint] = ()
    referrals: Sequence[Referral] = ()
    #: What counted for each promise of the history, by its id.
    counted: dict[int, list[CountedPayment]] = field(default_factory=dict)

    @property
    def disputed_bills(self) -> dict[int, str]:
        """The number of the complaint that waits about a bill, by the bill's id."""
        return disputed_here(self.complaints)

    @property
    def referred(self) -> bool:
        """Whether a referral goes on."""
        return any(referral.state in GOING for referral in self.referrals)

    @property
    def owed(self) -> Decimal:
        """What is owed now on all accounts."""
        return sum((line.owed.owed for line in self.lines), Decimal(0))

    @property
    def collectable(self) -> Decimal:
        """What may be asked for: owed less what is under complaint and what an agreement puts off."""
        return sum((line.owed.collectable for line in self.lines), Decimal(0))

    @property
    def disputed(self) -> Decimal:
        """The part of what is owed that is under complaint."""
        return sum((line.owed.disputed for line in self.lines), Decimal(0))

    @property
    def covered(self) -> Decimal:
        """The part of what is owed that agreements made here put off."""
        return sum((line.owed.covered for line in self.lines), Decimal(0))

    @property
    def loaded(self) -> Decimal:
        """What the last loads said is owed, before the payments that came since."""
        return sum((line.owed.balance for line in self.lines), Decimal(0))

    @property
    def numbers(self) -> list[str]:
        """The numbers of the open accounts, as they came; the largest debt first."""
        return [line.account.number for line in self.lines]

    @property
    def paid_since(self) -> Decimal:
        """Payments that came after the last load."""
        return sum((line.owed.paid_since for line in self.lines), Decimal(0))

    @property
    def agreed(self) -> Decimal:
        """Imported debt under agreements, beside what is owed."""
        return sum((line.owed.agreed for line in self.lines), Decimal(0))

    @property
    def bills_count(self) -> int:
        """How many planillas stand behind the debt."""
        return sum(line.owed.bills_count for line in self.lines)

    @property
    def oldest_days(self) -> int | None:
        """Days since the oldest due date."""
        dates = [line.owed.oldest_due_on for line in self.lines if line.owed.oldest_due_on]
        return (self.today - min(dates)).days if dates else None

    @property
    def informed_at(self) -> datetime | None:
        """The moment of the oldest load that the figures come from."""
        moments = [line.account.portfolio.loaded_at for line in self.lines]
        return min((m for m in moments if m), default=None)


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Everything that the call screen needs. ``statement`` is None until the check has passed; ``referred``:
    a referral goes on."""

    claim: Claim
    debtor: Debtor
    identity: Identity
    masked_accounts: list[str]
    points: list[ContactPoint]
    results: dict[int, PointResult]
    best_hour: tuple[ContactPoint, Band] | None
    script: Script
    statement: Statement | None
    referred: bool
    outcomes: list[Outcome]
    reasons: Sequence[NonpaymentReason]
    means: Sequence[PaymentMeans]
    days: list[tuple[date, bool]]
    today: date
    latest: date
    dialled: int | None


def call_sheet(
    session: Session, settings: Settings, now: datetime, claim: Claim, dialled: int | None
) -> CallSheet:
    """The sheet of an open claim. ``dialled`` is the contact point that was dialled last."""
    debtor = person_of(session, claim.debtor_id)
    if debtor is None:
        raise LookupError(claim.debtor_id)
    identity = identity_of(session, settings, claim, now)
    today = local_day(now, settings["zone"])
    results = point_results(session, settings, debtor.id)
    statement = statement_of(session, settings, now, debtor) if identity.verified else None
    return CallSheet(
        claim=claim,
        debtor=debtor,
        identity=identity,
        masked_accounts=[a.masked_number for a in debtor.accounts if a.closed_on is None],
        points=sorted(
            debtor.contact_points, key=lambda p: (p.state == "retired", p.position, p.id)
        ),
        results=results,
        best_hour=best_hour(debtor.contact_points, results),
        script=script_for(session, claim.reasons),
        statement=statement,
        referred=statement.referred if statement else going_referral(session, debtor.id),
        outcomes=[o for o in current_outcomes(session) if not o.by_system and _fits(claim, o)],
        reasons=[reason for reason in nonpayment_reasons(session) if reason.is_active],
        means=offered_means(session, today),
        days=promise_days(session, settings, today) if identity.verified else [],
        today=today,
        latest=today + timedelta(days=settings["promise_max_days"]),
        dialled=dialled,
    )


def _fits(claim: Claim, outcome: Outcome) -> bool:
    """No answer, busy and the like are for calls that we make."""
    ours = outcome.attempt and not (outcome.answered or outcome.final)
    return claim.direction == "outgoing" or not ours


def person_of(session: Session, debtor_id: int) -> Debtor | None:
    """The person with contact points, accounts and portfolios; None for nobody."""
    return session.scalar(
        select(Debtor)
        .where(Debtor.id == debtor_id)
        .options(
            selectinload(Debtor.contact_points),
            selectinload(Debtor.accounts).joinedload(Account.portfolio),
        )
    )


def statement_of(session: Session, settings: Settings, now: datetime, debtor: Debtor) -> Statement:
    """The statement of a person: accounts, bills and the history across all of them."""
    today = local_day(now, settings["zone"])
    owed = owed_by_person(session, debtor.id)
    ids = [o.account_id for o in owed]
    accounts = {a.id: a for a in debtor.accounts}
    bills = session.scalars(
        select(Bill)
        .where(Bill.account_id.in_(ids), Bill.closed_on.is_(None))
        .order_by(Bill.due_on.nulls_first(), Bill.id)
    )
    history = history_of(session, debtor.id)
    return Statement(
        lines=[AccountLine(accounts[o.account_id], o) for o in owed],
        bills=list(bills),
        payments=payments_of(session, debtor.id),
        promises=pending_promises(session, debtor.id),
        agreements=told_agreements(session, debtor.id, today),
        history=history,
        today=today,
        complaints=complaints_of(session, debtor.id),
        referrals=referrals_of(session, debtor.id),
        counted=counted_payments(session, today, _promises_of(history)),
    )


def _promises_of(history: list[HistoryRow]) -> list[int]:
    return [row.id for row in history if row.kind == "promise"]


def history_of(session: Session, debtor_id: int, limit: int = 40) -> list[HistoryRow]:
    """What happened with the person, newest first."""
    values = {"debtor_id": debtor_id, "limit": limit}
    return [HistoryRow(*row) for row in session.execute(text(HISTORY), values)]


def point_results(session: Session, settings: Settings, debtor_id: int) -> dict[int, PointResult]:
    """What is known of each of the person's contact points, by its key."""
    values = {"debtor_id": debtor_id, "zone": settings["zone"], "bands": list(BANDS)}
    rows: Any = session.execute(text(POINT_RESULTS), values)
    return {row[0]: point_result(settings, row[1:]) for row in rows}


def script_for(session: Session, reasons: Sequence[Mapping[str, Any]]) -> Script:
    """The script of the heaviest of a claim's ``reasons`` that has one, else the general one."""
    by_reason = {script.reason: script for script in scripts(session)}
    for reason in reasons:
        if reason["code"] in by_reason:
            return by_reason[reason["code"]]
    return by_reason.get("") or Script(name="", opening="", verified="", third_party="")
