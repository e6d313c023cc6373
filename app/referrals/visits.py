"""Records what the field found at a door: once, however often its phone sends it, and never lost.

A visit that arrives late, after its case was given to somebody else or ended, is kept all the same.
Whoever records locks the referral first, then the person's contacts, and their place in the queue last.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.contact_rules.service import (
    count_attempt,
    log_refusal,
    may_contact_about_each,
    settle_attempts,
)
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.models import StoredFile, TimelineEvent
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debtors.models import Debtor
from app.debtors.phones import read_phones
from app.debtors.service import add_contact_point
from app.referrals.models import RESULTS, Referral, Visit
from app.referrals.service import return_referral
from app.referrals.steps import lock_referral
from app.worklist.service import push

LONGEST_NOTE = 1000
#: As many new telephones as one visit brings.
MOST_PHONES = 3
#: Letters of a contact that was not taken in, as the note keeps it.
_LONGEST_CONTACT = 200
#: So far a phone's clock may be ahead of ours.
_DRIFT = timedelta(minutes=5)
#: Somebody answered the door.
_ANSWERED = ("holder", "third_party")


@dataclass(frozen=True, slots=True)
class TypedVisit:
    """What was typed at the door. ``key`` was made on the phone; ``at`` carries its zone; ``phones``,
    ``email`` and ``address`` are new ones, as typed; position in degrees, ``accuracy`` in metres;
    ``photo_id`` is a `StoredFile` of the same person. ``corrects``: the key of an earlier visit of
    theirs to the same case, which this one puts right."""

    key: uuid.UUID
    referral_id: int
    at: datetime
    result: str
    note: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""
    address: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy: int | None = None
    photo_id: int | None = None
    corrects: uuid.UUID | None = None


def record_visit(
    session: Session, agent: Agent, now: datetime, settings: Settings, typed: TypedVisit
) -> tuple[Visit, bool]:
    """Save a visit; ``(visit, is_new)``: the same key again gives the one that it made.

    Refuses whoever had not the case in the `visit_late_days` before the visit, one that is older than those
    or from the future, a result that there is not, and a correction of what is not theirs. A contact
    that cannot be taken in stays in the note.
    """
    referral = lock_referral(session, typed.referral_id)
    made = find_visit(session, agent, typed.key)
    if made is not None:
        return made, False
    typed = _checked(session, agent, now, settings, referral, typed)
    corrected = _corrected(session, agent, typed)
    visit = _written(session, agent, now, referral, typed, corrected)
    if visit is None:
        made = find_visit(session, agent, typed.key)
        if made is None:
            raise RuleBroken(_l("This visit was already corrected."))
        return made, False
    _count(session, agent, settings, visit, corrected)
    found = _add_contacts(session, agent, now, settings, visit, typed)
    late = _late(agent, referral) if corrected is None else ""
    _note(session, agent, now, visit, found, late)
    _next_state(session, agent, now, settings, referral, visit, found)
    return visit, True


def find_visit(session: Session, agent: Agent, key: uuid.UUID) -> Visit | None:
    """The visit that ``key`` made; refuses somebody else's."""
    visit = session.scalar(select(Visit).where(Visit.key == key))
    if visit is not None and visit.visited_by_id != agent.user_id:
        raise RuleBroken(_not_yours())
    return visit


def had_case(user_id: int | None, at: datetime, late: timedelta) -> ColumnElement[bool]:
    """SQL: the referral was the worker's at some moment of ``late`` before ``at``: a phone without a
    connection does not know any sooner that it is somebody else's, or ended."""
    since = at - late
    given, next_given = aliased(TimelineEvent), aliased(TimelineEvent)
    taken = _assigns(next_given).where(next_given.id > given.id, next_given.at <= since)
    had = _assigns(given).where(
        given.after["assigned_to_id"].as_integer() == user_id, given.at <= at, ~taken
    )
    return and_(
        or_(Referral.ended_at.is_(None), Referral.ended_at > since),
        or_(Referral.assigned_to_id == user_id, had),
    )


