"""What every page shares: headers, error pages, nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.access.roles import ROLES
from app.core import clock, web
from app.core.errors import RuleBroken
from app.models import Claim, Debtor, SettingValue
from tests.conftest import NOW, PEOPLE
from tests.factories import make_account, make_debtor, make_portfolio
from tests.walking import PUBLIC, address, fresh_client, grant_of, routes

ADDRESSES = ("src", "href", "action", "formaction", "poster", "data", "srcset", "xlink:href")


class Page(HTMLParser):
    """The addresses, inline scripts, styles and handlers of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.bare: list[str] = []
        self.handlers: list[str] = []
        self.nonces: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [given[a] or "" for a in ADDRESSES if a in given]
        self.handlers += [f"{tag} {a}" for a in given if a.startswith("on") or a == "style"]
        if tag in ("script", "style"):
            self.nonces.add(given.get("nonce") or "")
            if not given.get("nonce"):
                self.bare.append(tag)


@pytest.fixture
def person(session: Session, monkeypatch) -> Debtor:
    """Somebody with an account, at a lawful moment."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    debtor = make_debtor(session)
    make_account(session, debtor, make_portfolio(session, date(2026, 11, 23)))
    session.commit()
    return debtor


def _pages(app: Flask, session: Session, role: str) -> list[str]:
    grants = {(v, p) for v, ps in ROLES[role].grants.items() for p in ps}
    return [
        address(app, session, rule)
        for rule, method in routes(app)
        if method == "GET"
        and rule.endpoint not in PUBLIC
        and grant_of(app, rule.endpoint) in grants
    ]


# --- headers


@pytest.mark.parametrize("username", PEOPLE)
def test_every_page_of_every_role_carries_the_headers_and_loads_nothing_from_elsewhere(
    app, session, person, username
):
    client = fresh_client(app, username)
    looked = 0
    for where in _pages(app, session, PEOPLE[username][2]):
        answer = client.get(where, buffered=True)
        _headers_hold(answer, where)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            _page_holds(answer, where)
            looked += 1
    assert looked >= 1


def test_the_open_call_and_the_login_hold_too(app, session, person):
    client = fresh_client(app)
    _page_holds(client.get("/login/"), "/login/")
    ana = fresh_client(app, "ana")
    ana.post("/work/attend", data={"person": person.id, "direction": "incoming"})
    page = ana.get("/work/")
    assert person.name in page.text
    _page_holds(page, "/work/")
    key = str(session.scalar(sa.select(Claim.key)))
    ana.post("/work/identity", data={"key": key, "last_four": person.identification[-4:]})
    _page_holds(ana.get("/work/"), "/work/ verified")


def _headers_hold(answer, where: str) -> None:
    policy = answer.headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert "unsafe" not in policy, where
    assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", rules["script-src"]), where
    assert (rules["default-src"], rules["object-src"], rules["base-uri"]) == (
        "'self'",
        "'none'",
        "'none'",
    )
    assert (rules["frame-ancestors"], rules["form-action"]) == ("'none'", "'self'")
    assert "http" not in policy and "*" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff", where
    assert answer.headers["Referrer-Policy"] == "same-origin", where
    assert "no-store" in answer.headers["Cache-Control"], where
    assert answer.headers["X-Request-ID"], where


def _page_holds(answer, where: str) -> None:
    _headers_hold(answer, where)
    page = Page(answer.text)
    hosts = {
        a
        for a in page.addresses
        if urlsplit(a).netloc or urlsplit(a).scheme in ("javascript", "http", "https")
    }
    assert hosts == set(), where
    assert page.bare == [] and page.handlers == [], where
    nonce = re.search(r"nonce-([\w-]+)", answer.headers["Content-Security-Policy"])[1]
    assert page.nonces <= {nonce}, where
    if "<html" not in answer.text:
        return  # a part that htmx puts into a page
    assert page.addresses, where
    assert re.search(r'<html lang="(es|en)', answer.text), where


def test_each_answer_has_a_nonce_of_its_own(app, session):
    client = fresh_client(app)
    policies = {client.get("/login/").headers["Content-Security-Policy"] for _n in range(5)}
    assert len(policies) == 5


def test_built_files_may_be_kept_and_refer_to_no_other_host(app):
    client = fresh_client(app)
    with app.test_request_context():
        styles, script, font = (
            web.asset("app.css"),
            web.asset("app.js"),
            web.asset("inter-latin-wght-normal.woff2"),
        )
    for where in (styles, script, font):
        answer = client.get(where, buffered=True)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"], where
    built = client.get(styles, buffered=True).text
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*", built) == []
    assert "@import" not in built


def test_secure_cookies_and_transport_are_asked_for_over_https(app, monkeypatch):
    plain = fresh_client(app).get("/login/")
    assert "Strict-Transport-Security" not in plain.headers
    assert (
        "HttpOnly" in plain.headers["Set-Cookie"] and "SameSite=Lax" in plain.headers["Set-Cookie"]
    )
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    answer = fresh_client(app).get("/login/", base_url="https://localhost")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]


# --- error pages


@pytest.mark.parametrize(
    ("username", "where", "status", "sentence"),
    [
        (None, "/nothing", 404, "no existe"),
        ("ana", "/people/1", 403, "permiso"),
        ("ana", "/reports/daily/mine?day=ayer", 400, "dirección o el formulario"),
        ("eva", "/people/99999999999999999999999999", 400, "dirección o el formulario"),
        ("eva", "/people/999999", 404, "no existe"),
        ("eva", "/loads/99999999999999999999999999", 400, "dirección o el formulario"),
        ("ana", "/work/save", 405, "no existe"),
    ],
)
def test_error_pages_are_one_sentence_in_spanish_with_the_requests_number(
    app, session, username, where, status, sentence
):
    answer = fresh_client(app, username).get(where)
    assert answer.status_code == status
    assert sentence in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert '<html lang="es' in answer.text and "Traceback" not in answer.text
    _page_holds(answer, where)


def test_too_large_a_file_is_refused_in_one_sentence(app, session):
    eva = fresh_client(app, "eva")
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="g.csv"\r\n\r\n'
    body = head.encode() + b"1;2;3\n" * 600_000 + b"\r\n--x--\r\n"
    sent = {"data": body, "content_type": "multipart/form-data; boundary=x"}
    assert eva.post("/loads/upload", **sent).status_code != 413
    row = SettingValue(name="max_file_mb", value="1", holds_from=date(2026, 1, 1), set_at=NOW)
    session.add(row)
    session.flush()
    answer = eva.post("/loads/upload", **sent)
    assert answer.status_code == 413
    assert "1 MB" in answer.text and answer.headers["X-Request-ID"] in answer.text


def test_a_form_without_its_token_is_refused_in_one_sentence(app, session, monkeypatch):
    client = fresh_client(app, "ana")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post("/work/next")
    assert answer.status_code == 400
    assert "no se aceptó" in answer.text and answer.headers["X-Request-ID"] in answer.text


def test_with_its_token_the_same_form_passes(app, session, person, monkeypatch):
    client = fresh_client(app, "ana")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/work/").text)[1]
    assert client.post("/work/next", data={"csrf_token": token}).status_code == 302
    stranger = fresh_client(app)
    assert stranger.post("/work/next", data={"csrf_token": token}).status_code == 400


def test_an_error_of_ours_is_a_page_without_its_details(app, session, monkeypatch):
    def fail(*_args):
        raise RuntimeError("secreto interno")

    monkeypatch.setattr("app.reports.day.my_day", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.config, "TESTING", False)
    answer = fresh_client(app, "ana").get("/day/")
    assert answer.status_code == 500
    assert "secreto" not in answer.text and answer.headers["X-Request-ID"] in answer.text
    _page_holds(answer, "/day/")


@pytest.mark.parametrize(
    ("where", "status"), [("/nothing", 404), ("/people/1", 403), ("/reports/daily/mine?day=x", 400)]
)
def test_who_asks_for_json_gets_json(app, session, where, status):
    answer = fresh_client(app, "ana").get(where, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_a_rule_that_no_form_shows_is_one_sentence(app, session, monkeypatch):
    def refuse(*_args):
        raise RuleBroken("La regla dice que no.")

    monkeypatch.setattr("app.reports.day.my_day", refuse)
    client = fresh_client(app, "ana")
    page = client.get("/day/")
    assert (page.status_code, "La regla dice que no." in page.text) == (409, True)
    assert client.get("/day/", headers={"Accept": "application/json"}).json == {
        "error": "La regla dice que no."
    }
