"""What every page shares: security headers, error pages, health, formats, assets."""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask import session as browser_session
from flask_babel import Domain, get_babel, get_locale
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from app.core import clock
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.money import money, number_locale, whole
from app.core.reference import remembered
from app.core.settings import Settings, settings_on
from app.extensions import db

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "app" / "static" / "dist"
_DASH = "—"


def init_app(app: Flask) -> None:
    """Register headers, error pages, health checks, template formats and static files."""
    app.before_request(_forget_unknown_language)
    app.after_request(_headers)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(RuleBroken, _rule_broken)
    app.register_error_handler(DataError, _unreadable)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)
    app.jinja_env.filters.update(
        money=money, whole=whole, day=day, moment=moment, short_day=short_day, long_day=long_day
    )
    app.jinja_env.globals.update(percent=percent, settings=settings)
    app.jinja_env.globals.update(
        asset=asset,
        csp_nonce=csp_nonce,
        get_locale=get_locale,
        languages=[(c, v["name"]) for c, v in app.config["LANGUAGES"].items()],
    )
    if app.config["PROXIES"]:
        n = app.config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(DIST.parent),
        prefix="static/",
        max_age=3600,
        immutable_file_test=r"^.+-[0-9A-Z]{8}\.[a-z0-9]+$",
        autorefresh=app.debug or not DIST.exists(),
    )


class _QuickDomain(Domain):
    """Finds the language's texts by its two letters. Flask-Babel writes out the locale's whole name for
    each text, which was a fifth of a list."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._kept: dict[str, Any] = {}

    def get_translations(self) -> Any:
        """The texts of this request's language."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        if locale.language not in self._kept:
            self._kept[locale.language] = super().get_translations()
        return self._kept[locale.language]


def quicken_texts(app: Flask) -> None:
    """After the framework, which brings Flask-Babel."""
    with app.app_context():
        babel = get_babel().instance
        babel.domain_instance = _QuickDomain(domain=babel.domain)


def csp_nonce() -> str:
    """The nonce that this response's scripts and styles carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def _forget_unknown_language() -> None:
    """A session may outlive a language, or never have had a known one."""
    if browser_session.get("locale") not in (None, *current_app.config["LANGUAGES"]):
        del browser_session["locale"]


def _headers(response: Response) -> Response:
    nonce = csp_nonce()
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not request.path.startswith("/static"):
        response.headers["Cache-Control"] = "no-store"
    return response


_PAGES = {400: "400", 401: "403", 403: "403", 404: "404", 405: "404", 413: "413", 429: "429"}


def _http_error(error: HTTPException) -> Response | HTTPException:
    """One clear sentence in the unit's language; redirects pass as they are."""
    code = error.code or 500
    if code < 400:
        return error
    page = "csrf" if isinstance(error, CSRFError) else _PAGES.get(code, "500")
    if wants_json():
        return make_response({"error": str(error.description), "request_id": g.request_id}, code)
    try:
        db.session.rollback()
        return make_response(render_template(f"errors/{page}.html", request_id=g.request_id), code)
    except OperationalError:
        # The page's own menu needs the database, which is what has gone.
        return make_response(f"Telecobro no puede atenderle ahora. ({g.request_id})", 503)


def _rule_broken(error: RuleBroken) -> Response:
    """A rule said no where no form could show it: the sentence on a page of its own."""
    if wants_json():
        return make_response({"error": str(error)}, 409)
    return make_response(
        render_template("errors/400.html", sentence=str(error), request_id=g.request_id), 409
    )


def _unreadable(_error: DataError) -> Response | HTTPException:
    """A number too large for its column, a NUL in a text: the caller's error, not ours."""
    return _http_error(BadRequest())


def wants_json() -> bool:
    """The caller asked for JSON and not for a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _healthz() -> tuple[dict[str, str], int]:
    return {"status": "ok"}, 200


def _readyz() -> tuple[dict[str, str], int]:
    """Ready when the database answers and has been set up."""
    try:
        db.session.execute(text("SELECT 1 FROM outcome LIMIT 1"))
    except Exception:
        db.session.rollback()
        return {"status": "unavailable"}, 503
    return {"status": "ok"}, 200


def session() -> Session:
    """The request's session, for reading."""
    return db.session()


def var() -> Path:
    """The folder of this installation's own files."""
    return current_app.config["VAR"]


def files_folder() -> Path:
    """Where what people attach is kept: nothing serves it by itself."""
    folder = var() / "files"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def user_id() -> int:
    """The signed-in person's key."""
    return current_user.id


def agent() -> Agent:
    """The signed-in person, and where the request came from."""
    user = current_user
    return Agent(
        user_id=user.id,
        name=f"{user.first_name} {user.last_name}",
        ip=request.remote_addr,
        request_id=g.request_id,
    )


def settings() -> Settings:
    """Today's settings, read once a request."""
    if "settings" not in g:
        # The zone decides what today is: in the evening it is not yet the day that UTC shows.
        now = clock.utcnow()
        g.settings = _settings_on(now.date())
        today = clock.local_day(now, g.settings["zone"])
        if today != now.date():
            g.settings = _settings_on(today)
    return g.settings


def _settings_on(day: date) -> Settings:
    return remembered(db.session(), ("settings", day), lambda: settings_on(db.session(), day))


def today() -> date:
    """The unit's day: in the evening it is not yet the one that UTC shows."""
    return clock.local_day(clock.utcnow(), settings()["zone"])


def percent(part: int | Decimal, whole: int | Decimal) -> str:
    """``41 %``, or a dash when there is nothing to divide by."""
    return f"{round(100 * part / whole)} %" if whole else _DASH


def day(value: date | datetime | None) -> str:
    """``dd/mm/yyyy`` in the unit's zone."""
    if isinstance(value, datetime):
        value = clock.local(value, settings()["zone"])
    return _DASH if value is None else f"{value:%d/%m/%Y}"


def moment(value: datetime | None, form: str = "%d/%m/%Y %H:%M") -> str:
    """``dd/mm/yyyy HH:MM`` in the unit's zone."""
    return _DASH if value is None else clock.local(value, settings()["zone"]).strftime(form)


def short_day(value: date) -> str:
    """``mié 25``."""
    return format_date(value, "EEE d", locale=number_locale()).replace(".", "")


def long_day(value: date) -> str:
    """``martes 24 de noviembre``."""
    return format_date(
        value,
        "EEEE d 'de' MMMM" if number_locale() == "es_EC" else "EEEE d MMMM",
        locale=number_locale(),
    )


def asset(name: str) -> str:
    """The address of a built file, by its stable name."""
    return url_for("static", filename=f"dist/{_manifest()[name]}")


def built(name: str) -> Path:
    """Where a built file lies, by its stable name, for what is served from another address."""
    return DIST / _manifest()[name]


@lru_cache(maxsize=1)
def _manifest() -> dict[str, Any]:
    path = DIST / "manifest.json"
    if not path.exists():
        raise RuntimeError(_("The pages' files have not been built: run «make assets»."))
    return json.loads(path.read_text())
