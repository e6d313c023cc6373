"""The daily report against a computation of its own over invented days, and who may see what."""

from __future__ import annotations

import io
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.core.settings import Settings, change_setting
from app.models import (
    AccessLog,
    Account,
    Call,
    ContactPoint,
    Debtor,
    Load,
    Outcome,
    Payment,
    Portfolio,
    Promise,
)
from app.reports.figures import Kept, Recovered
from app.reports.rows import MEASURES, Figure, count_rows, daily_rows
from app.reports.service import (
    daily_report,
    days_before,
    make_workbook,
    write_daily_workbook,
)
from app.reports.workbook import Stamp

GUAYAQUIL = ZoneInfo("America/Guayaquil")
DAY = date(2026, 11, 23)
SETTINGS = Settings({})
#: Nowhere in what an operator is shown: ID, account, balance, bills, promise, dates, note.
CANARIES = (
    "1712345675",
    "8800112233",
    "7391.17",
    "7.391,17",
    "7,391.17",
    "613",
    "4517.83",
    "4.517,83",
    "4,517.83",
    "2026-12-29",
    "29/12/2026",
    "31/12/2026",
    "CANARY-NOTE",
    "CANARY-REF",
)


@dataclass
class Book:
    """Writes invented rows straight into the tables."""

    session: Session
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        portfolio = Portfolio(name="agua-informes", as_of=date(2026, 11, 20))
        self.session.add(portfolio)
        self.session.flush()
        self.load = Load(
            kind="portfolio",
            portfolio_id=portfolio.id,
            file_name="x",
            as_of=date(2026, 11, 20),
            created_at=_at(time(6)),
        )
        self.session.add(self.load)
        self.session.flush()
        self.outcomes = {o.code: o for o in self.session.scalars(sa.select(Outcome))}

    def account(self, **values) -> Account:
        n = next(self.serial)
        debtor = Debtor(
            person_key=f"CTA:{n}",
            name=values.pop("name", f"CEDEÑO ANA {n}"),
            identification=values.pop("identification", ""),
        )
        number = values.pop("number", f"A-{n:06}")
        account = Account(
            debtor=debtor,
            portfolio_id=self.load.portfolio_id,
            number=number,
            number_key=number.replace("-", ""),
            balance=Decimal("10.00"),
            attributes={},
            balance_as_of=date(2026, 11, 20),
            load_id=self.load.id,
            row_hash=b"x",
        )
        self.session.add(account)
        self.session.flush()
        return account

    def call(self, account: Account, operator, code: str, at: datetime, **values) -> Call:
        outcome = self.outcomes[code]
        call = Call(
            **{
                "submit_key": uuid.uuid4(),
                "debtor_id": account.debtor_id,
                "account_id": account.id,
                "operator_id": operator.user_id,
                "outcome": outcome,
                "direction": "outgoing",
                "started_at": at,
                "ended_at": at + timedelta(minutes=1),
                "verified": outcome.right_party,
                "owed": Decimal("10.00"),
                "bills_count": 2,
            }
            | values
        )
        self.session.add(call)
        self.session.flush()
        return call

    def promise(self, call: Call, amount: str, **values) -> Promise:
        made = call.started_at.astimezone(GUAYAQUIL).date()
        account = self.session.get(Account, call.account_id)
        promise = Promise(
            **{
                "debtor_id": call.debtor_id,
                "account_id": account.id,
                "call_id": call.id,
                "amount": Decimal(amount),
                "due_on": made,
                "check_on": made + timedelta(days=3),
                "threshold_percent": Decimal(95),
                "made_on": made,
                "made_at": call.ended_at,
                "made_by_id": call.operator_id,
                "state": "kept",
                "paid": Decimal(0),
            }
            | values
        )
        self.session.add(promise)
        self.session.flush()
        return promise

    def payment(self, account: Account, amount: str, paid_on: date = DAY) -> Payment:
        payment = Payment(
            portfolio_id=account.portfolio_id,
            account_id=account.id,
            reference=f"R{next(self.serial)}",
            paid_on=paid_on,
            amount=Decimal(amount),
            is_reversal=Decimal(amount) < 0,
            load_id=self.load.id,
            recorded_at=_at(time(23)),
        )
        self.session.add(payment)
        self.session.flush()
        return payment


