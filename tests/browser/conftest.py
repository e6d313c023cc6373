"""A real browser before the real application: `house` runs it, `sign_in("ana")` gives Ana's page.

Whatever the browser complains of during a test fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.house import House
from tests.browser.watch import Watch
from tests.conftest import PASSWORD, make_database

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: The browser's own language decides in which order a date is typed; the pages are asked for in Spanish.
_ENGLISH = {"LANG": "en_US.UTF-8", "LANGUAGE": "en_US"}
_PATIENCE_MS = 15_000  # two cores, shared with the rest of the suite

OpenBrowser = Callable[..., BrowserContext]
SignIn = Callable[..., Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Show what the application said, when a test of it fails."""
    report = yield
    running = getattr(item, "funcargs", {}).get("house")
    if report.failed and running is not None:
        report.sections.append(("application's log", running.said_since_empty()))
    return report


@pytest.fixture(scope="session")
def running_house(
    worker_id_or_main: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The application, started once."""
    database = make_database(f"telecobro_browser_{worker_id_or_main}")
    house = House(tmp_path_factory.mktemp("house"), database)
    try:
        house.wait_until_up()
        yield house
    finally:
        house.stop()


@pytest.fixture
def house(running_house: House) -> House:
    """The application with nothing in it but users and catalogues."""
    running_house.empty()
    return running_house


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser. Ended with each module: while it runs, no other test may use asyncio."""
    found = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if found is None:
        pytest.fail(
            f"The browser tests need one of {', '.join(_CHROMIUM)} on PATH: install chromium."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, headless=True, args=_FLAGS, env=os.environ | _ENGLISH
        )
        yield browser
        browser.close()


@pytest.fixture
def watch(house: House) -> Iterator[Watch]:
    """Listens to every page of the test; its complaints fail it."""
    watch = Watch(house.address)
    yield watch
    assert watch.pages > 0
    assert watch.faults == []


@pytest.fixture
def open_browser(chromium: Browser, house: House, watch: Watch) -> Iterator[OpenBrowser]:
    """A browser of somebody's own, not signed in, with an operator's monitor."""
    contexts = []

    def open_one(*, telephone: bool = False, at: str = "") -> BrowserContext:
        context = chromium.new_context(
            base_url=at or house.address, locale="es-EC", viewport={"width": 1366, "height": 768}
        )
        context.set_default_timeout(_PATIENCE_MS)
        watch.over(context, telephone=telephone, at=at)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(open_browser: OpenBrowser) -> SignIn:
    """``sign_in("ana")``: a page on which Ana has signed in by the screen; ``at`` another address than
    the house's."""

    def enter(username: str, *, telephone: bool = False, at: str = "") -> Page:
        page = open_browser(telephone=telephone, at=at).new_page()
        page.goto("/login/")
        page.get_by_label("Usuario").fill(username)
        page.get_by_label("Contraseña").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Salir").first.wait_for()
        return page

    return enter
