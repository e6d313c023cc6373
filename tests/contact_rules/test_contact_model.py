"""The gate against the reference model, over invented people around a weekend and two holidays."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.contact_rules.models import CHANNELS
from app.contact_rules.service import may_contact, may_contact_about
from app.core.agent import Agent
from app.core.settings import Settings
from app.models import Account, Portfolio
from tests.contact_rules.model import Person, Question
from tests.factories import (
    make_account,
    make_attempt,
    make_contact_point,
    make_debtor,
    make_hold,
    make_payment,
    make_portfolio,
    make_promise,
)

#: Wednesday 2026-10-28 to Saturday 2026-11-07: a weekend, then Monday and Tuesday are holidays.
FIRST = date(2026, 10, 28)
SPAN = 11
HOLIDAYS = frozenset({date(2026, 11, 2), date(2026, 11, 3)})
HOURS = (
    "01:00",
    "06:59",
    "07:00",
    "07:59",
    "08:00",
    "12:30",
    "19:59",
    "20:00",
    "20:59",
    "21:00",
    "23:59",
)
PEOPLE, MOMENTS = 90, 20
STRICT = {
    "zone": "Pacific/Galapagos",
    "contact_from": time(8, 0),
    "contact_until": time(19, 30),
    "attempts_per_day": 1,
    "stale_after_days": 12,
}


@pytest.mark.parametrize("values", [{}, STRICT], ids=["default", "strict"])
def test_the_gate_and_the_model_agree(session: Session, people: SimpleNamespace, values):
    dice = random.Random(f"contact {sorted(values)}")
    settings = Settings(values)
    zone = ZoneInfo(settings["zone"])
    town = _town(session, dice, people.ana, zone)
    by_id = {person.debtor.id: person for person in town}
    seen: Counter[str] = Counter()
    for n in range(MOMENTS):
        channel = CHANNELS[n % len(CHANNELS)]
        moment = _moment(dice, zone)
        answers = may_contact(session, settings, list(by_id), channel, moment)
        assert answers.keys() == by_id.keys()
        for debtor_id, person in by_id.items():
            question = Question(person, channel, moment, settings, HOLIDAYS)
            verdict = answers[debtor_id]
            rules, until = question.about_any()
            seen.update(rules or {"allowed"})
            told = (channel, moment.isoformat(), verdict, rules, until)
            assert (set(verdict.refused_by), verdict.next_allowed_at) == (rules, until), told
        _compare_some_one_by_one(session, dice, settings, channel, moment, town, answers)
    # A generator that never meets a rule would compare nothing.
    assert len(seen) == 14 and min(seen.values()) >= 20, seen


def _compare_some_one_by_one(session, dice, settings, channel, moment, town, answers):
    for person in dice.sample(town, 8):
        debtor_id = person.debtor.id
        alone = may_contact(session, settings, [debtor_id], channel, moment)
        assert alone == {debtor_id: answers[debtor_id]}
        question = Question(person, channel, moment, settings, HOLIDAYS)
        for account in person.accounts:
            verdict = may_contact_about(session, settings, account.id, channel, moment)
            expected = question.about(account)
            told = (channel, moment.isoformat(), verdict, expected)
            assert (list(verdict.refused_by), verdict.next_allowed_at) == expected, told


def _moment(dice: random.Random, zone: ZoneInfo) -> datetime:
    day = FIRST + timedelta(days=dice.randrange(SPAN))
    return datetime.combine(day, time.fromisoformat(dice.choice(HOURS)), zone)


def _town(session: Session, dice: random.Random, ana: Agent, zone: ZoneInfo) -> list[Person]:
    """`PEOPLE` persons; nearly all rules meet somebody, and nobody meets all of them."""
    portfolios = [make_portfolio(session, FIRST - timedelta(days=age)) for age in (1, 1, 1, 4)]
    return [_person(session, dice, ana, zone, portfolios) for _ in range(PEOPLE)]


def _person(session, dice, ana, zone, portfolios) -> Person:
    def chance(percent: int) -> bool:
        return dice.random() * 100 < percent

    reported = datetime.combine(FIRST, time(), zone) - timedelta(days=3) if chance(4) else None
    person = Person(make_debtor(session, phones=(), deceased_reported_at=reported))
    for kind, value, percent in (
        ("phone", "+593991234567", 85),
        ("phone", "+59352345678", 40),
        ("email", "maria@example.com", 70),
    ):
        if chance(percent):
            state = "retired" if chance(15) else dice.choice(["unverified", "verified"])
            point = make_contact_point(session, person.debtor, kind, value, state=state)
            person.points.append(point)
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        _add_account(session, dice, ana, person, dice.choice(portfolios), chance)
    _add_holds(session, dice, person, chance)
    _add_attempts(session, dice, person, zone, chance)
    return person


def _add_account(session, dice, ana, person: Person, portfolio: Portfolio, chance) -> None:
    complaint = chance(12)
    account = make_account(
        session,
        person.debtor,
        portfolio,
        "100.00" if complaint else dice.choice(["0.00", "20.00", "100.00", "100.00"]),
        in_complaint=complaint,
        disputed_balance=Decimal(dice.choice(["0.00", "40.00", "100.00"]) if complaint else 0),
        agreed_balance=Decimal("55.00" if chance(12) else 0),
        address="Calle 9" if chance(60) else "",
    )
    person.accounts.append(account)
    _add_payments(session, dice, person, account, chance)
    if chance(25):
        due_on = FIRST + timedelta(days=dice.randrange(-3, SPAN))
        check_on = due_on + timedelta(days=dice.randrange(4))
        state = dice.choice(["pending", "pending", "kept", "broken"])
        promise = make_promise(
            session, ana, account, due_on, check_on=check_on, state=state, amount="10.00"
        )
        person.promises.append(promise)


def _add_payments(session, dice, person: Person, account: Account, chance) -> None:
    """What is under complaint is never paid wholly: whether it is then still named is undecided."""
    amounts = ["20.00", "59.99", "60.00"] if account.in_complaint else ["20.00", "99.99", "100.00"]
    if chance(30):
        paid_on = account.balance_as_of + timedelta(days=dice.randrange(2))
        amount = Decimal(dice.choice(amounts))
        person.payments.append(make_payment(session, account, amount, paid_on))
        if chance(20):
            person.payments.append(make_payment(session, account, -amount, paid_on))


def _add_holds(session, dice, person: Person, chance) -> None:
    """All start before the first moment: a next moment inside a later hold is undecided."""
    for scope, percent in (("person", 8), ("account", 12), ("account", 12), ("channel", 15)):
        if chance(percent):
            starts_on = FIRST - timedelta(days=dice.randrange(4))
            ends_on = FIRST + timedelta(days=dice.randrange(-1, SPAN))
            hold = make_hold(
                session,
                person.debtor,
                starts_on,
                max(starts_on, ends_on),
                account=dice.choice(person.accounts) if scope == "account" else None,
                channel=dice.choice(CHANNELS) if scope == "channel" else None,
            )
            person.holds.append(hold)


def _add_attempts(session, dice, person: Person, zone: ZoneInfo, chance) -> None:
    """At the edges of the day and in the middle of it: what comes after the question is not counted."""
    for n in range(SPAN):
        midnight = datetime.combine(FIRST + timedelta(days=n), time(), zone)
        for minutes in dice.choices([-1, 0, 15, 40, 720], k=dice.choice([0, 0, 0, 0, 1, 3])):
            attempt = make_attempt(
                session,
                person.debtor,
                midnight + timedelta(minutes=minutes),
                dice.choice(CHANNELS),
                answered=dice.choice([None, False, False, False, chance(25)]),
            )
            person.attempts.append(attempt)
