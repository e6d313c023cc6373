"""The contact rules once more, in plain Python over plain facts, to compare the gate with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.core.settings import Settings
from app.models import Account, ContactAttempt, ContactPoint, Debtor, Hold, Payment, Promise

ENDLESS = {"nothing_owed", "stale", "agreement", "deceased", "no_contact_point"}
#: The kind of contact point that each channel needs, and whether it must be a mobile.
NEEDS = {
    "call": ("phone", False),
    "sms": ("phone", True),
    "whatsapp": ("phone", True),
    "email": ("email", False),
}


@dataclass
class Person:
    """Everything that the rules look at, by person."""

    debtor: Debtor
    accounts: list[Account] = field(default_factory=list)
    points: list[ContactPoint] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    attempts: list[ContactAttempt] = field(default_factory=list)


@dataclass
class Question:
    """May this person be contacted by ``channel`` at ``at``?"""

    person: Person
    channel: str
    at: datetime
    settings: Settings
    holidays: frozenset[date]

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.settings["zone"])
        local = self.at.astimezone(self.zone)
        self.day, self.time = local.date(), local.time()

    def about(self, account: Account) -> tuple[list[str], datetime | None]:
        """``(every rule that refuses, the next allowed moment)`` for one account."""
        found = [*self._moment(), *self._debt(account), *self._paused(account), *self._person()]
        if not found or any(rule in ENDLESS or last is None for rule, last in found):
            return [rule for rule, _ in found], None
        first = max(last for _, last in found) + timedelta(days=1)
        while first.weekday() > 4 or first in self.holidays:
            first += timedelta(days=1)
        moment = datetime.combine(first, self.settings["contact_from"], self.zone)
        return [rule for rule, _ in found], moment

    def about_any(self) -> tuple[set[str], datetime | None]:
        """The same for whichever of the person's open accounts; nothing refuses if one is free."""
        answers = [self.about(account) for account in self.person.accounts]
        if any(not rules for rules, _ in answers):
            return set(), None
        moments = [moment for _, moment in answers if moment]
        return {rule for rules, _ in answers for rule in rules}, min(moments, default=None)

    # Each of these yields (rule, the last day on which it refuses).

    def _moment(self) -> Iterator[tuple[str, date]]:
        yesterday = self.day - timedelta(days=1)
        if not self.settings["contact_from"] <= self.time < self.settings["contact_until"]:
            yield "hours", yesterday if self.time < self.settings["contact_from"] else self.day
        if self.day.weekday() > 4:
            yield "weekend", self.day
        if self.day in self.holidays:
            yield "holiday", self.day
        before = [a for a in self.person.attempts if a.at < self.at]
        made = [a for a in before if a.at.astimezone(self.zone).date() == self.day]
        if len(made) >= self.settings["attempts_per_day"]:
            yield "attempts", self.day
        if len([a for a in made if a.answered]) >= self.settings["contacts_per_day"]:
            yield "contacts", self.day

    def _debt(self, account: Account) -> Iterator[tuple[str, date | None]]:
        if self._owed(account) <= 0:
            yield "nothing_owed", None
        if (self.day - account.portfolio.as_of).days > self.settings["stale_after_days"]:
            yield "stale", None

    def _paused(self, account: Account) -> Iterator[tuple[str, date | None]]:
        pending = [
            p for p in self.person.promises if (p.account_id, p.state) == (account.id, "pending")
        ]
        if pending and self.day <= pending[0].check_on:
            yield "promise", pending[0].check_on
        collectable = self._owed(account) - self._disputed(account)
        if account.agreed_balance and collectable <= 0:
            yield "agreement", None
        holds = [h for h in self.person.holds if h.starts_on <= self.day <= h.ends_on]
        ends = [h.ends_on for h in holds if not h.channel and h.account_id in (None, account.id)]
        if account.in_complaint and collectable <= 0:
            yield "hold", None
        elif ends:
            yield "hold", max(ends)
        ends = [h.ends_on for h in holds if h.channel == self.channel]
        if ends:
            yield "opt_out", max(ends)

    def _person(self) -> Iterator[tuple[str, None]]:
        if self.person.debtor.deceased_reported_at:
            yield "deceased", None
        if self.channel == "visit":
            reached = any(account.address for account in self.person.accounts)
        else:
            kind, mobile = NEEDS[self.channel]
            usable = (p for p in self.person.points if p.kind == kind and p.state != "retired")
            reached = any(p.is_mobile or not mobile for p in usable)
        if not reached:
            yield "no_contact_point", None

    def _owed(self, account: Account) -> Decimal:
        after = (
            p
            for p in self.person.payments
            if p.account_id == account.id and p.paid_on > account.balance_as_of
        )
        return account.balance - sum((p.amount for p in after), Decimal(0))

    def _disputed(self, account: Account) -> Decimal:
        if account.in_complaint and not account.disputed_balance:
            return self._owed(account)
        return account.disputed_balance if account.in_complaint else Decimal(0)
