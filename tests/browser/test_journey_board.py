"""Eva's board renews itself: a call that Ana saves appears without a reload, and what is wrong is said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.calls.effects import CallResult
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.browser.watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _look_again(page: Page) -> None:
    """Somebody comes back to the page: it asks at once, without waiting for its time."""
    with page.expect_response("**/live"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def _calls(page: Page):
    return page.locator("#board-figures .figure", has_text="Llamadas").locator(".value").first


def test_a_call_that_ana_saves_appears_on_evas_board_without_a_reload(
    house: House, sign_in: SignIn
) -> None:
    (account,) = house.queue(("LOOR VERA MARÍA", "1390.95"))
    board = sign_in("eva")
    expect(_calls(board)).to_have_text("0")
    board.evaluate("window.sameDocument = true")
    same = board.locator("#board-known").element_handle()
    figure = board.locator("#board-figures a.figure").nth(1)
    figure.focus()
    at = figure.get_attribute("href")

    house.save_call("ana", account, CallResult("RPC_REFUSE"))
    _look_again(board)

    expect(_calls(board)).to_have_text("1")
    ana = board.locator("#board-operators tbody tr", has_text="Ana Cedeño")
    expect(ana).to_contain_text("Libre")
    assert board.evaluate("window.sameDocument")
    assert board.evaluate("document.activeElement.getAttribute('href')") == at
    assert same.evaluate("part => part.isConnected"), "a part that is the same is left alone"


def test_a_board_whose_session_ended_says_so_and_shows_no_login(
    house: House, sign_in: SignIn
) -> None:
    board = sign_in("eva")
    ended = board.locator("[data-trouble='ended']")
    expect(ended).to_be_hidden()
    board.context.clear_cookies()
    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(ended).to_be_visible()
    expect(board.get_by_label("Contraseña")).to_have_count(0)
    expect(board.locator("#board-figures")).to_be_visible()


def test_a_board_whose_server_is_gone_says_that_its_figures_may_be_old(
    house: House, sign_in: SignIn, watch: Watch
) -> None:
    board = sign_in("eva")
    lost = board.locator("[data-trouble='lost']")
    board.context.set_offline(True)
    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(lost).to_be_visible()
    board.context.set_offline(False)
    _look_again(board)
    expect(lost).to_be_hidden()
    # The browser's own words for the same, which the watch heard.
    assert [f for f in watch.faults if "console error: htmx:" not in f] == []
    watch.faults.clear()


def test_an_open_dialog_is_not_disturbed(house: House, sign_in: SignIn) -> None:
    (account,) = house.queue(("LOOR VERA MARÍA", "1390.95"))
    board = sign_in("eva")
    asked: list[str] = []
    board.on("request", lambda request: asked.append(request.url))
    board.evaluate("document.getElementById('confirm').showModal()")
    house.save_call("ana", account, CallResult("RPC_REFUSE"))
    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    board.wait_for_timeout(300)
    expect(_calls(board)).to_have_text("0")
    assert not [url for url in asked if "/live" in url]
    board.evaluate("document.getElementById('confirm').close()")
    _look_again(board)
    expect(_calls(board)).to_have_text("1")