def _assigns(event: Any) -> Any:
    """EXISTS: ``event`` gave the referral to somebody."""
    return exists().where(
        event.subject == "referral",
        event.subject_id == Referral.id,
        event.deed == "assign_referral",
    )


def _checked(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    referral: Referral,
    typed: TypedVisit,
) -> TypedVisit:
    """What was typed, with a moment that is not after ``now``; refuses what does not fit."""
    late = timedelta(days=settings["visit_late_days"])
    mine = select(Referral.id).where(Referral.id == referral.id)
    if session.scalar(mine.where(had_case(agent.user_id, typed.at + _DRIFT, late))) is None:
        raise RuleBroken(_not_yours())
    if typed.at > now + _DRIFT:
        raise RuleBroken(
            _l("The visit has a moment that is yet to come: set the phone's clock and try again."),
            "at",
        )
    if typed.at < now - late:
        raise RuleBroken(
            _l(
                "The visit is older than %(days)s days and is no longer taken in. Tell the specialist what you found.",
                days=settings["visit_late_days"],
            ),
            "at",
        )
    if typed.result not in RESULTS:
        raise RuleBroken(_l("Choose what you found."), "result")
    if len(typed.note) > LONGEST_NOTE:
        raise RuleBroken(_l("The note is too long: at most %(n)s letters.", n=LONGEST_NOTE), "note")
    if typed.photo_id is not None:
        photo = session.get(StoredFile, typed.photo_id)
        if photo is None or photo.stored_by_id != agent.user_id:
            raise RuleBroken(_l("The photo is not yours."), "photo")
    return replace(typed, at=min(typed.at, now), phones=typed.phones[:MOST_PHONES])


def _not_yours() -> Any:
    return _l("This visit is not of a case that was given to you. Nothing was saved.")


def _corrected(session: Session, agent: Agent, typed: TypedVisit) -> Visit | None:
    """The visit that this one puts right."""
    if typed.corrects is None:
        return None
    visit = find_visit(session, agent, typed.corrects)
    if visit is None or visit.referral_id != typed.referral_id:
        raise RuleBroken(_l("There is no such visit to correct."))
    if session.scalar(select(Visit.id).where(Visit.corrects_id == visit.id)) is not None:
        raise RuleBroken(_l("This visit was already corrected."))
    return visit


def _written(
    session: Session,
    agent: Agent,
    now: datetime,
    referral: Referral,
    typed: TypedVisit,
    corrected: Visit | None,
) -> Visit | None:
    """The row; None when another connection was quicker with the same key."""
    visit = Visit(
        key=typed.key,
        referral_id=referral.id,
        debtor_id=referral.debtor_id,
        account_id=referral.account_id,
        visited_by_id=agent.user_id,
        # A correction is about the same visit.
        at=corrected.at if corrected else typed.at,
        received_at=now,
        result=typed.result,
        note=typed.note.strip(),
        latitude=typed.latitude,
        longitude=typed.longitude,
        accuracy=typed.accuracy,
        photo_id=typed.photo_id or (corrected.photo_id if corrected else None),
        corrects_id=corrected.id if corrected else None,
    )
    try:
        with session.begin_nested():
            session.add(visit)
    except IntegrityError:
        return None
    return visit


def _count(
    session: Session, agent: Agent, settings: Settings, visit: Visit, corrected: Visit | None
) -> None:
    """One visit is one attempt to contact, under the key of its first row; what the gate would have
    refused at that moment is on record."""
    answered = visit.result in _ANSWERED
    if corrected is not None:
        settle_attempts(session, _first_key(session, corrected), answered)
        return
    verdict = may_contact_about_each(session, settings, [visit.account_id], "visit", visit.at)[
        visit.account_id
    ]
    if not verdict.allowed:
        log_refusal(session, agent, visit.at, verdict, "visit", "visit")
    count_attempt(
        session,
        agent,
        visit.at,
        visit.debtor_id,
        "visit",
        claim_key=visit.key,
        answered=answered,
    )


