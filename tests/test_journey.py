"""One dated journey through the house, from the file of 20 November to the reports."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from app.calls.dialling import dial
from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.service import record_call
from app.contact_rules.service import Verdict, may_contact
from app.core.agent import SYSTEM
from app.core.settings import Settings
from app.debts.service import find_account, find_portfolio, owed_by_person, owed_totals
from app.followup.service import run_followup
from app.intake.files import keep_path
from app.intake.receiving import receive_load
from app.jobs import load_and_follow
from app.models import Call, Promise, WorklistItem
from app.reports.service import daily_report, write_daily_workbook
from app.worklist.service import claim_next

SETTINGS = Settings({})
DATA = Path(__file__).parent / "data"
CONTROL = json.loads((DATA / "control_manabi.json").read_text("utf-8"))
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That moment of the clock in Guayaquil."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=5)


@pytest.fixture
def day(app, session, people):
    return WorkingDays(app, session, people)


class WorkingDays:
    """The deeds of the unit's people, one after the other."""

    def __init__(self, app, session, people):
        self.var, self.session, self.people = app.config["VAR"], session, people

    def load(self, file: str, kind: str, now: datetime, as_of: date | None = None):
        stored = keep_path(self.var, DATA / file)
        received = receive_load(
            self.session,
            self.people.eva,
            now,
            kind=kind,
            portfolio_name="manabi",
            as_of=as_of,
            partial=False,
            stored=stored,
        )
        load = load_and_follow(
            self.session, self.people.eva, self.var, now, received.id, lambda _: None
        )
        self.session.execute(sa.text("DISCARD TEMPORARY"))  # as the commit would
        self.session.expire_all()
        assert load.status == "applied", load.refusal
        return load

    def claim(self, now: datetime, agent=None):
        return claim_next(self.session, agent or self.people.ana, SETTINGS, now)

    def call(self, claim, now: datetime, code: str, *, verified=False, **typed) -> Call:
        agent, debtor = self.people.ana, claim.debtor
        phone = next(p for p in debtor.contact_points if p.kind == "phone")
        assert dial(self.session, agent, SETTINGS, now, claim, phone.id).allowed
        if verified:
            number = debtor.accounts[0].number
            assert check_identity(
                self.session, agent, SETTINGS, now, claim, account=number
            ).verified
        later = now + timedelta(minutes=2)
        call, _ = record_call(
            self.session, agent, SETTINGS, later, claim.key, CallResult(code, **typed)
        )
        return call

    def promise(self, claim, now: datetime, share: int, due_on: date) -> Promise:
        """The person promises ``share`` percent of the first account."""
        owed = owed_by_person(self.session, claim.debtor_id)[0]
        amount = (owed.collectable * share / 100).quantize(Decimal("0.01"))
        code = "RPC_PTP_FULL" if share == 100 else "RPC_PTP_PART"
        call = self.call(
            claim, now, code, verified=True, amounts={owed.account_id: amount}, due_on=due_on
        )
        return self.session.scalars(sa.select(Promise).where(Promise.call_id == call.id)).one()

    def owed(self) -> dict[str, str | int]:
        portfolio = find_portfolio(self.session, "manabi")
        accounts, _, balance = owed_totals(self.session, portfolio.id)
        return {"accounts": accounts, "balance": str(balance)}


