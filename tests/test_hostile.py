"""Forty files that are no portfolio: each is refused in one sentence, in little memory, and leaves nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app.core.errors import RuleBroken
from app.intake.files import keep_path
from app.intake.reading import open_table
from app.intake.receiving import receive_load
from app.intake.service import check_load
from app.intake.suggest import suggest
from app.models import Account, LoadProblem, Portfolio, SettingValue
from tests.conftest import NOW

DATA = Path(__file__).parent / "data"
HEADER = "Cuenta;Cédula;Nombre;Saldo"
MAX_MEMORY = 150 * 1024 * 1024
#: The program itself is about 120 MB of it.
MAX_PROCESS_KB = 250 * 1024
ROOT = Path(__file__).parent.parent


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


def _noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _book(*rows: list, **options: bool) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        book = xlsxwriter.Workbook(path, options)
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        book.close()

    return write


def _formulas(path: Path) -> None:
    """Formulas that were never calculated: what they say is not in the file."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER.split(";"))
    for row in range(1, 30):
        sheet.write_formula(row, 0, f"=A{row}+1", value="")
        sheet.write_formula(row, 3, "=1/0", value="#DIV/0!")
    book.close()


def _merged(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for row in range(0, 40, 2):
        sheet.merge_range(row, 0, row + 1, 8, "CARTERA VENCIDA")
    book.close()


def _blank_rows(path: Path) -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    grey = book.add_format({"bg_color": "#eeeeee"})
    for row in range(0, 1_000_000, 5):
        sheet.write_blank(row, 0, None, grey)
    book.close()


def _far_corner(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Cuenta")
    sheet.write(1_048_575, 16_383, "x")
    book.close()


def _empty_sheets(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    for _n in range(3):
        book.add_worksheet()
    book.close()


def _zip(*parts: tuple[str, bytes]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts:
                archive.writestr(name, content)

    return write


def _whole() -> bytes:
    return (DATA / "cartera_planillas_dia1.xlsx").read_bytes()


def _flipped(path: Path) -> None:
    """A workbook with a byte changed every now and then."""
    content = bytearray(_whole())
    for at in range(200, len(content), 97):
        content[at] ^= 0x55
    path.write_bytes(content)


def _protected(path: Path) -> None:
    """What Excel writes with a password: an OLE file with the encrypted package in it."""
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + "EncryptedPackage".encode("utf-16-le")
        + _noise(7, 9_000)
    )


def _encrypted_zip(path: Path) -> None:
    _zip(("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", b"<x/>"))(path)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(content)


def _directory_of(path: Path) -> None:
    """A zip whose directory promises little and holds much."""
    _zip(("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", b"\0" * 100_000_000))(
        path
    )


_ODS = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    b' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    b' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    b'<table:table table:name="H">%s</table:table></office:spreadsheet></office:body></office:document-content>'
)
_REPEATED = (
    b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="190"'
    b' office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
)
_HTML = "<html><body><table><tr><td>Cuenta</td><td>Saldo</td></tr><tr><td>1</td><td>2,00</td></tr></table></body></html>"
_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><worksheet><sheetData><row r='1'><c r='A1' t='str'><v>&j;</v></c></row></sheetData></worksheet>"
)

HOSTILE: dict[str, Callable[[Path], object]] = {
    "empty": _bytes(b""),
    "one byte": _bytes(b"x"),
    "only line ends": _bytes(b"\r\n" * 5_000),
    "only a mark of UTF-8": _bytes(b"\xef\xbb\xbf"),
    "only a mark of UTF-16": _bytes(b"\xff\xfe"),
    "photo": _bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + _noise(1, 60_000)),
    "picture": _bytes(b"\x89PNG\r\n\x1a\n" + _noise(2, 60_000)),
    "PDF": _bytes(b"%PDF-1.7\n" + _noise(3, 60_000)),
    "PDF of text": _text("%PDF-1.4\n" + "1 0 obj; << /Type /Catalog >>; endobj\n" * 300),
    "program": _bytes(b"\x7fELF" + b"\0" * 5_000 + _noise(4, 9_000)),
    "noise": _bytes(_noise(5, 300_000)),
    "NULs": _bytes(b"\0" * 100_000),
    "NULs between": _bytes(b"Cuenta;Nombre;Saldo\n" + b"1;A\0NA;2,00\n" * 50),
    "gzip": _bytes(b"\x1f\x8b\x08\0" + zlib.compress(b"Cuenta;Saldo\n1;2\n" * 900)),
    "7z": _bytes(b"7z\xbc\xaf\x27\x1c" + _noise(6, 4_000)),
    "a letter": _text("Estimados:\nAdjunto la cartera, como se pidió.\nSaludos, Eva\n"),
    "one long line": _text("x" * 2_000_000),
    "one column": _text("Cuenta\n" + "100\n" * 500),
    "a quote that never closes": _text('Cuenta;Saldo\n1;"' + "x" * 3_000_000),
    "400 columns": _text("\n".join(";".join(["1"] * 400) for _n in range(20))),
    "400 columns of a workbook": _book(*[["1"] * 400] * 5),
    "web page": _text(_HTML),
    "web page after blanks": _text("\n\n   " + _HTML),
    "page of the internet called .xls": _text("<!DOCTYPE html>" + _HTML),
    "workbook of XML": _text('<?xml version="1.0"?><Workbook><Worksheet/></Workbook>'),
    "JSON": _text('{"cuentas": [{"cuenta": 1, "saldo": 2.5}, {"cuenta": 2, "saldo": 3.5}]}'),
    "SQL": _text("INSERT INTO cartera VALUES ('ANA', 'LOOR', 'x');\n" * 40),
    "only a header": _text(HEADER + "\n"),
    "only a header in a workbook": _book(HEADER.split(";")),
    "only titles": _book(["EMPRESA DE AGUA"], [], ["CARTERA VENCIDA"]),
    "a list without debts": _text("Medidor;Lectura;Ruta\n" + "\n".join(f"M{n};A{n}x;R{n % 4}" for n in range(60))),
    "a list of words": _text("Barrio;Parroquia;Director\n" + "CENTRO;PICOAZÁ;ANA LOOR\n" * 60),
    "workbook cut short": lambda p: p.write_bytes(_whole()[:6_000]),
    "workbook without its end": lambda p: p.write_bytes(_whole()[:-2_000]),
    "workbook with wrong bytes": _flipped,
    "password": _protected,
    "password of a zip": _encrypted_zip,
    "old workbook of nothing": _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000),
    "zip bomb": _directory_of,
    "other zip": _zip(("leame.txt", b"hola")),
    "empty zip": _bytes(b"PK\x05\x06" + b"\0" * 18),
    "no sheets": _zip(("xl/workbook.xml", b"<workbook/>")),
    "billion laughs": _zip(("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", _LAUGHS)),
    "sheets without a cell": _empty_sheets,
    "two cells at the far corners": _far_corner,
    "a million blank rows": _blank_rows,
    "merged cells": _merged,
    "formulas that were never calculated": _formulas,
    "open document without end": _zip(("content.xml", _ODS % _REPEATED)),
    "open document of nothing": _zip(("content.xml", _ODS % b"")),
    "open document of nonsense": _zip(("content.xml", b"<office:document-content><table:table-row>")),
}  # fmt: skip


