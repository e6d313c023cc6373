"""Configuration, read once from the environment and typed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.core import clock, embedded

ROOT = Path(__file__).resolve().parent
#: What is the same wherever Telecobro runs.
_FIXED: dict[str, Any] = {
    "SQLALCHEMY_ENGINE_OPTIONS": {
        "connect_args": {"options": "-c timezone=UTC -c jit=off"},
        # A logged error shows its SQL, never the name or the number that was asked for.
        "hide_parameters": True,
    },
    # What is typed; how large a file may be is a setting (see `app.core.web.Request`).
    "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_HTTPONLY": True,
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    "WTF_CSRF_TIME_LIMIT": None,
    "APP_NAME": "Telecobro",
    "AUTH_TYPE": 1,
    "AUTH_ROLE_ADMIN": "administrador",
    "AUTH_ROLE_PUBLIC": "Public",
    "AUTH_RATE_LIMITED": True,
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_STORAGE_URI": "memory://",
    "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
    "FAB_CREATE_DB": False,
    "FAB_UPDATE_PERMS": False,
    "FAB_API_SWAGGER_UI": False,
    "FAB_API_KEY_ENABLED": False,
    "FAB_ADD_OPENAPI_VIEWS": False,
    "FAB_ADD_MENU_API": False,
    "FAB_ADD_SECURITY_API": False,
    "FAB_SECURITY_MANAGER_CLASS": "app.access.manager.TelecobroSecurityManager",
    "FAB_INDEX_VIEW": "app.access.views.HomeView",
    "FAB_BASE_TEMPLATE": "base.html",
    "BABEL_DEFAULT_LOCALE": "es",
    "LANGUAGES": {
        "es": {"flag": "ec", "name": "Español"},
        "en": {"flag": "gb", "name": "English"},
    },
}


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """Flask's configuration from ``environ`` (``DATABASE_URL``, ``TELECOBRO_VAR``, …).

    Without ``DATABASE_URL`` the embedded PostgreSQL under ``TELECOBRO_VAR`` is started, or shared.
    """
    var = Path(environ.get("TELECOBRO_VAR") or ROOT / "var").resolve()
    var.mkdir(parents=True, exist_ok=True)
    url = environ.get("DATABASE_URL") or embedded.ensure(var)
    if environ.get("TELECOBRO_CLOCK"):
        clock.pretend(datetime.fromisoformat(environ["TELECOBRO_CLOCK"]))
    secure = environ.get("TELECOBRO_HTTPS", "0") == "1"
    return _FIXED | {
        "VAR": var,
        "SECRET_KEY": environ.get("TELECOBRO_SECRET_KEY") or _kept_secret(var / "secret_key"),
        "SQLALCHEMY_DATABASE_URI": psycopg_url(url),
        "SESSION_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_SECURE": secure,
        "PROXIES": int(environ.get("TELECOBRO_PROXIES", "0")),
        "LOG_JSON": environ.get("TELECOBRO_LOG", "json") == "json",
        "AUTH_RATE_LIMIT": environ.get("TELECOBRO_LOGIN_RATE", "20 per minute"),
    }


def psycopg_url(url: str) -> str:
    """``url`` with the psycopg 3 driver named, whichever of PostgreSQL's forms it came in."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _kept_secret(path: Path) -> str:
    """A random key made on first use, readable by this user only, the same after a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()
