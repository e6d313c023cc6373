"""A correction takes back what followed from the outcome that was not so."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from app.calls.corrections import correct_call
from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.models import Debtor, Hold
from tests.calls.floor import HOUR, MINUTE, SETTINGS
from tests.conftest import NOW

LATER = NOW + HOUR


@pytest.fixture
def correct(session, people):
    def make(call, code, note="fue un error"):
        return correct_call(
            session, people.ana, SETTINGS, NOW + 5 * MINUTE, call.id, code, note, key=uuid.uuid4()
        )

    return make


def _refusals(session, debtor) -> tuple[str, ...]:
    return may_contact(session, SETTINGS, [debtor.id], "call", LATER)[debtor.id].refused_by


def test_a_death_reported_by_a_slip_is_withdrawn(session, debtor, begin, save, correct):
    call, _ = save(begin(verified=False), "TPC_DECEASED", note="contesta la hija")
    assert {"deceased", "hold"} <= set(_refusals(session, debtor))
    correct(call, "NC_NA")
    assert session.get(Debtor, debtor.id).deceased_reported_at is None
    assert _refusals(session, debtor) == ()


def test_a_death_that_another_call_reports_too_stays(session, debtor, begin, save, correct):
    save(begin(verified=False), "TPC_DECEASED", note="contesta la hija")
    second, _ = save(
        begin(verified=False, direction="incoming"), "TPC_DECEASED", note="llama el hijo"
    )
    correct(second, "TPC_MESSAGE")
    assert "deceased" in _refusals(session, debtor)


@pytest.mark.parametrize(
    ("code", "typed", "rule"),
    [
        ("RPC_PAID_CLAIM", {"note": "dice que pagó", "receipt": "R-1"}, "hold"),
        ("RPC_OPTOUT", {}, "opt_out"),
        ("RPC_HARDSHIP", {"note": "sin trabajo"}, "hold"),
    ],
)
def test_a_hold_that_was_not_so_is_lifted(session, debtor, begin, save, correct, code, typed, rule):
    call, _ = save(begin(), code, **typed)
    assert rule in _refusals(session, debtor)
    correct(call, "NC_NA")
    assert rule not in _refusals(session, debtor)
    assert session.scalars(sa.select(Hold.lifted_at)).all() == [NOW + 5 * MINUTE]


def test_a_number_that_was_not_wrong_is_restored(session, debtor, begin, save, correct):
    call, _ = save(begin(verified=False), "BAD_WRONG")
    point = debtor.contact_points[0]
    assert point.state == "retired"
    correct(call, "NC_BUSY")
    assert (point.state, point.retired_reason) == ("unverified", None)


def test_a_refusal_that_was_none_lowers_the_level_again(session, debtor, begin, save, correct):
    call, _ = save(begin(), "RPC_REFUSE")
    assert debtor.level == 1
    correct(call, "RPC_HANGUP")
    assert debtor.level == 0


def test_who_came_to_us_did_not_fail_to_answer(begin, save):
    with pytest.raises(RuleBroken, match="came to us"):
        save(begin(verified=False, direction="incoming"), "NC_NA")
