"""Complaints on screen: the desk, the area's inbox, and what nobody of another area reaches."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pikepdf import Pdf

from app.complaints.service import note_complaint
from app.models import (
    AccessLog,
    Complaint,
    ComplaintEntry,
    ComplaintFile,
    Hold,
    StoredFile,
)
from tests.complaints.floor import SETTINGS
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    """The screens' clock."""
    monkeypatch.setattr("app.core.clock.utcnow", lambda: NOW)


@pytest.fixture
def client(sign_in):
    """``client("eva")``: signed in, in English."""

    def make(username):
        signed = sign_in(username)
        signed.get("/lang/en")
        return signed

    return make


def paper() -> tuple[io.BytesIO, str]:
    """A PDF of one page, as a form sends it."""
    pdf, out = Pdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(out)
    out.seek(0)
    return out, "planilla.pdf"


def reached(session, client, complaint) -> dict[str, int]:
    """Every address under which somebody may come to a complaint, with its status."""
    file_id = session.scalar(
        sa.select(ComplaintFile.file_id).where(ComplaintFile.complaint_id == complaint.id)
    )
    at = f"/area-complaints/{complaint.id}"
    return {
        "show": client.get(f"/complaints/show/{complaint.id}").status_code,
        "file": client.get(f"/complaint-files/{complaint.id}/{file_id}").status_code,
        "answer": client.post(f"{at}/answer", data={"ruling": "founded", "text": "x"}).status_code,
        "return": client.post(f"{at}/return", data={"text": "x"}).status_code,
        "attach": client.post(f"{at}/attach", data={"text": "x"}).status_code,
        "route": client.post(f"/complaints/{complaint.id}/route").status_code,
        "close": client.post(f"/complaints/{complaint.id}/close").status_code,
    }


@pytest.fixture
def with_file(session, people, complain):
    """A complaint of billing with a file."""
    complaint = complain()
    stored = StoredFile(
        stored_as="none.pdf",
        name="planilla.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        stored_at=NOW,
        stored_by_id=people.ana.user_id,
    )
    session.add(stored)
    session.flush()
    note_complaint(session, people.ana, NOW, SETTINGS, complaint.id, "", (stored.id,))
    session.commit()
    return complaint


def test_an_area_lists_its_own_and_nothing_else(session, complain, bills, areas, of_area, client):
    mine, other = complain(), complain("Titularidad de la cuenta", bills[1:2])
    of_area(areas.billing)
    rosa = client("rosa")
    page = rosa.get("/area-complaints/", follow_redirects=True).text
    assert mine.number in page and other.number not in page
    assert "1 waiting, 0 near their day, 0 past it" in page
    for query in (f"q={other.number}", f"_flt_0_area={areas.archive.id}", "_flt_0_state=routed"):
        found = rosa.get(f"/complaints/list/?{query}").text
        assert f"/complaints/show/{other.id}" not in found
    taken = rosa.post("/complaints/download", data={"form": "csv"}, buffered=True).text
    assert mine.number in taken and other.number not in taken


def test_another_area_reaches_nothing_of_it(session, with_file, areas, of_area, client):
    of_area(areas.archive)
    statuses = reached(session, client("rosa"), with_file)
    assert statuses == dict.fromkeys(statuses, 404) | {"route": 403, "close": 403}
    assert with_file.state == "routed"


def test_without_an_area_the_list_is_empty_and_says_whom_to_ask(
    session, with_file, of_area, client
):
    rosa = client("rosa")
    page = rosa.get("/area-complaints/", follow_redirects=True).text
    assert "Ask an administrator" in page and with_file.number not in page
    statuses = reached(session, rosa, with_file)
    assert statuses == dict.fromkeys(statuses, 404) | {"route": 403, "close": 403}


@pytest.mark.parametrize("username", ["ana", "fredy", "adela"])
def test_operators_field_and_administrators_reach_nothing(session, with_file, client, username):
    statuses = reached(session, client(username), with_file)
    assert statuses == dict.fromkeys(statuses, 403)


def test_the_auditor_reads_and_changes_nothing(session, with_file, client):
    statuses = reached(session, client("alma"), with_file)
    assert statuses.pop("show") == 200
    # The file's row is there, the file itself is not.
    assert statuses.pop("file") == 404
    assert statuses == dict.fromkeys(statuses, 403)