def _at(clock: time, day: date = DAY) -> datetime:
    return datetime.combine(day, clock, GUAYAQUIL).astimezone(UTC)


@pytest.fixture
def book(session: Session) -> Book:
    return Book(session)


def _report(session: Session, day: date = DAY, operator=None, settings: Settings = SETTINGS):
    return daily_report(session, settings, day, operator and operator.user_id)


# --- figures


@pytest.mark.parametrize("seed", range(6))
def test_figures_equal_a_computation_of_their_own(session, book, people, seed):
    told = _tell(random.Random(seed), book, people)
    for operator in (None, people.ana, people.luis):
        report = _report(session, operator=operator)
        calls = [c for c in told.standing if operator in (None, c.by) and _day(c.call) == DAY]
        _same_figures(report.figures, calls)
        for hour, figures in report.by_hour:
            _same_figures(figures, [c for c in calls if _hour(c.call) == hour])
        assert [h for h, _f in report.by_hour] == sorted({_hour(c.call) for c in calls})
        for row in report.by_outcome:
            _same_figures(row.figures, [c for c in calls if c.call.outcome.id == row.outcome_id])
        assert sum(row.figures.contacts for row in report.by_outcome) == len(calls)
        for row in report.by_operator:
            _same_figures(row.figures, [c for c in calls if c.by.user_id == row.operator_id])
        best = _best(calls)
        assert {r.outcome_id: r.best for r in report.by_outcome if r.best} == best
        assert report.persons == sum(best.values())


@pytest.mark.parametrize("seed", range(3))
def test_each_figure_equals_the_rows_behind_it(session, book, people, seed):
    _tell(random.Random(seed), book, people)
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
    wrong = book.call(account, people.ana, "RPC_REFUSE", _at(time(10)))
    book.call(account, people.ana, "NC_NA", _at(time(10)), corrects_id=wrong.id)
    report = _report(session)
    assert (report.figures.attempts, report.figures.answered) == (1, 0)
    assert [row.label for row in report.by_outcome] == ["No contesta"]
    assert [d.contacts for d in days_before(session, SETTINGS, DAY)] == [1]
    assert [r.outcome for r in daily_rows(session, SETTINGS, DAY)] == ["No contesta"]


def test_a_corrected_contact_is_credited_with_nothing(session, book, people):
    account = book.account()
    wrong = book.call(account, people.ana, "RPC_REFUSE", _at(time(10)))
    book.call(account, people.ana, "NC_NA", _at(time(10)), corrects_id=wrong.id)
    book.payment(account, "5.00")
    assert _report(session).alone == Recovered(1, Decimal("5.00"))


def test_incoming_and_technical_failures_are_other_contacts(session, book, people):
    account = book.account()
    book.call(account, people.ana, "RPC_PTP_FULL", _at(time(9)), direction="incoming")
    book.call(account, people.ana, "SYS_ERROR", _at(time(9, 1)))
    figures = _report(session).figures
    assert (figures.contacts, figures.attempts, figures.others) == (2, 0, 2)
    assert (figures.right_party, figures.holders) == (0, 1)


def test_the_day_is_the_units_to_the_last_second(session, book, people):
    account = book.account()
    for at, day in ((time(0, 0), DAY), (time(23, 59, 59), DAY), (time(0, 0), DAY + timedelta(1))):
        book.call(account, people.ana, "NC_NA", _at(at, day))
    assert _report(session).figures.attempts == 2
    assert [hour for hour, _f in _report(session).by_hour] == [0, 23]
    assert _report(session, DAY + timedelta(1)).figures.attempts == 1
    assert _report(session, DAY - timedelta(1)).figures.attempts == 0


def test_another_zone_cuts_another_day(session, book, people):
    book.call(book.account(), people.ana, "NC_NA", _at(time(0, 30)))
    islands = Settings({"zone": "Pacific/Galapagos"})
    assert _report(session, settings=islands).figures.attempts == 0
    yesterday = _report(session, DAY - timedelta(1), settings=islands)
    assert [hour for hour, _f in yesterday.by_hour] == [23]


