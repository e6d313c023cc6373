"""Ten weeks, from the load to the last instalment: an agreement that is kept beside one that is broken."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.agreements.reading import schedule_of
from app.agreements.service import approve_agreement
from app.calls.effects import CallResult
from app.calls.plan import PlanWish
from app.core.errors import RuleBroken
from app.debts.service import owed_by_person
from app.followup.checking import check_followup
from app.followup.mine import my_followups
from app.models import Agreement, FollowupRun
from app.reports.agreed import parted_debt
from tests.unit import SETTINGS, ZONE, Unit, at
from tests.utility import Customer

#: The Friday of the first load, and the last day of the ten weeks.
FIRST, LAST = date(2026, 11, 20), date(2027, 1, 29)
CALLED, DOWN = date(2026, 11, 24), date(2026, 12, 2)
DUES = [DOWN, date(2026, 12, 24), date(2027, 1, 25)]


class Weeks(Unit):
    """Two people who ask for an agreement: one keeps it."""

    def __init__(self, app, session, people, folder):
        self.keeper = Customer("200001", "1710034065", "VERA LOOR ROSA ELENA", "0991234501")
        self.breaker = Customer("200002", "0926687856", "MOREIRA CEDEÑO JUAN", "0991234502")
        for customer, amounts in ((self.keeper, (300, 200, 100)), (self.breaker, (250, 150))):
            for n, amount in enumerate(amounts):
                month = date(2026, 7 + n, 3)
                customer.bill(f"{customer.account}-{n}", month, f"{amount}.00")
        super().__init__(app, session, people, folder, [self.keeper, self.breaker])

    def agreement(self, customer: Customer) -> Agreement:
        self.session.expire_all()
        account = self.account(customer)
        return self.session.scalars(
            sa.select(Agreement).where(Agreement.account_id == account.id)
        ).one()

    def asks(self, customer: Customer, now: datetime, *, bills: int) -> Agreement:
        """Ana calls; the holder wants to pay the oldest ``bills`` in two instalments."""
        account = self.account(customer)
        oldest = tuple(bill.id for bill in account.bills[:bills])
        wish = PlanWish(bill_ids=oldest, months=2, first_due_on=DUES[1])
        self.calls(customer, now, CallResult("RPC_PLAN_REQ", account_id=account.id, plan=wish))
        return self.agreement(customer)

    def runs(self, first: date, last: date) -> dict[date, dict[str, int]]:
        """The nights of a span; those in which an agreement changed."""
        changed = {}
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            turned = {s: c for s, c in self.run(day).agreements.items() if c}
            if turned:
                changed[day] = turned
            if day.weekday() == 4 and day > FIRST:
                self.week(day)
        return changed

    def owed(self, customer: Customer) -> tuple[str, str, str]:
        """Owed, put off, to be asked for."""
        [owed] = owed_by_person(self.session, self.account(customer).debtor_id)
        return f"{owed.owed:.2f}", f"{owed.covered:.2f}", f"{owed.collectable:.2f}"

    def told(self, day: date) -> dict[str, str]:
        """What Ana's follow-ups say of her agreements: name → state."""
        rows = my_followups(
            self.session, self.people.ana, at(day, 9), day, at(day, 23, 59), ZONE, FIRST
        )
        return {row.name: row.state for row in rows if row.kind == "agreement"}


@pytest.fixture
def unit(app, session, people, tmp_path) -> Weeks:
    return Weeks(app, session, people, tmp_path)


