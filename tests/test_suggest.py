"""A file that nobody has described is suggested right without a hand: totals to the cent."""

from __future__ import annotations

import io
import json
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.errors import RuleBroken
from app.intake.layout import Layout
from app.intake.preview import preview
from app.intake.reading import open_table
from app.intake.records import AccountRow, Footer, PaymentRow, read_payments, read_portfolio
from app.intake.service import check_load
from app.intake.suggest import suggest
from app.models import Load, Portfolio, SavedLayout
from tests import unseen
from tests.conftest import NOW
from tests.walking import fresh_client

DATA = Path(__file__).parent / "data"
#: Of the files tests/data/unseen_*: one invented portfolio in six layouts.
ACCOUNTS, BILLS, BALANCE, NAME = 25, 82, "112362.96", "SOLÓRZANO, ÁVILA INÉS, ÁNGEL"


@pytest.mark.parametrize("seed", range(60))
def test_an_unseen_portfolio_is_suggested_right_without_a_hand(tmp_path, seed):
    dice = random.Random(seed)
    written, owed = unseen.Written.draw(dice), unseen.debts(seed)
    path = unseen.write(
        tmp_path / f"c.{written.suffix}", unseen.portfolio_rows(written, dice, owed), written
    )
    table = open_table(path)
    found = suggest(table, path.name)
    rows = list(read_portfolio(table, Layout.from_dict(found.to_dict()), "05", Footer()))
    assert [row for row in rows if not isinstance(row, AccountRow)] == []
    assert (found.kind, found.granularity) == (
        "portfolio",
        "bill" if written.by_bill else "account",
    )
    assert sum(row.balance for row in rows) == sum(debt.balance for debt in owed)
    assert sum(row.bills_count for row in rows) == sum(len(debt.bills) for debt in owed)
    assert {
        row.account_key: (row.identification, row.name.upper(), row.phones) for row in rows
    } == {
        str(debt.account): (debt.identification, debt.name, ["+593" + debt.phone[1:]])
        for debt in owed
    }


@pytest.mark.parametrize("reversal", ["none", "sign", "column"])
@pytest.mark.parametrize("seed", range(15))
def test_unseen_payments_are_suggested_right(tmp_path, seed, reversal):
    dice = random.Random(seed)
    written, owed = unseen.Written.draw(dice), unseen.debts(seed)
    rows, total = unseen.payment_rows(written, dice, owed, reversal)
    path = unseen.write(tmp_path / f"p.{written.suffix}", rows, written)
    table = open_table(path)
    found = suggest(table, path.name)
    read = list(read_payments(table, found.layout(), "05", Footer()))
    assert found.kind == "payments"
    assert all(isinstance(row, PaymentRow) for row in read)
    assert {row.account_key for row in read} == {str(debt.account) for debt in owed}
    assert sum(row.amount for row in read) == (
        total if reversal != "none" else sum(d.balance for d in owed)
    )


@pytest.mark.parametrize(
    ("name", "granularity", "fields"),
    [
        (
            "quinta.txt",
            "account",
            "balance phone due_on name account identification sector extra extra bills_count address",
        ),
        ("commas.csv", "account", "account name name identification bills_count balance phone"),
        (
            "pipes.txt",
            "account",
            "account identification name address phone bills_count due_on balance",
        ),
        ("tabs.txt", "account", "account name identification balance due_on phone bills_count"),
        (
            "bills.xlsx",
            "bill",
            "bill_number account name identification issued_on due_on amount interest balance",
        ),
        ("old.xls", "account", "account name identification phone due_on bills_count balance"),
        (
            "open.ods",
            "account",
            "account name identification email bills_count agreed_balance balance",
        ),
    ],
)
def test_each_column_of_a_file_never_seen_is_told(name, granularity, fields):
    table = open_table(DATA / f"unseen_{name}")
    found = suggest(table, name)
    totals = preview(table, found.layout(), "05")
    assert [guess.field for guess in found.columns] == fields.split()
    assert (found.kind, found.granularity) == ("portfolio", granularity)
    assert (totals.accounts, totals.bills, str(totals.amount)) == (ACCOUNTS, BILLS, BALANCE)
    assert (totals.rejected, totals.footer in (None, totals.amount)) == (0, True)
    assert not totals.problems


