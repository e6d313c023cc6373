"""Problems as a workbook: the file's own rows, exactly, with the cells at fault marked."""

from __future__ import annotations

import io
import tracemalloc

import openpyxl
import pytest
from sqlalchemy import select

from app.intake import problems_workbook
from app.intake.files import stored_path
from app.intake.layout import Column, Layout
from app.intake.problems_workbook import write_problems
from app.intake.saved_layouts import save_layout
from app.models import AccessLog, LoadProblem
from tests.conftest import NOW
from tests.intake.floor import file_of
from tests.walking import fresh_client

LAYOUT_HEAD = "Nº CTA;ABONADO;CED/RUC;TELF;SDO TOTAL;NOTA"


@pytest.fixture
def path(tmp_path):
    """A file of which two rows are at fault; one note looks like a formula."""
    rows = [
        "000100;LOOR ANA;1714307103;0991234567;1.234,50;buena",
        "000200;=1+1;1714307104;0999999999;0012,00;=HYPERLINK(A1)",
        "000300;MERA LUIS;1714307103;0991234567;doce;@mal",
    ]
    path = tmp_path / "problemas.csv"
    good = [f"{n:06d};ZAMBRANO ROSA;1714307103;0991234567;{n},50;" for n in range(400, 430)]
    path.write_text("\n".join((LAYOUT_HEAD, *rows, *good)) + "\n", "utf-8")
    return path


@pytest.fixture
def loaded(session, load, path, people):
    """That file read with a layout of its own."""
    return _load(session, load, path, people)


def _load(session, load, path, people):
    fields = ("account", "name", "identification", "phone", "balance", "extra")
    columns = tuple(map(Column, LAYOUT_HEAD.split(";"), fields))
    layout = Layout("Quinta", "portfolio", "account", True, columns, "utf-8", ";")
    save_layout(session, people.eva, NOW, layout)
    return load(path, portfolio="quinta")


def _sheet(app, session, load, kind=None):
    target = io.BytesIO()
    kept = stored_path(app.config["VAR"], load.stored_as)
    written = write_problems(target, session, load, kept, kind)
    return written, openpyxl.load_workbook(target).active


def _rows(sheet):
    """``{row of the file: its cells}`` below the header, which names the file's columns."""
    found, head = {}, None
    for row in sheet.iter_rows():
        if head:
            found[row[0].value] = row
        elif row[0].value == "Row":
            head = [cell.value for cell in row]
    return head, found


def _marked(row):
    return {cell.column for cell in row if cell.comment}


def test_rows_are_as_they_came_and_the_cells_at_fault_are_marked(app, session, loaded):
    written, sheet = _sheet(app, session, loaded)
    head, rows = _rows(sheet)
    assert head == ["Row", "Problem", *LAYOUT_HEAD.split(";")]
    assert (written, set(rows)) == (2, {3, 4})
    assert [cell.value for cell in rows[3]][2:] == [
        "000200", "=1+1", "1714307104", "0999999999", "0012,00", "=HYPERLINK(A1)",
    ]  # fmt: skip
    assert {cell.data_type for cell in rows[3][2:]} == {"s"}
    assert _marked(rows[3]) == {5, 6}
    assert rows[3][5].comment.text == "made-up telephone"
    assert rows[3][4].fill.fgColor.rgb == "FFF9D9D4"
    assert "unreadable amount" in rows[4][1].value
    assert _marked(rows[4]) == {7}


def test_one_kind_brings_only_its_rows(app, session, loaded):
    written, sheet = _sheet(app, session, loaded, "bad_amount")
    assert (written, set(_rows(sheet)[1])) == (1, {4})


@pytest.mark.parametrize("name", ["manabi", "guayas", "planillas"])
def test_every_problem_of_the_samples_marks_a_cell(app, session, load, name):
    loaded = load(file_of(name, 1))
    written, sheet = _sheet(app, session, loaded)
    _head, rows = _rows(sheet)
    numbers = select(LoadProblem.row_number).where(LoadProblem.load_id == loaded.id).distinct()
    assert set(rows) == set(session.scalars(numbers)) != set()
    assert written == len(rows)
    assert all(_marked(row) - {1} for row in rows.values())


def test_what_does_not_fit_is_said_in_the_sheet(app, session, loaded, monkeypatch):
    monkeypatch.setattr(problems_workbook, "MOST_ROWS", 1)
    written, sheet = _sheet(app, session, loaded)
    assert written == 1
    assert "Only the first 1" in sheet["A3"].value


def test_many_rows_stay_in_bounded_memory(app, session, load, tmp_path, people):
    lines = [f"{n:06d};LOOR ANA;1714307103;0999999999;1,00;{'x' * 60}" for n in range(20_000)]
    path = tmp_path / "muchas.csv"
    path.write_text("\n".join((LAYOUT_HEAD, *lines)), "utf-8")
    loaded = _load(session, load, path, people)
    with (tmp_path / "salida.xlsx").open("wb") as target:
        tracemalloc.start()
        kept = stored_path(app.config["VAR"], loaded.stored_as)
        written = write_problems(target, session, loaded, kept)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert written == problems_workbook.MOST_ROWS
    assert peak < 60 * 1024 * 1024


def test_a_download_is_logged_with_its_rows(app, session, loaded):
    answer = fresh_client(app, "alma").get(f"/loads/{loaded.id}/workbook/bad_amount")
    assert answer.status_code == 200
    assert (
        "problemas valor ilegible (fila no cargada).xlsx" in answer.headers["Content-Disposition"]
    )
    answer.close()
    log = session.scalars(select(AccessLog).where(AccessLog.kind == "download")).one()
    assert (log.what, log.rows) == ("load problems bad_amount", 1)
    assert fresh_client(app, "ana").get(f"/loads/{loaded.id}/workbook").status_code == 403
    assert fresh_client(app, "eva").get(f"/loads/{loaded.id}/workbook/otro").status_code == 404
    assert fresh_client(app, "eva").get("/loads/999999/workbook").status_code == 404


def test_a_file_that_is_gone_is_told_in_one_sentence(app, session, loaded):
    stored_path(app.config["VAR"], loaded.stored_as).unlink()
    eva = fresh_client(app, "eva")
    answer = eva.get(f"/loads/{loaded.id}/workbook", follow_redirects=True)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert session.scalar(select(AccessLog.id).where(AccessLog.kind == "download")) is None


def test_the_page_of_a_kind_offers_its_workbook(app, session, loaded):
    text = fresh_client(app, "eva").get(f"/loads/{loaded.id}/problems/bad_amount").text
    assert f"/loads/{loaded.id}/workbook/bad_amount" in text
    assert "doce" in text
    page = fresh_client(app, "eva").get(f"/loads/{loaded.id}").text
    assert f'href="/loads/{loaded.id}/workbook"' in page
