"""The rows of a file that carry problems, exactly as they came, with the cells at fault marked: an XLSX.

The kept file is read again with the load's own layout. Whatever a cell says is written as text: nothing
is reformatted, and what begins with = + - or @ is never a formula.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, BinaryIO

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from app.core.errors import RuleBroken
from app.core.xlsx import new_workbook
from app.intake.labels import PROBLEMS
from app.intake.layout import Layout
from app.intake.models import Load, LoadProblem
from app.intake.reading import Cell, Row, Table, cell_text, open_table

#: Each marked cell's comment is kept until the workbook is closed: this bounds memory.
MOST_ROWS = 10_000
_LONGEST_CELL = 32_767
_BEFORE = 2
_NAME_LENGTH = LoadProblem.column_name.type.length
#: The field whose cell is at fault, of the problems that do not name a column.
_FIELDS = {
    "no_account": "account",
    "unknown_account": "account",
    "no_name": "name",
    "no_reference": "reference",
    "duplicate": "reference",
    "reference_conflict": "reference",
    "future_date": "paid_on",
    "lost_leading_zero": "identification",
    "bad_check_digit": "identification",
    "company_check_digit": "identification",
    "no_identification": "identification",
    "bad_identification": "identification",
    "final_consumer": "identification",
}
_WIDTHS = (8, 44)
_WIDTH = 18

#: Row of the file: its problems, ``(kind, column's name)``.
Faults = tuple[int, list[tuple[str, str]]]


def write_problems(
    target: BinaryIO, session: Session, load: Load, kept: Path, kind: str | None = None
) -> int:
    """Write the rows of ``load`` with problems of ``kind`` (None: of any) to ``target``; returns how many.

    At most `MOST_ROWS`, which the sheet says. RuleBroken when the file is no longer kept.
    """
    if not kept.exists():
        raise RuleBroken(
            _("The file of this load is no longer kept: its rows cannot be shown again.")
        )
    layout = Layout.from_dict(load.layout or {})
    table = open_table(kept, layout.form)
    with new_workbook(target) as book:
        sheet = _Sheet.of(book, table, layout, load)
        count = _count(session, load, kind)
        sheet.heading(load, kind, count)
        written = 0
        with closing(_faults(session, load, kind)) as faults:
            for number, row, found in _rows_at_fault(table, islice(faults, MOST_ROWS)):
                sheet.write(number, row, found)
                written += 1
    return written


def _of_kind(load: Load, kind: str | None) -> list[Any]:
    """Problems of the load as a whole have no row."""
    wanted = [LoadProblem.load_id == load.id, LoadProblem.row_number > 0]
    return [*wanted, LoadProblem.kind == kind] if kind else wanted


def _count(session: Session, load: Load, kind: str | None) -> int:
    rows = func.count(func.distinct(LoadProblem.row_number))
    return session.scalar(select(rows).where(*_of_kind(load, kind))) or 0


def _faults(session: Session, load: Load, kind: str | None) -> Generator[Faults, None, None]:
    query = (
        select(LoadProblem.row_number, LoadProblem.kind, LoadProblem.column_name)
        .where(*_of_kind(load, kind))
        .order_by(LoadProblem.row_number, LoadProblem.id)
        .execution_options(yield_per=1000)
    )
    with session.execute(query) as found:
        for number, group in groupby(found, key=lambda row: row[0]):
            yield number, [(what, column) for _number, what, column in group]


def _rows_at_fault(
    table: Table, faults: Iterable[Faults]
) -> Iterator[tuple[int, Row, list[tuple[str, str]]]]:
    """Both go by row number: one pass over the file, and no further than the last fault."""
    waiting = iter(faults)
    due = next(waiting, None)
    if due is None:
        return
    for number, row in table.rows():
        while due and due[0] < number:
            due = next(waiting, None)
        if due is None:
            return
        if due[0] == number:
            yield number, row, due[1]


@dataclass(slots=True)
class _Sheet:
    """One sheet, written downwards: title, how many, the file's own header, its rows."""

    sheet: Any
    styles: dict[str, Any]
    names: Sequence[str]
    #: Where a problem's column is: by its name, and by its field.
    by_name: dict[str, int]
    by_field: dict[str, int]
    at: int = 0

    @classmethod
    def of(cls, book: Workbook, table: Table, layout: Layout, load: Load) -> _Sheet:
        """The empty sheet for rows of ``table``, as ``layout`` reads them."""
        head = table.head()
        places = layout.positions(head)
        styles = {
            "title": book.add_format({"bold": True, "font_size": 13}),
            "quiet": book.add_format({"font_color": "#5b6770"}),
            "head": book.add_format({"bold": True, "bg_color": "#e8eef1", "bottom": 1}),
            "text": book.add_format({"quote_prefix": True}),
            "fault": book.add_format({"quote_prefix": True, "bg_color": "#f9d9d4", "border": 1}),
            "number": book.add_format({"align": "left"}),
        }
        return cls(
            book.add_worksheet(_("Problems")),
            styles,
            _names(head, layout),
            {str(column.source)[:_NAME_LENGTH]: place for place, column in places},
            {column.field: place for place, column in reversed(places)},
        )

    def heading(self, load: Load, kind: str | None, count: int) -> None:
        """What the sheet is of, and how much of it is here."""
        what = str(PROBLEMS.get(kind, kind)) if kind else _("all problems")
        self._line(f"{load.file_name} · {what}", "title")
        self._line(ngettext("%(num)d row of the file", "%(num)d rows of the file", count), "quiet")
        if count > MOST_ROWS:
            self._line(_("Only the first %(n)s are on this sheet.", n=MOST_ROWS), "quiet")
        for place, width in enumerate(_WIDTHS):
            self.sheet.set_column(place, place, width)
        self.sheet.set_column(_BEFORE, _BEFORE + len(self.names), _WIDTH)
        self.at += 1
        for place, name in enumerate((_("Row"), _("Problem"), *self.names)):
            self.sheet.write_string(self.at, place, name, self.styles["head"])
        self.at += 1
        self.sheet.freeze_panes(self.at, _BEFORE)

    def _line(self, text: str, style: str) -> None:
        self.sheet.write_string(self.at, 0, text, self.styles[style])
        self.at += 1

    def write(self, number: int, row: Row, faults: list[tuple[str, str]]) -> None:
        """A row of the file; a problem without a cell of its own marks the row's number."""
        marks: dict[int, list[str]] = {}
        for kind, column in faults:
            said = marks.setdefault(self._place(kind, column), [])
            if (text := str(PROBLEMS.get(kind, kind))) not in said:
                said.append(text)
        style = self.styles["fault" if -1 in marks else "number"]
        self.sheet.write_number(self.at, 0, number, style)
        told = "; ".join(dict.fromkeys(text for texts in marks.values() for text in texts))
        self.sheet.write_string(self.at, 1, told, self.styles["text"])
        width = max(len(row), *(place + 1 for place in marks))
        for place in range(width):
            cell = row[place] if place < len(row) else ""
            self._cell(_BEFORE + place, cell, self.styles["fault" if place in marks else "text"])
        for place, texts in marks.items():
            where = 0 if place < 0 else _BEFORE + place
            self.sheet.write_comment(self.at, where, "; ".join(texts))
        self.at += 1

    def _place(self, kind: str, column: str) -> int:
        place = self.by_name.get(column) if column else None
        return self.by_field.get(_FIELDS.get(kind, ""), -1) if place is None else place

    def _cell(self, place: int, cell: Cell, style: Any) -> None:
        text = cell if isinstance(cell, str) else cell_text(cell)
        if text:
            self.sheet.write_string(self.at, place, text[:_LONGEST_CELL], style)
        else:
            self.sheet.write_blank(self.at, place, None, style)


def _names(head: Sequence[tuple[int, Row]], layout: Layout) -> list[str]:
    """The file's own header; without one its columns are numbered."""
    header = layout.header_row(head)
    row = next((row for number, row in head if number == header), None)
    if row is not None:
        return [cell_text(cell) for cell in row]
    width = max((len(row) for _number, row in head), default=0)
    return [_("Column %(n)s", n=place) for place in range(1, width + 1)]
