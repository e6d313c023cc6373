"""Requests: what was typed is kept, health, logs, languages, amounts as people write them."""

from __future__ import annotations

import json
import logging
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import read_decimal
from app.extensions import db
from app.models import Claim, Debtor, Outcome
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.walking import fresh_client


@pytest.fixture
def person(session: Session, monkeypatch) -> Debtor:
    """Somebody with an account, at a lawful moment."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    debtor = make_debtor(session)
    make_account(session, debtor, make_portfolio(session, date(2026, 11, 23)))
    session.commit()
    return debtor


# --- what was typed is kept


def test_a_refused_outcome_keeps_what_was_typed_on_the_call_screen(app, session, person):
    ana = fresh_client(app, "ana")
    ana.post("/work/attend", data={"person": person.id, "direction": "incoming"})
    key = str(session.scalar(sa.select(Claim.key)))
    ana.post("/work/identity", data={"key": key, "last_four": person.identification[-4:]})
    account = person.accounts[0].id
    typed = {
        "key": key,
        "outcome": "RPC_PTP_FULL",
        "note": "dijo que <viernes>",
        f"amount_{account}": "1.234,567",
        "day": "other",
        "due_on": "2026-11-30",
        "receipt": "ABC-9",
        "callback_for": "anyone",
    }
    answer = ana.post("/work/save", data=typed)
    assert answer.status_code == 422
    for kept in (
        "dijo que &lt;viernes&gt;",
        'value="1.234,567"',
        'value="2026-11-30"',
        'value="ABC-9"',
    ):
        assert kept in answer.text
    assert re.search(r'value="RPC_PTP_FULL"[^>]*checked', answer.text)
    assert re.search(r'value="anyone"\s+checked', answer.text)
    assert "alert-bad" in answer.text


@pytest.mark.parametrize(
    "amount",
    [
        "1e400",
        "9" * 60,
        "-1",
        "NaN",
        "1,2,3",
        "0",
        "1e-9",
        "\x00",
        "99999999999999999999999999999,99",
    ],
)
def test_no_amount_breaks_the_call_screen(app, session, person, amount):
    ana = fresh_client(app, "ana")
    ana.post("/work/attend", data={"person": person.id, "direction": "incoming"})
    key = str(session.scalar(sa.select(Claim.key)))
    ana.post("/work/identity", data={"key": key, "last_four": person.identification[-4:]})
    account = person.accounts[0].id
    data = {
        "key": key,
        "outcome": "RPC_PTP_PART",
        f"amount_{account}": amount,
        "day": "other",
        "due_on": "2026-11-30",
    }
    answer = ana.post("/work/save", data=data)
    assert answer.status_code in (400, 422)
    assert session.scalar(sa.text("SELECT count(*) FROM promise")) == 0


# --- health


def test_health_and_readiness(app, session, monkeypatch):
    client = fresh_client(app)
    for where in ("/healthz", "/readyz"):
        answer = client.get(where)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})

    def gone(*_args, **_kwargs):
        raise sa.exc.OperationalError("SELECT", {}, Exception("no server"))

    monkeypatch.setattr(db.session(), "execute", gone)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable"})


# --- logs


def test_a_request_leaves_one_line_with_its_number_and_path_and_without_its_query(
    app, session, caplog
):
    client = fresh_client(app, "ana")
    caplog.clear()
    with caplog.at_level(logging.INFO):
        answer = client.get(
            "/reports/daily/mine?day=2026-11-24&q=secreto", headers={"X-Request-ID": "prueba-12345"}
        )
    assert answer.headers["X-Request-ID"] == "prueba-12345"
    lines = [
        r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg.get("event") == "request"
    ]
    assert len(lines) == 1
    assert (lines[0]["path"], lines[0]["method"], lines[0]["status"]) == (
        "/reports/daily/mine",
        "GET",
        200,
    )
    assert lines[0]["request_id"] == "prueba-12345"
    assert "secreto" not in json.dumps(lines) and "secreto" not in caplog.text


@pytest.mark.parametrize(
    "given", ["", "corto", "x" * 41, "con espacio 123", "a\tb-12345678", "<script>alert</script>"]
)
def test_a_request_number_that_is_none_is_replaced(app, given):
    answer = fresh_client(app).get("/login/", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_what_is_typed_into_login_is_in_no_log(app, session, caplog):
    with caplog.at_level(logging.DEBUG):
        fresh_client(app).post(
            "/login/", data={"username": "alguien", "password": "Clave-que-no-1"}
        )
    assert "Clave-que-no-1" not in caplog.text


# --- languages


def test_the_language_is_changed_and_stays(app, session):
    client = fresh_client(app, "ana")
    assert "Mi día" in client.get("/day/").text
    assert client.get("/lang/en").status_code == 302
    page = client.get("/day/").text
    assert '<html lang="en' in page and "My day" in page and "Mi día" not in page
    client.get("/lang/es")
    assert "Mi día" in client.get("/day/").text


def test_outcomes_are_named_in_the_readers_language(app, session, person):
    client = fresh_client(app, "ana")
    client.post("/work/attend", data={"person": person.id, "direction": "incoming"})
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "TPC_MESSAGE")).one()
    assert outcome.label in client.get("/work/").text
    client.get("/lang/en")
    assert outcome.label_en in client.get("/work/").text


@pytest.mark.parametrize("locale", ["fr", "xx", "es_MX", "../etc", "", 7])
def test_an_unknown_language_in_the_session_is_harmless(app, session, locale):
    client = fresh_client(app, "ana")
    with client.session_transaction() as kept:
        kept["locale"] = locale
    answer = client.get("/day/")
    assert answer.status_code == 200
    assert "Mi día" in answer.text


def test_an_unknown_language_cannot_be_chosen(app, session):
    client = fresh_client(app, "ana")
    assert client.get("/lang/fr").status_code == 404
    assert "Mi día" in client.get("/day/").text


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example/", "/\\evil.example", "http:evil.example"]
)
def test_no_answer_sends_the_browser_to_another_host(app, session, where):
    client = fresh_client(app)
    data = {"username": "ana", "password": "Clave-segura-1"}
    answer = client.post(f"/login/?next={where}", data=data)
    assert answer.status_code == 302
    _stays(answer.location)
    for page in ("/back", "/lang/en"):
        again = client.get(f"{page}?next={where}", headers={"Referer": "https://evil.example/"})
        _stays(again.location or "/")


def _stays(location: str) -> None:
    """A browser reads it as a path of this host."""
    parts = urlsplit(location)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert location.startswith("/") and not location.startswith(("//", "/\\")), location


# --- numbers as people write them


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.234,50", "1234.50"),
        ("1234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1234.5", "1234.5"),
        ("1.234", "1234"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("$ 25,50", "25.50"),
        ("25", "25"),
        ("-3,10", "-3.10"),
        ("0,05", "0.05"),
        ("0.5", "0.5"),
        (" 1 234,50 ", "1234.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(typed, value):
    assert read_decimal(typed) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    [
        "1,2,3",
        "1.2.3",
        "1.23,4,5",
        "12.34.567,8",
        "0.500",
        "a",
        "",
        "1e",
        "--1",
        "NaN",
        "1,234.567.8",
    ],
)
def test_what_is_no_number_is_not_guessed(typed):
    with pytest.raises(InvalidOperation):
        read_decimal(typed)
