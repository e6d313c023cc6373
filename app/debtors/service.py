"""Contact data: learnt while talking, retired when it serves no more. Nothing is deleted."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.timeline import note_deed
from app.debtors.emails import read_email
from app.debtors.models import ContactPoint, Debtor
from app.debtors.phones import read_phones


def add_contact_point(
    session: Session, agent: Agent, now: datetime, debtor: Debtor, typed: str, area_prefix: str
) -> ContactPoint:
    """Add the phone or e-mail that the person gave, or bring back a retired one.

    Refuses what is neither, and what serves nobody (placeholders).
    """
    kind, value, is_mobile = _read(typed, area_prefix)
    point = session.scalar(
        select(ContactPoint).where(
            ContactPoint.debtor_id == debtor.id,
            ContactPoint.kind == kind,
            ContactPoint.value == value,
        )
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
        )
        session.add(point)
    elif point.state != "retired":
        raise RuleBroken(_l("This person already has that contact."), "contact")
    else:
        before = {"state": point.state}
        point.state, point.state_at, point.retired_reason = "unverified", now, None
    session.flush()
    _note(session, agent, now, "add_contact_point", point, before)
    return point


def _read(typed: str, area_prefix: str) -> tuple[str, str, bool]:
    if "@" in typed:
        email = read_email(typed)
        if not email.address:
            raise RuleBroken(_l("«%(typed)s» is not an e-mail address.", typed=typed), "contact")
        return "email", email.address, False
    phones = read_phones(typed, area_prefix)
    if len(phones.numbers) != 1:
        raise RuleBroken(
            _l("«%(typed)s» is not a telephone. Write it like 0991234567.", typed=typed), "contact"
        )
    return "phone", phones.numbers[0].e164, phones.numbers[0].is_mobile


def retire_contact_point(
    session: Session, agent: Agent, now: datetime, point: ContactPoint, reason: str
) -> None:
    """Nobody is to be reached there any more; a second time changes nothing."""
    if point.state == "retired":
        return
    before = {"state": point.state}
    point.state, point.state_at, point.retired_reason = "retired", now, reason
    session.flush()
    _note(session, agent, now, "retire_contact_point", point, before)


def verify_contact_point(
    session: Session, agent: Agent, now: datetime, point: ContactPoint
) -> None:
    """The verified person answered there."""
    if point.state != "unverified":
        return
    point.state, point.state_at = "verified", now
    session.flush()
    _note(session, agent, now, "verify_contact_point", point, {"state": "unverified"})


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
        after={"kind": point.kind, "state": point.state, "origin": point.origin},
    )


def report_deceased(session: Session, agent: Agent, now: datetime, debtor: Debtor) -> None:
    """Somebody said that the person died: from now on nobody is called about them."""
    if debtor.deceased_reported_at is None:
        debtor.deceased_reported_at = now
        session.flush()
        note_deed(session, agent, now, "report_deceased", "debtor", debtor.id, debtor_id=debtor.id)


def withdraw_deceased(session: Session, agent: Agent, now: datetime, debtor: Debtor) -> None:
    """The report was a slip: the person may be called again."""
    if debtor.deceased_reported_at is not None:
        before = {"deceased_reported_at": debtor.deceased_reported_at}
        debtor.deceased_reported_at = None
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


def restore_contact_point(
    session: Session, agent: Agent, now: datetime, point: ContactPoint
) -> None:
    """It was retired by a slip."""
    if point.state == "retired":
        point.state, point.state_at, point.retired_reason = "unverified", now, None
        session.flush()
        _note(session, agent, now, "restore_contact_point", point, {"state": "retired"})