def test_an_empty_day_is_all_zeros(session, book, people):
    report = _report(session, date(2026, 1, 1), people.ana)
    assert (report.figures.contacts, report.persons, report.figures.promised) == (0, 0, 0)
    assert (report.by_hour, report.by_outcome, report.by_operator) == ([], [], [])
    assert days_before(session, SETTINGS, date(2026, 1, 1)) == []
    assert report.kept_month == Kept()


def test_a_day_without_promises_promises_nothing(session, book, people):
    book.call(book.account(), people.ana, "NC_NA", _at(time(9)))
    figures = _report(session).figures
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
            book.account(), people.ana, "RPC_PTP_FULL", _at(time(9), date(2026, 10, 20))
        )
        book.promise(call, "10.00", state=state, paid=Decimal(paid), check_on=check_on)
    report = _report(session)
    assert report.kept_day == Kept(2, 1, Decimal("20.00"), Decimal("14.00"))
    assert report.kept_month == Kept(3, 1, Decimal("30.00"), Decimal("14.00"))
    assert report.by_operator[0].kept == report.kept_month
    assert _report(session, operator=people.luis).kept_month == Kept()


def test_a_payment_is_credited_to_the_last_effective_contact_in_time(session, book, people):
    both, old, never, today = (book.account() for _ in range(4))
    book.call(both, people.ana, "RPC_REFUSE", _at(time(9), DAY - timedelta(20)))
    book.call(both, people.luis, "RPC_REFUSE", _at(time(9), DAY - timedelta(10)))
    book.call(both, people.ana, "NC_NA", _at(time(9), DAY - timedelta(2)))
    book.call(both, people.ana, "RPC_REFUSE", _at(time(9), DAY + timedelta(1)))
    book.call(old, people.ana, "RPC_REFUSE", _at(time(23, 59), DAY - timedelta(31)))
    book.call(today, people.ana, "RPC_REFUSE", _at(time(0, 0), DAY - timedelta(30)))
    for account, amount in (
        (both, "7.25"),
        (both, "-2.00"),
        (old, "3.10"),
        (never, "1.15"),
        (today, "9.99"),
    ):
        book.payment(account, amount)
    book.payment(both, "100.00", DAY - timedelta(1))
    report = _report(session)
    assert report.recovered == Recovered(3, Decimal("15.24"))
    assert report.alone == Recovered(2, Decimal("4.25"))
    assert {r.name: r.recovered.amount for r in report.by_operator} == {
        "Luis Moreira": Decimal("5.25"),
        "Ana Cedeño": Decimal("9.99"),
    }
    assert _report(session, operator=people.ana).recovered == Recovered(1, Decimal("9.99"))
    assert _report(session, settings=Settings({"recovery_days": 5})).recovered == Recovered()


def test_the_best_outcome_is_the_heaviest_and_then_the_latest(session, book, people):
    account = book.account()
    book.call(account, people.ana, "RPC_REFUSE", _at(time(9)))
    book.call(account, people.luis, "NC_NA", _at(time(15)))
    book.call(book.account(), people.ana, "NC_NA", _at(time(9)))
    last = book.call(book.account(), people.ana, "NC_BUSY", _at(time(9)))
    heavy = book.call(last.account, people.ana, "NC_OFF", _at(time(10)))
    best = {row.label: row.best for row in _report(session).by_outcome}
    assert best == {"Se niega": 1, "No contesta": 1, "Ocupado": 0, "Apagado": 1}
    rows = daily_rows(session, SETTINGS, DAY, figure=Figure("best"))
    assert heavy.id in {row.id for row in rows}


def test_the_series_shows_the_worked_days_of_thirty(session, book, people):
    account = book.account()
    for back in (0, 29, 30):
        book.call(account, people.ana, "RPC_PTP_FULL", _at(time(9), DAY - timedelta(back)))
    book.promise(session.scalars(sa.select(Call).order_by(Call.started_at.desc())).first(), "5.00")
    series = days_before(session, SETTINGS, DAY)
    assert [(d.day, d.contacts, d.promises) for d in series] == [
        (DAY - timedelta(29), 1, 0),
        (DAY, 1, 1),
    ]


