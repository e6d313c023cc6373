"""Ana looks at her calendar: drags a callback, gives it another hour by keyboard, opens whom it is about."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.models import Callback
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.browser.watch import Watch
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_NAME = "LOOR VERA MARÍA"
#: Wednesday 25, 10:00 on the unit's clock.
_DUE = NOW + timedelta(days=1)


@pytest.fixture
def callback(house: House) -> Callback:
    """Ana is to call somebody back tomorrow at ten."""
    (account,) = house.queue((_NAME, "80.00"))
    with house.session() as session:
        due = Callback(
            debtor_id=account.debtor_id,
            due_at=_DUE,
            operator_id=house.agent("ana").user_id,
            asked_at=NOW,
        )
        session.add(due)
    return due


def _due_at(house: House) -> datetime:
    (due_at,) = house.all(sa.select(Callback.due_at))
    return due_at


def _chip(page: Page) -> Locator:
    return page.locator(".fc-event", has_text=_NAME)


def _day(page: Page, day: str) -> Locator:
    return page.locator(f"td[data-date='{day}']")


def _drag(page: Page, day: str) -> None:
    """To that day of the month, as a hand does it."""
    _chip(page).hover()
    page.mouse.down()
    box = _day(page, day).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20, steps=8)
    page.mouse.up()


def test_a_callback_is_dragged_to_another_day_and_never_to_a_sunday(
    house: House, sign_in: SignIn, callback: Callback, watch: Watch
) -> None:
    ana = sign_in("ana")
    ana.goto("/calendar/mine?view=month")
    expect(_day(ana, "2026-11-25").locator(".fc-event")).to_contain_text("volver a llamar")

    _drag(ana, "2026-11-27")
    expect(ana.get_by_role("status")).to_contain_text("27/11/2026 10:00")
    expect(_day(ana, "2026-11-27").locator(".fc-event")).to_contain_text(_NAME)
    assert _due_at(house) == _DUE + timedelta(days=2)

    _drag(ana, "2026-11-29")
    expect(ana.get_by_role("alert").filter(has_text="29/11/2026")).to_be_visible()
    expect(_day(ana, "2026-11-27").locator(".fc-event")).to_contain_text(_NAME)
    assert _due_at(house) == _DUE + timedelta(days=2)
    assert watch.faults == [f"409: {house.address}/calendar/move"]
    watch.faults.clear()


def test_by_keyboard_it_gets_another_hour_and_its_person_is_called(
    house: House, sign_in: SignIn, callback: Callback
) -> None:
    ana = sign_in("ana")
    ana.goto("/calendar/mine?view=week")
    _chip(ana).focus()
    ana.keyboard.press("Enter")
    ana.get_by_label("Hora", exact=True).fill("16:30")
    ana.keyboard.press("Enter")
    expect(ana.get_by_role("status")).to_contain_text("25/11/2026 16:30")
    assert _due_at(house) == _DUE + timedelta(hours=6, minutes=30)

    expect(_chip(ana)).to_contain_text("16:30")
    _chip(ana).focus()
    ana.keyboard.press("Enter")
    ana.get_by_role("button", name="Llamada entrante").click()
    expect(ana.get_by_role("heading", name=_NAME)).to_be_visible()
    assert re.search(r"/work/$", ana.url)


def test_its_views_stay_in_the_address_and_a_telephone_gets_the_list(
    sign_in: SignIn, callback: Callback
) -> None:
    ana = sign_in("ana")
    ana.set_viewport_size({"width": 390, "height": 844})
    ana.goto("/calendar/mine")
    row = ana.locator(".fc-list-event", has_text=_NAME)
    expect(row).to_contain_text("10:00")
    expect(row).to_contain_text("volver a llamar")
    for name, view in (("Mes", "month"), ("Semana", "week"), ("Día", "day"), ("Lista", "list")):
        ana.get_by_role("button", name=name, exact=True).click()
        expect(ana).to_have_url(re.compile(f"view={view}"))
        assert ana.evaluate("document.documentElement.scrollWidth") <= 390
    ana.get_by_label("volver a llamar").uncheck()
    expect(row).to_have_count(0)
    ana.reload()
    expect(ana.get_by_label("volver a llamar")).not_to_be_checked()
    expect(ana.locator("[data-count]")).to_contain_text("Nada vence")


def test_a_specialist_moves_it_in_the_dialog_or_opens_the_person(
    sign_in: SignIn, callback: Callback
) -> None:
    eva = sign_in("eva")
    eva.goto("/calendar/?view=list&date=2026-11-25")
    expect(_chip(eva)).to_contain_text("Ana Cedeño")
    _chip(eva).click()
    expect(eva.get_by_role("button", name="Cambiar la hora")).to_be_visible()
    eva.get_by_role("link", name="Abrir la persona").click()
    expect(eva).to_have_url(re.compile(f"/people/{callback.debtor_id}$"))
