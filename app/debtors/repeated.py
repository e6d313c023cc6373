"""People who may be one under two identifications: found at night, judged by a specialist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.orm import Session, aliased

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.models import TimelineEvent
from app.core.timeline import note_deed
from app.debtors.models import Debtor, RepeatedPair

#: Why two people may be one, in words.
WHY = {
    "ruc": _l("the RUC of one is the other's cédula"),
    "phone": _l("same name and telephone"),
    "email": _l("same name and e-mail"),
    "address": _l("same name and address"),
    "no_id": _l("same name, and one without a valid ID"),
}
_SUBJECT = "repeated_pair"
#: Nobody reads further: the list says "more than".
COUNT_CAP = 2000

#: One pass over the names, each by its index: only people whose name others bear too are looked at
#: closer. Each is paired with the next five of its group, so that a name or a telephone which a
#: thousand bear gives five thousand pairs and not half a million; a name alone counts only in small
#: groups. Parameter ``now``.
_FIND = """
WITH named AS MATERIALIZED (
    SELECT d.id, d.folded, d.person_key LIKE 'CTA:%' AS no_id, g.bearers
      FROM (SELECT folded, COUNT(*) AS bearers FROM debtor GROUP BY folded HAVING COUNT(*) > 1) g
      JOIN debtor d ON d.folded = g.folded
     WHERE d.merged_into_id IS NULL AND d.identification_kind <> 'final_consumer'
), keyed AS (
    SELECT n.id, n.folded, n.no_id, c.kind AS why, lower(c.value) AS key
      FROM named n JOIN contact_point c ON c.debtor_id = n.id AND c.state <> 'retired'
    UNION
    SELECT n.id, n.folded, n.no_id, 'address', lower(a.address)
      FROM named n JOIN account a ON a.debtor_id = n.id
     WHERE length(a.address) >= 8
    UNION ALL
    SELECT n.id, n.folded, n.no_id, 'no_id', '' FROM named n
     WHERE n.bearers <= 5
), placed AS MATERIALIZED (
    SELECT id, folded, no_id, why, key,
           row_number() OVER (PARTITION BY folded, why, key ORDER BY id) AS place
      FROM keyed
), pair AS (
    SELECT a.id AS first_id, b.id AS second_id, a.why
      FROM placed a
      JOIN placed b ON b.folded = a.folded AND b.why = a.why AND b.key = a.key
                   AND b.place BETWEEN a.place + 1 AND a.place + 5
     WHERE a.why <> 'no_id' OR a.no_id OR b.no_id
    UNION ALL
    SELECT LEAST(r.id, c.id), GREATEST(r.id, c.id), 'ruc'
      FROM debtor r
      JOIN debtor c ON c.identification = left(r.identification, 10) AND c.identification_kind = 'cedula'
                   AND c.merged_into_id IS NULL
     WHERE r.identification_kind = 'ruc_natural' AND r.merged_into_id IS NULL
)
INSERT INTO repeated_pair (first_id, second_id, folded, why, found_at)
SELECT p.first_id, p.second_id, d.folded, array_agg(DISTINCT p.why ORDER BY p.why),
       CAST(:now AS timestamptz)
  FROM pair p JOIN debtor d ON d.id = p.first_id
 GROUP BY p.first_id, p.second_id, d.folded
ON CONFLICT (first_id, second_id) DO UPDATE
   SET folded = EXCLUDED.folded, why = EXCLUDED.why, found_at = EXCLUDED.found_at
"""
_FORGET = (
    "DELETE FROM repeated_pair WHERE found_at < CAST(:now AS timestamptz) AND different_at IS NULL"
)


def find_repeated_people(session: Session, agent: Agent, now: datetime) -> int:
    """Look through all people for those who may be one; returns how many pairs are offered.

    One search at a time. What a specialist said to be different stays so.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('repeated_pair'))"))
    session.execute(text(_FIND), {"now": now})
    session.execute(text(_FORGET), {"now": now})
    found = session.scalar(
        select(func.count()).select_from(RepeatedPair).where(RepeatedPair.different_at.is_(None))
    )
    note_deed(
        session, agent, now, "find_repeated_people", _SUBJECT, None, after={"pairs": found or 0}
    )
    return found or 0


def last_search(session: Session) -> datetime | None:
    """When all people were looked through last."""
    return session.scalar(
        select(func.max(TimelineEvent.at)).where(
            TimelineEvent.subject == _SUBJECT, TimelineEvent.subject_id.is_(None)
        )
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who may be one (or were said to be two), and why."""

    first: Debtor
    second: Debtor
    pair: RepeatedPair


_FIRST, _SECOND = aliased(Debtor), aliased(Debtor)


def _standing(different: bool):
    judged = RepeatedPair.different_at
    return (
        select(_FIRST, _SECOND, RepeatedPair)
        .join(_FIRST, _FIRST.id == RepeatedPair.first_id)
        .join(_SECOND, _SECOND.id == RepeatedPair.second_id)
        .where(
            judged.is_not(None) if different else judged.is_(None),
            _FIRST.merged_into_id.is_(None),
            _SECOND.merged_into_id.is_(None),
        )
    )


def list_pairs(
    session: Session, *, different: bool, after: tuple[int, int] | None, limit: int
) -> Sequence[Pair]:
    """At most ``limit`` pairs in the order of names, after the pair of ids ``after``."""
    order = (RepeatedPair.folded, RepeatedPair.first_id, RepeatedPair.second_id)
    query = _standing(different).order_by(*order).limit(limit)
    if after is not None:
        folded = session.scalar(select(Debtor.folded).where(Debtor.id == after[0])) or ""
        query = query.where(tuple_(*order) > tuple_(folded, *after))
    return [Pair(*row) for row in session.execute(query)]


def count_pairs(session: Session, *, different: bool) -> int:
    """How many pairs there are, at most ``COUNT_CAP + 1``."""
    some = _standing(different).with_only_columns(RepeatedPair.first_id).limit(COUNT_CAP + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def find_pair(session: Session, one: int, other: int) -> RepeatedPair | None:
    """The pair of these two people, in either order."""
    return session.get(RepeatedPair, (min(one, other), max(one, other)))


def tell_apart(session: Session, agent: Agent, now: datetime, one: int, other: int) -> None:
    """They are two people: the pair is not offered again. Refuses what is no pair, or said already."""
    _judge_pair(session, agent, now, one, other, different=True)


def offer_again(session: Session, agent: Agent, now: datetime, one: int, other: int) -> None:
    """They may be one after all."""
    _judge_pair(session, agent, now, one, other, different=False)


def _judge_pair(
    session: Session, agent: Agent, now: datetime, one: int, other: int, *, different: bool
) -> None:
    judged = RepeatedPair.different_at
    changed = session.scalars(
        update(RepeatedPair)
        .where(
            RepeatedPair.first_id == min(one, other),
            RepeatedPair.second_id == max(one, other),
            judged.is_(None) if different else judged.is_not(None),
        )
        .values(
            different_at=now if different else None,
            different_by_id=agent.user_id if different else None,
        )
        .returning(RepeatedPair.first_id)
        .execution_options(synchronize_session="fetch")
    ).all()
    if not changed:
        raise RuleBroken(_l("Somebody has already judged this pair."))
    for person, twin in ((one, other), (other, one)):
        verb = "tell_apart" if different else "offer_again"
        note_deed(session, agent, now, verb, "merge", twin, debtor_id=person)
