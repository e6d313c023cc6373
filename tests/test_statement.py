"""The statement of account as PDF and XLSX: the same figures as the screen, for whoever may have it alone."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale
from python_calamine import CalamineWorkbook

from app.agreements.models import Agreement, Instalment
from app.calls.identity import check_identity
from app.calls.sheet import person_of, statement_of
from app.calls.statement_document import statement_document
from app.core import clock
from app.core.pdf import render_pdf
from app.core.settings import Settings
from app.models import AccessLog, Bill, Claim, Debtor
from app.payments.means import offered_means
from app.worklist.service import build_worklist, claim_person
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_payment,
    make_portfolio,
    make_promise,
)

SETTINGS = Settings({})
DAY = date(2026, 11, 24)
NAME = 'PÉREZ #let x = $1$ "comillas" \\ *b* @ref 😀 שלום'


@pytest.fixture(autouse=True)
def lawful_moment(monkeypatch):
    """Tuesday at ten, whenever the test runs."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


@pytest.fixture
def debtor(session, people) -> Debtor:
    """Two accounts, three bills, a payment and its reversal before the load, one after it, a promise."""
    portfolio = make_portfolio(session, date(2026, 11, 20))
    person = make_debtor(session, NAME, identification="1310123456")
    first = make_account(
        session,
        person,
        portfolio,
        "1234.50",
        bills=["1000.00", "234.50"],
        number="0077001122",
        number_key="77001122",
    )
    make_account(
        session, person, portfolio, "80.01", in_complaint=True, disputed_balance=Decimal("30.00")
    )
    make_payment(session, first, "10.00", date(2026, 11, 1))
    make_payment(session, first, "-10.00", date(2026, 11, 2))
    make_payment(session, first, "34.51", date(2026, 11, 21), channel="Facilito")
    make_promise(session, people.ana, first, DAY + timedelta(days=3), amount="200.00")
    build_worklist(session, SETTINGS, NOW)
    session.commit()
    return person


def document_of(session, debtor, language="es"):
    person = person_of(session, debtor.id)
    statement = statement_of(session, SETTINGS, NOW, person)
    with force_locale(language):
        return statement, statement_document(statement, person, offered_means(session, DAY))


def table(document, title):
    [found] = [t for t in document.tables if t.title == title]
    return found


def make_agreement(session, people, account, day=DAY) -> Agreement:
    """Down payment paid, the first instalment late, the second to come."""
    agreement = Agreement(
        debtor_id=account.debtor_id,
        account_id=account.id,
        state="active",
        capital=Decimal("300.00"),
        months=2,
        grace_days=8,
        total=Decimal("300.00"),
        made_at=NOW,
        made_by_id=people.ana.user_id,
        counts_from=day,
        requested_at=NOW,
        requested_by_id=people.ana.user_id,
        decided_at=NOW,
        decided_by_id=people.eva.user_id,
        paid=Decimal("110.00"),
        late=Decimal("90.00"),
    )
    cumulative = Decimal(0)
    for number, days in enumerate((-40, -5, 25)):
        cumulative += Decimal(100)
        due_on = day + timedelta(days=days)
        agreement.instalments.append(
            Instalment(
                number=number, due_on=due_on, amount=100, cumulative=cumulative, lapses_on=due_on
            )
        )
    session.add(agreement)
    session.flush()
    return agreement


# --- one structure, every figure to the cent


def test_accounts_bills_payments_and_parts_add_up_to_the_cent(session, debtor):
    statement, document = document_of(session, debtor)
    assert statement.owed == Decimal("1280.00") == statement.loaded - statement.paid_since
    assert [amount for _label, amount in document.figures] == [
        Decimal("1280.00"),
        Decimal("30.00"),
        Decimal("1250.00"),
    ]
    bills = table(document, "Planillas")
    assert bills.total[-1] == sum(row[-1] for row in bills.rows) == statement.loaded
    accounts = table(document, "Cuentas")
    for place in (4, 5, 6, 7):
        assert accounts.total[place] == sum(row[place] for row in accounts.rows)
    payments = table(document, "Pagos")
    assert payments.total[-1] == statement.paid_since == Decimal("34.51")
    assert [row[4] for row in payments.rows] == [
        Decimal("34.51"),
        Decimal("-10.00"),
        Decimal("10.00"),
    ]


def test_every_payment_after_the_load_is_told_and_of_the_others_the_last(session, debtor):
    account = debtor.accounts[0]
    for n in range(20):
        make_payment(session, account, "1.00", date(2026, 9, 1) + timedelta(days=n))
        make_payment(session, account, "2.00", date(2026, 11, 22))
    statement, _document = document_of(session, debtor)
    since = [line for line in statement.payments if line.is_since]
    assert sum(line.amount for line in since) == statement.paid_since == Decimal("74.51")
    assert len(since) == len(statement.payments) == 21


def test_an_agreement_made_here_tells_what_is_paid_and_what_is_late(session, people, debtor):
    agreement = make_agreement(session, people, debtor.accounts[0])
    _statement, document = document_of(session, debtor, "en")
    found = next(t for t in document.tables if t.name == agreement.number)
    assert [row[2:] for row in found.rows] == [
        ("paid", 100, 100, 0),
        ("past due", 100, 10, 90),
        ("coming", 100, 0, 100),
    ]
    assert found.total == ("Total", None, None, Decimal(300), Decimal(110), Decimal(190))
    assert "in force" in found.title


def test_who_owes_nothing_gets_a_statement_that_says_so(session):
    nobody = make_debtor(session, "SIN DEUDA")
    _statement, document = document_of(session, nobody)
    assert [t.title for t in document.tables if t.rows] == ["Medios de pago"]


