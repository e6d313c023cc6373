"""Builds the queue, gives the next person to an operator, and keeps every claim to one holder."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.contact_rules.models import ContactAttempt
from app.contact_rules.service import Verdict, log_refusal, may_contact
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.planning import plan_once
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.worklist.models import Claim, WorklistItem, WorklistPush
from app.worklist.queries import BEST, PROMISED_BACK, PUT, PUT_OFF, weigh_parameters

#: After so many refusals in a row the queue says that nobody may be called now.
_PATIENCE = 200
#: Rules that refuse the moment, whoever the person is.
_MOMENT = frozenset({"hours", "weekend", "holiday"})

_PUT_ALL = text(PUT.format(which="TRUE", scope="TRUE"))
_SOME = "{alias}.debtor_id = ANY(CAST(:debtor_ids AS bigint[]))"
_PUT_SOME = text(PUT.format(which=_SOME.format(alias="o"), scope=_SOME.format(alias="w")))
_PUT_OFF = text(PUT_OFF)
_BEST = text(BEST)
_PROMISED_BACK = text(PROMISED_BACK)


def build_worklist(session: Session, settings: Settings, now: datetime) -> int:
    """Weigh everyone with something to collect; returns how many people are in the queue. One build
    at a time: a second waits for the first."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('worklist'))"))
    return session.scalar(_PUT_ALL, weigh_parameters(settings, now)) or 0


def requeue(session: Session, settings: Settings, debtor_ids: Sequence[int], now: datetime) -> int:
    """Weigh these people again (a promise was broken, a call was saved); returns how many stay."""
    ids = list(debtor_ids)
    if not ids:
        return 0
    plan_once(session)
    values = {"debtor_ids": ids} | dict(weigh_parameters(settings, now))
    return session.scalar(_PUT_SOME, values) or 0


def put_off(session: Session, debtor_id: int, until: datetime) -> None:
    """Do not offer the person before ``until``, nor before the hour of an open callback."""
    session.execute(_PUT_OFF, {"debtor_ids": [debtor_id], "until": until})


def offer_again(
    session: Session, settings: Settings, debtor_ids: Sequence[int], now: datetime
) -> int:
    """Weigh these people again and offer them from now on: what kept them away is over. How many are
    in the queue; the gate still decides who may be called."""
    queued = requeue(session, settings, debtor_ids, now)
    if debtor_ids:
        session.execute(_PUT_OFF, {"debtor_ids": list(debtor_ids), "until": now})
    return queued


def push(session: Session, settings: Settings, debtor_id: int, reason: str, now: datetime) -> None:
    """Put the person on top, offered from now on, until the holder was spoken to since. ``reason``: visited
    (the field came back) or answered (an area answered a complaint). Again: counted from ``now``."""
    row = insert(WorklistPush).values(debtor_id=debtor_id, reason=reason, pushed_at=now)
    key = [WorklistPush.debtor_id, WorklistPush.reason]
    session.execute(row.on_conflict_do_update(index_elements=key, set_={"pushed_at": now}))
    offer_again(session, settings, [debtor_id], now)


def claim_next(
    session: Session, agent: Agent, settings: Settings, now: datetime
) -> Claim | Verdict | None:
    """The operator's open claim, or a new one on the best person who may be called now.

    The gate is asked about a few at a time; whom it refuses is logged and put off until its next
    allowed time. A verdict comes back when the moment itself is refused (hours, weekend, holiday)
    or when nobody is left but people of a stale portfolio; None when nobody is left.
    """
    return_lapsed_claims(session, now)
    current = my_claim(session, agent)
    if current is not None:
        return current
    seen: list[int] = []
    too_old: Verdict | None = None
    while len(seen) < _PATIENCE:
        values = {"now": now, "operator_id": agent.user_id, "seen": seen}
        values["zone"] = settings["zone"]
        best = session.execute(_PROMISED_BACK, values).all() or session.execute(_BEST, values).all()
        if not best:
            break
        verdicts = may_contact(session, settings, [row.debtor_id for row in best], "call", now)
        for row in best:
            verdict = verdicts[row.debtor_id]
            if _MOMENT.intersection(verdict.refused_by):
                log_refusal(session, agent, now, verdict, "call", "claim")
                return verdict
            if not verdict.allowed:
                _refuse(session, agent, now, verdict)
                too_old = verdict if "stale" in verdict.refused_by else too_old
                continue
            claim = _try_claim(
                session, agent, settings, now, row.debtor_id, "outgoing", row.reasons
            )
            if claim is not None:
                return claim
        seen += [row.debtor_id for row in best]
    return too_old


