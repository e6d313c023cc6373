"""Whoever tries what is not theirs: other roles' addresses, forms without a token, a colleague's call.

And every page of every role, for whatever the browser complains of.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.models import Claim
from tests.browser.conftest import OpenBrowser, SignIn
from tests.browser.house import House
from tests.conftest import PEOPLE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_OPERATORS = (
    "/day/",
    "/work/",
    "/work/find",
    "/reports/daily/mine",
    "/reports/daily/mine/download",
)
_OTHERS = (
    "/users/list/",
    "/roles/list/",
    "/debtors/list/",
    "/accounts/list/",
    "/calls/list/",
    "/promises/list/",
    "/loads/",
    "/people/{debtor}",
    "/reports/daily/",
    "/reports/daily/rows",
    "/reports/daily/download",
)
_LEAVES = re.compile(r"/(lang|logout|back|static)/|download")


def _refused(page: Page, address: str, name: str) -> None:
    """By hand in the address bar: a page that says no, and nobody's name on it."""
    answer = page.goto(address)
    assert answer is not None and answer.status == 403, (address, answer and answer.status)
    expect(page.get_by_role("heading", level=1)).to_have_text("Su rol no abre esta página.")
    assert name not in page.content()


@pytest.mark.parametrize(
    ("username", "addresses"),
    [("fredy", _OPERATORS + _OTHERS), ("rosa", _OPERATORS + _OTHERS), ("ana", _OTHERS)],
)
def test_a_role_opens_no_other_roles_addresses(
    house: House, sign_in: SignIn, username: str, addresses: tuple[str, ...]
) -> None:
    (account,) = house.queue(("ÑAUPARI SOLÍS JOSÉ", "67.43"))
    page = sign_in(username)
    for address in addresses:
        _refused(page, address.format(debtor=account.debtor_id), "ÑAUPARI")


def test_a_stranger_is_asked_to_sign_in(house: House, open_browser: OpenBrowser) -> None:
    (account,) = house.queue(("ÑAUPARI SOLÍS JOSÉ", "67.43"))
    page = open_browser().new_page()
    for address in _OPERATORS + _OTHERS:
        page.goto(address.format(debtor=account.debtor_id))
        assert urlsplit(page.url).path == "/login/", address
        assert "ÑAUPARI" not in page.content()


def test_a_form_without_its_token_is_not_accepted(house: House, sign_in: SignIn) -> None:
    house.queue(("LOOR VERA MARÍA", "80.00"))
    page = sign_in("ana")
    page.evaluate(
        "document.querySelectorAll('[name=csrf_token]').forEach((field) => field.remove())"
    )
    with page.expect_navigation(url="**/work/next"):
        page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_contain_text("el formulario no se aceptó")
    assert house.all(sa.select(Claim)) == []


def test_an_operator_cannot_save_under_a_colleagues_call(house: House, sign_in: SignIn) -> None:
    house.queue(("LOOR VERA MARÍA", "80.00"), ("ÑAUPARI SOLÍS JOSÉ", "67.43"))
    ana, luis = sign_in("ana"), sign_in("luis")
    for page in (ana, luis):
        page.keyboard.press("n")
        page.get_by_role("heading", name="Medios de contacto").wait_for()
        page.wait_for_load_state()
    stolen = ana.locator("[data-keep]").get_attribute("data-keep")
    luis.evaluate(
        "key => document.querySelectorAll('[name=key]').forEach((field) => { field.value = key; })",
        stolen,
    )
    luis.keyboard.press("1")
    luis.keyboard.press("Control+Enter")
    expect(luis.get_by_role("alert").last).to_contain_text("Esta llamada no es suya")
    assert house.calls() == []
    assert house.held_by("ana").id != house.held_by("luis").id


def _links(page: Page) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map((link) => link.href)")
    return [urlsplit(h)._replace(fragment="", scheme="", netloc="").geturl() for h in hrefs]


def _kind(address: str) -> str:
    """An address without its numbers and its question: one page in many copies."""
    return re.sub(r"\d+", "N", urlsplit(address).path)


@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_no_page_of_a_role_troubles_the_browser(
    house: House, sign_in: SignIn, username: str
) -> None:
    """`watch` fails the test; here every link is followed, once a kind of page."""
    house.queue(("LOOR VERA MARÍA", "80.00"), ("ÑAUPARI SOLÍS JOSÉ", "67.43"))
    page = sign_in(username)
    todo, seen = [urlsplit(page.url).path], set[str]()
    while todo:
        address = todo.pop(0)
        if _kind(address) in seen or _LEAVES.search(address):
            continue
        seen.add(_kind(address))
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, (address, answer and answer.status)
        todo += _links(page)
    assert "/resetmypassword/form" in seen
