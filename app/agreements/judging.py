"""What became of each agreement: computed from the payments, like a promise's state.

What counts is every payment of its account after the balance that it stands on, but for those that were
known when it was asked for. A reversal takes away the payment whose reference it bears; one whose payment
is unknown counts by its own day. Payments pay the oldest instalment first: so many dollars must have come
by the last day of each (its grace), or the agreement is broken there (void, when it is the down payment).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.agreements.models import Agreement
from app.core.agent import Agent
from app.core.timeline import note_deed

#: The payments that count for the agreement g: ``on_day``, ``amount``, and what they are told by.
#: Parameter ``day``.
COUNTED = """
SELECT COALESCE(o.paid_on, y.paid_on) AS on_day, y.amount, y.id, y.paid_on, y.channel, y.reference
  FROM payment y
  LEFT JOIN payment o
         ON y.is_reversal AND NOT o.is_reversal AND o.portfolio_id = y.portfolio_id
        AND o.reference = y.reference AND o.account_id = y.account_id
 WHERE y.account_id = g.account_id AND y.paid_on <= CAST(:day AS date)
   AND COALESCE(o.paid_on, y.paid_on) >= g.counts_from
   AND COALESCE(o.recorded_at, y.recorded_at) > g.requested_at
"""

#: One row an agreement that the payments decide, as of ``day``. ``{which}`` narrows them (alias g).
#: A request that nobody decided is void once the day of its first payment has passed.
JUDGED = f"""
SELECT g.id, g.account_id, g.debtor_id, g.state, g.paid, g.late, g.ended_on, now.*
  FROM agreement g
 CROSS JOIN LATERAL (
       SELECT COALESCE(SUM(amount), 0) AS paid, MIN(on_day) FILTER (WHERE so_far >= g.total) AS all_on
         FROM (SELECT on_day, amount, SUM(amount) OVER (ORDER BY on_day) AS so_far
                 FROM ({COUNTED}) counted) running) came
 CROSS JOIN LATERAL (
       SELECT COALESCE(MAX(i.cumulative) FILTER (WHERE i.due_on < CAST(:day AS date)), 0) AS fallen_due,
              COALESCE(MAX(i.amount) FILTER (WHERE i.number = 0 AND i.lapses_on >= CAST(:day AS date)), 0)
                  AS awaited,
              MIN(i.due_on) AS first_due_on
         FROM instalment i WHERE i.agreement_id = g.id) dues
  LEFT JOIN LATERAL (
       SELECT i.number, i.lapses_on, by_then.paid
         FROM instalment i
        CROSS JOIN LATERAL (SELECT COALESCE(SUM(amount), 0) AS paid FROM ({COUNTED}) counted
                             WHERE on_day <= i.lapses_on) by_then
        WHERE i.agreement_id = g.id AND i.lapses_on < CAST(:day AS date)
          AND i.cumulative > by_then.paid
        ORDER BY i.number LIMIT 1) missed ON TRUE
 CROSS JOIN LATERAL (
       SELECT CASE WHEN g.decided_at IS NULL THEN
                        CASE WHEN dues.first_due_on < CAST(:day AS date) THEN 'void' ELSE 'pending' END
                   WHEN missed.number = 0 THEN 'void'
                   WHEN missed.number > 0 THEN 'broken'
                   WHEN came.paid >= g.total THEN 'kept'
                   WHEN came.paid >= dues.awaited THEN 'active'
                   ELSE 'awaiting' END AS now_state) judged
 CROSS JOIN LATERAL (
       SELECT judged.now_state,
              CASE WHEN g.decided_at IS NULL THEN 0
                   WHEN missed.number IS NOT NULL THEN missed.paid
                   ELSE LEAST(came.paid, g.total) END AS now_paid,
              CASE WHEN judged.now_state = 'active'
                   THEN GREATEST(dues.fallen_due - came.paid, 0) ELSE 0 END AS now_late,
              CASE WHEN g.decided_at IS NULL AND judged.now_state = 'void' THEN dues.first_due_on + 1
                   WHEN judged.now_state IN ('void', 'broken') THEN missed.lapses_on + 1
                   WHEN judged.now_state = 'kept' THEN came.all_on END AS now_ended_on) now
 WHERE g.state IN ('pending', 'awaiting', 'active', 'kept', 'broken', 'void') AND {{which}}