def test_a_total_is_told_from_its_parts_by_arithmetic_and_not_by_its_place(tmp_path):
    lines = [f"{n}00;LOOR ANA;{n},10;{n + 3},20;{2 * n + 3},30" for n in range(1, 40)]
    for header, balance in (
        ("Cuenta;Nombre;Saldo vencido;Saldo mes;Valor", 4),
        ("Cuenta;Nombre;Saldo;Deuda mora;Valor", 4),
    ):
        path = tmp_path / "suma.csv"
        path.write_text("\n".join((header, *lines)), "utf-8")
        assert [g.position for g in suggest(open_table(path)).columns if g.field == "balance"] == [
            balance
        ]


def test_what_was_billed_less_what_was_paid_is_the_balance(tmp_path):
    path = tmp_path / "resta.csv"
    lines = [f"{n}00;LOOR ANA;{n},10;{n % 7},00;{n - n % 7},10" for n in range(10, 60)]
    path.write_text("\n".join(("Cuenta;Nombre;Deuda;Abonos;Total", *lines)), "utf-8")
    found = suggest(open_table(path))
    assert [guess.source for guess in found.columns if guess.field == "balance"] == ["Total"]


def test_surnames_and_names_in_two_columns_are_one_name():
    table = open_table(DATA / "unseen_commas.csv")
    first = next(iter(read_portfolio(table, suggest(table).layout(), "05", Footer())))
    assert first.name == NAME


def test_two_columns_of_one_name_are_two(tmp_path):
    path = tmp_path / "doble.csv"
    lines = [
        f"{n}00;LOOR ANA;099{n:02d}12345;098{n:02d}12345;{n},50;nota {n}" for n in range(10, 40)
    ]
    path.write_text("\n".join(("CUENTA;NOMBRE;TELEFONO;TELEFONO;SALDO;", *lines)), "utf-8")
    table = open_table(path)
    layout = suggest(table).layout()
    row = next(iter(read_portfolio(table, layout, "05", Footer())))
    assert row.phones == ["+593991012345", "+593981012345"]
    assert row.attributes == {"columna 6": "nota 10"}


def test_how_sure_it_is_falls_with_what_the_header_does_not_say():
    sure = {g.field: g for g in suggest(open_table(DATA / "unseen_tabs.txt")).columns}
    blind = {g.field: g for g in suggest(open_table(DATA / "unseen_pipes.txt")).columns}
    for field in ("account", "name", "balance", "due_on"):
        assert 0 < blind[field].percent < sure[field].percent <= 99
    assert sure["balance"].word == "sure"
    assert blind["balance"].word != "sure"


def test_the_command_prints_what_layout_file_takes(app, session):
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["intake", "portfolio", str(DATA / "unseen_quinta.txt"), "--json"])
    assert refused.exit_code == 1
    said = json.loads(refused.output.splitlines()[-1])
    assert said["suggestion"]["layout"]["name"] == "unseen_quinta"
    assert "sirve para este archivo" in said["error"]
    found = runner.invoke(args=["intake", "suggest", str(DATA / "unseen_quinta.txt"), "--json"])
    suggestion = json.loads(found.output.splitlines()[-1])
    totals = {
        "rows": ACCOUNTS,
        "accounts": ACCOUNTS,
        "bills": BILLS,
        "balance": BALANCE,
        "rejected": 0,
    }
    assert suggestion["totals"] == totals
    assert Layout.from_dict(suggestion).to_dict() == suggestion["layout"]
    assert {c["word"] for c in suggestion["confidence"]["columns"]} <= {
        "sure",
        "likely",
        "doubtful",
    }


