"""The calendar of the generated attempts: 2027 by the week, its holidays, its norms and its moments."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.attempts.facts import Holiday, Norms, Person
from tests.attempts.happenings import load_portfolios, recover, something
from tests.attempts.people import Unit, found_unit
from tests.attempts.reference import instant, norms_day
from tests.attempts.store import Store

_DAY = timedelta(days=1)
_FIRST_MONDAY = date(2027, 1, 4)
_WEEKS = 52
#: domain.md, Days: the weekday holidays of 2027 that the law gives.
NATIONAL = {
    date(2027, month, day)
    for month, day in (
        (1, 1),
        (2, 8),
        (2, 9),
        (3, 26),
        (4, 30),
        (5, 24),
        (8, 9),
        (10, 8),
        (11, 1),
        (11, 2),
        (12, 24),
        (12, 31),
    )
}
#: The settings change with each quarter: the default ones, weekly caps, one and one, and another zone.
NORMS = (
    Norms(),
    Norms(attempts_per_week=6, contacts_per_week=2),
    Norms(attempts_per_day=1, attempts_per_week=4, contacts_per_week=1),
    Norms(
        zone=ZoneInfo("Pacific/Galapagos"),
        contact_from=time(8, 30),
        contact_until=time(19, 15),
        attempts_per_day=4,
        contacts_per_day=2,
        stale_after_days=5,
        contacts_per_week=3,
    ),
)
_CHANNELS = ("call", "call", "call", "sms", "whatsapp", "email", "visit", "visit")
_MOMENTS_A_DAY = 11


@dataclass(frozen=True)
class Asked:
    """Many people by one channel at one moment. ``is_week_over``: a good place to commit."""

    channel: str
    at: datetime
    people: list[Person]
    is_week_over: bool = False


def generate(store: Store, seed: int, attempts: int) -> Iterator[tuple[Unit, Asked]]:
    """About ``attempts`` attempts in the order of time; what happens between them is in the store when
    each is given. A small number is spread over weeks of all quarters."""
    chance = random.Random(seed)
    weeks = min(_WEEKS, max(4, attempts // 160))
    each = max(2, round(attempts / (weeks * 7 * _MOMENTS_A_DAY)))
    unit = Unit(store, chance, NORMS[0], set(NATIONAL))
    found_unit(unit, people=each * 4 * min(weeks, 12), day=_FIRST_MONDAY)
    for n in range(weeks):
        number = n * _WEEKS // weeks
        unit.norms = NORMS[number * len(NORMS) // _WEEKS]
        yield from _week(unit, _FIRST_MONDAY + 7 * _DAY * number, each)


def _week(unit: Unit, monday: date, each: int) -> Iterator[tuple[Unit, Asked]]:
    """Some people are after one another tried on every day of a week, so that the caps fill up."""
    _holidays(unit, monday)
    people = unit.chance.sample(unit.people, each * 4)
    dawn = instant(unit.norms, monday, time(4))
    for portfolio in unit.portfolios:
        unit.store.change(portfolio, as_of=monday - _DAY * unit.chance.choice((1, 1, 1, 2, 5, 8)))
    for person in people:
        recover(unit, person, dawn)
        for _ in range(unit.chance.choice((0, 0, 0, 1, 2))):
            something(unit, person, dawn)
    for day in (monday + _DAY * n for n in range(7)):
        load_portfolios(unit, instant(unit.norms, day, time(5)))
        for at, asked_then in _moments(unit, people, day):
            for person in people:
                if unit.happens(0.03):
                    something(unit, person, at - timedelta(seconds=1))
            asked = [*asked_then, *unit.chance.sample(people, each)][:each]
            channel = "call" if asked_then and unit.happens(0.6) else unit.chance.choice(_CHANNELS)
            yield unit, Asked(channel, at, list(dict.fromkeys(asked)))
    yield unit, Asked("call", at + timedelta(microseconds=1), [], is_week_over=True)


def _holidays(unit: Unit, monday: date) -> None:
    """Now and then a day of the canton's own, or one by decree."""
    day = monday + _DAY * unit.chance.randint(0, 4)
    if day not in unit.holidays and unit.happens(0.5):
        scope = unit.chance.choice(("local", "decree"))
        unit.store.add(Holiday(unit.store.key(), day, "Feriado", scope))
        unit.holidays.add(day)


def _moments(unit: Unit, people: list[Person], day: date) -> list[tuple[datetime, list[Person]]]:
    """The edges of the hours, hours in between, and the edges of the hours that people asked for, with
    those who did."""
    opens = instant(unit.norms, day, unit.norms.contact_from)
    shuts = instant(unit.norms, day, unit.norms.contact_until)
    second, instant_ = timedelta(seconds=1), timedelta(microseconds=1)
    edges = [opens - second, opens, shuts - second, shuts, opens - instant_, shuts - instant_]
    chosen = _asked_for(unit, people, day)
    for moment in unit.chance.sample(edges, 3):
        chosen.setdefault(moment, [])
    while len(chosen) < _MOMENTS_A_DAY:
        seconds = unit.chance.randrange(int((shuts - opens).total_seconds()))
        chosen.setdefault(opens + timedelta(seconds=seconds), [])
    return sorted(chosen.items(), key=lambda item: item[0])


def _asked_for(unit: Unit, people: list[Person], day: date) -> dict[datetime, list[Person]]:
    """Two of the day's hours that somebody asked to be called at, and the seconds before them."""
    found: dict[datetime, list[Person]] = {}
    for person in people:
        for callback in person.callbacks:
            due = callback.due_at
            if callback.done_at is None and norms_day(unit.norms, due) == day and len(found) < 4:
                found.setdefault(due, []).append(person)
                found.setdefault(due - timedelta(seconds=1), []).append(person)
    return found
