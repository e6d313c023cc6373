"""What falls due: judges promises, closes what was left open, and builds the day's queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.calls.unfinished import close_unfinished
from app.core.agent import Agent
from app.core.settings import settings_on
from app.core.timeline import note_deed
from app.promises.service import Judgement, judge_promises
from app.worklist.service import build_worklist, requeue


@dataclass(frozen=True, slots=True)
class FollowupResult:
    """Counts of one run; ``promises`` by the state that they turned to."""

    promises: dict[str, int]
    requeued: int
    unfinished: int
    queue: int


def run_followup(session: Session, agent: Agent, now: datetime, day: date) -> FollowupResult:
    """The run of ``day``: repeatable, a second one finds nothing to do. One at a time: a second
    waits for the first."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('followup'))"))
    settings = settings_on(session, day)
    unfinished = close_unfinished(session, settings, now)
    moved = [j for j in judge_promises(session, agent, now, day) if j.before != j.after]
    back = sorted({j.debtor_id for j in moved if j.after in ("broken", "partial")})
    queue = build_worklist(session, settings, now)
    requeued = len(back) and _queued(session, back)
    result = FollowupResult(_counts(moved), requeued, unfinished, queue)
    note_deed(
        session,
        agent,
        now,
        "run_followup",
        "followup",
        None,
        after={"day": day, "promises": result.promises, "requeued": requeued, "queue": queue},
    )
    return result


def follow_payments(
    session: Session,
    agent: Agent,
    now: datetime,
    day: date,
    load_id: int,
    accounts: Sequence[int] = (),
) -> dict[str, int]:
    """After the payments load ``load_id`` was applied, or undone and taken from ``accounts``: judge what
    the payments may have kept, and weigh those people again."""
    judged = judge_promises(session, agent, now, day, load_id, accounts)
    requeue(session, settings_on(session, day), sorted({j.debtor_id for j in judged}), now)
    return _counts([j for j in judged if j.before != j.after])


def _counts(moved: list[Judgement]) -> dict[str, int]:
    return {s: sum(j.after == s for j in moved) for s in ("kept", "partial", "broken")}


def _queued(session: Session, debtor_ids: list[int]) -> int:
    return (
        session.scalar(
            text(
                "SELECT count(*) FROM worklist_item WHERE debtor_id = ANY(CAST(:ids AS bigint[]))"
            ),
            {"ids": debtor_ids},
        )
        or 0
    )