# --- workbook


@pytest.mark.parametrize("seed", range(3))
def test_the_sheets_add_up_to_the_summary_to_the_cent(session, book, people, seed):
    _tell(random.Random(seed), book, people)
    report = _report(session)
    sheets = _sheets(_workbook(session))
    summary = {row[0]: row[1] for row in sheets["Resumen"]}
    calls, total = _table(sheets["Gestiones"], "N.º")
    assert len(calls) == summary["Gestiones"] == report.figures.contacts == total[1]
    outgoing = [row for row in calls if "·" not in row[8] and row[7] != "Fallo técnico"]
    assert len(outgoing) == summary["Llamadas (intentos)"]
    assert (
        _cents(r[12] for r in calls) == _cents([total[12]]) == _cents([summary["Prometido (USD)"]])
    )
    assert _cents(r[12] for r in calls) == report.figures.promised
    assert _cents(r[6] for r in calls) == _cents([total[6]]) == report.figures.owed
    assert sum(r[5] for r in calls) == total[5]
    promises, promised = _table(sheets["Compromisos"], "N.º")
    assert len(promises) == summary["Compromisos"] == report.figures.promises
    assert _cents(r[7] for r in promises) == _cents([promised[7]]) == report.figures.promised
    operators, unit = _table(sheets["Por operador"], "Operador")
    for column, figure in ((1, "contacts"), (2, "attempts"), (3, "answered"), (6, "promises")):
        assert sum(r[column] for r in operators) == unit[column] == getattr(report.figures, figure)
    assert _cents(r[7] for r in operators) == _cents([unit[7]]) == report.figures.promised
    assert _cents(r[11] for r in operators) == _cents([unit[11]]) == report.recovered.amount


def test_gestiones_has_the_columns_of_the_daily_sheet_and_the_signatures(session, book, people):
    account = book.account(name="MOREIRA LUIS", identification="1712345675", number="0-12")
    phone = ContactPoint(
        debtor_id=account.debtor_id,
        kind="phone",
        value="+593991234567",
        origin="GESTION",
        added_at=_at(time(6)),
    )
    session.add(phone)
    session.flush()
    call = book.call(
        account,
        people.ana,
        "RPC_PTP_PART",
        _at(time(9, 5)),
        contact_point_id=phone.id,
        note="paga el viernes",
        owed=Decimal("1234.50"),
        bills_count=3,
    )
    book.promise(call, "20.10", due_on=date(2026, 11, 27), check_on=date(2026, 12, 2))
    rows = _sheets(_workbook(session))["Gestiones"]
    at = next(n for n, row in enumerate(rows) if row[0] == "N.º")
    assert rows[at] == [
        "N.º",
        "Fecha y hora",
        "Cuenta",
        "Identificación",
        "Cliente",
        "Planillas",
        "Saldo",
        "Resultado",
        "Contacto",
        "Teléfono",
        "Origen del teléfono",
        "Fecha del compromiso",
        "Valor del compromiso",
        "Observación",
        "Campaña",
        "Operador",
        "Peso",
        "Id de gestión",
    ]
    first = rows[at + 1]
    assert first[:9] == [
        1,
        datetime(2026, 11, 23, 9, 5),
        "0-12",
        "1712345675",
        "MOREIRA LUIS",
        3,
        1234.5,
        "Compromiso parcial",
        "Titular verificado",
    ]
    assert first[10:] == [
        "GESTIÓN",
        date(2026, 11, 27),
        20.1,
        "paga el viernes",
        "—",
        "Ana Cedeño",
        95,
        call.id,
    ]
    assert "991234567" in first[9].replace(" ", "").replace("-", "")
    assert {"Elaborado", "Revisado", "Aprobado"} <= {cell for row in rows for cell in row}


def test_amounts_are_numbers_equal_to_the_cent(session, book, people):
    amounts = [Decimal(n) / 100 for n in (1, 10, 29, 100000007, 999999999999, 123456789)]
    for minute, amount in enumerate(amounts):
        book.call(book.account(), people.ana, "NC_NA", _at(time(9, minute)), owed=amount)
    calls, total = _table(_sheets(_workbook(session))["Gestiones"], "N.º")
    assert [Decimal(repr(row[6])) for row in calls] == amounts
    assert Decimal(repr(total[6])) == sum(amounts)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "http://"])
