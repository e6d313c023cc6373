"""For tests that walk the application: a client a request at a time, every route, every address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.models import (
    Account,
    Agreement,
    Call,
    Complaint,
    ContactPoint,
    Debtor,
    Download,
    Hold,
    Load,
    PersonMerge,
    Promise,
    QualityReview,
    QualitySample,
    Referral,
    SavedView,
    VerificationCase,
    Visit,
)
from tests.conftest import PASSWORD, FreshClient

#: Whoever may sign in may open these; everything else asks for a permission.
PUBLIC = frozenset(
    {
        "healthz",
        "readyz",
        "static",
        "appbuilder.static",
        "Login.login",
        "Login.sign_out",
        "LocaleView.index",
        "UtilView.back",
    }
)


def fresh_client(app: Flask, username: str | None = None, password: str = PASSWORD) -> FreshClient:
    """A client, signed in as ``username`` unless None."""
    client = FreshClient(app, app.response_class)
    if username:
        answer = client.post("/login/", data={"username": username, "password": password})
        assert answer.status_code == 302, answer.text
        assert "/login" not in answer.location
    return client


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every ``(rule, method)`` that the application answers, without HEAD and OPTIONS."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def view_of(app: Flask, endpoint: str) -> Any:
    """The framework's view of ``View.method``; None for a plain function."""
    name = endpoint.partition(".")[0]
    return next((v for v in app.appbuilder.baseviews if v.endpoint == name), None)


def grant_of(app: Flask, endpoint: str) -> tuple[str, str]:
    """The permission that the code asks for: ``(view, permission)``, without ``can_``."""
    function = app.view_functions[endpoint]
    permission = getattr(function, "_permission_name", None)
    assert permission, f"{endpoint} asks for no permission: declare it or list it as public"
    return view_of(app, endpoint).class_permission_name, permission


def address(app: Flask, session: Session, rule: Rule) -> str:
    """The rule's address with its parameters filled by real ids where there are any."""
    values = {name: _value(app, session, rule, name) for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values)


def _value(app: Flask, session: Session, rule: Rule, name: str) -> Any:
    if name == "pk":
        model = view_of(app, rule.endpoint).datamodel.obj
        return session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 1
    tables = {
        "account_id": Account,
        "agreement_id": Agreement,
        "debtor_id": Debtor,
        "one": Debtor,
        "other": Debtor,
        "point_id": ContactPoint,
        "merge_id": PersonMerge,
        "call_id": Call,
        "promise_id": Promise,
        "case_id": VerificationCase,
        "hold_id": Hold,
        "complaint_id": Complaint,
        "sample_id": QualitySample,
        "review_id": QualityReview,
        "load_id": Load,
        "view_id": SavedView,
        "download_id": Download,
        "visit_id": Visit,
        "referral_id": Referral,
    }
    if name in tables:
        model = tables[name]
        return session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 1
    if name == "user_id":
        return session.scalar(text("SELECT max(id) FROM ab_user"))
    return {
        "absence_id": 1,
        "file_id": 1,
        "paper_id": 1,
        "day": "2026-11-24",
        "value_id": 1,
        "locale": "es",
        "kind": "bad_phone",
        "filename": "favicon.svg",
        "form": "xlsx",
        "name": "manabi",
        "token": "unsealed",
    }[name]
