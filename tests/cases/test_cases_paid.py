"""Claims of a payment that the payments prove close by themselves, once, with their hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cases.reading import case_facts, find_case
from app.cases.service import close_paid_claims, open_cases
from app.core.agent import SYSTEM
from app.models import Hold
from tests.calls.floor import DAY, SETTINGS
from tests.cases.floor import LATER, TOMORROW
from tests.factories import make_account, make_debtor, make_payment


@pytest.fixture
def run(session):
    """``run()``: the system's look at the payments, the day after the call."""
    return lambda now=LATER: close_paid_claims(session, SYSTEM, SETTINGS, now, now.date())


@pytest.mark.parametrize("typed", ["R-100", "r 100", "R100"])
def test_the_named_receipt_closes_it_and_lifts_the_hold(session, debtor, opened, run, typed):
    case = opened("RPC_PAID_CLAIM", receipt=typed)
    assert run() == 0
    make_payment(session, debtor.accounts[0], "10.00", TOMORROW, reference="R-100")
    assert run() == 1
    assert (case.finding, case.closed_by_id, case.closed_at) == ("payment_found", None, LATER)
    assert session.get_one(Hold, case.hold_id).lifted_at == LATER
    assert run() == 0, "a second run closes none"


def test_nothing_owed_any_more_closes_it_without_a_receipt(session, debtor, opened, run):
    case = opened("RPC_PAID_CLAIM", receipt="")
    make_payment(session, debtor.accounts[0], "249.00", DAY)
    assert run() == 0
    make_payment(session, debtor.accounts[0], "1.00", TOMORROW)
    assert run() == 1 and case.finding == "payment_found"


def test_one_paid_account_of_two_does_not_close_it(session, portfolio, debtor, opened, run):
    make_account(session, debtor, portfolio, "30.00")
    opened("RPC_PAID_CLAIM", receipt="")
    make_payment(session, debtor.accounts[0], "250.00", TOMORROW)
    assert run() == 0


@pytest.mark.parametrize("what", ["reversed", "somebody else's", "to come", "long before"])
def test_what_proves_nothing_leaves_it_open(session, portfolio, debtor, opened, run, what):
    account = debtor.accounts[0]
    opened("RPC_PAID_CLAIM", receipt="" if what == "long before" else "R-100")
    if what == "reversed":
        make_payment(session, account, "250.00", DAY, reference="R-100")
        make_payment(session, account, "-250.00", TOMORROW, reference="R-100")
    elif what == "somebody else's":
        other = make_account(session, make_debtor(session), portfolio)
        make_payment(session, other, "100.00", TOMORROW, reference="R-100")
    elif what == "to come":
        make_payment(session, account, "10.00", TOMORROW + timedelta(days=1), reference="R-100")
    else:
        account.balance = 0
        make_payment(session, account, "250.00", DAY - timedelta(days=40))
    session.flush()
    assert run() == 0 and open_cases(session, DAY) == (1, 0)


def test_other_kinds_are_not_closed_by_a_payment(session, debtor, opened, run):
    opened("RPC_HARDSHIP")
    make_payment(session, debtor.accounts[0], "250.00", TOMORROW)
    assert run() == 0


def test_a_case_that_a_specialist_closed_is_left(session, debtor, opened, close, run):
    case = opened("RPC_PAID_CLAIM")
    close(case, "payment_not_found")
    make_payment(session, debtor.accounts[0], "10.00", TOMORROW, reference="R-100")
    assert run() == 0 and case.finding == "payment_not_found"


def test_the_page_shows_the_payments_and_marks_the_named_one(session, debtor, opened):
    account = debtor.accounts[0]
    make_payment(session, account, "5.00", DAY - timedelta(days=60), reference="OLD")
    make_payment(session, account, "7.00", DAY - timedelta(days=90), reference="R100")
    make_payment(session, account, "6.00", DAY - timedelta(days=10), reference="SEEN")
    case = opened("RPC_PAID_CLAIM")
    facts = case_facts(session, SETTINGS, find_case(session, case.id))
    assert [(p.reference, p.matches) for p in facts.payments] == [("R100", True), ("SEEN", False)]
    assert facts.total == facts.owed[account.id].owed
