"""Rows of a workbook (xlsx, ods, xls) as exact values, after a look at whether it may be opened at all.

The library lays out every sheet as a full grid: two cells at the far corners of a sheet would ask for
gigabytes. So the parts of an .xlsx are unpacked once, in pieces, and measured first.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from flask_babel import lazy_gettext as _l
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from app.core.errors import RuleBroken

#: Text as it came, a number of a workbook exactly as it shows, or a day.
Cell = str | Decimal | date

MAX_COLUMNS = 200
#: The library needs 30 to 90 bytes for each cell of the grid.
_MAX_GRID = 8_000_000
_MAX_UNZIPPED = 1_500 * 1024 * 1024
_MAX_RATIO = 200
_RATIO_MATTERS_FROM = 64 * 1024 * 1024
_PIECE = 1024 * 1024
_CELL_AT = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')
_ROWS_REPEATED = re.compile(rb'number-rows-repeated="(\d{1,9})')
_COLUMNS_REPEATED = re.compile(rb'number-columns-repeated="(\d{1,9})')
_MARKS = ("xl/workbook.xml", "content.xml")


def check_workbook(path: Path) -> None:
    """RuleBroken when the zip at ``path`` is broken, no workbook, or would unpack without end."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive.infolist())
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    with archive.open(name) as sheet:
                        _check_grid(*_extent(sheet))
                elif name == "content.xml":
                    with archive.open(name) as content:
                        _check_grid(*_ods_extent(content))
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ):
        raise RuleBroken(_damaged()) from None


def _damaged() -> Any:
    return _l("The workbook is damaged, protected or was cut short. Export it again and load it.")


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    unzipped = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if unzipped > _MAX_UNZIPPED or (
        unzipped > _RATIO_MATTERS_FROM and unzipped / packed > _MAX_RATIO
    ):
        raise RuleBroken(
            _l("The workbook unpacks to far more than a portfolio can hold. It was not opened.")
        )
    if not any(entry.filename in _MARKS for entry in entries):
        raise RuleBroken(
            _l("The file is a zip but no workbook. Load the .xlsx, .ods, .csv or .txt itself.")
        )


def _extent(sheet: IO[bytes]) -> tuple[int, int]:
    """``(rows, columns)`` up to the last cell of an .xlsx sheet's XML."""
    rows = columns = 0
    for row in _row_pieces(sheet, b"</row>", b"<row"):
        if found := _CELL_AT.search(row, max(row.rfind(b" r="), 0)):
            rows, columns = int(found[2]), max(columns, _column(found[1]))
    return rows, columns


def _ods_extent(content: IO[bytes]) -> tuple[int, int]:
    """``(rows, columns)`` up to the last cell with a value; equal cells and rows come once, with a count."""
    rows = blank = columns = 0
    for row in _row_pieces(content, b"</table:table-row>", b"<table:table-row"):
        repeated = sum(map(int, _ROWS_REPEATED.findall(row))) or 1
        last = max(row.rfind(b"office:value"), row.rfind(b"<text:p"))
        if last < 0:
            blank += repeated
            continue
        rows, blank = rows + blank + repeated, 0
        filled = row[: row.find(b">", last)]
        many = sum(map(int, _COLUMNS_REPEATED.findall(filled)))
        columns = max(columns, many + filled.count(b"<table:table-cell"))
    return rows, columns


def _row_pieces(stream: IO[bytes], end: bytes, start: bytes) -> Iterator[bytes]:
    """The XML of each row, read in pieces; rows without cells may be missing or run together."""
    rest = b""
    while piece := stream.read(_PIECE):
        *done, rest = (rest + piece).split(end)
        yield from done
        if len(rest) > _PIECE:
            rest = rest[max(rest.rfind(start), 0) :][:_PIECE]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_grid(rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise too_wide(columns)
    if rows * columns > _MAX_GRID:
        raise RuleBroken(
            _l(
                "The sheet reaches to row %(rows)s and column %(columns)s. Delete the blank rows below the"
                " data, or save it as CSV and load that.",
                rows=rows,
                columns=columns,
            )
        )


def too_wide(columns: int) -> RuleBroken:
    """The refusal of a table of ``columns``."""
    return RuleBroken(
        _l(
            "The file has %(n)s columns; a portfolio has at most %(max)s.",
            n=columns,
            max=MAX_COLUMNS,
        )
    )


def sheet_rows(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """``(row number as Excel shows it, cells)`` of the first sheet that holds something."""
    sheet = _first_sheet(path)
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_cell(value) for value in row]


def _first_sheet(path: Path) -> CalamineSheet:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for position in range(len(workbook.sheet_names)):
            sheet = workbook.get_sheet_by_index(position)
            if sheet.height:
                return sheet
    except (CalamineError, OSError, ValueError) as error:
        raise RuleBroken(_damaged()) from error
    raise RuleBroken(_l("The workbook has no rows."))


def _cell(value: Any) -> Cell:
    """A workbook's value exactly as it shows: a binary float becomes the decimal that it prints."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if value.is_integer():
            return Decimal(int(value))
        number = Decimal(repr(value))
        return number if number.is_finite() else str(value)
    if isinstance(value, bool):
        return "SI" if value else "NO"
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else str(value)
