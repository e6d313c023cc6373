"""A list as a file, written row by row: CSV for the spreadsheets of here (UTF-8 with its mark, semicolons,
decimal commas) and XLSX. What people typed is text, whatever it begins with.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from flask_babel import gettext as _

from app.core.clock import local
from app.core.money import number_locale
from app.core.xlsx import new_workbook

#: A spreadsheet takes a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_A_SHEET = 1_000_000
_WIDTH = 18


@dataclass(frozen=True, slots=True)
class FileForm:
    """``write(target, heads, rows, zone)`` fills an open binary file."""

    write: Callable[[BinaryIO, list[str], Iterable[list[Any]], str], None]
    mimetype: str


def write_csv(target: BinaryIO, heads: list[str], rows: Iterable[list[Any]], zone: str) -> None:
    """Write ``rows`` of values (text, Decimal, int, bool, date, aware datetime, None) to ``target``."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    comma = "," if number_locale() == "es_EC" else "."
    writer.writerow(_text(head) for head in heads)
    for row in rows:
        writer.writerow(_written(value, zone, comma) for value in row)
    text.flush()
    text.detach()


def _written(value: Any, zone: str, comma: str) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", comma)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        return f"{local(value, zone):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return _text(_said(value))


def _text(words: Any) -> str:
    """``words``, never to be taken for a formula, and without what no file may hold."""
    text = str(words).replace("\x00", "")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def write_xlsx(target: BinaryIO, heads: list[str], rows: Iterable[list[Any]], zone: str) -> None:
    """Like `write_csv`, with amounts as numbers and days as days. Memory does not grow with the rows."""
    with new_workbook(target) as book:
        sheets = _Sheets(book, heads, zone)
        for row in rows:
            sheets.write(row)


class _Sheets:
    """Rows one under the other; a full sheet goes on in the next one."""

    def __init__(self, book: Any, heads: list[str], zone: str) -> None:
        self.book, self.heads, self.zone = book, heads, zone
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.day = book.add_format({"num_format": "dd/mm/yyyy"})
        self.moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._begin()

    def _begin(self) -> None:
        self.sheet, self.at = self.book.add_worksheet(), 1
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, len(self.heads) - 1, _WIDTH)
        for place, head in enumerate(self.heads):
            self.sheet.write_string(0, place, head, self.bold)

    def write(self, row: list[Any]) -> None:
        """One row below the last."""
        if self.at > _ROWS_A_SHEET:
            self._begin()
        for place, value in enumerate(row):
            self._cell(place, value)
        self.at += 1

    def _cell(self, place: int, value: Any) -> None:
        at, sheet = self.at, self.sheet
        if isinstance(value, Decimal):
            sheet.write_number(at, place, value, self.money)
        elif isinstance(value, int) and not isinstance(value, bool):
            sheet.write_number(at, place, value)
        elif isinstance(value, datetime):
            naive = local(value, self.zone).replace(tzinfo=None)
            sheet.write_datetime(at, place, naive, self.moment)
        elif isinstance(value, date):
            sheet.write_datetime(at, place, value, self.day)
        elif said := _said(value):
            sheet.write_string(at, place, said)


FORMS: Mapping[str, FileForm] = {
    "csv": FileForm(write_csv, "text/csv; charset=utf-8"),
    "xlsx": FileForm(
        write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
}