def test_a_file_without_a_needed_column_is_refused_with_what_was_found(app, session, tmp_path):
    path = tmp_path / "sin.csv"
    path.write_text("Cuenta;Saldo\n" + "".join(f"{n}00;{n},50\n" for n in range(30)), "utf-8")
    refused = app.test_cli_runner().invoke(
        args=["intake", "suggest", str(path), "--kind", "portfolio", "--json"]
    )
    said = json.loads(refused.output.splitlines()[-1])
    assert refused.exit_code == 1
    assert said["suggestion"]["missing"] == ["name"]
    assert "name" in said["error"]


HEADER = "No. Cta;C.I.;Abonado;Celular;Meses;Total Adeudado;Convenio"
ROWS = [
    "000100-2;1714307103;LOOR ANA;0995123344;3;1.234,50;0,00",
    "000200;0926687856;MERA LUIS;0985123344;1;12,00;9,00",
]


def _upload(client, text: str, **typed: str):
    data = {"kind": "portfolio", "portfolio": "quinta", "as_of": "2026-11-20"} | typed
    return client.post(
        "/loads/upload", data=data | {"file": (io.BytesIO(text.encode("cp1252")), "quinta ñ.csv")}
    )


@pytest.fixture
def eva(sign_in):
    return sign_in("eva")


@pytest.fixture
def page(eva):
    """The address of the page that describes an uploaded file that no layout fits."""
    answer = _upload(eva, "\n".join((HEADER, *ROWS)) + "\n")
    assert answer.status_code == 302, answer.text
    assert "/loads/describe/" in answer.location
    return answer.location


def test_a_file_that_no_layout_fits_is_described_on_screen(eva, page, session):
    text = eva.get(page).text
    for shown in ("Total Adeudado", "1.234,50", "Saldo adeudado", "segura", "quinta ñ.csv"):
        assert shown in text, shown
    assert session.scalar(select(func.count()).select_from(Load)) == 0


def test_the_specialist_tries_the_layout_out_before_it_is_kept(eva, page, session):
    text = eva.post(page, data={"name": "Quinta", "do": "preview"}).text
    assert "1.246,50" in text
    assert "Quinta" in text
    assert session.scalar(select(func.count()).select_from(SavedLayout)) == 0


def test_a_correction_counts_and_the_layout_is_saved_by_name(eva, page, session):
    typed = {"name": "Quinta", "do": "save", "field-5": "ignore", "field-6": "balance"}
    answer = eva.post(page, data=typed)
    load = session.scalars(select(Load)).one()
    assert answer.location == f"/loads/{load.id}"
    assert (load.layout_name, load.portfolio.name, str(load.as_of)) == (
        "Quinta",
        "quinta",
        "2026-11-20",
    )
    checked = check_load(session, eva.application.config["VAR"], NOW, load.id, lambda _rows: None)
    assert (checked.status, checked.amount, checked.bills) == ("checked", Decimal("9.00"), 4)
    assert "Saldo adeudado" in eva.get("/loads/layouts/Quinta").text
    assert "/loads/layouts/Quinta" in eva.get("/loads/").text


def test_the_same_layout_fits_the_next_file(eva, page, session):
    eva.post(page, data={"name": "Quinta", "do": "save"})
    answer = _upload(eva, "\n".join((HEADER, *ROWS[:1])) + "\n")
    assert "/describe/" not in answer.location
    assert {load.layout_name for load in session.scalars(select(Load))} == {"Quinta"}


def test_a_name_that_is_taken_means_the_new_definition_and_loads_keep_their_own(eva, page, session):
    eva.post(page, data={"name": "Quinta", "do": "save"})
    eva.post(page, data={"name": "Quinta", "do": "save", "field-6": "ignore"})
    saved = session.scalars(select(SavedLayout)).one()
    first, second = session.scalars(select(Load).order_by(Load.id))
    assert second.layout == saved.definition
    assert first.layout["columns"][6]["field"] == "agreed_balance"
    assert saved.definition["columns"][6]["field"] == "ignore"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": " "}, "Dé un nombre al formato."),
        ({"field-5": "extra"}, "Diga qué columna es: Saldo adeudado."),
        ({"field-6": "balance"}, "Dos columnas son Saldo adeudado: elija la que vale."),
        ({"field-2": "balance", "field-5": "name"}, "No se pudo leer ninguna fila"),
        ({"field-4": "boleto"}, "boleto"),
        ({"granularity": "casa"}, "qué es una fila"),
    ],
)
def test_bad_input_is_said_in_one_sentence_and_keeps_what_was_typed(eva, page, session, typed, why):
    answer = eva.post(page, data={"name": "Quinta", "do": "save", "field-1": "sector"} | typed)
    assert answer.status_code == 422
    assert why in answer.text
    assert re.search(r'name="field-1".*?value="sector" selected', answer.text)
    assert session.scalar(select(func.count()).select_from(SavedLayout)) == 0


