"""A list's cells, written in Python for speed, say what the macros of every other page say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, get_template_attribute
from markupsafe import escape

from app.core.list_cells import Column, write_cell, write_row
from app.core.lists import Chip, Warned

VALUES = (
    "",
    'LOOR <b>VERA</b> & "MARÍA"',
    None,
    True,
    False,
    0,
    12,
    Decimal("1234.50"),
    Decimal("-0.05"),
    date(2026, 11, 24),
    datetime(2026, 11, 24, 15, 4, tzinfo=UTC),
    [],
    ["especialista", "auditor"],
    [f"rol {n}" for n in range(9)],
)


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_cell_is_what_the_macro_writes(app: Flask, value: object):
    with app.test_request_context():
        macro = get_template_attribute("_macros.html", "value")
        assert write_cell(value) == str(macro(value, longest=6)).strip()


def test_a_chip_is_what_the_macro_writes(app: Flask):
    with app.test_request_context():
        macro = get_template_attribute("_macros.html", "chip")
        assert write_cell(Chip("pausa <30/11>", "wait")) == str(macro("pausa <30/11>", "wait"))


def test_what_came_in_a_file_never_becomes_markup(app: Flask):
    bad = "<script>alert(1)</script>"
    with app.test_request_context():
        row = write_row(
            ["", bad, Warned(bad, bad), Chip(bad, bad), [bad]],
            [Column(escape(bad), is_number=False)] * 5,
        )
    assert "<script" not in row


def test_numbers_stand_at_the_right_and_short_ones_on_one_line(app: Flask):
    columns = [
        Column(escape(c), is_number=c == "saldo") for c in ("a", "saldo", "teléfono", "nombre")
    ]
    with app.test_request_context():
        row = write_row(["x", Decimal("5.00"), "099 123 4567", "LOOR VERA"], columns)
    assert row == (
        '<td data-label="saldo" class="num">5,00</td>'
        '<td data-label="teléfono" class="nowrap">099 123 4567</td>'
        '<td data-label="nombre">LOOR VERA</td>'
    )
