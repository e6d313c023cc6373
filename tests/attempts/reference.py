"""What domain.md (Contact, Holds, Money) says about one attempt, in plain Python over plain facts.

Nothing here comes from the application: it is what the gate is compared with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tests.attempts.facts import Account, Hold, Norms, Person, Point

_DAY = timedelta(days=1)
#: Which kind of contact point each channel needs; an address may also be that of an account.
_KINDS = {
    "call": "phone",
    "sms": "phone",
    "whatsapp": "phone",
    "email": "email",
    "visit": "address",
}
_MOBILE = ("sms", "whatsapp")
#: May be named of an account that is closed, or not.
_OF_NO_MATTER = frozenset({"stale", "promise", "agreement", "enforcement", "hold"})


@dataclass(frozen=True)
class Answer:
    """``must``: rules that refuse; ``may``: others that can be named for the same refusal.
    ``either``: of each of these sets at least one must be named."""

    must: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    either: tuple[frozenset[str], ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.must and not self.either

    def __or__(self, other: Answer) -> Answer:
        return Answer(self.must | other.must, self.may | other.may, self.either + other.either)

    def fits(self, named: Collection[str]) -> bool:
        """These rules are what the facts determine."""
        found = frozenset(named)
        known = self.must.union(self.may, *self.either)
        return self.must <= found <= known and all(one & found for one in self.either)


def about_person(
    norms: Norms, holidays: Collection[date], person: Person, channel: str, at: datetime
) -> Answer:
    """May ``person`` be contacted by ``channel`` at ``at``, about any of their accounts? Facts are those
    known at ``at``."""
    return _about(norms, holidays, person, _open(person), channel, at, norms_day(norms, at))


def about_account(
    norms: Norms,
    holidays: Collection[date],
    person: Person,
    account: Account,
    channel: str,
    at: datetime,
) -> Answer:
    """May ``person`` be contacted about ``account``?"""
    return _about(norms, holidays, person, [account], channel, at, norms_day(norms, at))


def next_lawful(
    norms: Norms, holidays: Collection[date], person: Person, channel: str, at: datetime
) -> datetime | None:
    """The first lawful moment after ``at`` if nothing else happens but that portfolios keep as fresh as
    they are today and what is contested stays so; None: there is none."""
    today = norms_day(norms, at)
    for moment in _edges(norms, person, at):
        if _about(norms, holidays, person, _open(person), channel, moment, today).allowed:
            return moment
    return None


def norms_day(norms: Norms, at: datetime) -> date:
    """The unit's calendar day at ``at``."""
    return at.astimezone(norms.zone).date()


def held(holds: list[Hold], day: date, scope: str) -> list[Hold]:
    """The holds of ``scope`` that are in force on ``day``, both ends included."""
    return [
        hold
        for hold in holds
        if hold.scope == scope and hold.lifted_at is None and hold.starts_on <= day <= hold.ends_on
    ]


def as_of(account: Account) -> date:
    """Of the last load that the open account came in: its portfolio's complete one or a later partial one."""
    return max(account.portfolio.as_of, account.balance_as_of)


def owed(account: Account) -> Decimal:
    """The last load's balance less what was paid on days after its as-of date; reversals add."""
    if account.closed_on is not None:
        return Decimal(0)
    since = (p.amount for p in account.payments if p.paid_on > as_of(account))
    return account.balance - sum(since, Decimal(0))


def contested(person: Person, account: Account, day: date) -> Decimal:
    """USD of the account's bills that are under a complaint made here."""
    kept = {hold.bill_id for hold in held(person.holds, day, "bill")}
    return sum(
        (b.balance for b in account.bills if b.id in kept and b.closed_on is None), Decimal(0)
    )


# --- one moment


def _about(
    norms: Norms,
    holidays: Collection[date],
    person: Person,
    accounts: list[Account],
    channel: str,
    at: datetime,
    known_on: date,
) -> Answer:
    day = norms_day(norms, at)
    own = (
        _moment(norms, holidays, at)
        | _caps(norms, person, channel, at)
        | _person(person, channel, day)
    )
    each = [_account(norms, person, a, channel, day, known_on) for a in accounts]
    return own | _any_free(each)


def _any_free(each: list[Answer]) -> Answer:
    """One free account is enough. Which of several accounts' rules are told is not determined, but what
    refuses all of them is."""
    if not each:
        return Answer(frozenset({"nothing_owed"}))
    if len(each) == 1:
        return each[0]
    every = frozenset().union(*(a.must.union(a.may, *a.either) for a in each))
    if any(answer.allowed for answer in each):
        return Answer(may=every)
    return Answer(frozenset.intersection(*(a.must for a in each)), every, (every,))


def _moment(norms: Norms, holidays: Collection[date], at: datetime) -> Answer:
    """Monday to Friday, within the hours, never on a holiday."""
    wall = at.astimezone(norms.zone)
    must = set()
    if not norms.contact_from <= wall.time() < norms.contact_until:
        must.add("hours")
    if wall.isoweekday() > 5:
        must.add("weekend")
    if wall.date() in holidays:
        must.add("holiday")
    # A holiday that falls on a weekend may be listed as one or not: nobody is contacted anyhow.
    return Answer(frozenset(must), frozenset({"holiday"} if "weekend" in must else ()))


