"""What the specialist corrects by hand on the page of a file, and the layouts that there are."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from app.core.errors import RuleBroken
from app.intake.files import stored_path
from app.intake.layout import Column, Layout
from app.intake.saved_layouts import correct_layout, save_layout
from app.models import Load, SavedLayout, TimelineEvent
from tests.conftest import NOW
from tests.walking import fresh_client

HEAD = "CUENTA;NOMBRE;CEDULA;VENCE;SALDO"
ROWS = [f"{n}00;PEÑA ANA;1714307103;0{n % 9 + 1}/0{n % 8 + 1}/26;1.{n},50" for n in range(100, 130)]
TOTAL = "33.450,00"
COLUMNS = (Column("CTA", "account"), Column("NOM", "name"), Column("VALOR", "balance"))


@pytest.fixture
def eva(app, session):
    return fresh_client(app, "eva")


def _describe(client, content: bytes, **typed: str) -> str:
    """The address of the page that describes the file."""
    data = {"kind": "portfolio", "portfolio": "quinta", "as_of": "2026-11-20"} | typed
    sent = data | {"file": (io.BytesIO(content), "quinta.csv")}
    return client.post("/loads/upload", data=sent).location


def _chosen(text: str, name: str) -> str:
    select_ = re.search(rf'<select id="{name}".*?</select>', text, re.S)[0]
    return re.search(r'value="([^"]*)" selected', select_)[1]


def _file(*titles: str, rows=ROWS, encoding="cp1252") -> bytes:
    return "\n".join((*titles, HEAD, *rows)).encode(encoding)


def test_the_totals_are_there_at_once_and_each_choice_as_suggested(eva):
    text = eva.get(_describe(eva, _file("EMPRESA DE AGUA;;;;"))).text
    assert TOTAL in text
    assert [_chosen(text, name) for name in ("encoding", "separator", "quote", "header")] == [
        "cp1252", "semicolon", "double", "2",
    ]  # fmt: skip
    assert _chosen(text, "days-3") == "day"
    assert _chosen(text, "decimal-4") == ","
    assert "decimal-3" not in text and "days-4" not in text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ({"encoding": "cp850"}, "PEÐA"),
        ({"separator": "bar", "header": "1"}, "CUENTA;NOMBRE;CEDULA"),
        ({"header": "0"}, "Columna 1"),
    ],
)
def test_how_the_file_is_written_is_corrected_by_hand(eva, typed, shown):
    text = eva.post(_describe(eva, _file()), data={"name": "Q"} | typed).text
    assert shown in text
    name, value = next(iter(typed.items()))
    assert _chosen(text, name) == value
    assert 'value="Q"' in text


def test_a_change_keeps_what_was_typed_and_brings_only_its_part(eva):
    page = _describe(eva, _file("EMPRESA;;;;"))
    typed = {"name": "Mía", "field-2": "extra", "source-2": "CEDULA", "days-3": "month"}
    text = eva.post(page, data=typed, headers={"HX-Request": "true"}).text
    assert "<html" not in text
    assert 'value="Mía"' in text
    assert (_chosen(text, "field-2"), _chosen(text, "days-3")) == ("extra", "month")
    other = eva.post(page, data=typed | {"header": "1"}).text
    assert 'name="source-2" value="columna 3"' in other


def test_a_file_that_cannot_be_read_so_keeps_the_page(eva):
    page = _describe(eva, _file())
    answer = eva.post(page, data={"name": "Q", "header": "31"})
    assert answer.status_code == 422
    assert 'value="Q"' in answer.text
    assert TOTAL in answer.text


def test_a_layout_by_hand_reads_the_file_in_its_own_way(eva, app, session):
    rows = [f"{n};'LOOR ANA';26-11-{n % 9 + 1:02d};{n},50" for n in range(100, 120)]
    content = "\n".join(("CTA;NOM;VENCE;SALDO", *rows)).encode()
    page = _describe(eva, content)
    typed = {"name": "Comillas", "quote": "single", "days-2": "year", "do": "save"}
    assert eva.post(page, data=typed).status_code == 302
    saved = session.scalars(select(SavedLayout)).one().definition
    assert (saved["quote"], saved["columns"][2]["year_first"]) == ("'", True)
    layout = Layout.from_dict(saved)
    assert (layout.form.quote, layout.columns[2].year_first) == ("'", True)


def _saved(session, people, name="Viejo") -> Layout:
    layout = Layout(name, "portfolio", "account", True, COLUMNS, "cp1252", ";", "04")
    save_layout(session, people.eva, NOW, layout)
    return layout


def test_the_list_says_who_saved_what_and_when(eva, session, people):
    _saved(session, people)
    text = eva.get("/loads/layouts/").text
    assert "Viejo" in text and people.eva.name in text and "24/11/2026" in text
    assert "guayas" in text
    assert "/loads/forget/Viejo" in text and "/loads/forget/guayas" not in text


def test_a_layout_is_opened_corrected_and_renamed(eva, session, people):
    _saved(session, people)
    page = eva.get("/loads/correct/Viejo").text
    assert _chosen(page, "field-2") == "balance"
    typed = {"name": "Nuevo", "decimal-2": ".", "do": "save"}
    answer = eva.post("/loads/correct/Viejo", data=typed)
    assert answer.location == "/loads/layouts/Nuevo"
    saved = session.scalars(select(SavedLayout)).one()
    assert (saved.name, saved.definition["columns"][2]["decimal"]) == ("Nuevo", ".")
    assert saved.definition["area_prefix"] == "04"
    deed = session.scalars(select(TimelineEvent).order_by(TimelineEvent.id.desc())).first()
    assert (deed.deed, deed.before["name"], deed.after["name"]) == ("save_layout", "Viejo", "Nuevo")


def test_a_preview_of_a_saved_layout_changes_nothing(eva, session, people):
    _saved(session, people)
    answer = eva.post("/loads/correct/Viejo", data={"name": "Otro", "field-2": "amount"})
    assert answer.status_code == 422
    assert session.scalars(select(SavedLayout.name)).one() == "Viejo"


def test_the_last_file_shows_what_the_correction_comes_to(eva, app, session):
    page = _describe(eva, _file())
    eva.post(page, data={"name": "Quinta", "do": "save"})
    text = eva.get("/loads/correct/Quinta").text
    assert "PEÑA ANA" in text and TOTAL in text
    load = session.scalars(select(Load)).one()
    stored_path(app.config["VAR"], load.stored_as).unlink()
    assert "PEÑA ANA" not in eva.get("/loads/correct/Quinta").text


def test_what_loads_were_read_with_keeps_its_name_and_stays(eva, session, people):
    eva.post(_describe(eva, _file()), data={"name": "Quinta", "do": "save"})
    refused = eva.post("/loads/correct/Quinta", data={"name": "Otra", "do": "save"})
    assert refused.status_code == 422
    eva.post("/loads/forget/Quinta")
    assert session.scalars(select(SavedLayout.name)).one() == "Quinta"
    assert "/loads/forget/Quinta" not in eva.get("/loads/layouts/").text


def test_a_name_that_is_taken_is_refused(session, people):
    _saved(session, people, "Uno")
    two = _saved(session, people, "Dos")
    for name in ("Uno", "guayas"):
        with pytest.raises(RuleBroken):
            correct_layout(
                session, people.eva, NOW, "Dos",
                Layout(name, two.kind, two.granularity, True, COLUMNS),
            )  # fmt: skip


def test_an_unused_layout_is_deleted_once(eva, session, people):
    _saved(session, people)
    assert "Viejo" in eva.post("/loads/forget/Viejo", follow_redirects=True).text
    assert session.scalar(select(func.count()).select_from(SavedLayout)) == 0
    again = eva.post("/loads/forget/Viejo", follow_redirects=True)
    assert 'role="alert"' in again.text


def test_only_who_loads_corrects(app, session, people):
    _saved(session, people)
    alma = fresh_client(app, "alma")
    assert alma.get("/loads/layouts/").status_code == 200
    assert "/loads/correct/" not in alma.get("/loads/layouts/").text
    assert alma.get("/loads/correct/Viejo").status_code == 403
    assert alma.post("/loads/forget/Viejo").status_code == 403
    assert fresh_client(app, "ana").get("/loads/layouts/").status_code == 403
    assert fresh_client(app, "eva").get("/loads/correct/nada").status_code == 404


def test_a_name_with_a_slash_has_an_address(eva, session, people):
    _saved(session, people, "Agua / 2026 ñ?")
    text = eva.get("/loads/layouts/").text
    href = re.search(r'href="(/loads/correct/Agua[^"]+)"', text)[1]
    assert eva.get(href).status_code == 200


def test_the_days_of_a_saved_layout_of_before_are_read_as_ever():
    column = {"source": "F", "field": "due_on", "decimal": ",", "month_first": True}
    definition = {
        "name": "x", "kind": "portfolio", "granularity": "account", "has_header": True,
        "columns": [{"source": s, "field": f} for s, f in (("A", "account"), ("N", "name"), ("S", "balance"))] + [column],
    }  # fmt: skip
    layout = Layout.from_dict(definition)
    assert (layout.columns[3].month_first, layout.columns[3].year_first, layout.quote) == (
        True,
        False,
        '"',
    )
