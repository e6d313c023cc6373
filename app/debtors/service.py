"""Contact data: learnt while talking, verified, retired when it serves no more. Nothing is deleted.

Each deed on a person's contacts waits for the one before it: two at once never write two rows.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.timeline import note_deed
from app.debtors.models import ContactPoint, Debtor
from app.debtors.reasons import reasons_for
from app.debtors.typed import read_contact


def add_contact_point(
    session: Session,
    agent: Agent,
    now: datetime,
    debtor: Debtor,
    typed: str,
    area_prefix: str,
    kind: str = "",
) -> ContactPoint:
    """Add the contact that the person gave, or bring back a retired one. ``kind``: address, or empty
    for a phone or an e-mail, whichever ``typed`` is.

    Refuses what is neither, what reaches nobody (placeholders), what is too long, and a duplicate.
    """
    kind, value, is_mobile = read_contact(typed, area_prefix, kind)
    hold_contacts(session, debtor.id)
    point = session.scalar(
        select(ContactPoint)
        .where(
            ContactPoint.debtor_id == debtor.id,
            ContactPoint.kind == kind,
            ContactPoint.value == value,
        )
        .execution_options(populate_existing=True)
    )
    before = None
    if point is None:
        point = ContactPoint(
            debtor_id=debtor.id,
            kind=kind,
            value=value,
            is_mobile=is_mobile,
            origin="GESTION",
            state="unverified",
            position=-1,
            added_at=now,
            added_by_id=agent.user_id,
        )
        session.add(point)
    elif point.state != "retired":
        raise RuleBroken(_l("This person already has that contact."), "contact")
    else:
        before = _judge(point, agent, now, "unverified")
    session.flush()
    _note(session, agent, now, "add_contact_point", point, before)
    return point


def hold_contacts(session: Session, debtor_id: int) -> None:
    """Let one deed at a time change a person's contacts; refuses a person merged into another."""
    merged_into = session.execute(
        select(Debtor.merged_into_id).where(Debtor.id == debtor_id).with_for_update(key_share=True)
    ).scalar_one()
    if merged_into is not None:
        raise RuleBroken(_l("This person was joined to another one: open them again."))


def kept_person(session: Session, debtor_id: int) -> int:
    """Whom ``debtor_id`` was merged into, or itself. Waits for a merge that is under way."""
    merged_into = session.scalar(
        select(Debtor.merged_into_id)
        .where(Debtor.id == debtor_id)
        .with_for_update(read=True, key_share=True)
    )
    return merged_into or debtor_id


def contact_of(session: Session, debtor_id: int, point_id: int) -> ContactPoint:
    """The person's contact point with that key; refuses anybody else's."""
    point = session.get(ContactPoint, point_id)
    if point is None or point.debtor_id != debtor_id:
        raise RuleBroken(_l("That contact does not belong to this person."))
    return point


def retire_by_hand(
    session: Session, agent: Agent, now: datetime, point: ContactPoint, reason: str
) -> None:
    """Retire for a ``reason`` of the short list; refuses another, and what is retired already."""
    if reason not in reasons_for(point.kind):
        raise RuleBroken(_l("Choose why this contact is retired."), "reason")
    _hold_point(session, point)
    if point.state == "retired":
        raise RuleBroken(_l("This contact is already retired."))
    retire_contact_point(session, agent, now, point, reason)


def retire_contact_point(
    session: Session, agent: Agent, now: datetime, point: ContactPoint, reason: str
) -> None:
    """Nobody is to be reached there any more; a second time changes nothing. ``reason``: a key of
    `app.debtors.reasons.RETIRE_REASONS`, or the code of the outcome that retires it."""
    if point.state == "retired":
        return
    _hold_point(session, point)
    if point.state != "retired":
        before = _judge(point, agent, now, "retired", reason)
        session.flush()
        _note(session, agent, now, "retire_contact_point", point, before)


