"""Rows become typed records with named problems; nothing is dropped for a problem."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import RuleBroken
from app.intake.layout import Layout, builtin_layouts, fitting_layout
from app.intake.reading import open_table
from app.intake.records import (
    AccountRow,
    Footer,
    PaymentRow,
    RejectedRow,
    read_payments,
    read_portfolio,
)

DATA = Path(__file__).parent / "data"
FILES = {"manabi": "txt", "guayas": "csv", "planillas": "xlsx"}
LAYOUT = Layout.from_dict(
    {
        "name": "prueba",
        "kind": "portfolio",
        "granularity": "account",
        "has_header": True,
        "columns": [
            {"source": "Cuenta", "field": "account"},
            {"source": "Cédula", "field": "identification"},
            {"source": "Nombre", "field": "name"},
            {"source": "Teléfono", "field": "phone"},
            {"source": "Correo", "field": "email"},
            {"source": "Vence", "field": "due_on"},
            {"source": "Planillas", "field": "bills_count"},
            {"source": "Saldo", "field": "balance"},
            {"source": "Reclamo", "field": "disputed"},
        ],
    }
)
HEADER = "Cuenta;Cédula;Nombre;Teléfono;Correo;Vence;Planillas;Saldo;Reclamo"
GOOD = "0100-2;1714307103;LOOR ANA;0995123344;ana@example.com;09/01/2026;3;1.234,50;SI"


def _control(name: str) -> dict:
    return json.loads((DATA / f"control_{name}.json").read_text("utf-8"))


def _portfolio(path: Path, layout: Layout | None = None, footer: Footer | None = None) -> list:
    table = open_table(path)
    layout = layout or fitting_layout(builtin_layouts(), table.head())
    return list(read_portfolio(table, layout, "05", footer or Footer()))


def _read(folder: Path, *lines: str, footer: Footer | None = None) -> list:
    path = folder / "cartera.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", "utf-8")
    return _portfolio(path, LAYOUT, footer)


@pytest.mark.parametrize("day", ["1", "2"])
@pytest.mark.parametrize("name", FILES)
def test_accounts_bills_and_balance_equal_the_control(name, day):
    rows = _portfolio(DATA / f"cartera_{name}_dia{day}.{FILES[name]}")
    assert all(isinstance(row, AccountRow) for row in rows)
    assert {
        "accounts": len({row.account_key for row in rows}),
        "bills": sum(row.bills_count for row in rows),
        "balance": str(sum(row.balance for row in rows)),
    } == _control(name)[f"day{day}"]


@pytest.mark.parametrize("name", FILES)
def test_each_planted_defect_is_named_for_exactly_its_accounts(name):
    found = defaultdict(set)
    for row in _portfolio(DATA / f"cartera_{name}_dia1.{FILES[name]}"):
        for kind, _column, _value in row.problems:
            found[kind].add(row.account_key)
    for kind, accounts in _control(name)["planted"].items():
        if (name, kind) == ("guayas", "two_phones_in_a_cell"):
            assert set(accounts) <= found[kind]
        else:
            assert set(accounts) == found[kind], kind


@pytest.mark.parametrize("name", FILES)
def test_the_file_of_payments_equals_the_control(name):
    table = open_table(DATA / f"pagos_{name}.csv")
    layout = fitting_layout(builtin_layouts(), table.head())
    rows = list(read_payments(table, layout, "05", Footer()))
    by_reference = {row.reference: row for row in rows}
    control = _control(name)["payments"]
    known = [row for row in by_reference.values() if row.account != "99999999"]
    assert layout.kind == "payments"
    assert len(rows) - len(by_reference) == control["duplicated"]
    assert str(sum(row.amount for row in known)) == control["amount"]


def test_the_total_row_is_compared_and_not_loaded():
    footer = Footer()
    rows = _portfolio(DATA / "cartera_planillas_dia1.xlsx", footer=footer)
    assert footer.total == sum(row.balance for row in rows) == Decimal("2766.66")


@pytest.mark.parametrize(
    "total",
    [
        "TOTAL;;;;;;;9,00;",
        "Total general 2 cuentas;;;;;;;9,00;",
        ";;TOTAL:;;;;;9,00;",
        "SUMAN;;;;;;;9,00;",
        "TOTAL CARTERA;;;;;;;9,00;",
    ],
)
def test_each_way_of_writing_a_total(tmp_path, total):
    footer = Footer()
    assert len(_read(tmp_path, GOOD, total, footer=footer)) == 1
    assert footer.total == Decimal("9.00")


def test_a_person_called_total_is_no_total(tmp_path):
    rows = _read(tmp_path, "100;;TOTAL;;;;1;5,00;")
    assert [row.name for row in rows] == ["TOTAL"]


def test_a_full_row_is_typed(tmp_path):
    (row,) = _read(tmp_path, GOOD)
    assert (row.account, row.account_key, row.name) == ("0100-2", "1002", "LOOR ANA")
    assert (row.identification, row.identification_kind, row.reliable) == (
        "1714307103",
        "cedula",
        True,
    )
    assert (row.phones, row.emails) == (["+593995123344"], ["ana@example.com"])
    assert (row.bills_count, row.balance, str(row.due_on)) == (3, Decimal("1234.50"), "2026-01-09")
    assert row.in_complaint
    assert row.problems == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (";1714307103;LOOR ANA;;;;1;5,00;", "no_account"),
        ("null;1714307103;LOOR ANA;;;;1;5,00;", "no_account"),
        ("100;1714307103;LOOR ANA;;;;1;cinco;", "bad_amount"),
        ("100;1714307103;LOOR ANA;;;;1;;", "bad_amount"),
        ("100;1714307103;LOOR ANA;;;;1;12.5;", "bad_amount"),
        ("100;1714307103;LOOR ANA;;;;1;" + "9" * 40 + ";", "bad_amount"),
        ("100;1714307103;LOOR", "bad_amount"),
        (
            "100;1714307103;LOOR; ANA;0995123344;ana@example.com;09/01/2026;3;5,00;NO",
            "column_count",
        ),
    ],
)
def test_what_cannot_be_loaded_is_rejected_by_name(tmp_path, line, kind):
    good, bad = _read(tmp_path, GOOD, line)
    assert isinstance(good, AccountRow)
    assert isinstance(bad, RejectedRow)
    assert bad.problem[0] == kind
    assert bad.row_number == 3


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("100;;LOOR ANA;;;;1;5,00;", "no_identification"),
        ("100;1714307104;LOOR ANA;;;;1;5,00;", "bad_check_digit"),
        ("100;1714307103;LOOR ANA;12;;;1;5,00;", "bad_phone"),
        ("100;1714307103;LOOR ANA;;no tiene;;1;5,00;", "bad_email"),
        ("100;1714307103;LOOR ANA;;;31/02/2026;1;5,00;", "bad_date"),
        ("100;1714307103;LOOR ANA;;;;²;5,00;", "bad_count"),
    ],
)
def test_a_defect_is_flagged_and_the_row_loaded(tmp_path, line, kind):
    (row,) = _read(tmp_path, line)
    assert isinstance(row, AccountRow)
    assert [problem[0] for problem in row.problems] == [kind]
    assert row.balance == Decimal("5.00")


def test_two_addresses_in_a_cell_are_two(tmp_path):
    (row,) = _read(
        tmp_path,
        "100;1714307103;LOOR ANA;;a@example.com; b@example.com".replace("; b", " / b")
        + ";;1;5,00;",
    )
    assert row.emails == ["a@example.com", "b@example.com"]


def test_an_account_that_went_through_excel_is_the_same(tmp_path):
    (row,) = _read(tmp_path, "100002.0;1714307103;LOOR ANA;;;;1;5,00;")
    assert row.account_key == "100002"


def test_the_hash_changes_with_any_cell_and_only_then(tmp_path):
    (first,) = _read(tmp_path, GOOD)
    (again,) = _read(tmp_path, GOOD)
    (other,) = _read(tmp_path, GOOD.replace("LOOR", "LOR"))
    assert first.row_hash == again.row_hash != other.row_hash


_CELL = st.one_of(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='";'),
        max_size=25,
    ),
    st.text("0123456789.,-/+$() ", max_size=25),
    st.sampled_from(["null", "N/A", "0", "²", "1e99", "NaN", "Infinity", "0999999999", "TOTAL"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(_CELL, min_size=9, max_size=9), min_size=1, max_size=5))
def test_no_cell_breaks_a_load_and_no_balance_is_invented(tmp_path, cells):
    for row in _read(tmp_path, GOOD, *(";".join(line) for line in cells)):
        if isinstance(row, AccountRow):
            assert row.account_key
            assert row.balance == row.balance.quantize(Decimal("0.01"))
        else:
            assert row.problem[0] in {"no_account", "bad_amount", "column_count"}


def test_a_reversed_payment_is_a_row_of_its_own(tmp_path):
    path = tmp_path / "pagos.csv"
    path.write_text(
        "REFERENCIA;CUENTA;FECHA DEL PAGO;PAGO;CANAL\nR1;100;23/11/2026;67,43;WEB\nR2;100;24/11/2026;-67,43;WEB\n"
        "R3;100;24/11/2026;;WEB\n;100;24/11/2026;1,00;WEB\nR4;100;ayer;1,00;WEB\n",
        "utf-8",
    )
    table = open_table(path)
    rows = list(
        read_payments(table, fitting_layout(builtin_layouts(), table.head()), "05", Footer())
    )
    assert [row.amount for row in rows if isinstance(row, PaymentRow)] == [
        Decimal("67.43"),
        Decimal("-67.43"),
    ]
    assert [row.problem[0] for row in rows if isinstance(row, RejectedRow)] == [
        "bad_amount",
        "no_reference",
        "bad_date",
    ]


def test_a_layout_comes_back_as_it_was_saved():
    for layout in (*builtin_layouts(), LAYOUT):
        assert Layout.from_dict(json.loads(json.dumps(layout.to_dict()))) == layout


@pytest.mark.parametrize(
    "change",
    [
        {"columns": None},
        {"columns": [1]},
        {"columns": [{"source": "Cuenta", "field": "cuenta"}]},
        {"columns": [{"source": "Cuenta", "field": "account"}]},
        {
            "columns": [
                {"source": 1.5, "field": "account"},
                {"source": "n", "field": "name"},
                {"source": "s", "field": "balance"},
            ]
        },
        {"kind": "cartera"},
        {"granularity": "casa"},
        {"has_header": False},
        {"name": ""},
    ],
)
def test_a_wrong_layout_is_refused_in_one_sentence(change):
    with pytest.raises(RuleBroken):
        Layout.from_dict(LAYOUT.to_dict() | change)


def test_a_file_of_another_layout_fits_none(tmp_path):
    path = tmp_path / "otra.csv"
    path.write_text("a;b\n1;2\n3;4\n", "utf-8")
    assert fitting_layout(builtin_layouts(), open_table(path).head()) is None