def test_what_people_typed_is_never_a_formula(session, book, people, begin):
    note = f"{begin}cmd|' /C calc'!A0"
    book.call(book.account(name=f"{begin}1+1"), people.ana, "NC_NA", _at(time(9)), note=note)
    book_ = openpyxl.load_workbook(_workbook(session))
    cells = {
        c.value: c for row in book_.worksheets[1].iter_rows() for c in row if c.value is not None
    }
    assert cells[note].data_type == "s" and cells[note].hyperlink is None
    assert cells[f"{begin}1+1"].data_type == "s"
    assert all(c.data_type != "f" for s in book_.worksheets for r in s.iter_rows() for c in r)


def test_the_summary_carries_native_charts_of_the_figures(session, book, people):
    book.call(book.account(), people.ana, "NC_NA", _at(time(9)))
    sheet = openpyxl.load_workbook(_workbook(session)).worksheets[0]
    assert len(sheet._charts) == 2
    for chart in sheet._charts:
        reference = chart.series[0].val.numRef.f.rpartition("!")[2]
        (cell, *_more), *_rows = sheet[reference] if ":" in reference else ((sheet[reference],),)
        assert cell.value in (0, 1)


def test_the_command_writes_the_units_day_to_a_file(session, book, people, tmp_path):
    call = book.call(book.account(), people.ana, "RPC_PTP_FULL", _at(time(9)))
    book.promise(call, "12.34")
    with force_locale("es"):
        assert write_daily_workbook(session, DAY, tmp_path / "day.xlsx", _at(time(20))) == 2
    sheets = _sheets(io.BytesIO((tmp_path / "day.xlsx").read_bytes()))
    assert "Generado el 23/11/2026 20:00" in sheets["Gestiones"][1][0]
    assert "agua-informes 20/11/2026" in sheets["Gestiones"][1][0]


def test_an_empty_day_still_makes_a_workbook(session, book):
    sheets = _sheets(_workbook(session, day=date(2026, 1, 1)))
    assert list(sheets) == ["Resumen", "Gestiones", "Compromisos", "Por operador"]
    calls, total = _table(sheets["Gestiones"], "N.º")
    assert calls == [] and total[1] == 0


# --- who sees what


@pytest.fixture
def canary(session, book, people) -> SimpleNamespace:
    account = book.account(name="QUISHPE ALMA", identification="1712345675", number="8800112233")
    call = book.call(
        account,
        people.ana,
        "RPC_PTP_FULL",
        _at(time(9)),
        owed=Decimal("7391.17"),
        bills_count=613,
        note="CANARY-NOTE",
    )
    book.promise(
        call,
        "4517.83",
        due_on=date(2026, 12, 29),
        check_on=date(2026, 12, 31),
        paid=Decimal("4517.83"),
    )
    other = book.account(name="QUISHPE ALMA", identification="1712345675", number="8800112233-1")
    book.promise(
        book.call(
            other,
            people.ana,
            "RPC_PTP_FULL",
            _at(time(10)),
            bills_count=613,
            owed=Decimal("7391.17"),
        ),
        "0.17",
        check_on=DAY,
    )
    book.payment(account, "7391.17").reference = "CANARY-REF"
    session.commit()
    return SimpleNamespace(account=account, call=call)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_my_report_shows_nothing_that_the_mask_hides(sign_in, canary, measure):
    page = sign_in("ana").get(f"/reports/daily/mine?day={DAY}&measure={measure}")
    assert page.status_code == 200
    assert "QUISHPE ALMA" in page.text or measure in ("others", "alone")
    assert not [c for c in CANARIES if c in page.text]
    assert "4.518,00" in page.text


