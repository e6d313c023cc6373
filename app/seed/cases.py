"""Cases to verify of the demonstration: one beside each hold that somebody has to verify, most of the
old ones closed, each kind with each finding, a few left past their day.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cases.findings import FINDINGS, KINDS, findings_of

#: Of a hundred whose day has passed, so many wait still; of those whose day is to come, so many are closed.
_OVERDUE, _EARLY = 12, 30

_OPEN = """
INSERT INTO verification_case (kind, debtor_id, account_id, call_id, hold_id, opened_at, opened_by_id, due_on)
SELECT h.reason, h.debtor_id, h.account_id, h.call_id, h.id, h.placed_at, h.placed_by_id, h.ends_on
  FROM hold h
 WHERE h.reason = ANY (CAST(:kinds AS text[])) AND h.call_id IS NOT NULL
 ORDER BY h.id
"""
#: A payment of the person soon after the call closes a claim by itself; what else was found goes by turns.
_CLOSE = """
UPDATE verification_case v
   SET closed_at = LEAST(CAST(:now AS timestamptz),
                         COALESCE(p.paid_at, v.opened_at + (1 + v.id % 4) * interval '1 day')),
       closed_by_id = CASE WHEN p.paid_at IS NULL THEN CAST(:specialist AS integer) END,
       finding = CASE WHEN p.paid_at IS NULL THEN f.finding ELSE 'payment_found' END,
       finding_note = CASE WHEN p.paid_at IS NULL THEN CAST(:note AS text) ELSE '' END
  FROM (SELECT w.id, (SELECT min(y.recorded_at) FROM payment y JOIN account a ON a.id = y.account_id
                       WHERE w.kind = 'paid_claim' AND a.debtor_id = w.debtor_id
                         AND y.recorded_at > w.opened_at AND y.recorded_at::date <= w.due_on) AS paid_at
          FROM verification_case w) p,
       (SELECT kind, finding, nth, count(*) OVER (PARTITION BY kind) AS many
          FROM unnest(CAST(:kinds AS text[]), CAST(:findings AS text[]), CAST(:nths AS int[]))
               AS known (kind, finding, nth)) f
 WHERE p.id = v.id AND f.kind = v.kind AND f.nth = v.id % f.many
   AND (p.paid_at IS NOT NULL OR CASE WHEN v.due_on < (CAST(:now AS timestamptz) AT TIME ZONE :zone)::date
            THEN v.id * 37 % 100 >= :overdue ELSE v.id * 37 % 100 < :early END)
"""
#: What closed a case early ended its hold; who was found to be alive may be called again.
_LIFT = """
UPDATE hold h SET lifted_at = v.closed_at
  FROM verification_case v
 WHERE v.hold_id = h.id AND v.closed_at IS NOT NULL AND v.finding <> ALL (CAST(:prolonging AS text[]))
"""
_CONFIRM = """
UPDATE debtor d
   SET deceased_reported_at = CASE WHEN v.finding = 'alive' THEN NULL ELSE d.deceased_reported_at END,
       deceased_confirmed_at = CASE WHEN v.finding = 'died' THEN v.closed_at END
  FROM verification_case v
 WHERE v.debtor_id = d.id AND v.kind = 'deceased' AND v.closed_at IS NOT NULL
   AND d.deceased_reported_at IS NOT NULL
"""
_DEEDS = """
INSERT INTO timeline_event (at, agent_id, agent_name, deed, debtor_id, account_id, subject, subject_id, after)
SELECT v.opened_at, v.opened_by_id, u.first_name || ' ' || u.last_name, 'open_case', v.debtor_id,
       v.account_id, 'verification_case', v.id, jsonb_build_object('kind', v.kind, 'due_on', v.due_on)
  FROM verification_case v JOIN ab_user u ON u.id = v.opened_by_id
UNION ALL
SELECT v.closed_at, v.closed_by_id, COALESCE(u.first_name || ' ' || u.last_name, 'sistema'), 'close_case',
       v.debtor_id, v.account_id, 'verification_case', v.id,
       jsonb_build_object('kind', v.kind, 'finding', v.finding, 'note', v.finding_note)
  FROM verification_case v LEFT JOIN ab_user u ON u.id = v.closed_by_id
 WHERE v.closed_at IS NOT NULL
 ORDER BY 1
"""
_NOTE = "Verificado con la documentación del expediente."


def invent_cases(session: Session, specialist: int | None, now: datetime, zone: str) -> None:
    """Open a case for every hold of the calls told, and close most of the old ones by ``specialist``."""
    session.execute(text(_OPEN), {"kinds": list(KINDS)})
    by_hand = {k: [code for code in findings_of(k) if code != "payment_found"] for k in KINDS}
    known = [(kind, code, nth) for kind in KINDS for nth, code in enumerate(by_hand[kind])]
    kinds, findings, nths = (list(column) for column in zip(*known, strict=True))
    session.execute(
        text(_CLOSE),
        {
            "now": now,
            "zone": zone,
            "specialist": specialist,
            "note": _NOTE,
            "kinds": kinds,
            "findings": findings,
            "nths": nths,
            "overdue": _OVERDUE,
            "early": _EARLY,
        },
    )
    prolonging = [code for code, finding in FINDINGS.items() if finding.prolongs]
    session.execute(text(_LIFT), {"prolonging": prolonging})
    session.execute(text(_CONFIRM))
    session.execute(text(_DEEDS))