def test_there_are_forty():
    assert len(HOSTILE) >= 40


@pytest.fixture(params=HOSTILE)
def hostile(request, tmp_path) -> Path:
    path = tmp_path / "cartera.xls"
    HOSTILE[request.param](path)
    return path


def test_a_hostile_file_is_refused_in_one_sentence_by_the_suggestion(app, hostile):
    tracemalloc.start()
    try:
        with app.test_request_context(), pytest.raises(RuleBroken) as refused:
            suggest(open_table(hostile), hostile.name)
        _assert_sentence(str(refused.value))
        assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY
    finally:
        tracemalloc.stop()


def test_nothing_of_a_hostile_file_is_loaded(app, session, people, hostile):
    with app.test_request_context():
        stored = keep_path(app.config["VAR"], hostile)
        for layout in (None, "guayas", "manabi", "planillas"):
            _assert_sentence(_refusal(session, app.config["VAR"], people.eva, stored, layout))
    for table in (Account, Portfolio, LoadProblem):
        assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        (name, layout)
        for name in ("guayas_dia1.csv", "manabi_dia1.txt", "planillas_dia1.xlsx")
        for layout in ("guayas", "manabi", "planillas")
        if not name.startswith(layout)
    ],
)
def test_a_file_of_another_layout_is_told_and_nothing_of_it_is_loaded(
    app, session, people, name, layout
):
    with app.test_request_context():
        stored = keep_path(app.config["VAR"], DATA / f"cartera_{name}")
        said = _refusal(session, app.config["VAR"], people.eva, stored, layout)
    assert layout in said
    _assert_sentence(said)
    assert session.scalar(select(func.count()).select_from(Account)) == 0