def _refuse(session: Session, agent: Agent, now: datetime, verdict: Verdict) -> None:
    log_refusal(session, agent, now, verdict, "call", "claim")
    if verdict.next_allowed_at is not None:
        put_off(session, verdict.debtor_id, verdict.next_allowed_at)
    else:
        session.execute(delete(WorklistItem).where(WorklistItem.debtor_id == verdict.debtor_id))


def claim_person(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    debtor_id: int,
    direction: str,
) -> Claim:
    """Hold a person who called in, came or was looked up; answering is service, not collection.

    Refuses while the operator has another call open, or somebody else holds the person.
    """
    return_lapsed_claims(session, now)
    current = my_claim(session, agent)
    if current is not None:
        if current.debtor_id == debtor_id:
            return current
        raise RuleBroken(_l("You have a call open. Save its outcome before you begin another."))
    claim = _try_claim(session, agent, settings, now, debtor_id, direction, [])
    if claim is None:
        raise RuleBroken(_l("A colleague is attending this person at this moment."))
    return claim


def _try_claim(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    debtor_id: int,
    direction: str,
    reasons: list[dict],
) -> Claim | None:
    """A claim, or None when a colleague was quicker: the unique indexes decide. The operator's own
    second tab gets the claim of the first."""
    try:
        with session.begin_nested():
            return _claim(session, agent, settings, now, debtor_id, direction, reasons)
    except IntegrityError:
        return my_claim(session, agent)


def _claim(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    debtor_id: int,
    direction: str,
    reasons: list[dict],
) -> Claim:
    claim = Claim(
        key=uuid.uuid4(),
        debtor_id=debtor_id,
        operator_id=agent.user_id,
        direction=direction,
        reasons=reasons,
        claimed_at=now,
        lapses_at=now + _held_for(settings, direction),
    )
    session.add(claim)
    session.flush()
    note_deed(session, agent, now, "claim_person", "claim", claim.id, debtor_id=debtor_id)
    return claim


def my_claim(session: Session, agent: Agent) -> Claim | None:
    """The operator's open claim."""
    return session.scalar(
        select(Claim).where(Claim.operator_id == agent.user_id, Claim.closed_at.is_(None))
    )


def find_claim(session: Session, agent: Agent, key: uuid.UUID) -> Claim | None:
    """The operator's claim with that key, open or closed, locked for the deed."""
    return session.scalar(
        select(Claim)
        .where(Claim.key == key, Claim.operator_id == agent.user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def keep_claim(session: Session, claim: Claim, settings: Settings, now: datetime) -> None:
    """The operator is still at it: the claim lapses later."""
    claim.lapses_at = now + _held_for(settings, claim.direction)


def _held_for(settings: Settings, direction: str) -> timedelta:
    """Nobody dials a person who called or came: such a claim is not abandoned for want of a dial."""
    return timedelta(
        minutes=settings["claim_minutes" if direction == "outgoing" else "attend_minutes"]
    )


def close_claim(session: Session, claim: Claim, now: datetime, how: str) -> None:
    """End a claim: saved, released or lapsed. After the person's place in the queue, never before: who
    claims locks the place first and then asks for the claim, and two would wait for each other."""
    if claim.closed_at is None:
        claim.closed_at, claim.closed_how = now, how
        session.flush()


def release_claim(
    session: Session, agent: Agent, settings: Settings, now: datetime, claim: Claim
) -> None:
    """Give the person back unheard, to be offered later. Refused once a number was dialled: that call
    needs its outcome."""
    if was_dialled(session, claim):
        raise RuleBroken(_l("You have already dialled: save what came of the call."))
    put_off(session, claim.debtor_id, now + timedelta(minutes=settings["retry_minutes"]))
    close_claim(session, claim, now, "released")
    note_deed(session, agent, now, "release_claim", "claim", claim.id, debtor_id=claim.debtor_id)


def was_dialled(session: Session, claim: Claim) -> bool:
    """Somebody was called under the claim: it needs its outcome."""
    return session.scalar(select(_dialled(claim.key))) or False


def _dialled(key):
    return select(ContactAttempt.id).where(ContactAttempt.claim_key == key).exists()


def return_lapsed_claims(session: Session, now: datetime) -> int:
    """Give back the people whose claim was abandoned before any dial; returns how many.

    A claim under which somebody was dialled stays with its operator until the outcome is saved
    (`app.calls.unfinished.close_unfinished` settles it at night).
    """
    lapsed = session.scalars(
        update(Claim)
        .where(Claim.closed_at.is_(None), Claim.lapses_at < now, ~_dialled(Claim.key))
        .values(closed_at=now, closed_how="lapsed")
        .returning(Claim.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(lapsed.all())
