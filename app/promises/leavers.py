"""Pending promises that were made to somebody who has left the unit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.models import User
from app.promises.models import Promise


def promises_of_leavers(session: Session, most: int) -> Sequence[Promise]:
    """Those pending, soonest first, at most ``most``. They need nobody's hand: payments judge them, and
    a broken one brings the person back to everyone's queue."""
    return session.scalars(
        select(Promise)
        .join(User, User.id == Promise.made_by_id)
        .where(Promise.state == "pending", User.active.is_not(True))
        .options(
            joinedload(Promise.debtor), joinedload(Promise.account), joinedload(Promise.made_by)
        )
        .order_by(Promise.due_on, Promise.id)
        .limit(most)
    ).all()
