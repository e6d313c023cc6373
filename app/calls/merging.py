"""One person under two records: joined by a specialist, and taken back while that makes sense.

What belongs to the merged person goes to the kept one, so that the gate's caps and the person's page
are one. No record is edited in what it says: only whom it belongs to moves. The timeline and the access log
stay with the record on which the deed was done.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.calls.moving import (
    MOVED,
    follow,
    join_pushes,
    lock,
    lock_rows,
    move,
    of_accounts,
    part_pushes,
)
from app.calls.twins import join_twins, part_twins
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.reasons import LONGEST_REASON, checked_reason
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debtors.levels import settle_levels
from app.models import (
    Account,
    Call,
    Claim,
    ContactAttempt,
    Debtor,
    PersonMerge,
    Portfolio,
    WorklistItem,
)
from app.worklist.service import requeue, return_lapsed_claims

_DEATH = ("deceased_reported_at", "deceased_confirmed_at")


def merge_people(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    kept_id: int,
    merged_id: int,
    reason: str,
) -> PersonMerge:
    """Join ``merged_id`` to ``kept_id``: from now on they are one person, shown as the kept one.

    Refused without a reason, while a colleague holds either, and for somebody already joined. It
    never waits: rows that another deed holds refuse it.
    """
    refusal = _l("Write why they are one person, in at most %(n)s letters.", n=LONGEST_REASON)
    reason = checked_reason(reason, refusal)
    kept, merged = _hold_both(session, now, kept_id, merged_id)
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise RuleBroken(_l("One of these two has already been joined to somebody."))
    lock_rows(session, (kept_id, merged_id))
    moved: dict[str, Any] = {
        "kept_accounts": list(session.scalars(_accounts(kept_id))),
        "twins": join_twins(session, kept_id, merged_id),
        "kept": _join_facts(kept, merged),
    }
    session.flush()
    for table in MOVED:
        moved[table] = move(session, table, merged_id, kept_id)
    moved["debtor"] = follow(session, merged_id, kept_id)
    moved["pushes"] = join_pushes(session, kept_id, merged_id)
    session.expire_all()
    settle_levels(session, (kept_id, merged_id))
    merged.merged_into_id = kept_id
    merge = PersonMerge(
        kept_id=kept_id,
        merged_id=merged_id,
        reason=reason,
        merged_at=now,
        merged_by_id=agent.user_id,
        moved=moved,
    )
    session.add(merge)
    session.flush()
    _note(session, agent, now, "merge_people", merge)
    _queue_as_one(session, settings, now, kept_id, merged_id)
    return merge


def take_merge_back(
    session: Session, agent: Agent, settings: Settings, now: datetime, merge_id: int
) -> PersonMerge:
    """They were two people after all: everything that had moved goes back, and what came since about an account
    that goes back (a complaint, a hold); the rest of what came since stays.

    Refused when it no longer makes sense: the kept person was joined to another one, has been
    contacted since, or a load has brought them an account since; and while a colleague holds them.
    """
    merge = session.get(PersonMerge, merge_id)
    if merge is None:
        raise RuleBroken(_l("There is no such joining."))
    kept, merged = _hold_both(session, now, merge.kept_id, merge.merged_id)
    session.refresh(merge)
    if merge.taken_back_at is not None:
        raise RuleBroken(_l("This joining has already been taken back."))
    if kept.merged_into_id is not None:
        raise RuleBroken(
            _l("The person who was kept was joined to another one: take that back first.")
        )
    lock_rows(session, (kept.id, merged.id))
    _check_parts(session, merge)
    moved, kept_id, merged_id = merge.moved, merge.kept_id, merge.merged_id
    merged.merged_into_id = None
    session.flush()
    for table in MOVED:
        # A joining of an earlier release moved fewer tables.
        since = of_accounts(session, table, kept_id, moved["account"])
        move(session, table, kept_id, merged_id, [*moved.get(table, []), *since])
    follow(session, kept_id, merged_id, moved["debtor"])
    part_pushes(session, kept_id, merged_id, moved.get("pushes", ()))
    session.expire_all()
    part_twins(session, moved["twins"])
    _part_facts(kept, moved["kept"])
    settle_levels(session, (kept_id, merged_id))
    merge.taken_back_at, merge.taken_back_by_id = now, agent.user_id
    session.flush()
    _note(session, agent, now, "take_merge_back", merge)
    requeue(session, settings, [kept_id, merged_id], now)
    return merge


def _hold_both(
    session: Session, now: datetime, kept_id: int, merged_id: int
) -> tuple[Debtor, Debtor]:
    """Both people, locked (their place in the queue first, then by number); refuses an open call."""
    if kept_id == merged_id:
        raise RuleBroken(_l("Choose two different people."))
    ids = (kept_id, merged_id)
    return_lapsed_claims(session, now)
    # A load that has already looked up whose accounts it brings would bring them to the merged one.
    loading = select(Portfolio.id).with_for_update(read=True, skip_locked=True)
    if len(session.scalars(loading).all()) < len(session.scalars(select(Portfolio.id)).all()):
        raise RuleBroken(_l("A load is being applied: try again when it has ended."))
    queued = select(WorklistItem.debtor_id).where(WorklistItem.debtor_id.in_(ids))
    lock(session, queued.order_by(WorklistItem.debtor_id), queued)
    people = select(Debtor).where(Debtor.id.in_(ids)).order_by(Debtor.id)
    lock(session, people, select(Debtor.id).where(Debtor.id.in_(ids)))
    found = {person.id: person for person in session.scalars(people)}
    if len(found) < len(ids):
        raise RuleBroken(_l("There is no such person."))
    held = select(Claim.id).where(Claim.debtor_id.in_(ids), Claim.closed_at.is_(None))
    if session.scalar(held.limit(1)):
        raise RuleBroken(_l("A colleague is attending one of these people at this moment."))
    return found[kept_id], found[merged_id]


def _accounts(debtor_id: int) -> Any:
    return select(Account.id).where(Account.debtor_id == debtor_id).order_by(Account.id)


def _join_facts(kept: Debtor, merged: Debtor) -> dict[str, Any]:
    """The stricter of both holds for the one person; what it was, and what it became."""
    before = _facts(kept)
    deaths = [d for d in (kept.deceased_reported_at, merged.deceased_reported_at) if d]
    found = [d for d in (kept.deceased_confirmed_at, merged.deceased_confirmed_at) if d]
    kept.is_senior = kept.is_senior or merged.is_senior
    kept.deceased_reported_at = min(deaths, default=None)
    kept.deceased_confirmed_at = min(found, default=None)
    return {"before": before, "after": _facts(kept)}


def _facts(person: Debtor) -> dict[str, Any]:
    facts: dict[str, Any] = {"is_senior": person.is_senior}
    for name in _DEATH:
        moment = getattr(person, name)
        facts[name] = moment.astimezone(UTC).isoformat() if moment else None
    return facts


def _part_facts(kept: Debtor, facts: dict[str, Any]) -> None:
    """What the joining changed is as before, unless somebody changed it since."""
    now = _facts(kept)
    for name, before in facts["before"].items():
        if name in now and now[name] == facts["after"][name]:
            is_moment = name in _DEATH and before
            setattr(kept, name, datetime.fromisoformat(before) if is_moment else before)
    # Confirmed since: then it is reported too.
    kept.deceased_reported_at = kept.deceased_reported_at or kept.deceased_confirmed_at


def _check_parts(session: Session, merge: PersonMerge) -> None:
    """Nobody could say to which of the two a contact belongs that was made since; nor an account."""
    since = (
        select(Call.id).where(Call.debtor_id == merge.kept_id, Call.ended_at > merge.merged_at),
        select(ContactAttempt.id).where(
            ContactAttempt.debtor_id == merge.kept_id, ContactAttempt.at > merge.merged_at
        ),
    )
    if any(session.scalar(query.limit(1)) for query in since):
        raise RuleBroken(
            _l("This person has been contacted since they were joined: it cannot be taken back.")
        )
    known = {*merge.moved["kept_accounts"], *merge.moved["account"]}
    others = session.scalars(
        select(PersonMerge).where(
            PersonMerge.kept_id == merge.kept_id,
            PersonMerge.taken_back_at.is_(None),
            PersonMerge.id != merge.id,
        )
    )
    for other in others:
        known.update(other.moved["account"])
    new = [key for key in session.scalars(_accounts(merge.kept_id)) if key not in known]
    if new:
        raise RuleBroken(
            _l(
                "A load has since brought this person account %(number)s: it cannot be taken back.",
                number=session.get_one(Account, new[0]).number,
            )
        )


def _note(session: Session, agent: Agent, now: datetime, verb: str, merge: PersonMerge) -> None:
    """A row for each of the two: both pages tell it."""
    counts = {table: len(merge.moved[table]) for table in MOVED if merge.moved.get(table)}
    for debtor_id, other in ((merge.kept_id, merge.merged_id), (merge.merged_id, merge.kept_id)):
        note_deed(
            session,
            agent,
            now,
            verb,
            "merge",
            merge.id,
            debtor_id=debtor_id,
            after={"with": other, "kept": merge.kept_id, "reason": merge.reason, "moved": counts},
        )


def _queue_as_one(
    session: Session, settings: Settings, now: datetime, kept_id: int, merged_id: int
) -> None:
    """One place in the queue, not offered before either would have been."""
    session.execute(
        text(
            "UPDATE worklist_item k SET not_before = GREATEST(k.not_before, m.not_before)"
            "  FROM worklist_item m WHERE k.debtor_id = :kept AND m.debtor_id = :merged"
        ),
        {"kept": kept_id, "merged": merged_id},
    )
    requeue(session, settings, [kept_id, merged_id], now)