def _first_key(session: Session, visit: Visit) -> uuid.UUID:
    while visit.corrects_id is not None:
        visit = session.get_one(Visit, visit.corrects_id)
    return visit.key


def _add_contacts(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    visit: Visit,
    typed: TypedVisit,
) -> int:
    """Add what was typed to the person's contacts; how many new telephones there are. What is refused
    (known already, no number) stays in the visit's note with why."""
    prefix = settings["area_prefix"]
    phones = [
        one
        for cell in typed.phones
        for one in [phone.e164 for phone in read_phones(cell, prefix).numbers] or [cell]
    ]
    wanted = [
        *((phone, "") for phone in phones),
        (typed.email, ""),
        (typed.address, "address"),
    ]
    debtor = session.get_one(Debtor, visit.debtor_id)
    found = 0
    for text, kind in wanted:
        if not text.strip():
            continue
        try:
            point = add_contact_point(session, agent, now, debtor, text, prefix, kind)
            found += point.kind == "phone"
        except RuleBroken as refused:
            shown = text.strip()[:_LONGEST_CONTACT]
            visit.note = f"{visit.note}\n{shown}: {refused}".strip()
    session.flush()
    return found


def _late(agent: Agent, referral: Referral) -> str:
    """What had happened to the case when its visit arrived: reassigned, the state that ended it, or
    nothing."""
    if referral.ended_at is not None:
        return referral.state
    return "reassigned" if referral.assigned_to_id != agent.user_id else ""


def _note(
    session: Session, agent: Agent, now: datetime, visit: Visit, found: int, late: str
) -> None:
    note_deed(
        session,
        agent,
        now,
        "record_visit" if visit.corrects_id is None else "correct_visit",
        "visit",
        visit.id,
        debtor_id=visit.debtor_id,
        account_id=visit.account_id,
        after={
            "result": visit.result,
            "at": visit.at,
            "phones": found,
            "late": late,
            "corrects": visit.corrects_id,
        },
    )
    session.flush()


def _next_state(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    referral: Referral,
    visit: Visit,
    found: int,
) -> None:
    """Visited, when its worker was there since it was given to them. With a new number, or the holder
    met, whoever was there, the phone has the person again, on top; what had ended stays as it is."""
    useful = found > 0 or visit.result == "holder"
    if referral.state == "assigned" and (useful or _is_current(agent, referral, visit)):
        referral.state = "visited"
        session.flush()
    if not useful:
        return
    if referral.state == "visited":
        why = _FOUND_PHONE if found else _MET_HOLDER
        return_referral(session, agent, now, settings, referral.id, str(why))
    elif referral.state == "returned":
        push(session, settings, referral.debtor_id, "visited", now)


def _is_current(agent: Agent, referral: Referral, visit: Visit) -> bool:
    """What is planned now was done, and not what had been planned before."""
    given_at = referral.assigned_at
    return referral.assigned_to_id == agent.user_id and (
        given_at is None or visit.at + _DRIFT >= given_at
    )


_FOUND_PHONE = _l("The visit brought a new telephone.")
_MET_HOLDER = _l("The visit met the holder.")


def visit_said(session: Session, agent: Agent, visit: Visit) -> Any:
    """What is told to whoever sent the visit: that it was saved, and what had become of the case."""
    referral = session.get_one(Referral, visit.referral_id)
    if visit.corrects_id is not None:
        return _l("The correction is saved.")
    if referral.assigned_to_id != agent.user_id:
        return _l("The visit is saved. The case is somebody else's by now.")
    if referral.ended_at is not None and referral.ended_at < visit.received_at:
        return _l("The visit is saved. The case had ended before it arrived.")
    return _l("The visit is saved.")
