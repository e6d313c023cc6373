"""Telecobro: the back office of a telephone-collection unit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder

import app.models  # noqa: F401  (all tables exist before the framework configures its mappers)
from app import cli, views
from app.core import logs, request_size, transaction, web
from app.extensions import csrf, db, migrate
import config


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application, configured from the environment and then by ``overrides``."""
    flask_app = Flask(__name__, static_folder="static")
    flask_app.config.update(config.load(os.environ | (overrides or {}).get("ENVIRON", {})))
    flask_app.config.update(overrides or {})
    logs.init_app(flask_app)
    db.init_app(flask_app)
    transaction.init_app(flask_app)
    migrate.init_app(flask_app, db, directory=str(web.ROOT / "migrations"))
    csrf.init_app(flask_app)
    web.init_app(flask_app)
    request_size.init_app(flask_app)
    with flask_app.app_context():
        appbuilder = AppBuilder(flask_app, db.session)
        views.init_app(flask_app, appbuilder)
    web.quicken_texts(flask_app)
    cli.init_app(flask_app)
    return flask_app
