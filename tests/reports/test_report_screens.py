"""Who sees what of the daily report."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.settings import change_setting
from app.models import (
    AccessLog,
    Account,
    Call,
    Debtor,
    Load,
    Portfolio,
)
from app.reports.rows import MEASURES
from app.reports.service import (
    daily_report,
    without_small_sums,
)
from tests.reports.book import (
    CANARIES,
    DAY,
    SETTINGS,
    Book,
    at_clock,
    cents_of,
    made_workbook,
    plain_cell,
    report_of,
    sheets_of,
    table_of,
)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_my_report_shows_nothing_that_the_mask_hides(sign_in, canary, measure):
    page = sign_in("ana").get(f"/reports/daily/mine?day={DAY}&measure={measure}")
    assert page.status_code == 200
    assert "QUISHPE ALMA" in page.text or measure in ("others", "alone")
    assert not [c for c in CANARIES if c in page.text]
    # One promise: its sum would be what that person owes.
    assert "4.518,00" not in page.text


def test_my_workbook_hides_the_same(sign_in, canary):
    answer = sign_in("ana").get(f"/reports/daily/mine/download?day={DAY}", buffered=True)
    assert answer.status_code == 200
    sheets = sheets_of(io.BytesIO(answer.data))
    told = " ".join(plain_cell(cell) for rows in sheets.values() for row in rows for cell in row)
    assert not [c for c in CANARIES if c in told]
    calls, total = table_of(sheets["Gestiones"], "N.º")
    assert [row[2] for row in calls] == ["••••33", "••••31"]
    assert {row[3] for row in calls} == {"17••••••••"}
    assert {row[6] for row in calls} == {"—"}
    assert "4518" not in told and total[12] in ("", "—")


def test_a_sum_of_several_promises_is_shown_to_its_operator(session, book, people):
    report = report_of(session, operator=people.ana)
    few, of_one, several = (
        replace(
            report,
            figures=replace(
                report.figures, promises=promises, promising=holders, promised=Decimal("90.00")
            ),
        )
        for promises, holders in ((2, 2), (3, 1), (3, 3))
    )
    assert without_small_sums(few).figures.promised is None
    assert without_small_sums(of_one).figures.promised is None
    assert without_small_sums(several).figures.promised == Decimal("90.00")


def test_an_operator_sees_no_others_day(sign_in, canary):
    client = sign_in("luis")
    assert "QUISHPE ALMA" not in client.get(f"/reports/daily/mine?day={DAY}&operator=1").text
    sheets = sheets_of(
        io.BytesIO(client.get(f"/reports/daily/mine/download?day={DAY}", buffered=True).data)
    )
    assert table_of(sheets["Gestiones"], "N.º")[0] == []


PAGES = ("/reports/daily/", "/reports/daily/rows", "/reports/daily/download")
OWN = ("/reports/daily/mine", "/reports/daily/mine/download")


@pytest.mark.parametrize(
    ("username", "allowed"),
    [
        ("eva", PAGES),
        ("alma", PAGES),
        ("ana", OWN),
        ("fredy", ()),
        ("rosa", ()),
        ("adela", ()),
    ],
)
def test_each_role_gets_its_pages_and_no_other(sign_in, username, allowed):
    client = sign_in(username)
    answers = {page: client.get(page, buffered=True).status_code for page in PAGES + OWN}
    assert answers == {page: 200 if page in allowed else 403 for page in PAGES + OWN}


def test_nobody_gets_anything_without_signing_in(app: Flask, session):
    client = app.test_client()
    for page in PAGES + OWN:
        answer = client.get(page)
        assert answer.status_code == 302 and "/login" in answer.location


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-02-30",
        "day=ayer",
        "day=0001-01-01",
        "day=9999-12-31",
        "operator=x",
        "operator=-1",
        "operator=99999999999999999999",
        "operator=²",
        "measure=secret",
        "hour=24",
        "outcome=1.5",
        "page=-1",
        "page=100001",
    ],
)
def test_what_cannot_be_read_is_answered_in_one_sentence(sign_in, query):
    answer = sign_in("eva").get(f"/reports/daily/rows?{query}")
    assert answer.status_code == 400 and "<h1" in answer.text


def test_an_unknown_operator_is_not_found(sign_in):
    client = sign_in("eva")
    for page in PAGES:
        assert client.get(f"{page}?operator=2147483647").status_code == 404


def test_the_unit_page_links_every_figure_to_its_rows(sign_in, canary, people):
    client = sign_in("eva")
    page = client.get(f"/reports/daily/?day={DAY}").text
    for measure in (
        "contacts",
        "answered",
        "right_party",
        "effective",
        "promises",
        "recovered",
        "alone",
    ):
        assert f"measure={measure}" in page
    assert "4.518,00" in page and "7.391,17" in page
    rows = client.get(
        f"/reports/daily/rows?day={DAY}&measure=contacts&hour=9&operator={people.ana.user_id}"
    ).text
    assert (
        "QUISHPE ALMA" in rows
        and "1712345675" in rows
        and f"/people/{canary.account.debtor_id}" in rows
    )
    assert "QUISHPE ALMA" not in client.get(f"/reports/daily/rows?day={DAY}&hour=11").text


def test_rows_come_by_pages(sign_in, session, book, people):
    account = book.account()
    for n in range(51):
        book.call(account, people.ana, "NC_NA", at_clock(time(9, n)), note=f"nota-{n:02}.")
    session.commit()
    client = sign_in("eva")
    first, second = (client.get(f"/reports/daily/rows?day={DAY}&page={n}").text for n in (0, 1))
    assert "nota-00." in first and "nota-50." not in first and "page=1" in first
    assert "nota-50." in second and "nota-49." not in second and "page=2" not in second


@pytest.mark.parametrize(
    ("username", "address", "kind", "rows"),
    [
        ("eva", "/reports/daily/rows", "view", 2),
        ("eva", "/reports/daily/download", "download", 4),
        ("ana", "/reports/daily/mine", "view", 2),
        ("ana", "/reports/daily/mine/download", "download", 4),
    ],
)
def test_rows_and_downloads_are_in_the_access_log(
    session, sign_in, canary, people, username, address, kind, rows
):
    assert sign_in(username).get(f"{address}?day={DAY}", buffered=True).status_code == 200
    logged = session.scalars(sa.select(AccessLog).order_by(AccessLog.id.desc())).first()
    assert (logged.user_id, logged.kind, logged.rows) == (
        getattr(people, username).user_id,
        kind,
        rows,
    )
    assert str(DAY) in logged.what


def test_the_downloaded_workbook_is_the_reports(sign_in, session, canary):
    answer = sign_in("eva").get(f"/reports/daily/download?day={DAY}", buffered=True)
    assert answer.headers["Content-Disposition"].endswith(f"-{DAY}.xlsx")
    sheets = sheets_of(io.BytesIO(answer.data))
    calls, total = table_of(sheets["Gestiones"], "N.º")
    assert [row[3] for row in calls] == ["1712345675"] * 2
    assert cents_of([total[12]]) == report_of(session).figures.promised == Decimal("4518.00")


def test_an_old_report_keeps_the_settings_of_its_day(sign_in, session, book, people):
    account = book.account()
    book.call(account, people.ana, "RPC_REFUSE", at_clock(time(9), DAY - timedelta(20)))
    book.payment(account, "42.42")
    change_setting(session, people.eva, at_clock(time(8)), "recovery_days", "5", DAY + timedelta(1))
    session.commit()
    rows = sign_in("eva").get(f"/reports/daily/rows?day={DAY}&measure=recovered").text
    assert "42,42" in rows


@pytest.mark.committed
def test_a_call_saved_while_the_workbook_is_written_is_in_no_sheet(app: Flask, monkeypatch):
    with app.app_context():
        session = app.appbuilder.session
        book, operator, made = Book(session), SimpleNamespace(user_id=1), []
        account = book.account()
        book.call(account, operator, "RPC_REFUSE", at_clock(time(9)), owed=Decimal("1.00"))
        session.commit()

        def save_meanwhile(*args):
            book.call(account, operator, "RPC_REFUSE", at_clock(time(10)), owed=Decimal("2.00"))
            session.commit()
            made.append(daily_report(*args))
            return made[0]

        try:
            real = daily_report
            monkeypatch.setattr(
                "app.reports.service.daily_report", lambda *a: (real(*a), save_meanwhile(*a))[0]
            )
            sheets = sheets_of(made_workbook(session))
            summary = {row[0]: row[1] for row in sheets["Resumen"]}
            calls, _total = table_of(sheets["Gestiones"], "N.º")
            assert len(calls) == summary["Gestiones"] == 1
            assert real(session, SETTINGS, DAY).figures.contacts == 2
        finally:
            session.rollback()
            debtor_id, load_id, portfolio_id = account.debtor_id, book.load.id, account.portfolio_id
            session.execute(sa.delete(Call).where(Call.debtor_id == debtor_id))
            session.execute(sa.delete(Account).where(Account.debtor_id == debtor_id))
            session.execute(sa.delete(Debtor).where(Debtor.id == debtor_id))
            session.execute(sa.delete(Load).where(Load.id == load_id))
            session.execute(sa.delete(Portfolio).where(Portfolio.id == portfolio_id))
            session.commit()
