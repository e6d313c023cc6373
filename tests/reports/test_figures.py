"""The day's figures against a computation of their own."""

from __future__ import annotations

import random
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.core.settings import Settings
from app.models import (
    Call,
)
from app.reports.figures import Kept, Recovered
from app.reports.rows import MEASURES, Figure, count_rows, daily_rows
from app.reports.service import (
    daily_report,
    days_before,
)
from tests.reports.book import (
    DAY,
    SETTINGS,
    at_clock,
    best_of,
    day_of,
    hour_of,
    report_of,
    same_figures,
    tell_day,
)


@pytest.mark.parametrize("seed", range(6))
def test_figures_equal_a_computation_of_their_own(session, book, people, seed):
    told = tell_day(random.Random(seed), book, people)
    for operator in (None, people.ana, people.luis):
        report = report_of(session, operator=operator)
        calls = [c for c in told.standing if operator in (None, c.by) and day_of(c.call) == DAY]
        same_figures(report.figures, calls)
        for hour, figures in report.by_hour:
            same_figures(figures, [c for c in calls if hour_of(c.call) == hour])
        assert [h for h, _f in report.by_hour] == sorted({hour_of(c.call) for c in calls})
        for row in report.by_outcome:
            same_figures(row.figures, [c for c in calls if c.call.outcome.id == row.outcome_id])
        assert sum(row.figures.contacts for row in report.by_outcome) == len(calls)
        for row in report.by_operator:
            same_figures(row.figures, [c for c in calls if c.by.user_id == row.operator_id])
        best = best_of(calls)
        assert {r.outcome_id: r.best for r in report.by_outcome if r.best} == best
        assert report.persons == sum(best.values())


@pytest.mark.parametrize("seed", range(3))
def test_each_figure_equals_the_rows_behind_it(session, book, people, seed):
    tell_day(random.Random(seed), book, people)
    for operator_id in (None, people.ana.user_id):
        report = daily_report(session, SETTINGS, DAY, operator_id)
        figures = report.figures
        expected = {name: getattr(figures, name) for name in MEASURES if hasattr(figures, name)} | {
            "best": report.persons,
            "judged_day": report.kept_day.judged,
            "kept_day": report.kept_day.kept,
            "judged_month": report.kept_month.judged,
            "kept_month": report.kept_month.kept,
            "recovered": report.recovered.payments,
        }
        if operator_id is None:
            expected["alone"] = report.alone.payments
        for measure, count in expected.items():
            figure = Figure(measure)
            rows = list(daily_rows(session, SETTINGS, DAY, operator_id, figure=figure))
            assert len(rows) == count, measure
            assert count_rows(session, SETTINGS, DAY, operator_id, figure=figure) == count
        promises = daily_rows(session, SETTINGS, DAY, operator_id, figure=Figure("promises"))
        assert sum(p.amount for p in promises) == figures.promised
        paid = daily_rows(session, SETTINGS, DAY, operator_id, figure=Figure("recovered"))
        assert sum(p.amount for p in paid) == report.recovered.amount
        for row in report.by_outcome:
            figure = Figure("best", outcome_id=row.outcome_id)
            assert count_rows(session, SETTINGS, DAY, operator_id, figure=figure) == row.best
        for hour, by_hour in report.by_hour:
            figure = Figure("answered", hour=hour)
            assert (
                count_rows(session, SETTINGS, DAY, operator_id, figure=figure) == by_hour.answered
            )


def test_a_corrected_call_counts_once_and_as_its_correction(session, book, people):
    account = book.account()
    wrong = book.call(account, people.ana, "RPC_REFUSE", at_clock(time(10)))
    book.call(account, people.ana, "NC_NA", at_clock(time(10)), corrects_id=wrong.id)
    report = report_of(session)
    assert (report.figures.attempts, report.figures.answered) == (1, 0)
    assert [row.label for row in report.by_outcome] == ["No contesta"]
    assert [d.contacts for d in days_before(session, SETTINGS, DAY)] == [1]
    assert [r.outcome for r in daily_rows(session, SETTINGS, DAY)] == ["No contesta"]


def test_a_corrected_contact_is_credited_with_nothing(session, book, people):
    account = book.account()
    wrong = book.call(account, people.ana, "RPC_REFUSE", at_clock(time(10)))
    book.call(account, people.ana, "NC_NA", at_clock(time(10)), corrects_id=wrong.id)
    book.payment(account, "5.00")
    assert report_of(session).alone == Recovered(1, Decimal("5.00"))


def test_incoming_and_technical_failures_are_other_contacts(session, book, people):
    account = book.account()
    book.call(account, people.ana, "RPC_PTP_FULL", at_clock(time(9)), direction="incoming")
    book.call(account, people.ana, "SYS_ERROR", at_clock(time(9, 1)))
    figures = report_of(session).figures
    assert (figures.contacts, figures.attempts, figures.others) == (2, 0, 2)
    assert (figures.right_party, figures.holders) == (0, 1)


def test_the_day_is_the_units_to_the_last_second(session, book, people):
    account = book.account()
    for at, day in ((time(0, 0), DAY), (time(23, 59, 59), DAY), (time(0, 0), DAY + timedelta(1))):
        book.call(account, people.ana, "NC_NA", at_clock(at, day))
    assert report_of(session).figures.attempts == 2
    assert [hour for hour, _f in report_of(session).by_hour] == [0, 23]
    assert report_of(session, DAY + timedelta(1)).figures.attempts == 1
    assert report_of(session, DAY - timedelta(1)).figures.attempts == 0