def test_my_workbook_hides_the_same_and_adds_up_my_promises(sign_in, canary):
    answer = sign_in("ana").get(f"/reports/daily/mine/download?day={DAY}", buffered=True)
    assert answer.status_code == 200
    sheets = _sheets(io.BytesIO(answer.data))
    told = " ".join(_plain(cell) for rows in sheets.values() for row in rows for cell in row)
    assert not [c for c in CANARIES if c in told]
    calls, total = _table(sheets["Gestiones"], "N.º")
    assert [row[2] for row in calls] == ["••••33", "••••31"]
    assert {row[3] for row in calls} == {"17••••••••"}
    assert {row[6] for row in calls} == {"—"}
    assert total[12] == 4518.0


def test_an_operator_sees_no_others_day(sign_in, canary):
    client = sign_in("luis")
    assert "QUISHPE ALMA" not in client.get(f"/reports/daily/mine?day={DAY}&operator=1").text
    sheets = _sheets(
        io.BytesIO(client.get(f"/reports/daily/mine/download?day={DAY}", buffered=True).data)
    )
    assert _table(sheets["Gestiones"], "N.º")[0] == []


PAGES = ("/reports/daily/", "/reports/daily/rows", "/reports/daily/download")
OWN = ("/reports/daily/mine", "/reports/daily/mine/download")


@pytest.mark.parametrize(
    ("username", "allowed"),
    [
        ("eva", PAGES),
        ("alma", PAGES),
        ("ana", OWN),
        ("fredy", ()),
        ("rosa", ()),
        ("adela", ()),
    ],
)
def test_each_role_gets_its_pages_and_no_other(sign_in, username, allowed):
    client = sign_in(username)
    answers = {page: client.get(page, buffered=True).status_code for page in PAGES + OWN}
    assert answers == {page: 200 if page in allowed else 403 for page in PAGES + OWN}


def test_nobody_gets_anything_without_signing_in(app: Flask, session):
    client = app.test_client()
    for page in PAGES + OWN:
        answer = client.get(page)
        assert answer.status_code == 302 and "/login" in answer.location


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-02-30",
        "day=ayer",
        "day=0001-01-01",
        "day=9999-12-31",
        "operator=x",
        "operator=-1",
        "operator=99999999999999999999",
        "operator=²",
        "measure=secret",
        "hour=24",
        "outcome=1.5",
        "page=-1",
        "page=100001",
    ],
)
def test_what_cannot_be_read_is_answered_in_one_sentence(sign_in, query):
    answer = sign_in("eva").get(f"/reports/daily/rows?{query}")
    assert answer.status_code == 400 and "<h1" in answer.text


def test_an_unknown_operator_is_not_found(sign_in):
    client = sign_in("eva")
    for page in PAGES:
        assert client.get(f"{page}?operator=2147483647").status_code == 404


def test_the_unit_page_links_every_figure_to_its_rows(sign_in, canary, people):
    client = sign_in("eva")
    page = client.get(f"/reports/daily/?day={DAY}").text
    for measure in (
        "contacts",
        "answered",
        "right_party",
        "effective",
        "promises",
        "recovered",
        "alone",
    ):
        assert f"measure={measure}" in page
    assert "4.518,00" in page and "7.391,17" in page
    rows = client.get(
        f"/reports/daily/rows?day={DAY}&measure=contacts&hour=9&operator={people.ana.user_id}"
    ).text
    assert (
        "QUISHPE ALMA" in rows
        and "1712345675" in rows
        and f"/people/{canary.account.debtor_id}" in rows
    )
    assert "QUISHPE ALMA" not in client.get(f"/reports/daily/rows?day={DAY}&hour=11").text


def test_rows_come_by_pages(sign_in, session, book, people):
    account = book.account()
    for n in range(51):
        book.call(account, people.ana, "NC_NA", _at(time(9, n)), note=f"nota-{n:02}.")
    session.commit()
    client = sign_in("eva")
    first, second = (client.get(f"/reports/daily/rows?day={DAY}&page={n}").text for n in (0, 1))
    assert "nota-00." in first and "nota-50." not in first and "page=1" in first
    assert "nota-50." in second and "nota-49." not in second and "page=2" not in second


