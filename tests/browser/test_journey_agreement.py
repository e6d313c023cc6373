"""Ana asks for an agreement on a call, by keyboard alone; Eva gives it; ten weeks later one of two is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.agreements.models import Agreement
from app.calls.effects import CallResult
from app.calls.plan import PlanWish
from app.core.agent import SYSTEM
from app.followup.service import follow_payments, run_followup
from app.models import Account, Hold, Portfolio
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.factories import make_payment

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


#: Friday 2027-01-29, 10:00 in Guayaquil: ten weeks after the load.
_LATER = datetime(2027, 1, 29, 15, 0, tzinfo=UTC)
_LAST_LOAD = date(2027, 1, 28)


def _ten_weeks(house: House, kept: Account) -> None:
    """What the nights and the files of ten weeks leave: one pays each instalment, the other the first only."""
    with house.session() as session:
        for agreement in session.scalars(sa.select(Agreement)):
            for due in agreement.instalments[: 9 if agreement.account_id == kept.id else 1]:
                at = datetime(due.due_on.year, due.due_on.month, due.due_on.day, 20, tzinfo=UTC)
                account = session.get_one(Account, agreement.account_id)
                payment = make_payment(session, account, due.amount, due.due_on, recorded_at=at)
                follow_payments(session, SYSTEM, at, due.due_on, payment.load_id)
        for account in session.scalars(sa.select(Account)):
            account.balance_as_of = _LAST_LOAD
            account.balance = Decimal(0) if account.id == kept.id else account.balance * 8 / 10
        session.scalars(sa.select(Portfolio)).one().as_of = _LAST_LOAD
        run_followup(session, SYSTEM, _LATER, _LATER.date())


def test_ten_weeks_later_one_is_kept_and_the_other_is_called_again(
    house: House, sign_in: SignIn
) -> None:
    keeps, breaks = house.queue(("VERA LOOR ROSA", "500.00"), ("MOREIRA CEDEÑO JUAN", "400.00"))
    for account in (keeps, breaks):
        plan = CallResult("RPC_PLAN_REQ", account_id=account.id, plan=PlanWish(months=2))
        house.save_call("ana", account, plan)
    eva = sign_in("eva")
    eva.get_by_role("link", name="2 convenios por resolver").click()
    for name in ("VERA LOOR ROSA", "MOREIRA CEDEÑO JUAN"):
        eva.get_by_role("row", name=name).get_by_role("link", name="CV-").click()
        eva.locator("button[name=deed][value=approve]").click()
        eva.get_by_text("espera cuota inicial").first.wait_for()
        eva.locator("nav").get_by_role("link", name="Convenios").click()
    _ten_weeks(house, keeps)

    with house.later(_LATER) as address:
        eva = sign_in("eva", at=address)
        eva.locator("nav").get_by_role("link", name="Convenios").click()
        expect(eva.get_by_role("row", name="VERA LOOR ROSA")).to_contain_text("cumplido")
        expect(eva.get_by_role("row", name="MOREIRA CEDEÑO JUAN")).to_contain_text("incumplido")
        eva.get_by_role("row", name="VERA LOOR ROSA").get_by_role("link", name="CV-").click()
        schedule = eva.locator("table", has_text="Cuota inicial")
        expect(schedule.get_by_text("pagada", exact=True)).to_have_count(3)

        ana = sign_in("ana", at=address)
        ana.get_by_role("link", name="Mis seguimientos").click()
        expect(ana.get_by_role("row", name="MOREIRA CEDEÑO JUAN")).to_contain_text("incumplido")
        assert "320,00" not in ana.content()
        ana.get_by_role("link", name="Mi día").click()
        ana.wait_for_url("**/day/")
        ana.wait_for_load_state()
        ana.keyboard.press("n")
        ana.get_by_role("heading", name="MOREIRA CEDEÑO JUAN").wait_for()
        expect(ana.get_by_text("convenio incumplido").first).to_be_visible()
