"""Ana calls people by keyboard alone; neither she nor the network makes two calls of one, or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from app.models import Callback, Claim, ContactAttempt, ContactPoint, PaymentMeans
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.browser.watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_NO_ANSWER = "1"  # the keys that the screen shows before the identity check …
_THIRD_PARTY = "5"
_WRONG_NUMBER = "7"
_PARTIAL_PROMISE = "2"  # … and after it
_CALLBACK = "6"
_SAVE = "Control+Enter"


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(40):
        if page.locator(selector).evaluate("field => field === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def _begin(page: Page) -> None:
    """The next person, dialled; the page stays where it is."""
    _press(page, "n")
    page.get_by_role("heading", name="Medios de contacto").wait_for()
    page.wait_for_load_state()
    _dial(page)


def _dial(page: Page) -> None:
    _press(page, "d")
    page.locator("[data-dialled]").wait_for()
    page.wait_for_load_state()
    assert page.url.endswith("/work/")


def _verify(page: Page, house: House) -> None:
    """Type what the person said: the focus waits in the field."""
    expect(page.locator("#last_four")).to_be_focused()
    page.keyboard.type(house.held_by("ana").identification[-4:])
    _press(page, "Enter")
    page.get_by_text("Titular verificado").wait_for()
    page.wait_for_load_state()


def _leave_field(page: Page) -> None:
    """Keys are keys again."""
    _press(page, "Escape")
    expect(page.locator("#last_four")).not_to_be_focused()


def _save(page: Page, house: House, calls: int) -> None:
    """One save; the next person is there at once."""
    before = house.held_by("ana").id
    _press(page, _SAVE)
    page.get_by_text("Guardado.").wait_for()
    page.wait_for_load_state()
    assert len(house.calls()) == calls
    assert house.held_by("ana").id != before


@pytest.fixture
def ana(house: House, sign_in: SignIn) -> Page:
    """Ana's page, with seven people to call."""
    names = ("LOOR", "VERA", "MACÍAS", "ÑAUPARI", "CEDEÑO", "INTRIAGO", "PÁRRAGA")
    house.queue(*((f"{name} MOREIRA ROSA", f"{50 + n}.30") for n, name in enumerate(names)))
    return sign_in("ana")


def test_an_operator_works_five_people_by_keyboard(ana: Page, house: House) -> None:
    met = []
    _begin(ana)
    met.append(house.held_by("ana"))
    _leave_field(ana)
    _press(ana, _NO_ANSWER)
    _save(ana, house, 1)

    _dial(ana)
    met.append(house.held_by("ana"))
    _leave_field(ana)
    _press(ana, _THIRD_PARTY)
    _save(ana, house, 2)

    _dial(ana)
    met.append(house.held_by("ana"))
    _verify(ana, house)
    _press(ana, _PARTIAL_PROMISE)
    _tab_to(ana, "[name^=amount_]")
    _press(ana, "Control+a")
    ana.keyboard.type("20,50")
    _tab_to(ana, "[name=day]:checked")
    _press(ana, "g")
    day = ana.locator("[name=day]:checked").input_value()
    _tab_to(ana, "#means_id")
    ana.keyboard.type("Facilito")
    _save(ana, house, 3)

    _dial(ana)
    met.append(house.held_by("ana"))
    _verify(ana, house)
    _press(ana, _CALLBACK)
    _tab_to(ana, "#callback_day")
    ana.keyboard.type("11252026")
    _tab_to(ana, "#callback_time")
    ana.keyboard.type("1030AM")
    _save(ana, house, 4)

    _dial(ana)
    met.append(house.held_by("ana"))
    _leave_field(ana)
    _press(ana, _WRONG_NUMBER)
    _save(ana, house, 5)

    calls = house.calls()
    assert [c.debtor_id for c in calls] == [person.id for person in met]
    assert len({person.id for person in met}) == 5
    assert [c.outcome.code for c in calls] == [
        "NC_NA",
        "TPC_MESSAGE",
        "RPC_PTP_PART",
        "RPC_CALLBACK",
        "BAD_WRONG",
    ]
    assert [c.verified for c in calls] == [False, False, True, True, False]
    (promise,) = house.promises()
    (means,) = house.all(sa.select(PaymentMeans).where(PaymentMeans.name == "Facilito"))
    assert (promise.debtor_id, promise.amount) == (met[2].id, Decimal("20.50"))
    assert (promise.due_on, promise.means_id) == (date.fromisoformat(day), means.id)
    (callback,) = house.all(sa.select(Callback))
    promised_at = datetime(2026, 11, 25, 10, 30, tzinfo=ZoneInfo("America/Guayaquil"))
    assert (callback.debtor_id, callback.due_at) == (met[3].id, promised_at)
    retired = house.all(sa.select(ContactPoint).where(ContactPoint.state == "retired"))
    assert [point.debtor_id for point in retired] == [met[4].id]
    assert len(house.all(sa.select(ContactAttempt))) == 5


