"""Ana asks for an agreement on a call, by keyboard alone; Eva gives it."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.agreements.models import Agreement
from app.models import Hold
from tests.browser.conftest import SignIn
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_ASKS_FOR_AN_AGREEMENT = "3"
_TERMS, _DOWN_PAYMENT = "t", "v"


def test_an_agreement_is_asked_for_by_keyboard_and_given_by_somebody_else(
    house: House, sign_in: SignIn
) -> None:
    house.queue(("MACÍAS VERA JORGE", "523.47"), ("ZAMBRANO LOOR ANA", "80.00"))
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
    assert ana.locator("[name=plan_term]").count() == 0

    ana.keyboard.press(_ASKS_FOR_AN_AGREEMENT)
    expect(ana.locator("[name=plan_bills]")).to_be_checked()
    ana.keyboard.press(_DOWN_PAYMENT)
    ana.keyboard.type("123,47")
    ana.keyboard.press("Tab")
    expect(ana.locator("#plan_down_day")).to_be_focused()
    expect(ana.locator("tr:has(#plan_term-6)")).to_contain_text("66,67")
    ana.keyboard.press("Escape")  # keys are keys again
    ana.keyboard.press(_TERMS)
    ana.keyboard.press("ArrowDown")
    expect(ana.locator("#plan_term-6")).to_be_checked()
    expect(ana.locator("[data-ask=schedule-6]")).to_contain_text("66,65")
    expect(ana.locator("[data-ask=schedule-3]")).to_be_hidden()
    ana.keyboard.press("Control+Enter")
    ana.get_by_text("Guardado.").wait_for()

    (asked,) = house.all(sa.select(Agreement))
    assert (asked.state, asked.capital, asked.months) == ("pending", Decimal("523.47"), 6)
    assert asked.call_id == house.calls()[0].id and house.all(sa.select(Hold)) == []

    eva = sign_in("eva")
    eva.goto(f"/agreements/show/{asked.id}")
    eva.locator("button[name=deed][value=approve]").click()
    eva.wait_for_load_state()
    (given,) = house.all(sa.select(Agreement))
    assert given.state == "awaiting" and given.decided_by_id == house.agent("eva").user_id