@pytest.mark.parametrize(
    ("username", "address", "kind", "rows"),
    [
        ("eva", "/reports/daily/rows", "view", 2),
        ("eva", "/reports/daily/download", "download", 4),
        ("ana", "/reports/daily/mine", "view", 2),
        ("ana", "/reports/daily/mine/download", "download", 4),
    ],
)
def test_rows_and_downloads_are_in_the_access_log(
    session, sign_in, canary, people, username, address, kind, rows
):
    assert sign_in(username).get(f"{address}?day={DAY}", buffered=True).status_code == 200
    logged = session.scalars(sa.select(AccessLog).order_by(AccessLog.id.desc())).first()
    assert (logged.user_id, logged.kind, logged.rows) == (
        getattr(people, username).user_id,
        kind,
        rows,
    )
    assert str(DAY) in logged.what


def test_the_downloaded_workbook_is_the_reports(sign_in, session, canary):
    answer = sign_in("eva").get(f"/reports/daily/download?day={DAY}", buffered=True)
    assert answer.headers["Content-Disposition"].endswith(f"-{DAY}.xlsx")
    sheets = _sheets(io.BytesIO(answer.data))
    calls, total = _table(sheets["Gestiones"], "N.º")
    assert [row[3] for row in calls] == ["1712345675"] * 2
    assert _cents([total[12]]) == _report(session).figures.promised == Decimal("4518.00")


def test_an_old_report_keeps_the_settings_of_its_day(sign_in, session, book, people):
    account = book.account()
    book.call(account, people.ana, "RPC_REFUSE", _at(time(9), DAY - timedelta(20)))
    book.payment(account, "42.42")
    change_setting(session, people.eva, _at(time(8)), "recovery_days", "5", DAY + timedelta(1))
    session.commit()
    rows = sign_in("eva").get(f"/reports/daily/rows?day={DAY}&measure=recovered").text
    assert "42,42" in rows


@pytest.mark.committed
def test_a_call_saved_while_the_workbook_is_written_is_in_no_sheet(app: Flask, monkeypatch):
    with app.app_context():
        session = app.appbuilder.session
        book, operator, made = Book(session), SimpleNamespace(user_id=1), []
        account = book.account()
        book.call(account, operator, "RPC_REFUSE", _at(time(9)), owed=Decimal("1.00"))
        session.commit()

        def save_meanwhile(*args):
            book.call(account, operator, "RPC_REFUSE", _at(time(10)), owed=Decimal("2.00"))
            session.commit()
            made.append(daily_report(*args))
            return made[0]

        try:
            real = daily_report
            monkeypatch.setattr(
                "app.reports.service.daily_report", lambda *a: (real(*a), save_meanwhile(*a))[0]
            )
            sheets = _sheets(_workbook(session))
            summary = {row[0]: row[1] for row in sheets["Resumen"]}
            calls, _total = _table(sheets["Gestiones"], "N.º")
            assert len(calls) == summary["Gestiones"] == 1
            assert real(session, SETTINGS, DAY).figures.contacts == 2
        finally:
            session.rollback()
            debtor_id, load_id, portfolio_id = account.debtor_id, book.load.id, account.portfolio_id
            session.execute(sa.delete(Call).where(Call.debtor_id == debtor_id))
            session.execute(sa.delete(Account).where(Account.debtor_id == debtor_id))
            session.execute(sa.delete(Debtor).where(Debtor.id == debtor_id))
            session.execute(sa.delete(Load).where(Load.id == load_id))
            session.execute(sa.delete(Portfolio).where(Portfolio.id == portfolio_id))
            session.commit()


# --- helpers


@dataclass
class _Told:
    call: Call
    by: SimpleNamespace
    promises: list[Decimal]


def _tell(rng: random.Random, book: Book, people) -> SimpleNamespace:
    """Three days of invented contacts around DAY, with corrections, promises and payments."""
    accounts = [book.account() for _ in range(12)]
    standing: list[_Told] = []
    for _ in range(60):
        day = DAY + timedelta(rng.choice((-1, 0, 0, 0, 1)))
        at = _at(time(rng.choice((0, 7, 8, 13, 19, 23)), rng.choice((0, 30, 59))), day)
        told = _told(rng, book, rng.choice(accounts), rng.choice((people.ana, people.luis)), at)
        if not told.promises and rng.random() < 0.2:
            fixed = _told(rng, book, told.call.account, told.by, at, corrects_id=told.call.id)
            told = fixed
        standing.append(told)
    for account in rng.sample(accounts, 8):
        book.payment(account, str(Decimal(rng.randrange(1, 99999)) / 100))
    return SimpleNamespace(standing=standing)