def test_another_zone_cuts_another_day(session, book, people):
    book.call(book.account(), people.ana, "NC_NA", at_clock(time(0, 30)))
    islands = Settings({"zone": "Pacific/Galapagos"})
    assert report_of(session, settings=islands).figures.attempts == 0
    yesterday = report_of(session, DAY - timedelta(1), settings=islands)
    assert [hour for hour, _f in yesterday.by_hour] == [23]


def test_an_empty_day_is_all_zeros(session, book, people):
    report = report_of(session, date(2026, 1, 1), people.ana)
    assert (report.figures.contacts, report.persons, report.figures.promised) == (0, 0, 0)
    assert (report.by_hour, report.by_outcome, report.by_operator) == ([], [], [])
    assert days_before(session, SETTINGS, date(2026, 1, 1)) == []
    assert report.kept_month == Kept()


def test_a_day_without_promises_promises_nothing(session, book, people):
    book.call(book.account(), people.ana, "NC_NA", at_clock(time(9)))
    figures = report_of(session).figures
    assert (figures.promises, figures.promised, figures.holders) == (0, Decimal("0.00"), 0)


def test_kept_is_of_the_promises_whose_grace_ended_then(session, book, people):
    for state, paid, check_on in (
        ("kept", "12.00", DAY),
        ("partial", "4.00", DAY),
        ("broken", "0.00", date(2026, 11, 2)),
        ("pending", "0.00", DAY),
        ("replaced", "0.00", DAY),
        ("kept", "10.00", date(2026, 10, 31)),
        ("kept", "10.00", DAY + timedelta(1)),
    ):
        call = book.call(
            book.account(), people.ana, "RPC_PTP_FULL", at_clock(time(9), date(2026, 10, 20))
        )
        book.promise(call, "10.00", state=state, paid=Decimal(paid), check_on=check_on)
    report = report_of(session)
    assert report.kept_day == Kept(2, 1, Decimal("20.00"), Decimal("14.00"))
    assert report.kept_month == Kept(3, 1, Decimal("30.00"), Decimal("14.00"))
    assert report.by_operator[0].kept == report.kept_month
    assert report_of(session, operator=people.luis).kept_month == Kept()


def test_a_payment_is_credited_to_the_last_effective_contact_in_time(session, book, people):
    both, old, never, today = (book.account() for _ in range(4))
    book.call(both, people.ana, "RPC_REFUSE", at_clock(time(9), DAY - timedelta(20)))
    book.call(both, people.luis, "RPC_REFUSE", at_clock(time(9), DAY - timedelta(10)))
    book.call(both, people.ana, "NC_NA", at_clock(time(9), DAY - timedelta(2)))
    book.call(both, people.ana, "RPC_REFUSE", at_clock(time(9), DAY + timedelta(1)))
    book.call(old, people.ana, "RPC_REFUSE", at_clock(time(23, 59), DAY - timedelta(31)))
    book.call(today, people.ana, "RPC_REFUSE", at_clock(time(0, 0), DAY - timedelta(30)))
    for account, amount in (
        (both, "7.25"),
        (both, "-2.00"),
        (old, "3.10"),
        (never, "1.15"),
        (today, "9.99"),
    ):
        book.payment(account, amount)
    book.payment(both, "100.00", DAY - timedelta(1))
    report = report_of(session)
    assert report.recovered == Recovered(3, Decimal("15.24"))
    assert report.alone == Recovered(2, Decimal("4.25"))
    assert {r.name: r.recovered.amount for r in report.by_operator} == {
        "Luis Moreira": Decimal("5.25"),
        "Ana Cedeño": Decimal("9.99"),
    }
    assert report_of(session, operator=people.ana).recovered == Recovered(1, Decimal("9.99"))
    assert report_of(session, settings=Settings({"recovery_days": 5})).recovered == Recovered()


def test_the_best_outcome_is_the_heaviest_and_then_the_latest(session, book, people):
    account = book.account()
    book.call(account, people.ana, "RPC_REFUSE", at_clock(time(9)))
    book.call(account, people.luis, "NC_NA", at_clock(time(15)))
    book.call(book.account(), people.ana, "NC_NA", at_clock(time(9)))
    last = book.call(book.account(), people.ana, "NC_BUSY", at_clock(time(9)))
    heavy = book.call(last.account, people.ana, "NC_OFF", at_clock(time(10)))
    best = {row.label: row.best for row in report_of(session).by_outcome}
    assert best == {"Se niega": 1, "No contesta": 1, "Ocupado": 0, "Apagado": 1}
    rows = daily_rows(session, SETTINGS, DAY, figure=Figure("best"))
    assert heavy.id in {row.id for row in rows}


def test_the_series_shows_the_worked_days_of_thirty(session, book, people):
    account = book.account()
    for back in (0, 29, 30):
        book.call(account, people.ana, "RPC_PTP_FULL", at_clock(time(9), DAY - timedelta(back)))
    book.promise(session.scalars(sa.select(Call).order_by(Call.started_at.desc())).first(), "5.00")
    series = days_before(session, SETTINGS, DAY)
    assert [(d.day, d.contacts, d.promises) for d in series] == [
        (DAY - timedelta(29), 1, 0),
        (DAY, 1, 1),
    ]
