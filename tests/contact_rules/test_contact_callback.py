"""Being called at the hour that one asked for is service, and part of that contact."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.models import Account, Callback
from tests.contact_rules.desk import at
from tests.factories import make_attempt


def _asked_for(session: Session, account: Account, hour: str) -> Callback:
    callback = Callback(debtor_id=account.debtor_id, due_at=at(hour), asked_at=at("09:00"))
    session.add(callback)
    session.flush()
    return callback


def test_a_person_who_asked_for_four_may_be_called_at_four_and_not_before(session, ask, account):
    make_attempt(session, account.debtor, at("09:00"), answered=True)
    _asked_for(session, account, "16:00")
    assert [ask(account, hour).allowed for hour in ("15:59", "16:00", "16:30")] == [
        False,
        True,
        True,
    ]


def test_the_attempts_of_the_day_still_count(session, ask, account):
    for hour in ("09:00", "09:10", "09:20"):
        make_attempt(session, account.debtor, at(hour), answered=hour == "09:20")
    _asked_for(session, account, "16:00")
    assert ask(account, "16:00").refused_by == ("attempts",)


def test_once_called_back_the_day_is_over(session, ask, account):
    make_attempt(session, account.debtor, at("09:00"), answered=True)
    _asked_for(session, account, "16:00").done_at = at("16:05")
    session.flush()
    assert ask(account, "16:30").refused_by == ("contacts",)
