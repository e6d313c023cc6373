"""What no page of ours sends: it is refused, nothing is written, and nobody is kept from working."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.calls.corrections import correct_call
from app.calls.unfinished import close_unfinished
from app.core import clock
from app.models import Call, Claim, Promise
from tests.calls.floor import DAY, HOUR, MINUTE, SETTINGS, count
from tests.conftest import NOW
from tests.factories import make_account, make_debtor

#: Python refuses to read a number of so many digits.
ENDLESS = "9" * 5000


@pytest.fixture
def at_work(session, people, begin, sign_in, monkeypatch):
    """``at_work(amounts, verified=…)``: Ana's answer to a promise with these fields ``amount_…``."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + MINUTE)

    def post(amounts, *, verified):
        claim = begin(verified=verified)
        session.commit()
        typed = {"key": str(claim.key), "outcome": "RPC_PTP_PART", "day": str(DAY)}
        return sign_in("ana").post("/work/save", data=typed | amounts)

    return post


@pytest.fixture
def corrected_under(session, people, begin, save):
    """The open call under whose key another one of Ana's was corrected."""
    first, _ = save(begin(), "RPC_HANGUP", now=NOW + MINUTE)
    held = begin(direction="incoming", now=NOW + 2 * MINUTE)
    now = NOW + 3 * MINUTE
    correct_call(session, people.ana, SETTINGS, now, first.id, "UNV_CONTACT", "", key=held.key)
    return held


def test_a_correction_under_the_key_of_an_open_call_leaves_that_call_its_own(corrected_under, save):
    call, is_new = save(corrected_under, "RPC_HANGUP", now=NOW + 4 * MINUTE)
    assert (is_new, call.corrects_id) == (True, None)


def test_and_the_night_closes_it(session, corrected_under):
    close_unfinished(session, SETTINGS, NOW + 24 * HOUR)
    assert session.scalar(sa.select(Claim.id).where(Claim.closed_at.is_(None))) is None


@pytest.mark.parametrize("verified", [True, False])
def test_nobody_promises_for_the_account_of_somebody_else(session, portfolio, at_work, verified):
    other = make_account(session, make_debtor(session), portfolio, "77.31")
    answer = at_work({f"amount_{other.id}": "10,00"}, verified=verified)
    assert answer.status_code == 422
    assert "77,31" not in answer.text and (verified or "250,00" not in answer.text)
    assert (count(session, Promise), count(session, Call)) == (0, 0)


@pytest.mark.parametrize("verified", [True, False])
def test_nor_learns_what_is_owed_by_promising_too_much(session, debtor, at_work, verified):
    answer = at_work({f"amount_{debtor.accounts[0].id}": "999999,00"}, verified=verified)
    assert answer.status_code == 422 and ("250,00" in answer.text) == verified


@pytest.mark.parametrize("key", [ENDLESS, "-1", "0", "x", "1" * 18, "\x00", "٣"])
def test_an_account_that_is_no_number_is_no_account(session, at_work, key):
    assert at_work({f"amount_{key}": "10"}, verified=True).status_code == 422
    assert count(session, Promise) == 0
