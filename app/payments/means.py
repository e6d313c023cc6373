"""The means of payment that people may be told of, and that a promise may name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import RuleBroken
from app.core.reference import remembered_rows
from app.payments.models import PaymentMeans

_ALL = select(PaymentMeans).order_by(PaymentMeans.position, PaymentMeans.name)
#: Where the catalogue's ``reference`` wants the person's own account number.
ACCOUNT = "{account}"


def offered_means(session: Session, day: date) -> Sequence[PaymentMeans]:
    """The active means that serve on the unit's ``day``, in order; to be read only."""
    everything = remembered_rows(session, "payment_means", _ALL)
    return [means for means in everything if means.serves_on(day)]


def check_means(session: Session, day: date, means_id: int | None) -> None:
    """Refuses a means that is not offered on ``day``: it may have ended while somebody was talking."""
    if means_id is not None and means_id not in {m.id for m in offered_means(session, day)}:
        raise RuleBroken(
            _l("That means of payment is no longer offered. Choose another."), "means_id"
        )


def check_validity(means: PaymentMeans) -> None:
    """Refuses a means whose last day comes before its first."""
    if means.valid_from and means.valid_to and means.valid_to < means.valid_from:
        raise RuleBroken(_l("The last day must not come before the first."), "valid_to")


def told_reference(reference: str, accounts: Sequence[str]) -> str:
    """``reference`` with the person's account numbers in it; without any (``accounts`` empty: nobody is
    verified) a line stands where they would."""
    return reference.replace(ACCOUNT, " · ".join(accounts) or "______")
