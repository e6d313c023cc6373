"""The workbook: the same figures to the cent."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
from flask_babel import force_locale

from app.models import (
    ContactPoint,
)
from app.reports.service import (
    write_daily_workbook,
)
from tests.reports.book import (
    DAY,
    at_clock,
    cents_of,
    made_workbook,
    report_of,
    sheets_of,
    table_of,
    tell_day,
)


@pytest.mark.parametrize("seed", range(3))
def test_the_sheets_add_up_to_the_summary_to_the_cent(session, book, people, seed):
    tell_day(random.Random(seed), book, people)
    report = report_of(session)
    sheets = sheets_of(made_workbook(session))
    summary = {row[0]: row[1] for row in sheets["Resumen"]}
    calls, total = table_of(sheets["Gestiones"], "N.º")
    assert len(calls) == summary["Gestiones"] == report.figures.contacts == total[1]
    outgoing = [row for row in calls if "·" not in row[8] and row[7] != "Fallo técnico"]
    assert len(outgoing) == summary["Llamadas (intentos)"]
    assert (
        cents_of(r[12] for r in calls)
        == cents_of([total[12]])
        == cents_of([summary["Prometido (USD)"]])
    )
    assert cents_of(r[12] for r in calls) == report.figures.promised
    assert cents_of(r[6] for r in calls) == cents_of([total[6]]) == report.figures.owed
    assert sum(r[5] for r in calls) == total[5]
    promises, promised = table_of(sheets["Compromisos"], "N.º")
    assert len(promises) == summary["Compromisos"] == report.figures.promises
    assert cents_of(r[7] for r in promises) == cents_of([promised[7]]) == report.figures.promised
    operators, unit = table_of(sheets["Por operador"], "Operador")
    for column, figure in ((1, "contacts"), (2, "attempts"), (3, "answered"), (6, "promises")):
        assert sum(r[column] for r in operators) == unit[column] == getattr(report.figures, figure)
    assert cents_of(r[7] for r in operators) == cents_of([unit[7]]) == report.figures.promised
    assert cents_of(r[11] for r in operators) == cents_of([unit[11]]) == report.recovered.amount


def test_gestiones_has_the_columns_of_the_daily_sheet_and_the_signatures(session, book, people):
    account = book.account(name="MOREIRA LUIS", identification="1712345675", number="0-12")
    phone = ContactPoint(
        debtor_id=account.debtor_id,
        kind="phone",
        value="+593991234567",
        origin="GESTION",
        added_at=at_clock(time(6)),
    )
    session.add(phone)
    session.flush()
    call = book.call(
        account,
        people.ana,
        "RPC_PTP_PART",
        at_clock(time(9, 5)),
        contact_point_id=phone.id,
        note="paga el viernes",
        owed=Decimal("1234.50"),
        bills_count=3,
    )
    book.promise(call, "20.10", due_on=date(2026, 11, 27), check_on=date(2026, 12, 2))
    rows = sheets_of(made_workbook(session))["Gestiones"]
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
        book.call(book.account(), people.ana, "NC_NA", at_clock(time(9, minute)), owed=amount)
    calls, total = table_of(sheets_of(made_workbook(session))["Gestiones"], "N.º")
    assert [Decimal(repr(row[6])) for row in calls] == amounts
    assert Decimal(repr(total[6])) == sum(amounts)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "http://"])
def test_what_people_typed_is_never_a_formula(session, book, people, begin):
    note = f"{begin}cmd|' /C calc'!A0"
    book.call(book.account(name=f"{begin}1+1"), people.ana, "NC_NA", at_clock(time(9)), note=note)
    book_ = openpyxl.load_workbook(made_workbook(session))
    cells = {
        c.value: c for row in book_.worksheets[1].iter_rows() for c in row if c.value is not None
    }
    assert cells[note].data_type == "s" and cells[note].hyperlink is None
    assert cells[f"{begin}1+1"].data_type == "s"
    assert all(c.data_type != "f" for s in book_.worksheets for r in s.iter_rows() for c in r)


def test_the_summary_carries_native_charts_of_the_figures(session, book, people):
    book.call(book.account(), people.ana, "NC_NA", at_clock(time(9)))
    sheet = openpyxl.load_workbook(made_workbook(session)).worksheets[0]
    assert len(sheet._charts) == 2
    for chart in sheet._charts:
        reference = chart.series[0].val.numRef.f.rpartition("!")[2]
        (cell, *_more), *_rows = sheet[reference] if ":" in reference else ((sheet[reference],),)
        assert cell.value in (0, 1)


def test_the_command_writes_the_units_day_to_a_file(session, book, people, tmp_path):
    call = book.call(book.account(), people.ana, "RPC_PTP_FULL", at_clock(time(9)))
    book.promise(call, "12.34")
    with force_locale("es"):
        assert write_daily_workbook(session, DAY, tmp_path / "day.xlsx", at_clock(time(20))) == 2
    sheets = sheets_of(io.BytesIO((tmp_path / "day.xlsx").read_bytes()))
    assert "Generado el 23/11/2026 20:00" in sheets["Gestiones"][1][0]
    assert "agua-informes 20/11/2026" in sheets["Gestiones"][1][0]


def test_an_empty_day_still_makes_a_workbook(session, book):
    sheets = sheets_of(made_workbook(session, day=date(2026, 1, 1)))
    assert list(sheets) == ["Resumen", "Gestiones", "Compromisos", "Por operador"]
    calls, total = table_of(sheets["Gestiones"], "N.º")
    assert calls == [] and total[1] == 0
