"""What happens to people between one attempt and the next: all that the contact rules speak of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from tests.attempts.facts import Account, Callback, Hold, Payment, Person, Promise
from tests.attempts.people import Unit, add_bills, add_point
from tests.attempts.reference import instant, norms_day, owed, plus_business_days
from tests.attempts.store import cents

_DAY = timedelta(days=1)
#: No hold reaches beyond the days whose holidays are known.
LAST = date(2027, 12, 31)
Happening = Callable[[Unit, Person, datetime], None]


def something(unit: Unit, person: Person, now: datetime) -> None:
    """One thing of `_HAPPENINGS`."""
    happening = unit.chance.choices(list(_HAPPENINGS), list(_HAPPENINGS.values()))[0]
    happening(unit, person, now)


def recover(unit: Unit, person: Person, now: datetime) -> None:
    """Most of what keeps the person from being contacted is over."""
    for hold in person.holds:
        if hold.lifted_at is None and unit.happens(0.8):
            _lift(unit, hold, now)
    for account in person.accounts:
        for promise in account.promises:
            if promise.state == "pending":
                unit.store.change(promise, state=unit.chance.choice(("kept", "broken")))
        _loaded(unit, account, now, keeps_trouble=0.1)
        unit.store.change(account, covered=Decimal(0), enforced_at=None)
    if unit.happens(0.9):
        unit.store.change(person, deceased_reported_at=None)
    if not any(p.kind == "phone" and p.state != "retired" for p in person.points):
        add_point(unit, person, "phone")


def load_portfolios(unit: Unit, now: datetime) -> None:
    """Now and then a newer complete load of each portfolio; some weeks it does not come."""
    today = norms_day(unit.norms, now)
    for portfolio in unit.portfolios:
        as_of = today - _DAY * unit.chance.randint(0, 2)
        if as_of > portfolio.as_of and unit.happens(0.22):
            unit.store.change(portfolio, as_of=as_of)


def ask_callback(unit: Unit, person: Person, now: datetime) -> None:
    """The person asks to be called at a lawful hour of today or of a later day."""
    day = norms_day(unit.norms, now) + _DAY * unit.chance.choice((0, 0, 0, 1, 1, 2, 5))
    wall = time(unit.chance.randint(9, 18), unit.chance.choice((0, 15, 30, 45)))
    due_at = instant(unit.norms, day, wall)
    if due_at > now and day.isoweekday() < 6 and day not in unit.holidays:
        callback = Callback(unit.store.key(), person.id, due_at, now)
        unit.store.add(callback)
        person.callbacks.append(callback)


def make_promise(unit: Unit, person: Person, now: datetime) -> None:
    """On an account that has none pending: due in up to 15 days, with three business days of grace."""
    account = unit.chance.choice(person.accounts)
    if any(p.state == "pending" for p in account.promises):
        return
    day = norms_day(unit.norms, now)
    due_on = day + _DAY * unit.chance.randint(0, 15)
    promise = Promise(
        unit.store.key(),
        person.id,
        account.id,
        amount=Decimal(10),
        due_on=due_on,
        check_on=plus_business_days(unit.holidays, due_on, 3),
        made_on=day,
        made_at=now,
    )
    unit.store.add(promise)
    account.promises.append(promise)


def opt_out(unit: Unit, person: Person, now: datetime) -> None:
    channel = unit.chance.choice(("call", "call", "sms", "whatsapp", "email", "visit"))
    _hold(unit, person, now, "channel", "optout", channel=channel)


# --- holds


def _hold_person(unit: Unit, person: Person, now: datetime) -> None:
    reason = unit.chance.choice(("paid_claim", "hardship", "manual"))
    _hold(unit, person, now, "person", reason)


def _refer(unit: Unit, person: Person, now: datetime) -> None:
    _hold(unit, person, now, "person", "referral")


def _hold_account(unit: Unit, person: Person, now: datetime) -> None:
    account = unit.chance.choice(person.accounts)
    reason = unit.chance.choice(("paid_claim", "not_debtor", "agreement", "manual"))
    _hold(unit, person, now, "account", reason, account_id=account.id)


def _hold_number(unit: Unit, person: Person, now: datetime) -> None:
    if person.points:
        point = unit.chance.choice(person.points)
        _hold(unit, person, now, "number", "manual", contact_point_id=point.id)


def _complain(unit: Unit, person: Person, now: datetime) -> None:
    """Some or all bills of an account are disputed here."""
    account = unit.chance.choice(person.accounts)
    bills = [b for b in account.bills if b.closed_on is None]
    for bill in bills if unit.happens(0.5) else bills[:1]:
        _hold(unit, person, now, "bill", "complaint", account_id=account.id, bill_id=bill.id)
    unit.complained.add(account.id)


def _hold(unit: Unit, person: Person, now: datetime, scope: str, reason: str, **what) -> None:
    """From today or from a later day on, for a few days or months."""
    starts = norms_day(unit.norms, now) + _DAY * unit.chance.choice((0, 0, 0, 0, 1, 2, 4))
    ends = starts + _DAY * unit.chance.choice((0, 1, 2, 3, 5, 7, 15, 40, 120))
    starts, ends = min(starts, LAST), min(ends, LAST)
    hold = Hold(unit.store.key(), person.id, scope, reason, starts, ends, placed_at=now, **what)
    unit.store.add(hold)
    person.holds.append(hold)


def _lift_one(unit: Unit, person: Person, now: datetime) -> None:
    standing = [hold for hold in person.holds if hold.lifted_at is None]
    if standing:
        _lift(unit, unit.chance.choice(standing), now)


def _lift(unit: Unit, hold: Hold, now: datetime) -> None:
    unit.store.change(hold, lifted_at=now)
    if hold.scope == "bill":
        unit.complained.add(hold.account_id)


# --- money


def _pay(unit: Unit, person: Person, now: datetime) -> None:
    """All, a part or too much; dated before the load now and then, because payments are posted late."""
    account = unit.chance.choice(person.accounts)
    share = unit.chance.choice((0.2, 0.6, 1, 1, 1.2))
    amount = cents(float(max(owed(account), Decimal(1))) * share)
    paid_on = min(
        norms_day(unit.norms, now), account.balance_as_of + _DAY * unit.chance.choice((-1, 0, 1, 2))
    )
    _payment(unit, account, now, paid_on, amount, f"R{unit.store.key()}")


def _reverse(unit: Unit, person: Person, now: datetime) -> None:
    account = unit.chance.choice(person.accounts)
    undone = {p.reference for p in account.payments if p.is_reversal}
    standing = [p for p in account.payments if not p.is_reversal and p.reference not in undone]
    if standing:
        payment = unit.chance.choice(standing)
        day = norms_day(unit.norms, now)
        _payment(unit, account, now, day, -payment.amount, payment.reference)


def _payment(
    unit: Unit, account: Account, now: datetime, paid_on: date, amount: Decimal, reference: str
) -> None:
    payment = Payment(
        unit.store.key(),
        account.portfolio_id,
        account.id,
        reference,
        paid_on,
        amount,
        amount < 0,
        recorded_at=now,
    )
    unit.store.add(payment)
    account.payments.append(payment)


def _load(unit: Unit, person: Person, now: datetime) -> None:
    _loaded(unit, unit.chance.choice(person.accounts), now, keeps_trouble=0.7)


def _loaded(unit: Unit, account: Account, now: datetime, *, keeps_trouble: float) -> None:
    """The account as its portfolio's last load gives it: new bills, complaint, agreed debt, or gone."""
    as_of, today = account.portfolio.as_of, norms_day(unit.norms, now)
    for bill in account.bills:
        if bill.closed_on is None:
            unit.store.change(bill, closed_on=as_of)
    unit.complained.add(account.id)
    troubled = unit.happens(keeps_trouble)
    if troubled and unit.happens(0.12):
        unit.store.change(account, closed_on=as_of)
        return
    count = 0 if troubled and unit.happens(0.1) else unit.chance.randint(1, 4)
    amounts = [cents(unit.chance.uniform(4, 90)) for _ in range(count)]
    balance = sum(amounts, Decimal(0))
    add_bills(unit, account, amounts)
    disputed = cents(float(balance) * unit.chance.choice((0.3, 0.7, 1)))
    is_disputed = troubled and unit.happens(0.25)
    unit.store.change(
        account,
        closed_on=None,
        balance=balance,
        balance_as_of=today if unit.happens(0.1) else as_of,
        agreed_balance=cents(50) if unit.happens(0.1) else Decimal(0),
        in_complaint=is_disputed or (troubled and unit.happens(0.15)),
        disputed_balance=disputed if is_disputed else Decimal(0),
    )