def test_ten_weeks_of_two_agreements(unit: Weeks, session, people):
    keeper, breaker = unit.keeper, unit.breaker
    unit.week(FIRST)
    assert unit.owed(keeper) == ("600.00", "0.00", "600.00")

    # Tuesday: both ask for two instalments, one of them over two of three bills; Eva gives them.
    kept, broken = (
        unit.asks(keeper, at(CALLED, 10), bills=2),
        unit.asks(breaker, at(CALLED, 10, 30), bills=2),
    )
    assert [(i.due_on, i.amount) for i in kept.instalments] == list(
        zip(DUES, map(Decimal, ("100.00", "200.00", "200.00")), strict=True)
    )
    assert unit.owed(keeper) == ("600.00", "500.00", "100.00")
    with pytest.raises(RuleBroken):
        approve_agreement(session, people.ana, at(CALLED, 11), SETTINGS, kept.id)
    for agreement in (kept, broken):
        given = approve_agreement(session, people.eva, at(CALLED, 11), SETTINGS, agreement.id)
        assert given.state == "awaiting"

    # What is under an agreement is not collected; the bill beside it is.
    tomorrow = at(CALLED + timedelta(days=1), 9)
    assert unit.refused(breaker, tomorrow) == ("agreement",)
    assert unit.refused(keeper, tomorrow) == ()

    # The down payments, made in time, are posted a day late: without effect for a night, then in force.
    assert unit.runs(CALLED, DOWN) == {}
    assert unit.run(DOWN + timedelta(days=1)).agreements["void"] == 2
    unit.pay(
        at(DOWN + timedelta(days=1), 6),
        (keeper, date(2026, 12, 1), "100.00"),
        (breaker, DOWN, "80.00"),
    )
    assert (unit.agreement(keeper).state, unit.agreement(breaker).state) == ("active", "active")
    assert unit.owed(keeper) == ("500.00", "400.00", "100.00")

    # A new bill is asked for; the agreement beside it is up to date.
    keeper.bill("200001-9", date(2026, 12, 3), "40.00")
    assert unit.runs(date(2026, 12, 4), date(2026, 12, 24)) == {}
    assert unit.owed(keeper) == ("540.00", "400.00", "140.00")
    assert unit.refused(breaker, at(date(2026, 12, 23), 9)) == ("agreement",)

    # The keeper pays on the 23rd, posted after Christmas; the other one does not.
    unit.pay(at(date(2026, 12, 28), 6), (keeper, date(2026, 12, 23), "200.00"))
    assert unit.runs(date(2026, 12, 25), date(2027, 1, 1)) == {}
    assert (unit.agreement(keeper).late, unit.agreement(breaker).late) == (0, Decimal("160.00"))
    assert unit.owed(breaker) == ("320.00", "160.00", "160.00")
    assert unit.refused(breaker, at(date(2026, 12, 30), 9)) == ()
    assert "late_instalment" in unit.reasons(breaker)
    assert unit.told(date(2026, 12, 30)) == {keeper.name: "active", breaker.name: "late"}

    # After the last day of grace it is broken: the debt is back, and Ana is told.
    assert unit.runs(date(2027, 1, 2), date(2027, 1, 2)) == {date(2027, 1, 2): {"broken": 1}}
    assert unit.agreement(breaker).ended_on == date(2027, 1, 2)
    assert unit.owed(breaker) == ("320.00", "0.00", "320.00")
    assert "broken_agreement" in unit.reasons(breaker)
    assert unit.told(date(2027, 1, 2))[breaker.name] == "broken"

    # The same debt is not put off twice.
    unit.runs(date(2027, 1, 3), date(2027, 1, 8))
    with pytest.raises(RuleBroken, match=broken.number), session.begin_nested():
        unit.asks(breaker, at(date(2027, 1, 12), 10), bills=2)

    # The last instalment on its day, posted three days later: kept, and what is left is free.
    unit.runs(date(2027, 1, 9), date(2027, 1, 27))
    unit.pay(at(date(2027, 1, 28), 6), (keeper, DUES[2], "200.00"))
    assert unit.runs(date(2027, 1, 28), LAST) == {}
    ended = unit.agreement(keeper)
    assert (ended.state, ended.ended_on, ended.paid) == ("kept", DUES[2], Decimal("500.00"))
    assert {line.state for line in schedule_of(ended, LAST)} == {"paid"}
    assert unit.owed(keeper) == ("140.00", "0.00", "140.00")
    total, _parts = parted_debt(session, LAST.replace(day=1), LAST)
    assert (total.owed, total.agreed, total.free) == (Decimal("460.00"), 0, Decimal("460.00"))
    assert total.paid_agreed == Decimal("200.00")

    # Each night stands once, and nothing stored differs from what it should be.
    nights = (LAST - CALLED).days + 1
    assert session.scalar(sa.select(sa.func.count(FollowupRun.day))) == nights
    assert check_followup(session, at(LAST, 23))[0] == []
