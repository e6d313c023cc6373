"""Asks the gate about every generated attempt and compares its answer with the reference's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.contact_rules.service import Verdict, may_contact, may_contact_about
from app.core.business_days import seed_holidays
from app.core.settings import Settings
from app.holds.contested import settle_contested
from tests.attempts.facts import Attempt, Norms, Person, known_of
from tests.attempts.happenings import ask_callback, make_promise, opt_out
from tests.attempts.people import Unit
from tests.attempts.reference import (
    Answer,
    about_account,
    about_person,
    next_lawful,
    norms_day,
)
from tests.attempts.store import Store
from tests.attempts.year import Asked, generate

_YEAR = 2027
#: Who took the promises.
_SOMEBODY = """
INSERT INTO ab_user (id, first_name, last_name, username, email, active, password)
VALUES (1000000, 'Ana', 'Cedeño', 'attempts', 'attempts@example.com', false, 'x') RETURNING id
"""
#: How many disagreements are kept with all their facts.
_TOLD = 20


@dataclass
class Tally:
    """What was asked and how it was answered."""

    asked: int = 0
    allowed: int = 0
    accounts: int = 0
    later: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    unlawful: int = 0
    refused: int = 0
    misnamed: int = 0
    mistimed: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return self.unlawful + self.refused + self.misnamed + self.mistimed

    def tell(self, kind: str, person: Person, asked: Asked, *what: object) -> None:
        """Keep one disagreement with everything that is known of the person."""
        if len(self.told) < _TOLD:
            said = "\n  ".join(str(part) for part in what)
            self.told.append(f"{kind}: {asked.channel} at {asked.at}\n  {said}\n{known_of(person)}")


def compare(session: Session, seed: int, attempts: int) -> Tally:
    """The gate against the reference over a year of about ``attempts`` attempts (seed: which year)."""
    seed_holidays(session, [_YEAR])
    session.execute(text("DELETE FROM holiday WHERE extract(year FROM day) <> :y"), {"y": _YEAR})
    store, tally, day = Store(session, 1_000_000, session.scalar(text(_SOMEBODY))), Tally(), None
    for unit, asked in generate(store, seed, attempts):
        today = norms_day(unit.norms, asked.at)
        _arrived(unit, asked.at)
        store.flush()
        settle_contested(session, today, None if today != day else unit.complained)
        unit.complained.clear()
        if day is None:
            store.settled()
        day = today
        _ask(session, unit, asked, tally)
        if asked.is_week_over:
            session.commit()
    return tally


def _arrived(unit: Unit, now: datetime) -> None:
    """What came of earlier attempts is known by now; who was spoken to may have asked for something."""
    for found in [u for u in unit.unknown if u[2] <= now]:
        unit.unknown.remove(found)
        attempt, person, at, answered = found
        unit.store.change(attempt, answered=answered)
        if not answered:
            continue
        for callback in person.callbacks:
            if callback.done_at is None and callback.asked_at < at:
                unit.store.change(callback, done_at=at)
        if attempt.channel == "call":
            asks = unit.chance.choice((ask_callback, ask_callback, make_promise, opt_out, None))
            if asks is not None:
                asks(unit, person, at)


def _ask(session: Session, unit: Unit, asked: Asked, tally: Tally) -> None:
    settings = settings_of(unit.norms)
    ids = [person.id for person in asked.people]
    verdicts = may_contact(session, settings, ids, asked.channel, asked.at) if ids else {}
    for person in asked.people:
        verdict = verdicts[person.id]
        answer = about_person(unit.norms, unit.holidays, person, asked.channel, asked.at)
        _judge(unit, asked, person, verdict, answer, tally)
        if verdict.allowed and answer.allowed and unit.happens(0.8):
            _carry_out(unit, person, asked)
    for person in asked.people[:1]:
        _ask_account(session, settings, unit, asked, person, tally)
        verdict = verdicts[person.id]
        if verdict.next_allowed_at is not None:
            _ask_later(session, unit, asked, person, verdict.next_allowed_at, tally)


def _judge(
    unit: Unit, asked: Asked, person: Person, verdict: Verdict, answer: Answer, tally: Tally
) -> None:
    tally.asked += 1
    tally.allowed += verdict.allowed
    tally.channels[asked.channel] += 1
    tally.rules.update(verdict.refused_by)
    if verdict.allowed and not answer.allowed:
        tally.unlawful += 1
        tally.tell("UNLAWFUL PASS", person, asked, answer)
    elif answer.allowed and not verdict.allowed:
        tally.refused += 1
        tally.tell("LAWFUL REFUSED", person, asked, verdict)
    elif not answer.fits(verdict.refused_by):
        tally.misnamed += 1
        tally.tell("OTHER RULES", person, asked, verdict, answer)
    elif not verdict.allowed:
        later = next_lawful(unit.norms, unit.holidays, person, asked.channel, asked.at)
        if later != verdict.next_allowed_at:
            tally.mistimed += 1
            tally.tell("OTHER MOMENT", person, asked, verdict, later)


def _carry_out(unit: Unit, person: Person, asked: Asked) -> None:
    """It counts at once; what came of it is known some minutes later."""
    attempt = Attempt(unit.store.key(), person.id, asked.channel, asked.at)
    unit.store.add(attempt)
    person.attempts.append(attempt)
    answered = unit.happens({"call": 0.4, "visit": 0.5}.get(asked.channel, 0.1))
    known_at = asked.at + timedelta(minutes=unit.chance.choice((0, 2, 5, 40)))
    unit.unknown.append((attempt, person, known_at, answered))


def _ask_account(
    session: Session, settings: Settings, unit: Unit, asked: Asked, person: Person, tally: Tally
) -> None:
    """The same question about one account, where every rule is determined. An attempt that was carried
    out at this very moment is no earlier one."""
    account = unit.chance.choice(person.accounts)
    verdict = may_contact_about(session, settings, account.id, asked.channel, asked.at)
    answer = about_account(unit.norms, unit.holidays, person, account, asked.channel, asked.at)
    tally.accounts += 1
    if not answer.fits(verdict.refused_by):
        tally.unlawful += verdict.allowed
        tally.refused += answer.allowed
        tally.misnamed += not verdict.allowed and not answer.allowed
        tally.tell("ABOUT AN ACCOUNT", person, asked, verdict, answer)


def _ask_later(
    session: Session,
    unit: Unit,
    asked: Asked,
    person: Person,
    later: datetime,
    tally: Tally,
) -> None:
    """At the moment that the gate named it allows, if portfolios are as fresh then as they are now."""
    passed = norms_day(unit.norms, later) - norms_day(unit.norms, asked.at)
    fresh = settings_of(
        replace(unit.norms, stale_after_days=unit.norms.stale_after_days + passed.days)
    )
    verdict = may_contact(session, fresh, [person.id], asked.channel, later)[person.id]
    tally.later += 1
    if not verdict.allowed:
        tally.mistimed += 1
        tally.tell("REFUSED AT THE MOMENT IT NAMED", person, asked, later, verdict)


def settings_of(norms: Norms) -> Settings:
    """The application's settings that say the same."""
    names = [name for name in vars(replace(norms)) if name != "zone"]
    return Settings({name: getattr(norms, name) for name in names} | {"zone": norms.zone.key})
