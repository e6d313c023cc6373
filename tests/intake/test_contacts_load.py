"""What people of the unit said of a contact or of a person outlives the next file."""

from __future__ import annotations

import sqlalchemy as sa

from app.calls.merging import merge_people, take_merge_back
from app.core.settings import Settings
from app.debtors.service import retire_by_hand, verify_by_hand
from app.models import Account, ContactPoint, Debtor
from tests.conftest import NOW
from tests.intake.floor import DAY1, DAY2, file_of

SETTINGS = Settings({})


def test_the_next_file_changes_no_contact_that_somebody_judged(session, people, load):
    load(file_of("guayas", 1), as_of=DAY1)
    kinds = ("phone", "email")
    points = [
        session.scalars(sa.select(ContactPoint).where(ContactPoint.kind == kind).limit(2)).all()
        for kind in kinds
    ]
    for verified, retired in points:
        verify_by_hand(session, people.ana, NOW, verified)
        retire_by_hand(session, people.eva, NOW, retired, "changed")
    session.execute(sa.text("UPDATE account SET row_hash = 'another'"))
    judged = [[_judgement(point) for point in pair] for pair in points]
    assert load(file_of("guayas", 1), portfolio="guayas", as_of=DAY2).changed > 0
    session.expire_all()
    assert [[_judgement(point) for point in pair] for pair in points] == judged


def _judgement(point: ContactPoint) -> tuple:
    return point.state, point.state_at, point.state_by_id, point.retired_reason


def test_the_next_file_brings_the_accounts_of_a_joined_record_to_the_one_who_stands(
    session, people, load
):
    load(file_of("guayas", 1), as_of=DAY1)
    kept, merged = session.scalars(sa.select(Debtor).order_by(Debtor.id).limit(2)).all()
    name, own = kept.name, [a.id for a in merged.accounts]
    merge = merge_people(session, people.eva, SETTINGS, NOW, kept.id, merged.id, "one person")
    session.execute(sa.text("UPDATE account SET row_hash = 'another'"))
    load(file_of("guayas", 1), portfolio="guayas", as_of=DAY2)
    session.expire_all()
    assert {session.get_one(Account, key).debtor_id for key in own} == {kept.id}
    assert kept.name == name
    take_merge_back(session, people.eva, SETTINGS, NOW, merge.id)
    assert {session.get_one(Account, key).debtor_id for key in own} == {merged.id}