def _told(rng: random.Random, book: Book, account: Account, by, at: datetime, **values) -> _Told:
    code = rng.choice(sorted(book.outcomes))
    direction = rng.choice(("outgoing", "outgoing", "outgoing", "incoming", "counter"))
    owed = Decimal(rng.randrange(0, 10**7)) / 100
    call = book.call(
        account,
        by,
        code,
        at,
        direction=direction,
        owed=owed,
        bills_count=rng.randrange(9),
        **values,
    )
    session = book.session
    session.refresh(call)
    promises = []
    for _ in range(rng.choice((1, 1, 2)) if call.outcome.promise else 0):
        amount = Decimal(rng.randrange(1, 10**6)) / 100
        state, check_on = (
            rng.choice(("kept", "partial", "broken", "replaced")),
            DAY + timedelta(rng.choice((0, 1))),
        )
        book.promise(call, str(amount), state=state, due_on=DAY - timedelta(1), check_on=check_on)
        promises.append(amount)
    return _Told(call, by, promises)


def _same_figures(figures, calls: list[_Told]) -> None:
    out = [
        c
        for c in calls
        if c.call.direction == "outgoing"
        and c.call.outcome.code not in ("SYS_BLOCKED", "SYS_ERROR")
    ]
    holders = [c for c in calls if c.call.outcome.code.startswith("RPC_")]
    assert figures.contacts == len(calls)
    assert (figures.attempts, figures.others) == (len(out), len(calls) - len(out))
    assert figures.answered == sum(c.call.outcome.code[:3] in ("RPC", "TPC", "UNV") for c in out)
    assert figures.right_party == sum(c.call.outcome.code.startswith("RPC_") for c in out)
    assert figures.effective == sum(c.call.outcome.effective for c in out)
    assert (figures.holders, figures.promising) == (
        len(holders),
        sum(bool(c.promises) for c in holders),
    )
    assert figures.promises == sum(len(c.promises) for c in calls)
    assert figures.promised == sum((p for c in calls for p in c.promises), Decimal(0))
    assert figures.owed == sum((c.call.owed for c in calls), Decimal(0))


def _best(calls: list[_Told]) -> dict[int, int]:
    by_person: dict[int, Call] = {}
    for told in sorted(calls, key=lambda c: (c.call.outcome.weight, c.call.started_at, c.call.id)):
        by_person[told.call.debtor_id] = told.call
    return dict(Counter(call.outcome.id for call in by_person.values()))


def _day(call: Call) -> date:
    return call.started_at.astimezone(GUAYAQUIL).date()


def _hour(call: Call) -> int:
    return call.started_at.astimezone(GUAYAQUIL).hour


def _workbook(session: Session, day: date = DAY) -> io.BytesIO:
    file = io.BytesIO()
    stamp = Stamp("Empresa", "America/Guayaquil", _at(time(20)), "Eva Loor")
    with force_locale("es"):
        make_workbook(session, SETTINGS, day, None, file, stamp)
    file.seek(0)
    return file


def _sheets(file: io.BytesIO) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(file)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def _table(rows: list[list], head: str) -> tuple[list[list], list]:
    """The rows below the heading ``head``, and the total under them."""
    start = next(n for n, row in enumerate(rows) if row[0] == head) + 1
    end = next(n for n, row in enumerate(rows) if n >= start and row[0] == "Total")
    return rows[start:end], rows[end]


def _cents(values) -> Decimal:
    """Σ of what was read back, each value exactly as its cell says; dashes count for nothing."""
    numbers = (Decimal(repr(v)) for v in values if not isinstance(v, str))
    return sum(numbers, Decimal(0)).quantize(Decimal("0.01"))


def _plain(cell) -> str:
    return f"{cell:%d/%m/%Y} {cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell)
