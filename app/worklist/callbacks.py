"""Calls promised back: asked for, done, and those that need somebody: late ones, those of absent
people and of people who left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.orm import Session, joinedload

from app.access.staff_people import may_call, members
from app.contact_rules.models import Callback
from app.contact_rules.service import check_lawful_moment
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.models import User
from app.worklist.models import Claim
from app.worklist.queries import NEED_SOMEBODY
from app.worklist.service import close_claim, requeue, return_lapsed_claims, was_dialled

#: More than a specialist goes through at a time; the count beside it is of all.
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """How many callbacks changed hands, and how many had changed or been done meanwhile."""

    moved: int
    changed: int


def promise_callback(
    session: Session, agent: Agent, now: datetime, debtor_id: int, due_at: datetime, *, mine: bool
) -> Callback:
    """The person is to be called again at ``due_at``, by this operator or by anyone."""
    callback = Callback(
        debtor_id=debtor_id,
        due_at=due_at,
        operator_id=agent.user_id if mine else None,
        promised_by_id=agent.user_id,
        asked_at=now,
    )
    session.add(callback)
    session.flush()
    note_deed(
        session,
        agent,
        now,
        "promise_callback",
        "callback",
        callback.id,
        debtor_id=debtor_id,
        after={"due_at": due_at, "mine": mine},
    )
    return callback


def settle_callbacks(session: Session, debtor_id: int, now: datetime) -> None:
    """The person was reached: what had been promised back before ``now`` is done."""
    # In the order in which they are handed on: two who lock several would wait for each other.
    promised = (
        select(Callback.id)
        .where(Callback.debtor_id == debtor_id, Callback.done_at.is_(None), Callback.asked_at < now)
        .order_by(Callback.id)
        .with_for_update()
    )
    session.execute(update(Callback).where(Callback.id.in_(promised)).values(done_at=now))


def due_callbacks(session: Session, agent: Agent, until: datetime) -> list[Callback]:
    """The operator's callbacks that fall due before ``until``, earliest first."""
    return list(
        session.scalars(
            select(Callback)
            .where(
                Callback.operator_id == agent.user_id,
                Callback.done_at.is_(None),
                Callback.due_at < until,
            )
            .options(joinedload(Callback.debtor))
            .order_by(Callback.due_at)
        )
    )


def missed_callbacks(session: Session, settings: Settings, now: datetime) -> int:
    """How many open callbacks are later than ``callback_alarm_minutes``."""
    return session.scalar(count_missed(settings, now)) or 0


def count_missed(settings: Settings, now: datetime) -> Select[int]:
    """Counts the same."""
    return select(func.count(Callback.id)).where(
        Callback.done_at.is_(None), Callback.due_at <= _alarm(settings, now)
    )


def callbacks_needing_somebody(
    session: Session, settings: Settings, now: datetime
) -> Sequence[Row]:
    """The open callbacks that somebody must see to, earliest first: see `NEED_SOMEBODY`."""
    values = {
        "now": now,
        "late": _alarm(settings, now),
        "zone": settings["zone"],
        "most": MOST_SHOWN,
    }
    return session.execute(text(NEED_SOMEBODY), values).all()


def colleagues(session: Session, settings: Settings, now: datetime) -> list[User]:
    """Who can be given a callback: may call, and is not away today."""
    away = {m.user.id for m in members(session, settings, now) if m.away in ("inactive", "absent")}
    return [user for user in may_call(session) if user.id not in away]


def reassign_callbacks(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    chosen: Mapping[int, int | None],
    to_id: int | None,
) -> Moved:
    """Give callbacks to a colleague, or (None) to anyone. ``chosen``: key → the owner that the
    specialist saw; one that has another owner by now, or was done, stays as it is.

    Refuses somebody who may not call or is away today, and when nothing is left to move.
    """
    if to_id is not None and to_id not in {u.id for u in colleagues(session, settings, now)}:
        raise RuleBroken(_l("This person cannot call today: choose another one, or anyone."), "to")
    open_ones = _locked(session, chosen)
    same = [c for c in open_ones if c.operator_id == chosen[c.id]]
    for callback in same:
        before = callback.operator_id
        callback.operator_id = to_id
        _note(session, agent, now, "reassign_callback", callback, before)
    if not same:
        raise RuleBroken(
            _l(
                "A colleague has seen to these meanwhile: nothing was changed. Look at the list again."
            )
        )
    session.flush()
    return Moved(len(same), len(chosen) - len(same))


