"""Eva scores a drawn call by keyboard alone; Ana reads it and acknowledges it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.calls.effects import CallResult
from app.core.settings import settings_on
from app.models import Call, QualityReview
from app.quality.service import NewSample, draw_sample
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_DAY = timedelta(days=1)


def _drawn_yesterday(house: House, names: list[str]) -> None:
    """A call of Ana's to each, made yesterday, drawn by Adela."""
    accounts = house.queue(*((name, "80.00") for name in names))
    for account in accounts:
        house.save_call("ana", account, CallResult("RPC_REFUSE"))
    adela = house.agent("adela")
    with house.session() as session:
        session.execute(
            sa.update(Call).values(started_at=Call.started_at - _DAY, ended_at=Call.ended_at - _DAY)
        )
        yesterday = (NOW - _DAY).date()
        wanted = NewSample(yesterday, yesterday, 5)
        draw_sample(session, adela, NOW, settings_on(session, NOW.date()), wanted, "semilla")


def test_a_call_is_scored_by_keyboard_and_acknowledged(house: House, sign_in: SignIn) -> None:
    _drawn_yesterday(house, ["MACÍAS VERA JORGE", "ZAMBRANO LOOR ANA"])
    eva = sign_in("eva")
    eva.goto("/quality/")
    eva.wait_for_load_state()
    eva.keyboard.press("n")
    card = eva.locator("[data-scorecard]")
    expect(card.locator("input[type=radio]").first).to_be_focused()
    for key in "1131124":
        eva.keyboard.press(key)
    expect(card.locator("input:checked")).to_have_count(7)
    expect(card.locator("input[value=missed]:checked")).to_have_count(1)
    expect(card.locator("textarea")).to_be_focused()
    eva.keyboard.type("explicar mejor; 4 minutos bastan")
    expect(card.locator("input:checked")).to_have_count(7)  # typed digits mark nothing
    first = eva.url
    eva.keyboard.press("Control+Enter")
    eva.wait_for_url(lambda url: url != first and "/show/" in url)
    # 10 + 20 + 0 + 10 + 15 + 7.5 of the 85 that apply.
    expect(eva.get_by_role("status")).to_contain_text("73,53")
    expect(eva.locator("[data-scorecard] input:checked")).to_have_count(0)

    ana = sign_in("ana")
    ana.goto("/quality/mine/")
    expect(ana.locator(".chart canvas")).to_be_visible()
    ana.locator("tbody a").first.click()
    expect(ana.get_by_text("explicar mejor; 4 minutos bastan")).to_be_visible()
    ana.locator("#reply").fill("de acuerdo")
    ana.keyboard.press("Control+Enter")
    ana.wait_for_url("**/quality/mine/")
    (review,) = house.all(sa.select(QualityReview).where(QualityReview.scored_at.is_not(None)))
    assert (review.reply, review.acknowledged_at is not None) == ("de acuerdo", True)
