"""Eva opens the day's report, a figure of it, and its workbook: the same figures to the cent."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from app.calls.effects import CallResult
from tests.browser.conftest import SignIn
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _three_calls(house: House) -> None:
    """Two promises and a call that nobody answered, by two operators."""
    first, second, third = house.queue(
        ("LOOR VERA MARÍA", "1390.95"),
        ("ÑAUPARI SOLÍS JOSÉ", "67.43"),
        ("VERA CASTILLO ANA", "4.73"),
    )
    day = date(2026, 11, 25)
    for operator, account, amount in (("ana", first, "333.33"), ("luis", second, "0.10")):
        result = CallResult("RPC_PTP_PART", amounts={account.id: Decimal(amount)}, due_on=day)
        house.save_call(operator, account, result)
    house.save_call("ana", third, CallResult("NC_NA"))


def test_the_workbook_gives_the_figures_of_the_screen_to_the_cent(
    house: House, sign_in: SignIn
) -> None:
    _three_calls(house)
    page = sign_in("eva")
    page.get_by_role("link", name="Informe diario").first.click()
    promised = page.locator("a.figure", has_text="Compromisos")
    expect(promised.locator(".value")).to_have_text("$ 333,43")
    expect(page.locator("[data-chart] canvas").first).to_be_visible()

    promised.click()
    rows = page.locator("#rows tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="ÑAUPARI SOLÍS JOSÉ")).to_contain_text("0,10")
    page.get_by_role("link", name="Volver al informe").click()

    book = _downloaded(page)
    summary = dict(row[:2] for row in book["Resumen"].iter_rows(values_only=True))
    head, *calls, total = _table(book["Gestiones"])
    column = {name: place for place, name in enumerate(head)}
    amounts = [_money(row[column["Valor del compromiso"]]) for row in calls]
    balances = [_money(row[column["Saldo"]]) for row in calls]
    assert sum(amounts) == _money(summary["Prometido (USD)"]) == Decimal("333.43")
    assert sum(balances) == _money(summary["Saldo en cada gestión (USD)"]) == Decimal("1463.11")
    assert len(calls) == summary["Gestiones"] == total[1] == 3
    assert _money(total[column["Valor del compromiso"]]) == sum(amounts)
    assert _money(total[column["Saldo"]]) == sum(balances)


def _downloaded(page: Page) -> openpyxl.Workbook:
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename == "informe-diario-2026-11-24.xlsx"
    return openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))


def _table(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[tuple]:
    """The head, the rows and the total of a sheet."""
    rows = list(sheet.iter_rows(values_only=True))
    first = next(place for place, row in enumerate(rows) if row[0] == "N.º")
    last = next(place for place, row in enumerate(rows) if row[0] == "Total")
    return rows[first : last + 1]


def _money(cell: float | str) -> Decimal:
    """A cell's amount; a dash is none."""
    return Decimal(0) if cell == "—" else Decimal(str(cell))