@pytest.mark.parametrize("write", ["a program", "a portfolio"])
def test_a_file_over_the_size_is_refused_before_it_is_read(app, session, people, tmp_path, write):
    session.add(SettingValue(name="max_file_mb", value="1", holds_from=NOW.date(), set_at=NOW))
    session.flush()
    path = tmp_path / "grande.csv"
    lines = b"1;1714307103;LOOR ANA;2,00\n" * 60_000
    path.write_bytes(HEADER.encode() + b"\n" + lines if write == "a portfolio" else b"MZ" + lines)
    with app.test_request_context():
        stored = keep_path(app.config["VAR"], path)
        said = _refusal(session, app.config["VAR"], people.eva, stored, None)
    assert "1 MB" in said
    _assert_sentence(said)
    for table in (Account, Portfolio, LoadProblem):
        assert session.scalar(select(func.count()).select_from(table)) == 0


_CHILD = """
import sys
from pathlib import Path
from app.core.errors import RuleBroken
from app.intake.reading import open_table
from app.intake.suggest import suggest
for name in sys.argv[1:]:
    try:
        suggest(open_table(Path(name)))
    except RuleBroken:
        print("refused")
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def test_the_heaviest_of_them_leave_the_process_small(tmp_path):
    """What the workbook library takes is seen by the system alone, not by Python."""
    heavy = (
        "zip bomb",
        "two cells at the far corners",
        "a million blank rows",
        "open document without end",
        "billion laughs",
        "a quote that never closes",
        "400 columns of a workbook",
    )
    paths = [str(tmp_path / f"{n}.xlsx") for n, _name in enumerate(heavy)]
    for name, path in zip(heavy, paths, strict=True):
        HOSTILE[name](Path(path))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *paths], cwd=ROOT, capture_output=True, text=True
    )
    *said, kilobytes = done.stdout.split()
    assert said == ["refused"] * len(heavy), done.stderr
    assert int(kilobytes) < MAX_PROCESS_KB


def _refusal(session, var, agent, stored, layout) -> str:
    """What is said, at once or by the worker; what was received is undone."""
    received = session.begin_nested()
    try:
        load = receive_load(
            session, agent, NOW, kind="portfolio", portfolio_name="agua", as_of=date(2026, 11, 20),
            partial=False, stored=stored, layout_name=layout,
        )  # fmt: skip
        checked = check_load(session, var, NOW, load.id, lambda _rows: None)
        assert checked.status == "refused"
        assert session.scalar(select(func.count()).select_from(Account)) == 0
        return checked.refusal
    except RuleBroken as refused:
        return str(refused)
    finally:
        received.rollback()


def _assert_sentence(said: str) -> None:
    assert said.endswith("."), said
    assert 20 < len(said) < 250, said
    assert "\n" not in said