def _agree(unit: Unit, person: Person, now: datetime) -> None:
    """An agreement covers all, a part of what is owed, or (after payments) more than is left."""
    account = unit.chance.choice(person.accounts)
    share = unit.chance.choice((0.3, 0.5, 1, 1, 1.5))
    unit.store.change(account, covered=cents(float(max(owed(account), Decimal(0))) * share))


def _agreement_over(unit: Unit, person: Person, now: datetime) -> None:
    for account in person.accounts:
        unit.store.change(account, covered=Decimal(0))


def _promise_over(unit: Unit, person: Person, now: datetime) -> None:
    states = ("kept", "partial", "broken", "replaced", "withdrawn")
    for account in person.accounts:
        for promise in account.promises:
            if promise.state == "pending":
                unit.store.change(promise, state=unit.chance.choice(states))


# --- the person


def _enforce(unit: Unit, person: Person, now: datetime) -> None:
    unit.store.change(unit.chance.choice(person.accounts), enforced_at=now)


def _take_back(unit: Unit, person: Person, now: datetime) -> None:
    for account in person.accounts:
        unit.store.change(account, enforced_at=None)


def _deceased(unit: Unit, person: Person, now: datetime) -> None:
    unit.store.change(person, deceased_reported_at=now)


def _alive(unit: Unit, person: Person, now: datetime) -> None:
    unit.store.change(person, deceased_reported_at=None)


def _retire(unit: Unit, person: Person, now: datetime) -> None:
    """One contact point is found not to be theirs; now and then all are."""
    points = person.points if unit.happens(0.3) else person.points[:1]
    for point in points:
        unit.store.change(point, state="retired")


def _found_again(unit: Unit, person: Person, now: datetime) -> None:
    add_point(unit, person, unit.chance.choice(("phone", "phone", "email", "address")))


def _moved(unit: Unit, person: Person, now: datetime) -> None:
    account = unit.chance.choice(person.accounts)
    unit.store.change(account, address="" if account.address else "CALLE NUEVA")


#: How often each happens, one against another.
_HAPPENINGS: dict[Happening, int] = {
    _hold_person: 4,
    _refer: 4,
    _hold_account: 6,
    _hold_number: 5,
    _complain: 9,
    opt_out: 6,
    _lift_one: 9,
    _pay: 8,
    _reverse: 3,
    _load: 12,
    _agree: 6,
    _agreement_over: 3,
    make_promise: 7,
    _promise_over: 5,
    ask_callback: 8,
    _enforce: 3,
    _take_back: 3,
    _deceased: 2,
    _alive: 3,
    _retire: 5,
    _found_again: 6,
    _moved: 4,
}
