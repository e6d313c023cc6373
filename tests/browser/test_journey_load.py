"""Eva loads a portfolio by screen, and payments that keep what Ana was promised."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.calls.effects import CallResult
from app.models import Account, Debtor, PaymentMeans
from tests.browser.conftest import SignIn
from tests.browser.house import ROOT, House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DATA = ROOT / "tests" / "data"
PORTFOLIO = DATA / "cartera_guayas_dia1.csv"
CONTROL = json.loads((DATA / "control_guayas.json").read_text("utf-8"))


def _upload(page: Page, file: Path, *, kind: str, as_of: str) -> None:
    """Send ``file`` from the form of Cargas and wait until the worker has read it."""
    page.get_by_role("link", name="Cargas").first.click()
    page.set_input_files("#file", file)
    page.get_by_role("radio", name=kind, exact=True).check()
    page.get_by_role("combobox", name="Cartera", exact=True).fill("guayas")
    page.get_by_label("Información al").fill(as_of)
    page.get_by_role("button", name="Leer el archivo").click()
    page.get_by_role("button", name="Aplicar").wait_for()


def _apply(page: Page) -> None:
    page.get_by_role("button", name="Aplicar").click()
    expect(page.locator("#state").get_by_text("aplicada", exact=True)).to_be_visible()


def _figure(page: Page, label: str) -> str:
    figure = page.locator(".figure", has=page.get_by_text(label, exact=True))
    return figure.locator(".value").inner_text()


def test_a_specialist_loads_a_portfolio_and_the_same_file_again_changes_nothing(
    house: House, sign_in: SignIn
) -> None:
    page = sign_in("eva")
    day1 = CONTROL["day1"]
    _upload(page, PORTFOLIO, kind="Cartera", as_of=CONTROL["as_of"])
    assert _figure(page, "Cuentas") == str(day1["accounts"])
    assert _figure(page, "Planillas") == str(day1["bills"])
    assert _figure(page, "Saldo") == "$\u00a0" + _written(Decimal(day1["balance"]))
    assert house.all(sa.select(Account)) == []
    _apply(page)
    assert _figure(page, "Nuevas") == str(day1["accounts"])
    assert len(house.all(sa.select(Account))) == day1["accounts"]

    page.get_by_role("link", name="identificación sin su cero inicial", exact=True).click()
    for account in CONTROL["planted"]["lost_leading_zero"]:
        expect(page.get_by_role("cell", name=account, exact=True)).to_be_visible()
    page.get_by_role("link", name="Volver a la carga").click()

    _upload(page, PORTFOLIO, kind="Cartera", as_of=CONTROL["as_of"])
    _apply(page)
    assert _figure(page, "Sin cambio") == str(day1["accounts"])
    for label in ("Nuevas", "Cambiadas", "Cerradas"):
        assert _figure(page, label) == "0"
    assert len(house.all(sa.select(Account))) == day1["accounts"]


def test_payments_come_and_the_promise_turns_kept(
    house: House, sign_in: SignIn, tmp_path: Path
) -> None:
    account, other = house.queue(("ÑAUPARI LOOR CARMEN", "67.43"), ("VERA ZAMBRANO LUIS", "80.00"))
    (means,) = house.all(sa.select(PaymentMeans).where(PaymentMeans.name == "Facilito"))
    for promised in (account, other):
        result = CallResult(
            "RPC_PTP_FULL",
            amounts={promised.id: promised.balance},
            due_on=date(2026, 11, 25),
            means_id=means.id,
        )
        house.save_call("ana", promised, result)
    file = tmp_path / "pagos.csv"
    file.write_text(
        "REFERENCIA;CUENTA;FECHA DEL PAGO;PAGO;CANAL\n"
        f"R1;{account.number};24/11/2026;67,43;FACILITO\n"
    )

    page = sign_in("eva")
    _upload(page, file, kind="Pagos", as_of="2026-11-24")
    assert _figure(page, "Pagos") == "1"
    assert _figure(page, "Valor") == "$\u00a067,43"
    _apply(page)

    page.get_by_role("link", name="Compromisos").first.click()
    for promised, state in ((account, "cumplido"), (other, "pendiente")):
        row = page.get_by_role("row").filter(has_text=promised.number)
        expect(row.get_by_text(state, exact=True)).to_be_visible()
    assert {p.account_id: p.state for p in house.promises()} == {
        account.id: "kept",
        other.id: "pending",
    }

    page.get_by_role("link", name="Titulares").first.click()
    (debtor,) = house.all(sa.select(Debtor).where(Debtor.id == account.debtor_id))
    page.get_by_role("row").filter(has_text=debtor.name).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=debtor.name)).to_be_visible()
    history = page.get_by_role("region", name="Historia de esta persona")
    expect(history).to_contain_text("Pago de $ 67,43 el 24/11/2026")


def _written(amount: Decimal) -> str:
    """1.234,50"""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