def test_dialling_hands_the_number_to_the_telephone_once(
    house: House, sign_in: SignIn, watch: Watch
) -> None:
    house.queue(("LOOR VERA MARÍA", "80.00"))
    ana = sign_in("ana", telephone=True)
    _press(ana, "n")
    ana.get_by_role("heading", name="Medios de contacto").wait_for()
    ana.wait_for_load_state()
    with ana.expect_request(lambda request: request.url.startswith("tel:")):
        _press(ana, "d")
    assert ana.url.endswith("/work/")
    (point,) = house.all(sa.select(ContactPoint))
    ana.wait_for_load_state("networkidle")
    ana.reload()
    ana.goto("/work/")
    assert watch.dialled == [point.value]
    assert len(house.all(sa.select(ContactAttempt))) == 1


def test_a_refused_promise_keeps_what_was_typed_and_says_why(ana: Page, house: House) -> None:
    _begin(ana)
    _verify(ana, house)
    _press(ana, _PARTIAL_PROMISE)
    _tab_to(ana, "[name^=amount_]")
    _press(ana, "Control+a")
    ana.keyboard.type("99999,00")
    ana.locator("#note").fill("paga cuando cobre")
    _press(ana, _SAVE)
    expect(ana.get_by_role("alert").last).to_contain_text(
        "El valor prometido es mayor que lo que se debe"
    )
    assert Decimal(ana.locator("[name^=amount_]").input_value().replace(",", ".")) == 99999
    assert ana.locator("#note").input_value() == "paga cuando cobre"
    assert ana.locator("[name=outcome]:checked").input_value() == "RPC_PTP_PART"
    assert house.calls() == house.promises() == []

    ana.reload()
    assert house.calls() == []
    ana.locator("[name^=amount_]").fill("10")
    _save(ana, house, 1)
    assert [p.amount for p in house.promises()] == [Decimal("10.00")]


def test_a_double_save_a_reload_and_the_back_button_make_one_call(ana: Page, house: House) -> None:
    _begin(ana)
    first = house.held_by("ana")
    _leave_field(ana)
    _press(ana, _NO_ANSWER)
    _press(ana, _SAVE, _SAVE)
    ana.get_by_text("Guardado.").wait_for()
    second = house.held_by("ana")
    ana.reload()
    ana.go_back()
    ana.wait_for_load_state()
    with ana.expect_navigation(url="**/work/save"):
        _press(ana, _SAVE)
    expect(ana.get_by_role("alert").last).to_contain_text("Elija")
    assert [c.debtor_id for c in house.calls()] == [first.id]
    assert house.held_by("ana").id == second.id != first.id
    assert len(house.all(sa.select(Claim))) == 2


def test_two_tabs_that_save_at_once_make_one_call(ana: Page, house: House) -> None:
    _begin(ana)
    first = house.held_by("ana")
    other = ana.context.new_page()
    other.goto("/work/")
    tabs = (ana, other)
    for tab in tabs:
        tab.bring_to_front()
        tab.locator("#outcome-title").click()
        _press(tab, _NO_ANSWER)
        expect(tab.locator("[name=outcome]:checked")).to_have_value("NC_NA")
    for tab in tabs:
        tab.evaluate("setTimeout(() => document.querySelector('[value=next]').click(), 50)")
    expect(ana.get_by_text("Guardado.").or_(ana.get_by_text("ya estaba guardada"))).to_be_visible()
    expect(
        other.get_by_text("Guardado.").or_(other.get_by_text("ya estaba guardada"))
    ).to_be_visible()
    assert [c.debtor_id for c in house.calls()] == [first.id]
    assert house.held_by("ana").id != first.id
    assert len(house.all(sa.select(Claim))) == 2


def _lose_the_question(route: Route) -> None:
    route.abort()


def _lose_the_answer(route: Route) -> None:
    route.fetch(max_redirects=0)
    route.abort()


@pytest.mark.parametrize(("lose", "arrived"), [(_lose_the_question, 0), (_lose_the_answer, 1)])
def test_a_cut_connection_loses_no_call_and_makes_no_second_one(
    ana: Page, house: House, lose: Callable[[Route], None], arrived: int
) -> None:
    _begin(ana)
    person = house.held_by("ana")
    _leave_field(ana)
    _press(ana, _NO_ANSWER)
    _tab_to(ana, "#note")
    ana.keyboard.type("suena y cuelgan")
    ana.route("**/work/save", lose)
    with ana.expect_event("requestfailed"):
        _press(ana, _SAVE)
    ana.unroute("**/work/save")
    assert len(house.calls()) == arrived

    ana.goto("/work/")
    if not arrived:
        expect(ana.locator("#note")).to_have_value("suena y cuelgan")
        expect(ana.locator("[name=outcome]:checked")).to_have_value("NC_NA")
        _save(ana, house, 1)
    else:
        expect(ana.get_by_role("heading", level=1)).to_have_text(house.held_by("ana").name)
        expect(ana.locator("#note")).to_have_value("")
    assert [(c.debtor_id, c.note) for c in house.calls()] == [(person.id, "suena y cuelgan")]