"""

#: An agreement can still change while it is going on, and later while its payments can: those that came
#: late, those of the load ``load_id``, and those of ``accounts``, from which some were taken away.
_OPEN_OR_TOUCHED = """
(g.state IN ('pending', 'awaiting', 'active') OR g.account_id = ANY (CAST(:accounts AS bigint[]))
 OR EXISTS (SELECT FROM payment n WHERE n.account_id = g.account_id AND n.paid_on >= g.counts_from
               AND (n.recorded_at > g.judged_at OR n.load_id = CAST(:load_id AS bigint))))
"""
#: One that would go on again keeps its state while its account has another one, or a newer one would go
#: on again too (aliases: j of judged).
_GIVES_WAY = """
(j.now_state IN ('awaiting', 'active') AND j.state NOT IN ('pending', 'awaiting', 'active')
 AND (EXISTS (SELECT FROM agreement o WHERE o.account_id = j.account_id AND o.id <> j.id
                 AND o.state IN ('draft', 'pending', 'awaiting', 'active'))
      OR EXISTS (SELECT FROM judged o WHERE o.account_id = j.account_id AND o.id > j.id
                    AND o.now_state IN ('awaiting', 'active'))))
"""
#: Whoever decides or cancels one meanwhile has the last word: what was judged is not it any more.
_STORE = f"""
WITH judged AS ({JUDGED})
UPDATE agreement g
   SET state = j.now_state, paid = j.now_paid, late = j.now_late, ended_on = j.now_ended_on,
       judged_at = CAST(:now AS timestamptz)
  FROM judged j
 WHERE g.id = j.id AND NOT {_GIVES_WAY}
   AND (g.state, g.paid, g.late) = (j.state, j.paid, j.late)
   AND (g.state, g.paid, g.late, g.ended_on)
       IS DISTINCT FROM (j.now_state, j.now_paid, j.now_late, j.now_ended_on)
RETURNING g.id, g.debtor_id, g.account_id, j.state AS before, g.state AS after, g.paid, g.late
"""
_JUDGE_ALL = text(_STORE.format(which=_OPEN_OR_TOUCHED))
_JUDGE_ONE = text(_STORE.format(which="g.id = :agreement_id"))

#: Whether the bills of the agreement g are bound: while it goes on, and after it was broken until they
#: are gone (alias b: bill).
_BINDS = """(g.state IN ('pending', 'awaiting', 'active')
 OR g.state = 'broken' AND b.closed_on IS NULL)"""
_UNBIND = f"""
UPDATE agreement_bill k SET binds = FALSE
  FROM agreement g, bill b
 WHERE g.id = k.agreement_id AND b.id = k.bill_id AND k.binds AND NOT {_BINDS}
   AND {{mine}}
"""
_BIND = f"""
UPDATE agreement_bill SET binds = TRUE
 WHERE id IN (
       SELECT DISTINCT ON (k.bill_id) k.id
         FROM agreement_bill k JOIN agreement g ON g.id = k.agreement_id JOIN bill b ON b.id = k.bill_id
        WHERE NOT k.binds AND {_BINDS} AND {{mine}}
          AND NOT EXISTS (SELECT FROM agreement_bill o WHERE o.bill_id = k.bill_id AND o.binds)
        ORDER BY k.bill_id, k.id DESC)
"""

#: What of an account's debt its agreement puts off: account_id, covered.
#: ``{mine}`` narrows them (alias a).
COVERED = """
SELECT a.id AS account_id, COALESCE(SUM(GREATEST(g.total - GREATEST(g.paid, 0) - g.late, 0)), 0) AS covered
  FROM account a
  LEFT JOIN agreement g ON g.account_id = a.id AND g.state IN ('pending', 'awaiting', 'active')
 WHERE (a.covered > 0 OR g.id IS NOT NULL) AND {mine}
 GROUP BY a.id
"""
_COVER = f"""
UPDATE account a SET covered = c.covered
  FROM ({COVERED}) c
 WHERE a.id = c.account_id AND a.covered <> c.covered
