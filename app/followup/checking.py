"""Whether what is stored is what its definition gives, recomputed without writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.agreements.judging import check_agreements
from app.core.settings import settings_on
from app.followup.models import FollowupRun
from app.followup.queries import CHECKED, LEFT_UNDONE
from app.followup.runs import judged_until, today_of
from app.holds.contested import check_contested
from app.promises.service import check_promises
from app.referrals.rules import check_enforced

#: What an agreement covers stands on its account.
_AGREED = {"covered": "account.covered"}


@dataclass(frozen=True, slots=True)
class Difference:
    """``what`` (table and fact) of the row ``id``: as ``stored``, and as ``computed``."""

    what: str
    id: int
    stored: str
    computed: str


def check_followup(session: Session, now: datetime) -> tuple[list[Difference], dict[str, Any]]:
    """Everything that runs write, recomputed as of the day that was judged last: promises, agreements
    and what they cover, holds that have ended and what holds keep of the bills, accounts in the hands of
    enforcement, callbacks of who has left. What differs, and how many rows of each were looked at."""
    latest = select(FollowupRun.day).order_by(FollowupRun.last_at.desc(), FollowupRun.day.desc())
    run = session.scalar(latest.limit(1))
    day = _judged_day(session, now, run)
    found = [
        *_of_promises(session, day),
        *(
            Difference(_AGREED.get(d.what, f"agreement.{d.what}"), d.id, d.stored, d.computed)
            for d in check_agreements(session, day)
        ),
        *_of_contested(session, day, today_of(session, now)),
        *(Difference("account.enforced_at", *found) for found in check_enforced(session)),
        *(Difference(*row) for row in session.execute(text(LEFT_UNDONE), {"run": run})),
    ]
    checked = session.execute(text(CHECKED)).mappings().one()
    return found, {"day": f"{day}", **checked}


def _judged_day(session: Session, now: datetime, run: date | None) -> date:
    """The day of the ``run`` that was made last, or of a load since; today where neither was."""
    load = judged_until(session, now, settings_on(session, now.date())["zone"])
    if run is None:
        return today_of(session, now)
    return run if load is None else max(run, load)


def _of_contested(session: Session, day: date, today: date) -> Iterator[Difference]:
    """Neither as of the ``day`` that was judged nor, where a hold was placed, extended or lifted since, as
    of ``today``."""
    on_day = {found.account_id for found in check_contested(session, day)}
    for found in check_contested(session, today):
        if found.account_id in on_day:
            yield Difference("account.contested", found.account_id, found.stored, found.contested)


def _of_promises(session: Session, day: date) -> Iterator[Difference]:
    for found in check_promises(session, day):
        if found.stored_state != found.state:
            yield Difference("promise.state", found.promise_id, found.stored_state, found.state)
        if found.stored_paid != found.paid:
            stored, computed = f"{found.stored_paid}", f"{found.paid}"
            yield Difference("promise.paid", found.promise_id, stored, computed)
