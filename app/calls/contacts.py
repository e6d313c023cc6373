"""The contact forms of the call screen and of the person's page: one reading of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock, web
from app.debtors.models import ContactPoint, Debtor
from app.debtors.service import (
    add_contact_point,
    contact_of,
    restore_by_hand,
    retire_by_hand,
    verify_by_hand,
)

_MOST_TYPED = 1000


def typed_contact(session: Session, debtor: Debtor) -> str:
    """Add the contact that the form names; what to say. RuleBroken as the service says."""
    add_contact_point(
        session,
        web.agent(),
        clock.utcnow(),
        debtor,
        request.form.get("contact", "")[:_MOST_TYPED],
        web.settings()["area_prefix"],
        "address" if request.form.get("kind") == "address" else "",
    )
    return _("Contact added.")


def change_contact(session: Session, debtor_id: int, point_id: int) -> str:
    """Do the form's ``deed`` (a key of `CONTACT_DEEDS`) on one of the person's contacts; what to say."""
    act = CONTACT_DEEDS[request.form["deed"]]
    return act(session, contact_of(session, debtor_id, point_id))


def _verify(session: Session, point: ContactPoint) -> str:
    verify_by_hand(session, web.agent(), clock.utcnow(), point)
    return _("Contact verified.")


def _retire(session: Session, point: ContactPoint) -> str:
    reason = request.form.get("reason", "")
    retire_by_hand(session, web.agent(), clock.utcnow(), point, reason)
    return _("Contact retired.")


def _restore(session: Session, point: ContactPoint) -> str:
    restore_by_hand(session, web.agent(), clock.utcnow(), point)
    return _("Contact restored, unverified.")


CONTACT_DEEDS: dict[str, Callable[[Session, ContactPoint], Any]] = {
    "verify": _verify,
    "retire": _retire,
    "restore": _restore,
}