"""
_SETTLE_ALL = [text(sql.format(mine="TRUE")) for sql in (_UNBIND, _BIND, _COVER)]
_SETTLE_ONE = [
    text(sql.format(mine=f"{alias} = :account_id"))
    for sql, alias in ((_UNBIND, "g.account_id"), (_BIND, "g.account_id"), (_COVER, "a.id"))
]


@dataclass(frozen=True, slots=True)
class Judgement:
    """An agreement whose state or sums changed. USD."""

    agreement_id: int
    debtor_id: int
    account_id: int
    before: str
    after: str
    paid: Decimal
    late: Decimal


def judge_agreements(
    session: Session,
    agent: Agent,
    now: datetime,
    day: date,
    load_id: int | None = None,
    accounts: Sequence[int] = (),
) -> list[Judgement]:
    """Recompute every agreement that may have changed, as of ``day``, and what each covers; a timeline
    row for each change of state. Repeatable. ``load_id`` and ``accounts`` as in `judge_promises`."""
    values = {"day": day, "now": now, "load_id": load_id, "accounts": list(accounts)}
    judged = [Judgement(*row) for row in session.execute(_JUDGE_ALL, values)]
    settle_bills(session)
    _note(session, agent, now, judged)
    return judged


def judge_agreement(
    session: Session, agent: Agent, now: datetime, day: date, agreement: Agreement
) -> None:
    """Recompute this one and no other, as of ``day``: it was just given, and may have been paid."""
    session.flush()
    values = {"day": day, "now": now, "agreement_id": agreement.id}
    judged = [Judgement(*row) for row in session.execute(_JUDGE_ONE, values)]
    settle_bills(session, agreement.account_id)
    _note(session, agent, now, judged)


def _note(session: Session, agent: Agent, now: datetime, judged: Sequence[Judgement]) -> None:
    for j in judged:
        if j.before != j.after:
            note_deed(
                session,
                agent,
                now,
                "judge_agreement",
                "agreement",
                j.agreement_id,
                debtor_id=j.debtor_id,
                account_id=j.account_id,
                before={"state": j.before},
                after={"state": j.after, "paid": j.paid},
            )


def settle_bills(session: Session, account_id: int | None = None) -> None:
    """After any change of an agreement: which bills are bound, and what of each account is covered.
    With ``account_id``, of this account only."""
    session.flush()
    if account_id is None:
        for statement in _SETTLE_ALL:
            session.execute(statement)
    else:
        for statement in _SETTLE_ONE:
            session.execute(statement, {"account_id": account_id})


_DIFFERENT = f"""
WITH judged AS ({JUDGED.format(which="TRUE")}),
     settled AS (SELECT * FROM judged j WHERE NOT {_GIVES_WAY})
SELECT id, 'state', state, now_state FROM settled WHERE state <> now_state
UNION ALL
SELECT id, 'paid', paid::text, now_paid::text FROM settled WHERE paid <> now_paid
UNION ALL
SELECT id, 'late', late::text, now_late::text FROM settled WHERE late <> now_late
UNION ALL
SELECT id, 'ended_on', COALESCE(ended_on::text, ''), COALESCE(now_ended_on::text, '')
  FROM settled WHERE ended_on IS DISTINCT FROM now_ended_on
UNION ALL
SELECT a.id, 'covered', a.covered::text, c.covered::text
  FROM account a JOIN ({COVERED.format(mine="TRUE")}) c ON c.account_id = a.id WHERE a.covered <> c.covered
UNION ALL
SELECT g.id, 'total', g.total::text, SUM(i.amount)::text
  FROM agreement g JOIN instalment i ON i.agreement_id = g.id
 GROUP BY g.id HAVING SUM(i.amount) <> g.total
UNION ALL
SELECT g.id, 'binds', k.binds::text, 'false'
  FROM agreement_bill k JOIN agreement g ON g.id = k.agreement_id JOIN bill b ON b.id = k.bill_id
 WHERE k.binds AND NOT {_BINDS}
UNION ALL
SELECT g.id, 'binds', k.binds::text, 'true'
  FROM agreement_bill k JOIN agreement g ON g.id = k.agreement_id JOIN bill b ON b.id = k.bill_id
 WHERE NOT k.binds AND {_BINDS}
   AND NOT EXISTS (SELECT FROM agreement_bill o WHERE o.bill_id = k.bill_id AND o.binds)
 ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that is not what its definition gives: of the agreement (``covered``: of the
    account) ``id``."""

    id: int
    what: str
    stored: str
    computed: str


def check_agreements(session: Session, day: date) -> list[Difference]:
    """Recompute all of them as of ``day`` without writing; what differs."""
    rows: Any = session.execute(text(_DIFFERENT), {"day": day})
    return [Difference(*row) for row in rows]
