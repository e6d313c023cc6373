"""Coactiva on the screens: papers with their scans, the cover, the hand-over, and who sees them."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from app.core.settings import Settings
from app.models import AccessLog, EnforcementPaper, Referral
from app.referrals.cover import cover_data
from app.referrals.enforcement import documents_to_add
from app.referrals.reading import find_referral
from tests.conftest import NOW
from tests.factories import make_attempt

REFUSED, FOUND = 422, 302


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    """The screens' clock."""
    monkeypatch.setattr("app.core.clock.utcnow", lambda: NOW)


@pytest.fixture
def eva(sign_in):
    client = sign_in("eva")
    client.get("/lang/en")
    return client


@pytest.fixture
def case(session, neighbour, propose, approve):
    """An approved hand-over."""
    referral = propose(neighbour(), "enforcement")
    approve(referral)
    session.commit()
    return referral


def scan() -> tuple[io.BytesIO, str]:
    """A picture that somebody took of a paper."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(made, "JPEG")
    made.seek(0)
    return made, "titulo.jpg"


def test_a_paper_goes_in_with_its_scan_and_is_read_and_taken_out(session, eva, case):
    document = documents_to_add(session, case.id)[0]
    form = {"document_id": str(document.id), "reference": "TC-18", "files": scan()}
    answer = eva.post(f"/enforcement/{case.id}/papers", data=form)
    assert answer.status_code == FOUND
    paper = session.scalars(sa.select(EnforcementPaper)).one()
    text = eva.get(f"/referrals/show/{case.id}").text
    assert "TC-18" in text and "Missing before it can be handed over" in text
    with eva.get(f"/enforcement/{case.id}/papers/{paper.id}/file") as file:
        assert (file.status_code, file.mimetype) == (200, "image/jpeg")
    eva.post(f"/enforcement/{case.id}/papers/{paper.id}/remove")
    assert "TC-18" not in eva.get(f"/referrals/show/{case.id}").text.split('id="history"')[0]
    log = session.scalars(sa.select(AccessLog).where(AccessLog.what == "enforcement paper")).one()
    assert (log.kind, log.debtor_id) == ("download", case.debtor_id)


def test_what_is_no_paper_is_refused_and_what_was_typed_stays(session, eva, case):
    document = documents_to_add(session, case.id)[0]
    form = {
        "document_id": str(document.id),
        "reference": "TC-18",
        "files": (io.BytesIO(b"#!/bin/sh"), "titulo.pdf"),
    }
    answer = eva.post(f"/enforcement/{case.id}/papers", data=form)
    assert answer.status_code == REFUSED
    assert "titulo" in answer.text and 'value="TC-18"' in answer.text
    assert session.scalars(sa.select(EnforcementPaper)).all() == []
    nothing = eva.post(f"/enforcement/{case.id}/papers", data={"document_id": "rubbish"})
    assert nothing.status_code == REFUSED


def test_it_is_handed_over_with_its_papers_and_taken_back(session, eva, case, file_all):
    address = f"/enforcement/{case.id}"
    missing = eva.post(f"{address}/hand-over", data={"reason": "oficio 12"})
    assert missing.status_code == REFUSED
    assert "Not yet in the file: Título de crédito" in missing.text
    file_all(case)
    session.commit()
    done = eva.post(f"{address}/hand-over", data={"reason": "oficio 12"}, follow_redirects=True)
    assert "The case was handed over." in done.text and "oficio 12" in done.text
    assert eva.post(f"{address}/hand-over", data={}).status_code == REFUSED
    assert eva.post(f"{address}/take-back", data={"reason": ""}).status_code == REFUSED
    back = eva.post(f"{address}/take-back", data={"reason": "convenio"}, follow_redirects=True)
    assert "The account is called about again." in back.text
    assert session.get_one(Referral, case.id).state == "returned"


def test_a_visits_case_and_nobodys_have_none_of_it(session, eva, neighbour, propose):
    visit = propose(neighbour("PAZ RIERA ANA"))
    for key in (visit.id, 999999):
        assert eva.get(f"/enforcement/{key}/cover").status_code == 404
        assert eva.post(f"/enforcement/{key}/hand-over").status_code == 404
        assert eva.get(f"/enforcement/{key}/papers/1/file").status_code == 404


def test_another_cases_paper_is_not_read_by_its_number(
    session, eva, case, neighbour, propose, file_all
):
    other = propose(neighbour("PAZ RIERA ANA"), "enforcement")
    file_all(other)
    session.commit()
    paper = session.scalars(
        sa.select(EnforcementPaper).where(EnforcementPaper.referral_id == other.id)
    ).first()
    assert eva.get(f"/enforcement/{case.id}/papers/{paper.id}/file").status_code == 404
    assert eva.get(f"/enforcement/{other.id}/papers/{paper.id}/file").status_code == 404, "no scan"


def test_the_cover_is_a_pdf_that_tells_the_case_and_is_logged(
    session, people, eva, case, file_all, app
):
    make_attempt(session, case.debtor, NOW)
    file_all(case)
    session.commit()
    session.expire_all()
    with eva.get(f"/enforcement/{case.id}/cover") as answer:
        assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
        assert case.number in answer.headers["Content-Disposition"]
    log = session.scalars(sa.select(AccessLog).where(AccessLog.what == "enforcement cover")).one()
    assert (log.kind, log.debtor_id) == ("download", case.debtor_id)
    with app.test_request_context():
        found = find_referral(session, case.id)
        data = cover_data(session, people.eva, NOW, Settings({}), found)
    told = {pair[0]: pair[1] for part in data["parts"] for pair in part["pairs"]}
    assert "MERO PIN LUIS" in told.values() and "Calle 1 y Sucre" in told.values()
    assert data["bills"]["total"][-1] in ("80,00", "80.00")
    assert len(data["papers"]["rows"]) == 7
    assert "1" in [pair[1] for pair in data["parts"][2]["pairs"]]


def test_the_cases_are_taken_away_as_a_list(session, eva, case):
    form, address = {"form": "csv"}, "/referrals/download?_flt_0_kind=enforcement"
    with eva.post(address, data=form) as answer:
        assert case.number in answer.data.decode("utf-8-sig")