def test_from_the_file_to_the_report(day, session, people, tmp_path):
    # Friday evening: the portfolio comes in; nobody is called out of hours nor at the weekend.
    day.load("cartera_manabi_dia1.txt", "portfolio", at(FRIDAY, 20, 30), FRIDAY)
    assert day.owed() == {k: CONTROL["day1"][k] for k in ("accounts", "balance")}
    queue = session.scalar(sa.select(sa.func.count()).select_from(WorklistItem))
    assert 0 < queue <= CONTROL["day1"]["accounts"]
    assert day.claim(at(FRIDAY, 20, 31)).refused_by == ("hours",)
    sunday = day.claim(at(date(2026, 11, 22), 10))
    assert (sunday.refused_by, sunday.next_allowed_at) == (("weekend",), at(MONDAY, 7))

    # Monday: Ana and Luis never get the same person; Ana's people answer, or do not.
    first = day.claim(at(MONDAY, 8))
    luis = day.claim(at(MONDAY, 8), people.luis)
    assert first.debtor_id != luis.debtor_id
    day.call(first, at(MONDAY, 8), "NC_NA")
    refusing = day.claim(at(MONDAY, 8, 10))
    day.call(refusing, at(MONDAY, 8, 10), "RPC_REFUSE", verified=True)
    breaking = day.promise(day.claim(at(MONDAY, 8, 20)), at(MONDAY, 8, 20), 50, MONDAY)
    paying = day.claim(at(MONDAY, 8, 30))
    claimed_paid = day.call(
        paying, at(MONDAY, 8, 30), "RPC_PAID_CLAIM", verified=True, receipt="F-1", note="ayer"
    )
    assert may_contact(session, SETTINGS, [paying.debtor_id], "call", at(TUESDAY, 9))[
        paying.debtor_id
    ].refused_by == ("hold",)
    assert claimed_paid.receipt == "F-1"

    # The one who did not answer is offered again in the afternoon, and promises what the payments
    # file of that day will show as paid.
    payer = find_account(session, find_portfolio(session, "manabi"), "100081")
    again = None
    while again is None or again.debtor_id != payer.debtor_id:
        again = day.claim(at(MONDAY, 15))
        assert not isinstance(again, Verdict | None), "the payer was never offered"
        if again.debtor_id != payer.debtor_id:
            day.call(again, at(MONDAY, 15), "NC_BUSY")
    keeping = day.promise(again, at(MONDAY, 15, 30), 100, MONDAY)
    made = session.scalar(sa.select(sa.func.count()).select_from(Call))

    # Tuesday: the payments of Monday; the promise is kept by them and by nothing else.
    paid = day.load("pagos_manabi.csv", "payments", at(TUESDAY, 6))
    assert str(paid.amount) == CONTROL["payments"]["amount"]
    assert day.owed() == {k: CONTROL["day2"][k] for k in ("accounts", "balance")}
    assert (keeping.state, breaking.state) == ("kept", "pending")

    # The night after the grace: the other promise is broken and its person is back, on top.
    day.load("cartera_manabi_dia2.txt", "portfolio", at(TUESDAY, 6, 30), MONDAY)
    assert day.owed() == {k: CONTROL["day2"][k] for k in ("accounts", "balance")}
    after = breaking.check_on + timedelta(days=1)
    result = run_followup(session, SYSTEM, at(after, 0, 5), after)
    assert (result.promises, result.requeued) == ({"kept": 0, "partial": 0, "broken": 1}, 1)
    session.expire_all()
    assert breaking.state == "broken"
    top = session.scalars(sa.select(WorklistItem).order_by(WorklistItem.score.desc())).first()
    assert top.debtor_id == breaking.debtor_id
    assert day.claim(at(after, 8)).debtor_id == breaking.debtor_id

    # The report of Monday: every figure is what was done, and the workbook says the same.
    report = daily_report(session, SETTINGS, MONDAY)
    figures = report.figures
    assert (figures.contacts, figures.attempts, figures.right_party) == (made, made, 4)
    assert (figures.promises, figures.promised) == (2, breaking.amount + keeping.amount)
    assert report.kept_day.judged == 0
    book = tmp_path / "monday.xlsx"
    write_daily_workbook(session, MONDAY, book, at(after, 9))
    sheets = load_workbook(book)
    assert len(sheets.sheetnames) == 4
    told = [
        row for row in sheets.worksheets[1].iter_rows(values_only=True) if isinstance(row[0], int)
    ]
    assert len(told) == made
