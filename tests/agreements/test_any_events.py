"""Whatever happens to an agreement, in any order, it comes to what a plain model says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.agreements.judging import check_agreements
from app.agreements.reading import schedule_of
from app.debts.service import owed_by_person
from app.models import (
    Debtor,
    Payment,
)
from tests.agreements.floor import (
    AS_OF,
    DAY,
    PLAIN,
    judge,
    moment,
    pay,
    take_back,
)
from tests.agreements.model import Paid, expected
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_portfolio,
)


@pytest.fixture
def account(session):
    return make_account(session, make_debtor(session), make_portfolio(session, AS_OF), "500.00")


_AMOUNTS = st.one_of(st.sampled_from([2000, 3000, 9000, 11000]), st.integers(1, 6000))
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), _AMOUNTS, st.integers(0, 4)),
        st.tuples(st.just("elsewhere"), _AMOUNTS, st.just(0)),
        st.tuples(st.just("reverse"), st.integers(0, 6), st.just(0)),
        st.tuples(st.just("days"), st.integers(0, 9), st.just(0)),
    ),
    max_size=14,
)
_BEFORE = st.lists(st.tuples(_AMOUNTS, st.integers(0, 12), st.booleans()), max_size=2)


@contextmanager
def rolled_back(session) -> Iterator[None]:
    """Nothing stays, whatever happened."""
    outer = session.begin_nested()
    try:
        yield
    finally:
        outer.rollback()


class Run:
    """One agreement, told the same to the database and to the model."""

    def __init__(self, session, account, other, agreement) -> None:
        self.session, self.account, self.other, self.agreement = session, account, other, agreement
        self.rows: list[Payment] = []
        self.model: list[Paid] = []
        self.day = DAY

    def pay(self, cents: int, days_back: int, known: bool = False) -> None:
        amount, on = Decimal(cents) / 100, self.day - timedelta(days=days_back)
        recorded = NOW - timedelta(minutes=1) if known else moment()
        self.rows.append(pay(self.session, self.account, str(amount), on, recorded_at=recorded))
        self.model.append(Paid(on, amount, known))

    def happen(self, what: str, number: int, days_back: int) -> None:
        if what == "pay":
            self.pay(number, days_back)
        elif what == "elsewhere":
            pay(self.session, self.other, str(Decimal(number) / 100), self.day)
        elif what == "days":
            self.day += timedelta(days=number)
        elif number < len(self.model) and not self.model[number].reversed_on:
            self.model[number].reversed_on = self.day
            take_back(self.session, self.rows[number], self.day)

    def check(self) -> None:
        agreement, day = self.agreement, self.day
        state, paid, late, ended_on = expected(PLAIN, self.model, agreement.counts_from, day)
        assert (agreement.state, agreement.paid, agreement.ended_on) == (state, paid, ended_on)
        goes_on = state in ("awaiting", "active")
        assert agreement.bills[0].binds is (goes_on or state == "broken")
        covered = agreement.total - paid - late if goes_on else 0
        owed = next(
            o
            for o in owed_by_person(self.session, self.account.debtor_id)
            if o.account_id == self.account.id
        )
        assert (owed.covered, owed.collectable) == (covered, owed.owed - covered)
        lines = schedule_of(agreement, day)
        self.check_allocation([(line.paid, line.amount) for line in lines], paid)
        if goes_on:
            assert agreement.late == late == sum(x.left for x in lines if x.due_on < day)

    @staticmethod
    def check_allocation(lines: list[tuple[Decimal, Decimal]], paid: Decimal) -> None:
        assert sum(p for p, _ in lines) == min(paid, 110)
        assert all(0 <= p <= amount for p, amount in lines)
        assert all(
            not after or p == amount for (p, amount), (after, _) in itertools.pairwise(lines)
        )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=_BEFORE, events=_EVENTS)
def test_any_payments_reversals_and_days_equal_the_model(session, agreed, account, before, events):
    with rolled_back(session):
        debtor = session.get_one(Debtor, account.debtor_id)
        other = make_account(session, debtor, make_portfolio(session, AS_OF), "900.00")
        run = Run(session, account, other, agreed())
        for cents, days_back, known in before:
            run.pay(cents, days_back, known)
        for event in [("days", 0, 0), *events, ("days", 40, 0)]:
            run.happen(*event)
            judge(session, run.day)
            run.check()
        assert judge(session, run.day) == []
        assert check_agreements(session, run.day) == []