def test_an_area_sees_what_it_needs_and_no_more(session, with_file, debtor, areas, of_area, client):
    of_area(areas.billing)
    debtor.accounts[0].attributes = {"NUM_MEDIDOR": "A-777", "TELEFONO": "0987000111"}
    session.commit()
    page = client("rosa").get(f"/complaints/show/{with_file.id}").text
    assert "A-777" in page and "100.00" in page and debtor.accounts[0].number in page
    assert "0987000111" not in page and debtor.identification not in page
    assert "13••" in page and "991234567" not in page
    seen = session.scalars(sa.select(AccessLog).where(AccessLog.kind == "view")).all()
    assert [(row.what, row.debtor_id) for row in seen] == [("complaints", debtor.id)]


def test_an_area_does_not_find_by_identification_or_telephone(
    session, with_file, debtor, areas, of_area, client
):
    of_area(areas.billing)
    rosa, show = client("rosa"), f"/complaints/show/{with_file.id}"
    for typed in (debtor.identification, "0991234567"):
        assert show not in rosa.get("/complaints/list/", query_string={"q": typed}).text
    for typed in ("loor", debtor.accounts[0].number, f"r-{with_file.id}"):
        assert show in rosa.get("/complaints/list/", query_string={"q": typed}).text
    eva = client("eva")
    assert show in eva.get("/complaints/list/", query_string={"q": debtor.identification}).text


def test_the_area_answers_with_a_file(session, with_file, areas, of_area, client):
    of_area(areas.billing)
    rosa, at = client("rosa"), f"/area-complaints/{with_file.id}/answer"
    empty = rosa.post(at, data={"ruling": "", "text": ""})
    assert empty.status_code == 422 and "Choose what was found." in empty.text
    bad = rosa.post(
        at,
        data={
            "ruling": "partly",
            "text": "La lectura era otra",
            "files": (io.BytesIO(b"MZ"), "a.exe"),
        },
    )
    assert bad.status_code == 422 and "La lectura era otra" in bad.text
    assert with_file.state == "routed"
    data = {"ruling": "partly", "text": "La lectura era otra", "files": paper()}
    done = rosa.post(at, data=data, follow_redirects=True)
    assert "was answered" in done.text and with_file.state == "answered"
    stored = session.scalars(sa.select(StoredFile).order_by(StoredFile.id.desc())).first()
    file = rosa.get(f"/complaint-files/{with_file.id}/{stored.id}", buffered=True)
    assert file.status_code == 200 and file.data.startswith(b"%PDF-")
    again = rosa.post(at, data={"ruling": "founded", "text": "Otra"})
    assert again.status_code == 422 and "Nothing was changed" in again.text


def test_a_file_of_another_complaint_is_not_under_this_one(
    session, with_file, complain, bills, client
):
    other = complain("Titularidad de la cuenta", bills[1:2])
    file_id = session.scalar(sa.select(ComplaintFile.file_id))
    assert client("eva").get(f"/complaint-files/{other.id}/{file_id}").status_code == 404


def test_the_area_returns_it_and_the_desk_routes_it(session, with_file, areas, of_area, client):
    of_area(areas.billing)
    rosa, eva = client("rosa"), client("eva")
    refused = rosa.post(f"/area-complaints/{with_file.id}/return", data={"text": " "})
    assert refused.status_code == 422 and "Write why it goes back" in refused.text
    rosa.post(f"/area-complaints/{with_file.id}/return", data={"text": "Es de archivo"})
    assert rosa.get(f"/complaints/show/{with_file.id}").status_code == 404
    assert "Es de archivo" in eva.get(f"/complaints/show/{with_file.id}").text
    where = f"/complaints/{with_file.id}/route"
    assert eva.post(where, data={"area": ""}).status_code == 422
    eva.post(where, data={"area": str(areas.archive.id), "text": "Ver el contrato"})
    assert (with_file.state, with_file.area_id) == ("routed", areas.archive.id)


