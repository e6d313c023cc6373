"""What came back for one of two records of one person: joined with them, and parted again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.calls.merging import merge_people, take_merge_back
from app.models import WorklistItem, WorklistPush
from app.worklist.service import push
from tests.conftest import NOW
from tests.factories import make_account, make_debtor
from tests.worklist.floor import HOUR, SETTINGS


@pytest.fixture
def two(session, portfolio):
    """Two records with an account each."""
    records = make_debtor(session), make_debtor(session)
    for person in records:
        make_account(session, person, portfolio)
    return records


def join(session, people, two):
    kept, merged = two
    why = "same cédula on the paper bill"
    return merge_people(session, people.eva, SETTINGS, NOW, kept.id, merged.id, why)


def _pushes(session) -> dict[tuple[int, str], object]:
    session.expire_all()
    return {(p.debtor_id, p.reason): p.pushed_at for p in session.scalars(sa.select(WorklistPush))}


def test_what_came_back_for_either_came_back_for_the_one_and_parts_again(session, people, two):
    kept, merged = two[0].id, two[1].id
    push(session, SETTINGS, kept, "answered", NOW - 3 * HOUR)
    push(session, SETTINGS, merged, "answered", NOW - 2 * HOUR)
    push(session, SETTINGS, merged, "visited", NOW - HOUR)
    before = _pushes(session)
    merge = join(session, people, two)
    assert _pushes(session) == {
        (kept, "answered"): NOW - 2 * HOUR,
        (kept, "visited"): NOW - HOUR,
    }
    reasons = [r["code"] for r in session.get_one(WorklistItem, kept).reasons]
    assert {"visited", "answered"} <= set(reasons)
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    assert _pushes(session) == before


def test_what_came_back_since_stays_with_the_one_who_was_kept(session, people, two):
    kept, merged = two[0].id, two[1].id
    push(session, SETTINGS, merged, "visited", NOW - HOUR)
    merge = join(session, people, two)
    push(session, SETTINGS, kept, "visited", NOW + HOUR)
    take_merge_back(session, people.eva, SETTINGS, NOW + 2 * HOUR, merge.id)
    assert _pushes(session) == {(kept, "visited"): NOW + HOUR, (merged, "visited"): NOW - HOUR}


def test_a_joining_of_an_earlier_release_is_taken_back(session, people, two):
    merge = join(session, people, two)
    new = {"complaint", "referral", "visit", "pushes"}
    merge.moved = {name: rows for name, rows in merge.moved.items() if name not in new}
    session.flush()
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    assert [a.debtor_id for a in two[1].accounts] == [two[1].id]
