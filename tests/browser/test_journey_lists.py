"""Eva finds people, narrows the list, saves the view and takes exactly that list away."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_search_filter_save_and_download(house: House, sign_in: SignIn) -> None:
    house.queue(
        ("ZAMBRANO CEDEÑO MARCO", "1204.55"),
        ("ZAMBRANO VERA MARÍA", "128.40"),
        ("ZAMBRANO VERA MARISOL", "14.75"),
        ("LOOR VERA MARÍA", "500.00"),
    )
    page = sign_in("eva")
    page.goto("/debtors/list/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)

    page.keyboard.press("/")
    page.keyboard.type("zambr mar")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(3)

    page.locator(".menu-filters summary").click()
    page.locator(".menu-filters select[data-operator]").filter(
        has=page.locator('option[value="_flt_0_owed"]')
    ).select_option("_flt_0_owed")
    page.locator('.menu-filters input[name="_flt_0_owed"]').fill("50")
    page.locator(".menu-filters button").click()
    expect(rows).to_have_count(2)
    expect(page.locator("a.chip", has_text="≥ 50")).to_be_visible()

    page.locator(".heading details.menu summary").first.click()
    page.locator('input[name="name"]').fill("grandes")
    page.locator(".menu-form button").click()
    expect(page.locator(".heading details.menu summary").first).to_contain_text("grandes")
    expect(rows).to_have_count(2)

    page.locator(".heading details.menu summary").nth(1).click()
    with page.expect_download() as started:
        page.locator('button[name="form"][value="csv"]').click()
    text = Path(started.value.path()).read_bytes().decode("utf-8-sig")
    _head, *taken = csv.reader(io.StringIO(text), delimiter=";")
    assert [row[0] for row in taken] == ["ZAMBRANO CEDEÑO MARCO", "ZAMBRANO VERA MARÍA"]

    page.locator("a.chip", has_text="≥ 50").click()
    expect(rows).to_have_count(3)
