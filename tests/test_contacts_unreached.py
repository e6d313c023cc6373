"""Accounts with debt whose holder has no useful contact: counted, listed, downloaded."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.debtors.service import retire_by_hand
from app.models import AccessLog
from app.reports.unreached import Asked, count_unreached, unreached_accounts
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_payment, make_portfolio


@pytest.fixture
def town(session, people):
    """Four that owe 100: by phone, by e-mail, by nothing, and by a telephone that was retired; and one
    that owes nothing. Two sectors."""
    portfolio = make_portfolio(session, date(2026, 11, 20), "agua")
    reached = make_debtor(session, "A UNO")
    written = make_debtor(session, "B DOS", phones=(), emails=("b@example.com",))
    nobody = make_debtor(session, "C TRES", phones=())
    lost = make_debtor(session, "D CUATRO")
    retire_by_hand(session, people.ana, NOW, lost.contact_points[0], "out_of_service")
    accounts = {
        person.name[0]: make_account(session, person, portfolio, sector=sector)
        for person, sector in (
            (reached, "TARQUI"),
            (written, "TARQUI"),
            (nobody, "TARQUI"),
            (lost, "LOS ESTEROS"),
        )
    }
    paid = make_account(session, make_debtor(session, phones=()), portfolio, sector="TARQUI")
    make_payment(session, paid, "100.00", date(2026, 11, 23))
    return portfolio, accounts


def listed(session, asked: Asked, **page) -> list[str]:
    return [row.name[0] for row in unreached_accounts(session, asked, **page)]


def test_each_figure_has_its_denominator_and_its_accounts(session, town):
    portfolio, _accounts = town
    total, by_sector = count_unreached(session)
    assert (total.accounts, total.no_phone, total.nothing) == (4, 3, 2)
    assert (total.owed, total.nothing_owed) == (Decimal("400.00"), Decimal("200.00"))
    assert {(r.sector, r.accounts, r.no_phone, r.nothing) for r in by_sector} == {
        ("TARQUI", 3, 2, 1),
        ("LOS ESTEROS", 1, 1, 1),
    }
    assert listed(session, Asked()) == ["C", "D"]
    assert listed(session, Asked("phone")) == ["B", "C", "D"]
    assert listed(session, Asked("phone", portfolio.id, "TARQUI")) == ["B", "C"]
    for row in by_sector:
        for missing, figure in (("any", row.nothing), ("phone", row.no_phone)):
            behind = listed(session, Asked(missing, row.portfolio_id, row.sector))
            assert len(behind) == figure


def test_pages_are_by_key(session, town):
    first = list(unreached_accounts(session, Asked("phone"), limit=2))
    rest = listed(session, Asked("phone"), after=first[-1].account_id, limit=2)
    assert ([row.name[0] for row in first], rest) == (["B", "C"], ["D"])


def test_a_specialist_sees_and_downloads_exactly_what_is_asked(session, town, sign_in):
    eva, (portfolio, accounts) = sign_in("eva"), town
    assert "TARQUI" in eva.get("/reports/unreached/").text
    where = f"missing=phone&portfolio={portfolio.id}&sector=TARQUI"
    page = eva.get(f"/reports/unreached/accounts?{where}").text
    assert "B DOS" in page and "D CUATRO" not in page
    book = eva.get(f"/reports/unreached/download?{where}")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.data))
    book.close()
    rows = sheets.get_sheet_by_name(sheets.sheet_names[1]).to_python()
    assert [row[1] for row in rows if row[0] in {a.number for a in accounts.values()}] == [
        "B DOS",
        "C TRES",
    ]
    assert sorted(
        session.scalars(
            sa.select(AccessLog.kind).where(AccessLog.what == "accounts without contact")
        )
    ) == ["download", "search"]


def test_nothing_owed_says_what_to_do(session, sign_in):
    answer = sign_in("alma").get("/reports/unreached/")
    assert answer.status_code == 200
    assert sign_in("alma").get("/reports/unreached/accounts").status_code == 200


@pytest.mark.parametrize(
    "wrong", ["missing=all", "portfolio=x", "after=-1", "portfolio=9999999999"]
)
def test_an_address_that_asks_for_nothing_is_refused(sign_in, session, wrong):
    assert sign_in("eva").get(f"/reports/unreached/accounts?{wrong}").status_code == 400


@pytest.mark.parametrize("who", ["ana", "fredy", "adela"])
def test_nobody_else_opens_it(session, sign_in, who):
    assert sign_in(who).get("/reports/unreached/").status_code == 403
    assert sign_in(who).get("/reports/unreached/download").status_code == 403