def _caps(norms: Norms, person: Person, channel: str, at: datetime) -> Answer:
    """Attempts and contacts of the day and of seven days, today included, whatever the account."""
    day = norms_day(norms, at)
    before = [a for a in person.attempts if a.at < at]
    week = [a for a in before if day - 6 * _DAY <= norms_day(norms, a.at) <= day]
    today = [a for a in week if norms_day(norms, a.at) == day]
    must = set()
    if len(today) >= norms.attempts_per_day:
        must.add("attempts")
    if norms.attempts_per_week and len(week) >= norms.attempts_per_week:
        must.add("week")
    if not (channel == "call" and _asked_for(norms, person, at)):
        if sum(a.answered is True for a in today) >= norms.contacts_per_day:
            must.add("contacts")
        if (
            norms.contacts_per_week
            and sum(a.answered is True for a in week) >= norms.contacts_per_week
        ):
            must.add("week")
    return Answer(frozenset(must))


def _asked_for(norms: Norms, person: Person, at: datetime) -> bool:
    """The person asked to be called at an hour of this day that has come, and was not called back yet:
    service, and part of the contact in which they asked."""
    return any(
        callback.done_at is None
        and callback.due_at <= at
        and norms_day(norms, callback.due_at) == norms_day(norms, at)
        and not any(a.answered and callback.due_at <= a.at < at for a in person.attempts)
        for callback in person.callbacks
    )


def _person(person: Person, channel: str, day: date) -> Answer:
    must: set[str] = set()
    either: list[frozenset[str]] = []
    if any(_stops(hold, channel) for hold in held(person.holds, day, "person")):
        must.add("hold")
    if any(hold.channel == channel for hold in held(person.holds, day, "channel")):
        must.add("opt_out")
    if person.deceased_reported_at is not None:
        must.add("deceased")
    points = _points(person, channel)
    on_hold = {hold.contact_point_id for hold in held(person.holds, day, "number")}
    if channel == "visit" and any(account.address for account in person.accounts):
        pass
    elif not points:
        must.add("no_contact_point")
    elif all(point.id in on_hold for point in points):
        either.append(frozenset({"no_contact_point", "hold"}))
    return Answer(frozenset(must), either=tuple(either))


def _points(person: Person, channel: str) -> list[Point]:
    return [
        point
        for point in person.points
        if point.kind == _KINDS[channel]
        and point.state != "retired"
        and (point.is_mobile or channel not in _MOBILE)
    ]


def _stops(hold: Hold, channel: str) -> bool:
    """A case that is with the field is left to the field's visit."""
    return not (hold.reason == "referral" and channel == "visit")


def _account(
    norms: Norms, person: Person, account: Account, channel: str, day: date, known_on: date
) -> Answer:
    if account.closed_on is not None:
        return Answer(frozenset({"nothing_owed"}), _OF_NO_MATTER)
    # What is contested stays so until somebody answers: no day of its own ends it.
    answer = _collectable(account, owed(account), contested(person, account, known_on))
    must = set()
    if (known_on - as_of(account)).days > norms.stale_after_days:
        must.add("stale")
    if any(p.state == "pending" and day <= p.check_on for p in account.promises):
        must.add("promise")
    holds = [h for h in held(person.holds, day, "account") if h.account_id == account.id]
    if any(_stops(hold, channel) for hold in holds):
        must.add("hold")
    if account.enforced_at is not None:
        must.add("enforcement")
    return answer | Answer(frozenset(must))


def _collectable(account: Account, debt: Decimal, contested_here: Decimal) -> Answer:
    """What is disputed, by the load and here, and what an agreement covers, is not asked for. Where both
    are needed to leave nothing, either may be named."""
    if debt <= 0:
        return Answer(frozenset({"nothing_owed"}), frozenset({"hold", "agreement"}))
    disputed = account.disputed_balance + contested_here
    if account.in_complaint and not account.disputed_balance:
        disputed = debt
    if debt - disputed - account.covered > 0:
        return Answer()
    must = {"hold"} if debt <= disputed else set()
    must |= {"agreement"} if debt <= account.covered else set()
    parts = {"hold"} if disputed else set()
    parts |= {"agreement"} if account.covered or account.agreed_balance else set()
    return Answer(frozenset(must), frozenset(parts), () if must else (frozenset(parts),))


# --- later moments


def _edges(norms: Norms, person: Person, at: datetime) -> Iterator[datetime]:
    """In order, every later moment at which something can begin to be lawful: the first minute of each
    day, and the hours that the person asked for."""
    ends = [hold.ends_on for hold in person.holds]
    ends += [p.check_on for account in person.accounts for p in account.promises]
    today = norms_day(norms, at)
    # Beyond the last end, a fortnight is longer than any run of holidays or week of caps.
    last = max([today, *ends]) + 14 * _DAY
    asked = sorted(c.due_at for c in person.callbacks if c.done_at is None and c.due_at > at)
    day = today
    while day <= last:
        opens = datetime.combine(day, norms.contact_from, norms.zone).astimezone(UTC)
        moments = [opens, *(m for m in asked if norms_day(norms, m) == day)]
        yield from sorted(moment for moment in moments if moment > at)
        day += _DAY


def _open(person: Person) -> list[Account]:
    return [account for account in person.accounts if account.closed_on is None]


# --- for the generator


def plus_business_days(holidays: Collection[date], day: date, count: int) -> date:
    """``count`` business days after ``day``."""
    while count:
        day += _DAY
        count -= day.isoweekday() < 6 and day not in holidays
    return day


def instant(norms: Norms, day: date, wall: time) -> datetime:
    """The instant at which the unit's clock shows ``day`` and ``wall``."""
    return datetime.combine(day, wall, norms.zone).astimezone(UTC)