def move_callback(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    callback_id: int,
    seen_due_at: datetime,
    due_at: datetime,
    reason: str = "",
    *,
    any_owner: bool = False,
) -> Callback:
    """The person is called back at ``due_at`` and no longer at ``seen_due_at``, which is what the page
    showed; both in UTC. Where it already stands at ``due_at`` nothing is written.

    Refuses an unlawful moment, what was done or moved meanwhile, another's (``any_owner``: a specialist
    may), and while somebody attends the person.
    """
    check_lawful_moment(session, settings, now, due_at)
    return_lapsed_claims(session, now)
    callback = next(iter(_locked(session, {callback_id: None})), None)
    if callback is not None and callback.due_at == due_at:
        return callback
    if callback is None or callback.due_at != seen_due_at:
        raise RuleBroken(
            _l("This callback was done or moved meanwhile: nothing was changed. Look at it again.")
        )
    if not any_owner and callback.operator_id != agent.user_id:
        raise RuleBroken(_l("Only its owner or a specialist can move a callback."))
    if _is_attended(session, callback.debtor_id):
        raise RuleBroken(_l("This person is being attended at this moment: the hour stays."))
    callback.due_at = due_at
    session.flush()
    note_deed(
        session,
        agent,
        now,
        "move_callback",
        "callback",
        callback.id,
        debtor_id=callback.debtor_id,
        before={"due_at": seen_due_at},
        after={"due_at": due_at} | ({"reason": reason.strip()} if reason.strip() else {}),
    )
    requeue(session, settings, [callback.debtor_id], now)
    return callback


def drop_callbacks(
    session: Session, agent: Agent, now: datetime, ids: Sequence[int], reason: str
) -> int:
    """Nobody needs to call these people back any more; says why. How many were still open."""
    if not reason.strip():
        raise RuleBroken(_l("Write why nobody needs to call back."), "reason")
    open_ones = _locked(session, dict.fromkeys(ids))
    for callback in open_ones:
        callback.done_at = now
        _note(session, agent, now, "drop_callback", callback, callback.operator_id, reason.strip())
    session.flush()
    return len(open_ones)


def free_work(session: Session, agent: Agent, now: datetime, user_id: int) -> int:
    """Whoever leaves keeps nobody waiting: their callbacks are anyone's (who promised each stays), a
    person held and not yet dialled returns to the queue. How many callbacks were freed."""
    # The claim first, as a save does: otherwise the two would wait for each other.
    claim = session.scalar(
        select(Claim)
        .where(Claim.operator_id == user_id, Claim.closed_at.is_(None))
        .with_for_update()
    )
    mine = _locked_where(session, Callback.operator_id == user_id)
    for callback in mine:
        callback.operator_id = None
        _note(session, agent, now, "free_callback", callback, user_id)
    if claim is not None and not was_dialled(session, claim):
        close_claim(session, claim, now, "released")
        note_deed(
            session, agent, now, "release_claim", "claim", claim.id, debtor_id=claim.debtor_id
        )
    session.flush()
    return len(mine)


def _alarm(settings: Settings, now: datetime) -> datetime:
    return now - timedelta(minutes=settings["callback_alarm_minutes"])


def _is_attended(session: Session, debtor_id: int) -> bool:
    open_claim = select(Claim.id).where(Claim.debtor_id == debtor_id, Claim.closed_at.is_(None))
    return session.scalar(select(open_claim.exists())) or False


def _locked(session: Session, ids: Mapping[int, Any]) -> list[Callback]:
    return _locked_where(session, Callback.id.in_(list(ids)))


def _locked_where(session: Session, condition: Any) -> list[Callback]:
    """The open ones, as they are once whoever was at them has finished."""
    return list(
        session.scalars(
            select(Callback)
            .where(condition, Callback.done_at.is_(None))
            .order_by(Callback.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _note(
    session: Session,
    agent: Agent,
    now: datetime,
    deed: str,
    callback: Callback,
    before: int | None,
    reason: str | None = None,
) -> None:
    note_deed(
        session,
        agent,
        now,
        deed,
        "callback",
        callback.id,
        debtor_id=callback.debtor_id,
        before={"operator_id": before},
        after={"operator_id": callback.operator_id} | ({"reason": reason} if reason else {}),
    )
