"""Any sequence of promises, payments, reversals, loads and days gives the states of a plain model."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.agent import SYSTEM
from app.core.settings import Settings
from app.debts.service import owed_by_person
from app.models import Account, Payment, Promise
from app.promises.service import (
    check_promises,
    judge_promises,
    make_promises,
    withdraw_pending_of_account,
)
from app.promises.terms import PromiseTerms
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio
from tests.promise_model import Model, Promised, grace_until

_EVENT = st.one_of(
    st.tuples(st.just("promise"), st.integers(1, 10000), st.integers(0, 6)),
    st.tuples(st.just("pay"), st.integers(1, 9000), st.integers(0, 6)),
    st.tuples(st.just("pay all"), st.integers(10000, 10000), st.integers(0, 2)),
    st.tuples(st.just("reverse"), st.integers(0, 4), st.just(0)),
    st.tuples(st.just("withdraw"), st.just(0), st.just(0)),
    st.tuples(st.just("days"), st.integers(1, 5), st.just(0)),
)
#: The event, and who judges after it: the load that brought it, the run of the day, or nobody yet.
_STORY = st.lists(st.tuples(_EVENT, st.sampled_from(("load", "run", "nobody"))), max_size=12)


class _Unit:
    """The real thing, told the same events as the model."""

    def __init__(self, session, ana, account: Account) -> None:
        self.session, self.ana, self.account = session, ana, account
        self.made: list[Promise] = []
        self.payments: list[Payment] = []
        self._ticks = itertools.count(1)

    def moment(self, day: date) -> datetime:
        """One after every one before: what is recorded first is judged first."""
        return NOW + (day - NOW.date()) + timedelta(seconds=next(self._ticks))

    def promise(self, day: date, amount: Decimal, due_on: date) -> None:
        owed = owed_by_person(self.session, self.account.debtor_id)
        terms = PromiseTerms({self.account.id: amount}, due_on, None, reason="cobra el lunes")
        now = self.moment(day)
        self.made += make_promises(
            self.session, self.ana, now, Settings({}), owed, terms, full=False, call_id=None
        )

    def withdraw(self, day: date) -> bool:
        gone = withdraw_pending_of_account(
            self.session, self.ana, self.moment(day), self.account.id, "se equivocó"
        )
        return gone is not None

    def pay(self, day: date, amount: Decimal, paid_on: date, number: int) -> None:
        payment = make_payment(
            self.session, self.account, amount, paid_on, reference=f"{self.account.id}-{number}"
        )
        payment.recorded_at = self.moment(day)
        self.session.flush()
        self.payments.append(payment)

    def judge(self, day: date, by: str) -> None:
        load_id = self.payments[-1].load_id if by == "load" and self.payments else None
        judge_promises(self.session, SYSTEM, self.moment(day), day, load_id)
        self.session.expire_all()

    def states(self) -> list[tuple[str, Decimal]]:
        return [(p.state, p.paid) for p in self.made]


def _happens(event: tuple[str, int, int], day: date, unit: _Unit, model: Model) -> date:
    """Tell both of it; the day on which it ends."""
    what, number, days = event
    amount = Decimal(number) / 100
    if what == "promise":
        due_on = day + timedelta(days=days)
        unit.promise(day, amount, due_on)
        model.end("replaced")
        model.promises.append(Promised(amount, day, grace_until(due_on)))
    elif what == "withdraw":
        assert unit.withdraw(day) == model.end("withdrawn")
    elif what.startswith("pay"):
        key, paid_on = len(model.payments), day - timedelta(days=days)
        unit.pay(day, amount, paid_on, key)
        model.payments[key] = (paid_on, amount)
    elif what == "reverse" and number in model.payments and number not in model.reversals:
        unit.pay(day, -model.payments[number][1], day, number)
        model.reversals[number] = day
    elif what == "days":
        return day + timedelta(days=number)
    return day


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=_STORY)
def test_the_states_are_those_of_the_model(session, people, story):
    outer = session.begin_nested()
    debtor, day = make_debtor(session), NOW.date()
    portfolio = make_portfolio(session, day - timedelta(days=9))
    unit = _Unit(session, people.ana, make_account(session, debtor, portfolio, "900000.00"))
    model = Model()
    for event, by in story:
        day = _happens(event, day, unit, model)
        if by != "nobody":
            unit.judge(day, by)
            model.judge(day)
            assert unit.states() == [(p.state, p.paid) for p in model.promises]
            assert check_promises(session, day) == []
    outer.rollback()