def verify_by_hand(session: Session, agent: Agent, now: datetime, point: ContactPoint) -> None:
    """The person confirmed it; refuses what is retired or verified already."""
    _hold_point(session, point)
    if point.state == "retired":
        raise RuleBroken(_l("This contact is retired: restore it first."))
    if point.state == "verified":
        raise RuleBroken(_l("This contact is already verified."))
    verify_contact_point(session, agent, now, point)


def verify_contact_point(
    session: Session, agent: Agent, now: datetime, point: ContactPoint
) -> None:
    """The verified person answered there."""
    if point.state != "unverified":
        return
    _hold_point(session, point)
    if point.state == "unverified":
        before = _judge(point, agent, now, "verified")
        session.flush()
        _note(session, agent, now, "verify_contact_point", point, before)


def restore_by_hand(session: Session, agent: Agent, now: datetime, point: ContactPoint) -> None:
    """It serves again; refuses what is not retired."""
    _hold_point(session, point)
    if point.state != "retired":
        raise RuleBroken(_l("This contact is not retired."))
    restore_contact_point(session, agent, now, point)


def restore_contact_point(
    session: Session, agent: Agent, now: datetime, point: ContactPoint
) -> None:
    """It was retired by a slip, or serves again."""
    _hold_point(session, point)
    if point.state == "retired":
        before = _judge(point, agent, now, "unverified")
        session.flush()
        _note(session, agent, now, "restore_contact_point", point, before)


def _hold_point(session: Session, point: ContactPoint) -> None:
    hold_contacts(session, point.debtor_id)
    session.refresh(point)


def _judge(
    point: ContactPoint, agent: Agent, now: datetime, state: str, reason: str | None = None
) -> dict:
    """Write the new state with who and when; what it was before."""
    before = {"state": point.state, "reason": point.retired_reason}
    point.state, point.retired_reason = state, reason
    point.state_at, point.state_by_id = now, agent.user_id
    return before


def _note(
    session: Session,
    agent: Agent,
    now: datetime,
    deed: str,
    point: ContactPoint,
    before: dict | None,
) -> None:
    note_deed(
        session,
        agent,
        now,
        deed,
        "contact_point",
        point.id,
        debtor_id=point.debtor_id,
        before=before,
        after={
            "kind": point.kind,
            "state": point.state,
            "origin": point.origin,
            "reason": point.retired_reason,
        },
    )


def report_deceased(session: Session, agent: Agent, now: datetime, debtor: Debtor) -> None:
    """Somebody said that the person died: from now on nobody is called about them."""
    if debtor.deceased_reported_at is None:
        debtor.deceased_reported_at = now
        session.flush()
        note_deed(session, agent, now, "report_deceased", "debtor", debtor.id, debtor_id=debtor.id)


def confirm_deceased(session: Session, agent: Agent, now: datetime, debtor: Debtor) -> None:
    """A specialist found it to be true; a second time changes nothing."""
    report_deceased(session, agent, now, debtor)
    if debtor.deceased_confirmed_at is None:
        debtor.deceased_confirmed_at = now
        session.flush()
        note_deed(session, agent, now, "confirm_deceased", "debtor", debtor.id, debtor_id=debtor.id)


def withdraw_deceased(session: Session, agent: Agent, now: datetime, debtor: Debtor) -> None:
    """The report was a slip: the person may be called again. What was confirmed since stays."""
    if debtor.deceased_confirmed_at is None:
        find_alive(session, agent, now, debtor)


def find_alive(session: Session, agent: Agent, now: datetime, debtor: Debtor) -> None:
    """The person lives, whatever was reported or confirmed: they may be called again."""
    if debtor.deceased_reported_at is not None:
        before = {
            "deceased_reported_at": debtor.deceased_reported_at,
            "deceased_confirmed_at": debtor.deceased_confirmed_at,
        }
        debtor.deceased_reported_at = debtor.deceased_confirmed_at = None
        session.flush()
        note_deed(
            session,
            agent,
            now,
            "withdraw_deceased",
            "debtor",
            debtor.id,
            debtor_id=debtor.id,
            before=before,
        )