def test_the_workbook_holds_the_same_numbers_as_numbers(app, session, debtor, sign_in):
    answer = sign_in("eva").post(f"/people/{debtor.id}/statement", data={"form": "xlsx"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    statement, document = document_of(session, debtor)
    for each in document.tables:
        rows = book.get_sheet_by_name(each.name).to_python()
        assert rows[3][: len(each.columns)] == [column.label for column in each.columns]
        for told, written in zip(each.rows, rows[4:], strict=False):
            assert [plain(cell) for cell in told] == [plain(cell) for cell in written]
    first = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    assert NAME in first[0][0] and "24/11/2026 10:00" in first[1][0]
    assert ["Deuda", float(statement.owed)] in first


def plain(cell):
    if isinstance(cell, datetime):
        return cell.date()
    return float(cell) if isinstance(cell, Decimal | int | float) else (cell or "—")


# --- the document on paper


def test_a_name_is_only_ever_text_and_the_same_data_gives_the_same_bytes(app, session, debtor):
    head = dict.fromkeys(("company", "title", "informed", "printed", "page", "of"), NAME)
    for name in (NAME, "L" * 200, "#panic()", '"]; #read("/etc/passwd")', "\u202eوليد", "\x01"):
        data = {
            "letterhead": head | {"language": "es", "about": name},
            "facts": [[name, name]],
            "figures": [[name, name]],
            "nothing": name,
            "tables": [],
        }
        made = render_pdf("calls/statement.typ", data)
        assert made.startswith(b"%PDF-") and made == render_pdf("calls/statement.typ", data)


def test_what_is_no_text_is_not_printed_by_chance():
    with pytest.raises(TypeError):
        render_pdf("calls/statement.typ", {"figures": [["x", Decimal("1.5")]]})


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_person_with_five_hundred_bills_gets_every_page(session, debtor, sign_in, language):
    account = debtor.accounts[0]
    session.add_all(
        Bill(account_id=account.id, number=f"N-{n}", due_on=DAY, amount=1, balance=1)
        for n in range(500)
    )
    session.commit()
    client = sign_in("eva")
    client.get(f"/lang/{language}")
    answer = client.post(f"/people/{debtor.id}/statement", data={"form": "pdf"})
    assert answer.status_code == 200 and len(re.findall(rb"/Type/Page\b", answer.data)) > 8


# --- who may have it


@pytest.fixture
def claim(session, people, debtor) -> Claim:
    held = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "incoming")
    session.commit()
    return held


def verify(session, people, claim, account="0077001122"):
    check_identity(session, people.ana, SETTINGS, NOW, claim, account=account)
    session.commit()


def ask(client, claim, form="pdf"):
    return client.post("/work/statement", data={"key": str(claim.key), "form": form})


def downloads(session) -> list[tuple[int, str, int]]:
    rows = sa.select(AccessLog.user_id, AccessLog.what, AccessLog.debtor_id)
    return [tuple(r) for r in session.execute(rows.where(AccessLog.kind == "download"))]


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_verified_call_gives_the_file_and_a_row_of_the_access_log(
    session, people, claim, sign_in, form
):
    verify(session, people, claim)
    client = sign_in("ana")
    for n in (1, 2):
        answer = ask(client, claim, form)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == (
            f"attachment; filename=estado-de-cuenta-22-2026-11-24.{form}"
        )
        assert answer.headers["Cache-Control"] == "no-store"
        row = (people.ana.user_id, f"statement {form}", claim.debtor_id)
        assert downloads(session) == [row] * n


def refused(client, claim, sentence) -> None:
    answer = ask(client, claim)
    assert answer.status_code == 302 and answer.location == "/work/"
    headers = str(answer.headers)
    assert "1310123456" not in headers and "0077001122" not in headers
    assert sentence in client.get("/work/").text


def test_before_the_check_it_is_refused(session, claim, sign_in):
    refused(sign_in("ana"), claim, "verificado")
    assert downloads(session) == []


def test_after_three_misses_it_stays_refused(session, people, claim, sign_in):
    for wrong in ("1", "2", "3"):
        verify(session, people, claim, wrong)
    refused(sign_in("ana"), claim, "verificado")
    assert downloads(session) == []


def test_somebody_elses_call_and_a_closed_one_are_refused(session, people, claim, sign_in):
    verify(session, people, claim)
    refused(sign_in("luis"), claim, "ya está cerrada")
    claim.closed_at, claim.closed_how = NOW, "saved"
    session.commit()
    refused(sign_in("ana"), claim, "ya está cerrada")
    assert downloads(session) == []


def test_another_form_or_no_call_is_an_error(claim, sign_in):
    client = sign_in("ana")
    assert ask(client, claim, "html").status_code == 400
    assert client.post("/work/statement", data={"form": "pdf", "key": "x"}).status_code == 400
    assert client.get("/work/statement").status_code in (404, 405)


@pytest.mark.parametrize(
    ("who", "status"),
    [("eva", 200), ("alma", 200), ("ana", 403), ("fredy", 403), ("rosa", 403), ("adela", 403)],
)
def test_from_the_persons_page_only_those_who_see_everything_have_it(
    session, debtor, sign_in, who, status
):
    answer = sign_in(who).post(f"/people/{debtor.id}/statement", data={"form": "pdf"})
    assert answer.status_code == status
    assert len(downloads(session)) == (status == 200)


def test_of_nobody_or_in_another_form_there_is_none(debtor, sign_in):
    client = sign_in("eva")
    assert client.post("/people/999999999/statement", data={"form": "pdf"}).status_code == 404
    assert client.post(f"/people/{debtor.id}/statement", data={"form": "doc"}).status_code == 404
