"""Two records that were one person for a while: whose is what came meanwhile."""

from __future__ import annotations

from app.calls.merging import take_merge_back
from app.holds.service import hold_bills, place_hold
from tests.conftest import NOW
from tests.test_contacts_joined import HOUR, SETTINGS, join, portfolio, two  # noqa: F401


def test_what_came_since_about_an_account_goes_back_with_it(session, people, two):  # noqa: F811
    kept, merged = two
    merge = join(session, people, two)
    account = merged.accounts[0] if merged.accounts else kept.accounts[-1]
    [held] = hold_bills(
        session, people.eva, NOW, SETTINGS, kept.id, account.bills[:1], "complaint", 30
    )
    whole = place_hold(session, people.eva, NOW, SETTINGS, kept.id, "manual", 5)
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    session.expire_all()
    assert (held.debtor_id, whole.debtor_id) == (account.debtor_id, kept.id)
    assert account.debtor_id == merged.id
