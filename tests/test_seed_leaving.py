"""The demonstration's complaints and referrals keep the rules that they show."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.holds.contested import check_contested
from app.referrals.queries import ENFORCED_OTHERWISE
from app.seed.service import seed_demonstration
from tests.test_seed import ACCOUNTS, NOW, UNTIL, count


def test_complaints_and_referrals_are_what_their_holds_say(session: Session):
    seed_demonstration(session, ACCOUNTS, UNTIL, NOW)
    assert check_contested(session, UNTIL) == []
    assert session.execute(sa.text(ENFORCED_OTHERWISE)).all() == []
    standing = "h.lifted_at IS NULL"
    waits = "q.state IN ('received', 'routed')"
    lines = (
        "complaint q JOIN complaint_bill b ON b.complaint_id = q.id JOIN hold h ON h.id = b.hold_id"
    )
    assert count(session, lines) > 0
    assert count(session, f"{lines} WHERE ({waits}) <> ({standing})") == 0
    field = "referral r LEFT JOIN hold h ON h.id = r.hold_id WHERE r.kind <> 'enforcement'"
    kept = "r.state IN ('approved', 'assigned', 'visited')"
    assert count(session, f"{field} AND ({kept}) <> (h.id IS NOT NULL AND {standing})") == 0
    assert count(session, "referral WHERE state = 'assigned' AND planned_on = '2026-11-24'") > 0
