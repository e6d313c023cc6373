"""From a file's bytes to rows of cells, in bounded memory. Whatever cannot be read is refused in one
sentence; what it is, is told by its content, never by its name.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.intake.workbooks import MAX_COLUMNS, Cell, check_workbook, sheet_rows, too_wide

Row = Sequence[Cell]

_PIECE = 1024 * 1024
_SAMPLE = 256 * 1024
_SAMPLE_LINES = 200
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PAGE = (b"<html", b"<!doctype", b"<table", b"<?xml")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = "\t;|,"
#: Longer than any cell of a portfolio; a quote that is never closed runs into it.
_LONGEST_CELL = 128 * 1024

csv.field_size_limit(_LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text file is written; ``quote`` is empty where no mark encloses cells."""

    encoding: str
    delimiter: str
    quote: str = '"'


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read again and again. ``form`` is None for workbooks."""

    path: Path
    form: TextForm | None

    def rows(self) -> Iterator[tuple[int, Row]]:
        """``(row number from 1, cells)``, blank rows left out. A text's number is that of its last line."""
        source = _text_rows(self.path, self.form) if self.form else sheet_rows(self.path)
        for number, row in source:
            if any(row):
                if len(row) > MAX_COLUMNS:
                    raise too_wide(len(row))
                yield number, row

    def head(self, count: int = 60) -> list[tuple[int, Row]]:
        """The first rows, to see what the file is."""
        found: list[tuple[int, Row]] = []
        for row in self.rows():
            found.append(row)
            if len(found) == count:
                break
        return found


def open_table(path: Path, form: TextForm | None = None, max_bytes: int | None = None) -> Table:
    """The table in ``path``. ``form``, from a layout, names the separator and the encoding that holds
    where the bytes leave a doubt (what is UTF-8 or UTF-16 is told by them). RuleBroken when it is no table,
    or larger than ``max_bytes``.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            sample = stream.read(_SAMPLE)
    except OSError as error:
        raise RuleBroken(
            _l("«%(file)s» cannot be read: %(why)s.", file=str(path), why=error.strerror)
        ) from error
    if size == 0:
        raise RuleBroken(_l("The file is empty. Export it again and load it."))
    if max_bytes is not None and size > max_bytes:
        raise RuleBroken(
            _l(
                "The file is larger than %(max)s MB, the most that is accepted.",
                max=max_bytes // 1024 // 1024,
            )
        )
    if sample.startswith(_ZIP):
        check_workbook(path)
        return Table(path, None)
    if sample.startswith(_OLE):
        return Table(path, None)
    return Table(path, _text_form(path, sample, form))


def _text_form(path: Path, sample: bytes, given: TextForm | None) -> TextForm:
    if sample.lstrip().lower().startswith(_PAGE):
        raise RuleBroken(
            _l("The file is a web page, whatever its name says. Open it and save it as .xlsx.")
        )
    encoding = _encoding(path, sample, given)
    text = sample.decode(encoding, errors="replace")
    odd = sum(ch < " " and ch not in "\t\r\n\f" for ch in text)
    if "\0" in text or odd > 20 + len(text) / 100 or sample.startswith(b"%PDF"):
        raise RuleBroken(
            _l(
                "The file is neither text nor a workbook. Load the .xlsx, .xls, .ods, .csv or .txt that the billing system exports."
            )
        )
    if given:
        return TextForm(encoding, given.delimiter, given.quote)
    lines = [line for line in text.splitlines()[:-1] or text.splitlines() if line.strip()]
    lines = [line[:_LONGEST_CELL] for line in lines[:_SAMPLE_LINES]]
    delimiter = max(_DELIMITERS, key=lambda d: _steadiness(lines, d))
    if _steadiness(lines, delimiter) == 0:
        raise RuleBroken(
            _l("No columns were found: the file has no tab, semicolon, bar or comma between them.")
        )
    return TextForm(encoding, delimiter)


def _encoding(path: Path, sample: bytes, given: TextForm | None) -> str:
    """Told by the whole file: an accent may come only after a million plain rows."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if zeros and zeros.count(0) > len(zeros) * 0.6 and sample.count(0) <= len(zeros) * 1.1:
            return name
    candidates = ("utf-8", given.encoding if given else "cp1252", "cp1252")
    return next((name for name in candidates if _decodes(path, name)), "latin-1")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _steadiness(lines: list[str], delimiter: str) -> int:
    """How many columns most lines agree on, weighed by how many agree."""
    counts = [len(next(csv.reader([line], delimiter=delimiter), [])) - 1 for line in lines]
    common = max(set(counts), key=lambda n: (counts.count(n) * (n > 0), n), default=0)
    return counts.count(common) * common


class _Lines:
    """Feeds a reader line by line and remembers those of the record under way."""

    def __init__(self, stream: Iterator[str]) -> None:
        self.stream = stream
        self.number = 0
        self.record: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self.stream)
        self.number += 1
        self.record.append(line)
        return line


def _text_rows(path: Path, form: TextForm) -> Iterator[tuple[int, list[str]]]:
    """A record over several lines is believed when it is as wide as the others; otherwise a lone quote
    opened it, and its lines are rows of their own, quotes and all.
    """
    width = 0
    with path.open(encoding=form.encoding, errors="replace", newline="") as stream:
        lines = _Lines(stream)
        reader = _reader(lines, form)
        while True:
            try:
                row = next(reader, None)
            except csv.Error:
                reader, row = _reader(lines, form), None
            if row is None and not lines.record:
                return
            if row is None or (len(lines.record) > 1 and len(row) != width):
                yield from _unquoted(lines, form.delimiter)
            elif row:
                width = len(row) if len(row) > 1 else width
                yield lines.number, row
            lines.record.clear()


def _reader(lines: _Lines, form: TextForm) -> Iterator[list[str]]:
    if form.quote:
        return csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote)
    return csv.reader(lines, delimiter=form.delimiter, quoting=csv.QUOTE_NONE)


def _unquoted(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    first = lines.number - len(lines.record) + 1
    reader = csv.reader(lines.record.copy(), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        yield from enumerate(reader, first)
    except csv.Error as error:
        raise RuleBroken(
            _l("Line %(n)s cannot be read: %(why)s.", n=first + reader.line_num, why=str(error))
        ) from error


def cell_text(cell: Cell) -> str:
    """A cell as text: a number without exponent, a day in ISO form."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat()
