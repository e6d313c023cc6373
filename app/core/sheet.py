"""One sheet of a workbook, written downwards: a heading, columns, typed rows, totals, signatures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

NOTHING = "—"


class Styles:
    """The formats of a workbook. ``text`` carries the mark of text, so that a cell which begins with
    = + - or @ stays text even when somebody edits it."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.quiet = book.add_format({"font_color": "#5b6770"})
        self.head = book.add_format(
            {
                "bold": True,
                "bg_color": "#e8eef1",
                "bottom": 1,
                "text_wrap": True,
                "valign": "vcenter",
            }
        )
        self.text = book.add_format({"quote_prefix": True})
        self.count = book.add_format({"num_format": "#,##0"})
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        self.moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"})
        self.nothing = book.add_format({"align": "right", "font_color": "#5b6770"})
        total = {"bold": True, "top": 1}
        self.total_text = book.add_format(total)
        self.total_count = book.add_format(total | {"num_format": "#,##0"})
        self.total_money = book.add_format(total | {"num_format": "#,##0.00"})
        self.signature = book.add_format({"top": 1, "align": "center"})


class Sheet:
    """A table under a heading. Rows are written once, from the top: that is what keeps memory flat."""

    def __init__(self, book: Workbook, styles: Styles, name: str, heading: list[str]) -> None:
        self.name = name
        self.row = 0
        self._styles = styles
        self._sheet = book.add_worksheet(name)
        text, number, moment = (
            self._sheet.write_string,
            self._sheet.write_number,
            self._sheet.write_datetime,
        )
        self._writers: dict[type, tuple[Callable[..., Any], Format]] = {
            str: (text, styles.text),
            NoneType: (text, styles.nothing),
            int: (number, styles.count),
            Decimal: (number, styles.money),
            datetime: (moment, styles.moment),
            date: (moment, styles.day),
        }
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        for line, style in zip(heading, (styles.title, styles.quiet), strict=True):
            self._sheet.write_string(self.row, 0, line, style)
            self.row += 1
        self.row += 1

    def columns(self, *heads: tuple[str, int]) -> None:
        """The head of the table, with widths; it stays in sight and on each printed page."""
        for column, (_head, width) in enumerate(heads):
            self._sheet.set_column(column, column, width)
        for column, (head, _width) in enumerate(heads):
            self._sheet.write_string(self.row, column, head, self._styles.head)
        self.row += 1
        self._sheet.freeze_panes(self.row, 0)
        self._sheet.repeat_rows(self.row - 1)

    def head(self, *heads: str) -> None:
        """The head of one of several tables on the sheet."""
        for column, head in enumerate(heads):
            self._sheet.write_string(self.row, column, head, self._styles.head)
        self.row += 1

    def widths(self, *widths: int) -> None:
        """The columns' widths, in characters."""
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)

    def write(self, *values: Any) -> None:
        """One row: text, whole numbers, Decimal as USD, days and moments; None as a dash."""
        row = self.row
        for column, value in enumerate(values):
            write, style = self._writers[type(value)]
            write(row, column, NOTHING if value is None else value, style)
        self.row += 1

    def total(self, label: str, *values: Any) -> None:
        """The last row of a table: whole numbers and USD; None leaves its cell empty."""
        self._sheet.write_string(self.row, 0, label, self._styles.total_text)
        for column, value in enumerate(values, 1):
            if value is None:
                self._sheet.write_blank(self.row, column, None, self._styles.total_text)
            else:
                money = isinstance(value, Decimal)
                style = self._styles.total_money if money else self._styles.total_count
                self._sheet.write_number(self.row, column, value, style)
        self.row += 1

    def signatures(self, *labels: str) -> None:
        """Lines to sign on, side by side, below the table."""
        self.row += 4
        for place, label in enumerate(labels):
            self._sheet.write_string(self.row, 1 + 3 * place, label, self._styles.signature)
        self.row += 1

    def chart(self, at_row: int, at_column: int, chart: Any) -> None:
        """Put a chart of the workbook on the sheet."""
        self._sheet.insert_chart(at_row, at_column, chart)

    def gap(self) -> None:
        """An empty row."""
        self.row += 1

    def range(self, first: int, last: int, column: int) -> list[Any]:
        """The cells of a column, for a chart."""
        return [self.name, first, column, last, column]