def test_only_a_page_of_ours_opens_a_kept_file(app, page):
    assert fresh_client(app, "eva").get(page).status_code == 200
    assert fresh_client(app, "eva").get(page[:-3]).status_code == 404
    assert fresh_client(app, "ana").get(page).status_code == 403
    assert fresh_client(app, "alma").post(page, data={"do": "save", "name": "x"}).status_code == 403


def test_a_file_of_payments_called_a_portfolio_is_told(eva):
    answer = _upload(
        eva,
        "Comprobante;Cuenta;Fecha de cobro;Recaudado\n1;100;20/11/2026;5,00\n2;200;21/11/2026;6,00\n",
    )
    assert "Diga qué columna es" in eva.post(answer.location, data={"name": "x", "do": "save"}).text


def test_a_state_of_the_payment_tells_what_was_taken_back(tmp_path):
    path = tmp_path / "estado.csv"
    lines = [
        f"T{n};{n}00;20/11/2026;5,00;{'ANULADA' if n % 5 == 0 else 'VALIDO'}" for n in range(10, 30)
    ]
    path.write_text("\n".join(("TRX;SUMINISTRO;FECHA;VALOR;ESTADO", *lines)), "utf-8")
    table = open_table(path)
    assert preview(table, suggest(table).layout(), "05").amount == Decimal("60.00")


_CELL = st.one_of(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='";'),
        max_size=25,
    ),
    st.text("0123456789.,-/+$() ", max_size=25),
    st.sampled_from(
        [
            "null",
            "²",
            "1e99",
            "NaN",
            "9" * 500,
            "TOTAL",
            "CUENTA",
            "Saldo",
            "01/13/2026",
            "99/99/99",
            "1714307103",
        ]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.lists(_CELL, min_size=6, max_size=6), min_size=1, max_size=8),
    st.sampled_from([HEADER, ""]),
)
def test_no_cell_breaks_a_suggestion(tmp_path, cells, header):
    path = tmp_path / "celdas.csv"
    path.write_text("\n".join((header, *(";".join(row) for row in cells))), "utf-8")
    try:
        table = open_table(path)
        found = suggest(table)
        Layout.from_dict(found.to_dict())
    except RuleBroken:
        return
    assert len({g.position for g in found.columns}) == len(found.columns)
    assert all(0 < guess.percent <= 100 for guess in found.columns)


PAYMENTS = "Comprobante;Suministro;Fecha de cobro;Recaudado;Reverso\n" + "".join(
    f"C{n};{n}00;{n}/11/2026;{n},50;{'SI' if n == 12 else 'NO'}\n" for n in range(10, 25)
)


def test_payments_have_layouts_too_and_need_their_portfolio(eva, session):
    page = _upload(eva, PAYMENTS, kind="payments").location
    typed = {"name": "Recaudos", "do": "save"}
    refused = eva.post(page, data=typed)
    assert refused.status_code == 422
    assert "No existe la cartera quinta" in refused.text
    assert 'value="Recaudos"' in refused.text
    assert session.scalar(select(func.count()).select_from(SavedLayout)) == 0
    session.add(Portfolio(name="quinta"))
    session.flush()
    assert "237,50" in eva.post(page, data=typed | {"do": "preview"}).text
    eva.post(page, data=typed)
    load = session.scalars(select(Load)).one()
    checked = check_load(session, eva.application.config["VAR"], NOW, load.id, lambda _rows: None)
    assert (checked.status, checked.rows, checked.unknown_accounts) == ("checked", 15, 15)
