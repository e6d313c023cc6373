"""What is owed, parted into free, agreed and disputed: to the cent, on screen and in the workbook."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from app.agreements.judging import judge_agreements
from app.agreements.service import Wanted, approve_agreement, request_agreement
from app.core.settings import Settings
from app.models import Account
from app.reports.agreed import agreed_accounts, agreements_by_state, parted_debt
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio

SETTINGS = Settings({})
DAY = NOW.date()
FIRST = DAY.replace(day=1)
ZONE = SETTINGS["zone"]


@pytest.fixture
def water(session, people) -> dict[str, Account]:
    """A portfolio of four: free, half under complaint, agreed over one bill of two, agreed at billing."""
    portfolio = make_portfolio(session, DAY - timedelta(days=2), "agua")

    def account(balance: str, **columns) -> Account:
        return make_account(session, make_debtor(session), portfolio, balance, **columns)

    made = {
        "free": account("100.00"),
        "disputed": account("80.00", in_complaint=True, disputed_balance=Decimal("30.00")),
        "agreed": account("200.00", bills=("150.00", "50.00")),
        "billing": account("40.00", agreed_balance=Decimal("60.00")),
    }
    wanted = Wanted(made["agreed"].id, (made["agreed"].bills[0].id,), 3)
    asked = request_agreement(session, people.ana, NOW, SETTINGS, wanted)
    approve_agreement(session, people.eva, NOW, SETTINGS, asked.id)
    return made


def amounts(parted) -> list[str]:
    return [
        f"{value:.2f}"
        for value in (parted.owed, parted.free, parted.agreed, parted.disputed, parted.imported)
    ]


def test_the_parts_are_what_is_owed(session, water):
    total, by_portfolio = parted_debt(session, FIRST, DAY)
    assert amounts(total) == ["420.00", "240.00", "150.00", "30.00", "60.00"]
    assert [p.portfolio for p in by_portfolio] == ["agua"]
    assert total.free + total.agreed + total.disputed == total.owed
    assert (total.accounts, total.with_agreement) == (4, 1)


def test_a_payment_lowers_the_agreement_that_it_pays_and_is_told_as_such(session, people, water):
    make_payment(session, water["agreed"], "30.00", DAY, recorded_at=NOW + timedelta(hours=1))
    make_payment(session, water["free"], "10.00", DAY, recorded_at=NOW + timedelta(hours=1))
    judge_agreements(session, people.eva, NOW + timedelta(hours=2), DAY)
    total, _parts = parted_debt(session, FIRST, DAY)
    assert amounts(total) == ["380.00", "230.00", "120.00", "30.00", "60.00"]
    assert (total.paid_agreed, total.paid_free) == (Decimal("30.00"), Decimal("10.00"))
    (active,) = agreements_by_state(session, ZONE, FIRST, DAY)
    assert (active.state, active.agreements, active.paid, active.left) == (
        "active",
        1,
        Decimal("30.00"),
        Decimal("120.00"),
    )


def test_a_reversal_goes_with_its_payment(session, water):
    """One that was known at the request is none of the agreement's, whenever it is taken back."""
    after = NOW + timedelta(hours=1)
    known = make_payment(
        session, water["agreed"], "20.00", DAY, recorded_at=NOW - timedelta(hours=1)
    )
    counted = make_payment(session, water["agreed"], "30.00", DAY, recorded_at=after)
    for payment in (known, counted):
        make_payment(
            session,
            water["agreed"],
            -payment.amount,
            DAY,
            reference=payment.reference,
            recorded_at=after,
        )
    total, _parts = parted_debt(session, FIRST, DAY)
    assert (total.paid_agreed, total.paid_free) == (Decimal("0.00"), Decimal("0.00"))


def test_what_a_late_instalment_has_let_go_is_free_again(session, people, water):
    later = DAY + timedelta(days=50)
    make_payment(session, water["agreed"], "30.00", DAY, recorded_at=NOW + timedelta(hours=1))
    judge_agreements(session, people.eva, NOW + timedelta(days=31), DAY + timedelta(days=31))
    (active,) = agreements_by_state(session, ZONE, FIRST, DAY + timedelta(days=31))
    assert (active.behind, active.late) == (1, Decimal("40.00"))
    assert amounts(parted_debt(session, FIRST, DAY)[0])[1:3] == ["280.00", "80.00"]
    judge_agreements(session, people.eva, NOW + timedelta(days=50), later)
    assert amounts(parted_debt(session, FIRST, DAY)[0])[1:3] == ["360.00", "0.00"]
    states = agreements_by_state(session, ZONE, later.replace(day=1), later)
    assert [(one.state, one.left) for one in states] == [("broken", Decimal("0.00"))]


def test_the_accounts_behind_it_are_those_with_something_put_off(session, water):
    rows = list(agreed_accounts(session))
    assert {row.number for row in rows} == {water["agreed"].number, water["billing"].number}
    assert sum(row.agreed for row in rows) == Decimal("150.00")


def test_nobody_owes_anything(session):
    assert parted_debt(session, FIRST, DAY) == (None, [])
    assert agreements_by_state(session, ZONE, FIRST, DAY) == []


def test_screen_and_workbook_agree(sign_in, water):
    eva = sign_in("eva")
    page = eva.get("/reports/agreed/").text
    for amount in ("420,00", "240,00", "150,00", "30,00", "60,00"):
        assert amount in page
    with eva.get("/reports/agreed/download") as answer:
        book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    total = book.get_sheet_by_index(0).to_python()[-1]
    assert total[:8] == ["Total", 4, 1, 420, 240, 150, 30, 60]
    accounts = book.get_sheet_by_index(2).to_python()
    assert len([row for row in accounts if row[0] == water["agreed"].number]) == 1


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela"])
def test_others_do_not_see_it(sign_in, who):
    assert sign_in(who).get("/reports/agreed/").status_code in (302, 403)
    assert sign_in(who).get("/reports/agreed/download").status_code in (302, 403)
