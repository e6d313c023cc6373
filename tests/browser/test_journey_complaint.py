"""Ana takes a complaint in on a verified call, by keyboard alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.models import Complaint, Hold
from tests.browser.conftest import SignIn
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_COMPLAINT = "5"
_CATEGORY = "k"


def test_a_complaint_is_taken_in_by_keyboard(house: House, sign_in: SignIn) -> None:
    (account,) = house.queue(("MACÍAS VERA JORGE", "523.47"))
    ana = sign_in("ana")
    ana.keyboard.press("n")
    ana.get_by_role("heading", name="Medios de contacto").wait_for()
    ana.wait_for_load_state()
    ana.keyboard.press("d")
    ana.locator("[data-dialled]").wait_for()
    ana.wait_for_load_state()
    ana.keyboard.type(house.held_by("ana").identification[-4:])
    ana.keyboard.press("Enter")
    ana.get_by_text("Titular verificado").wait_for()
    ana.wait_for_load_state()
    assert ana.locator("[name=complaint_category]").count() == 0

    ana.keyboard.press(_COMPLAINT)
    expect(ana.locator("[name=complaint_bills]")).to_be_checked()
    ana.keyboard.press("Control+Enter")
    ana.get_by_text("Escriba en la nota").wait_for()
    expect(ana.locator("#note")).to_be_focused()
    ana.keyboard.press("Escape")
    ana.keyboard.press(_CATEGORY)
    ana.keyboard.type("Consumo")
    expect(ana.locator("#complaint_category option:checked")).to_contain_text("Consumo elevado")
    for _bill_then_files_then_note in range(3):
        ana.keyboard.press("Tab")
    expect(ana.locator("#note")).to_be_focused()
    ana.keyboard.type("La casa está vacía desde enero")
    ana.keyboard.press("Control+Enter")
    ana.get_by_text("Guardado.").wait_for()

    (made,) = house.all(sa.select(Complaint))
    assert (made.account_id, made.state) == (account.id, "routed")
    assert made.text == "La casa está vacía desde enero"
    expect(ana.get_by_text(f"R-{made.id:06d}")).to_be_visible()
    (held,) = house.all(sa.select(Hold))
    assert (held.scope, held.reason) == ("bill", "complaint")
    assert made.call_id == house.calls()[0].id and house.calls()[0].owed == Decimal("523.47")