def test_the_desk_tells_the_user_reopens_and_notes(session, with_file, answer, client):
    answer(with_file)
    session.commit()
    eva, at = client("eva"), f"/complaints/{with_file.id}"
    eva.post(f"{at}/close", data={"text": "Por teléfono"})
    assert with_file.state == "closed"
    eva.post(f"{at}/note", data={"text": "Quedó conforme"})
    assert eva.post(f"{at}/reopen", data={"text": ""}).status_code == 422
    eva.post(f"{at}/reopen", data={"text": "Trae otra foto"})
    assert with_file.state == "routed"
    kinds = session.scalars(sa.select(ComplaintEntry.kind).order_by(ComplaintEntry.id)).all()
    assert kinds == ["open", "note", "answer", "close", "note", "reopen"]


def test_the_desk_opens_one_from_the_person_that_it_looks_up(
    session, debtor, account, bills, categories, client
):
    eva = client("eva")
    found = eva.post("/complaints/find", data={"q": "loor"}).text
    assert f"/complaints/account/{account.id}" in found
    at = f"/complaints/account/{account.id}"
    assert bills[0].number in eva.get(at).text
    data = {
        "category": categories["Consumo elevado"].id,
        "text": "Es el doble",
        "origin": "counter",
    }
    refused = eva.post(at, data=data)
    assert refused.status_code == 422 and "Choose the bills" in refused.text
    assert "Es el doble" in refused.text
    done = eva.post(at, data=data | {"bills": [bills[0].id, bills[2].id]}, follow_redirects=True)
    complaint = session.scalars(sa.select(Complaint)).one()
    assert f"Complaint {complaint.number} was opened" in done.text
    held = session.scalars(sa.select(Hold.bill_id).where(Hold.reason == "complaint")).all()
    assert sorted(held) == [bills[0].id, bills[2].id]
    assert complaint.number in eva.get(at).text
    assert eva.post("/complaints/account/999999", data=data).status_code == 404


@pytest.mark.parametrize("username", ["ana", "rosa", "alma"])
def test_only_the_desk_opens(account, client, username):
    signed = client(username)
    assert signed.get("/complaints/find").status_code == 403
    assert signed.post(f"/complaints/account/{account.id}").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("_flt_0_left=waiting", True),
        ("_flt_0_left=in_time", True),
        ("_flt_0_left=warned", False),
        ("_flt_0_left=overdue", False),
        ("_flt_0_left=rubbish", True),
        ("_flt_0_state=routed", True),
        ("_flt_0_state=closed", False),
        ("_flt_0_origin=counter", True),
        ("_flt_0_category={category}", True),
        ("_flt_0_category=999", False),
        ("_flt_0_area={area}", True),
        ("_flt_0_portfolio={portfolio}", True),
        ("_flt_0_portfolio=999", False),
        ("_flt_0_due_on=2026-12-15", True),
        ("_flt_0_due_on=2026-12-16", False),
        ("q=R-{id}", True),
        ("q=R-999999999999999999", False),
        ("q=nadie", False),
    ],
)
def test_the_list_is_narrowed(session, complain, portfolio, client, query, found):
    complaint = complain()
    session.commit()
    names = {
        "category": complaint.category_id,
        "area": complaint.area_id,
        "portfolio": portfolio.id,
        "id": complaint.id,
    }
    page = client("eva").get(f"/complaints/list/?{query.format(**names)}")
    assert page.status_code == 200
    assert (f"/complaints/show/{complaint.id}" in page.text) is found


@pytest.mark.parametrize(
    ("due_in", "said"),
    [(1, "1 business day left"), (0, "to be answered today"), (-3, "3 days past its day")],
)
def test_what_is_left_is_said_in_words(session, complain, client, due_in, said):
    complaint = complain()
    complaint.warn_on = complaint.due_on = NOW.date() + timedelta(days=due_in)
    session.commit()
    assert said in client("eva").get("/complaints/", follow_redirects=True).text


def test_the_answer_is_in_the_persons_history(session, with_file, answer, client):
    answer(with_file, text="Se emite otra planilla")
    session.commit()
    page = client("eva").get(f"/people/{with_file.debtor_id}", follow_redirects=True).text
    assert "Se emite otra planilla" in page and "founded in part" in page
    assert f"{with_file.number} · Consumo elevado → Facturación" in page
