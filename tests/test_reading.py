"""Files of every kind become the same rows; what is no portfolio is refused in one sentence."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from app.core.errors import RuleBroken
from app.intake.reading import MAX_COLUMNS, open_table

DATA = Path(__file__).parent / "data"
ROWS = [
    ["Cuenta", "Nombre", "Saldo"],
    ["100", "PEÑA ÑAUÑAY JOSÉ", "12,50"],
    ["200", "LOOR ANA", "3,00"],
]


def _text(delimiter: str, newline: str = "\n") -> str:
    return newline.join(delimiter.join(row) for row in ROWS) + newline


def _rows(path: Path) -> list[list]:
    return [list(row) for _number, row in open_table(path).rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", ["\t", ";", ",", "|"])
def test_any_encoding_and_separator_give_the_same_rows(tmp_path, encoding, delimiter):
    rows = [[cell.replace(",", ".") for cell in row] for row in ROWS] if delimiter == "," else ROWS
    path = tmp_path / "archivo.dat"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert _rows(path) == rows


def test_an_accent_far_down_the_file_is_not_lost(tmp_path):
    path = tmp_path / "largo.csv"
    path.write_bytes(
        b"Cuenta;Nombre;Saldo\n" + b"1;LOOR ANA;1,00\n" * 40_000 + "2;PEÑA;2,00\n".encode("latin-1")
    )
    assert _rows(path)[-1] == ["2", "PEÑA", "2,00"]


def test_quotes_and_line_breaks_inside_a_cell(tmp_path):
    path = tmp_path / "comillas.csv"
    path.write_text(
        'Cuenta;Nombre;Saldo\n1;"TIENDA ""LA; ESQUINA""\nSUCURSAL";2,00\n2;LOOR;3,00\n', "utf-8"
    )
    assert _rows(path)[1:] == [
        ["1", 'TIENDA "LA; ESQUINA"\nSUCURSAL', "2,00"],
        ["2", "LOOR", "3,00"],
    ]


def test_a_lone_quote_swallows_no_row(tmp_path):
    path = tmp_path / "suelta.txt"
    lines = [f"{n}\tLOOR ANA\t1,00" for n in range(50)]
    lines[20] = '20\t"EL REY\t1,00'
    path.write_text("\n".join(lines), "utf-8")
    rows = _rows(path)
    assert len(rows) == 50
    assert rows[20] == ["20", '"EL REY', "1,00"]


def test_a_workbook_gives_exact_numbers_and_days():
    rows = _rows(DATA / "cartera_planillas_dia1.xlsx")
    header = rows[2]
    bill = dict(zip(header, rows[3], strict=True))
    assert header[0] == "Cuenta"
    assert isinstance(bill["Cuenta"], Decimal) and "." not in f"{bill['Cuenta']:f}"
    assert isinstance(bill["Emisión"], date)
    assert rows[-1][-1] == Decimal("2766.66")


def test_rows_of_a_workbook_bear_the_number_that_excel_shows(tmp_path):
    path = _workbook(tmp_path, [[], [], ["a", "b"], [], ["c", "d"]])
    assert [number for number, _row in open_table(path).rows()] == [3, 5]


def _workbook(folder: Path, rows: list[list]) -> Path:
    path = folder / "libro.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return path


def test_a_row_after_a_long_gap_is_not_lost(tmp_path):
    path = tmp_path / "hueco.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Cuenta", "Saldo"])
    sheet.write_row(60_000, 0, ["1", 2.5])
    book.close()
    assert _rows(path)[-1] == ["1", Decimal("2.5")]


def test_a_million_blank_lines_cost_little(tmp_path):
    path = tmp_path / "blancos.csv"
    path.write_text(_text(";") + "\n" * 500_000 + ";;\n" * 500_000, "utf-8")
    assert _rows(path) == ROWS


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 100_000_000)


def _corner(path: Path) -> None:
    """Two cells at the two ends of the largest sheet: a grid of seventeen thousand million."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Cuenta")
    sheet.write(1_048_575, 16_383, "x")
    book.close()


def _cut(path: Path) -> None:
    path.write_bytes((DATA / "cartera_planillas_dia1.xlsx").read_bytes()[:5_000])


HOSTILE = {
    "empty": lambda p: p.write_bytes(b""),
    "photo": lambda p: p.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40),
    "pdf": lambda p: p.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40),
    "program": lambda p: p.write_bytes(b"\x7fELF" + b"\0" * 5_000),
    "blank": lambda p: p.write_text("\n \n\n", "utf-8"),
    "prose": lambda p: p.write_text("Estimados\nAdjunto la cartera\nSaludos\n", "utf-8"),
    "web page": lambda p: p.write_text("<html><table><tr><td>Cuenta</td></tr></table></html>", "utf-8"),
    "cut workbook": _cut,
    "zip bomb": _bomb,
    "corner": _corner,
    "other zip": lambda p: zipfile.ZipFile(p, "w").writestr("leame.txt", "hola"),
    "not a spreadsheet": lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000),
    "too wide": lambda p: p.write_text(";".join(["1"] * (MAX_COLUMNS + 200)) + "\n", "utf-8"),
    "endless cell": lambda p: p.write_text('a;b\n1;"' + "x" * 3_000_000, "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_portfolio_is_refused_in_one_sentence(tmp_path, kind):
    path = tmp_path / "cartera.xlsx"
    HOSTILE[kind](path)
    with pytest.raises(RuleBroken):
        list(open_table(path).rows())


def test_a_sheet_of_formatted_blanks_is_cheap(tmp_path):
    path = tmp_path / "formato.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    grey = book.add_format({"bg_color": "#eeeeee"})
    sheet.write_row(0, 0, ["Cuenta", "Saldo"])
    for row in range(1, 100_000):
        sheet.write_blank(row, 0, None, grey)
    book.close()
    assert _rows(path) == [["Cuenta", "Saldo"]]


def _ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="H">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


_ODS_ROW = (
    "<table:table-row{}><table:table-cell office:value-type='string'{}><text:p>Cuenta</text:p></table:table-cell>"
    "<table:table-cell office:value-type='float' office:value='12.5'/></table:table-row>"
).replace("'", '"')
_ODS_BLANK = (
    '<table:table-row table:number-rows-repeated="1048574">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def test_an_open_document_is_read_and_its_blank_rest_is_free(tmp_path):
    path = _ods(tmp_path / "libro.ods", _ODS_ROW.format("", "") + _ODS_BLANK)
    assert _rows(path) == [["Cuenta", Decimal("12.5")]]


def test_an_open_document_that_repeats_without_end_is_refused(tmp_path):
    trap = _ODS_ROW.format(
        ' table:number-rows-repeated="1048576"', ' table:number-columns-repeated="199"'
    )
    with pytest.raises(RuleBroken):
        open_table(_ods(tmp_path / "trampa.ods", trap))


def test_a_file_beyond_the_size_allowed_is_refused(tmp_path):
    path = tmp_path / "grande.csv"
    path.write_text(_text(";"), "utf-8")
    with pytest.raises(RuleBroken):
        open_table(path, max_bytes=20)
