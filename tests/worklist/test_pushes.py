"""What comes back stands on top of the queue, until the holder was spoken to since."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.core.settings import change_setting, settings_on
from app.debtors.service import add_contact_point
from app.models import Account, Call, Claim, Debtor, WorklistItem, WorklistPush
from app.worklist.callbacks import promise_callback
from app.worklist.service import claim_person, push, put_off
from tests.conftest import NOW
from tests.factories import make_debtor, make_promise
from tests.worklist.floor import (
    DAY,
    HOUR,
    MINUTE,
    SETTINGS,
    called,
    claim,
    not_before,
    queue,
    reasons,
)


def _speak(session, agent, debtor_id: int, at, *, verified: bool = True) -> None:
    """A call of the person from ``at`` on, with or without the holder verified."""
    called(session, agent, debtor_id, "TPC_MESSAGE", at)
    last = sa.select(sa.func.max(Call.id)).where(Call.debtor_id == debtor_id).scalar_subquery()
    session.execute(sa.update(Call).where(Call.id == last).values(verified=verified))


def _burdened(session, people, owes) -> int:
    """Somebody of whom nearly all is said that the queue weighs."""
    debtor_id = owes("5000.00", oldest_due_on=DAY - timedelta(days=400))
    account = session.scalars(sa.select(Account).where(Account.debtor_id == debtor_id)).one()
    make_promise(session, people.ana, account, date(2026, 11, 16), state="broken", judged_at=NOW)
    promise_callback(session, people.ana, NOW - HOUR, debtor_id, NOW - MINUTE, mine=False)
    return debtor_id


def test_whom_the_field_visited_comes_before_everybody(session, owes, people):
    burdened, visited = _burdened(session, people, owes), owes("20.00")
    queue(session)
    push(session, SETTINGS, visited, "visited", NOW)
    assert claim(session, people.ana).debtor_id == visited
    assert [r["code"] for r in session.scalars(sa.select(Claim)).one().reasons][0] == "visited"
    assert claim(session, people.luis).debtor_id == burdened


def test_only_the_operators_own_due_callback_comes_first(session, owes, people):
    visited, promised = owes("20.00"), owes("20.00")
    promise_callback(session, people.ana, NOW - HOUR, promised, NOW - MINUTE, mine=True)
    queue(session)
    push(session, SETTINGS, visited, "visited", NOW)
    assert claim(session, people.ana).debtor_id == promised
    assert claim(session, people.luis).debtor_id == visited


def test_who_had_no_telephone_is_in_the_queue_with_the_one_that_was_found(session, owes, people):
    debtor_id = owes("20.00")
    for point in session.get_one(Debtor, debtor_id).contact_points:
        point.state = "retired"
    session.flush()
    assert debtor_id not in queue(session)
    found = session.get_one(Debtor, debtor_id)
    add_contact_point(session, people.eva, NOW, found, "0987654329", "05")
    push(session, SETTINGS, debtor_id, "visited", NOW)
    assert claim(session, people.ana).debtor_id == debtor_id


def test_who_was_put_off_is_offered_at_once_but_not_before_a_promised_hour(session, owes, people):
    waits, promised = owes("20.00"), owes("20.00")
    promise_callback(session, people.ana, NOW - HOUR, promised, NOW + 2 * HOUR, mine=False)
    queue(session)
    put_off(session, waits, NOW + 5 * HOUR)
    for debtor_id in (waits, promised):
        push(session, SETTINGS, debtor_id, "answered", NOW)
    assert (not_before(session, waits), not_before(session, promised)) == (NOW, NOW + 2 * HOUR)


@pytest.mark.parametrize(("reason", "weight"), [("visited", 120 + 400), ("answered", 40)])
def test_it_weighs_until_the_holder_was_spoken_to_since(session, owes, people, reason, weight):
    debtor_id = owes("20.00")
    _speak(session, people.ana, debtor_id, NOW - HOUR)
    push(session, SETTINGS, debtor_id, reason, NOW)
    assert reasons(queue(session)[debtor_id])[reason] == weight
    _speak(session, people.ana, debtor_id, NOW + HOUR, verified=False)
    assert reason in reasons(queue(session, NOW + 2 * HOUR)[debtor_id])
    _speak(session, people.ana, debtor_id, NOW + 2 * HOUR)
    assert reason not in reasons(queue(session, NOW + 3 * HOUR)[debtor_id])
    push(session, SETTINGS, debtor_id, reason, NOW + 4 * HOUR)
    session.expire_all()
    assert reason in reasons(session.get_one(WorklistItem, debtor_id))
    pushed = session.scalars(sa.select(WorklistPush.pushed_at)).all()
    assert pushed == [NOW + 4 * HOUR]


def test_a_weight_of_nothing_says_nothing(session, owes, people):
    change_setting(session, people.adela, NOW, "weight_visited", "0", DAY)
    debtor_id = owes("20.00")
    settings = settings_on(session, DAY)
    push(session, settings, debtor_id, "visited", NOW)
    assert "visited" not in reasons(queue(session, settings=settings)[debtor_id])


def test_who_owes_nothing_is_not_called_for_it(session, people):
    nobody = make_debtor(session)
    push(session, SETTINGS, nobody.id, "answered", NOW)
    assert nobody.id not in queue(session)


def test_the_call_screen_says_why(session, owes, people, sign_in):
    debtor_id = owes("20.00")
    push(session, SETTINGS, debtor_id, "visited", NOW)
    push(session, SETTINGS, debtor_id, "answered", NOW)
    item = session.get_one(WorklistItem, debtor_id)
    held = claim_person(session, people.ana, SETTINGS, NOW, debtor_id, "outgoing")
    held.reasons = item.reasons
    session.flush()
    ana = sign_in("ana")
    ana.get("/lang/en")
    page = ana.get("/work/").text
    assert "the field came back · complaint answered" in page
