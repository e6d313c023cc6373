"""The application and its migrated database once a session; every test in a savepoint.

Named people: Ana operates, Luis operates, Eva specialises, Fredy is in the field, Rosa is an area,
Adela administers, Alma audits. Time is frozen nowhere: services take ``now``.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from app import create_app
from app.core import embedded
from app.core.agent import Agent
from app.extensions import db
from config import psycopg_url

PASSWORD = "Clave-segura-1"
PEOPLE = {
    "ana": ("Ana", "Cedeño", "operador"),
    "luis": ("Luis", "Moreira", "operador"),
    "eva": ("Eva", "Loor", "especialista"),
    "fredy": ("Fredy", "Zambrano", "campo"),
    "rosa": ("Rosa", "Tenesaca", "area"),
    "adela": ("Adela", "Vera", "administrador"),
    "alma": ("Alma", "Quishpe", "auditor"),
}
#: Tuesday 2026-11-24, 10:00 in Guayaquil: a lawful moment to call.
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class FreshClient(FlaskClient):
    """Each request in a context of its own, as a server does it: what one request keeps on
    ``flask.g`` (the person, the permissions, the settings) is not there in the next."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def _server() -> str:
    """The server named by DATABASE_URL, or an embedded one shared by all test processes."""
    given = os.environ.get("DATABASE_URL")
    if given:
        return psycopg_url(given)
    var = Path(tempfile.gettempdir()) / f"telecobro-tests-{os.getuid()}"
    var.mkdir(exist_ok=True)
    return psycopg_url(embedded.ensure(var, durable=False))


def make_database(name: str) -> str:
    """A fresh, empty database called ``name`` on the test server; its address."""
    admin = sa.create_engine(_server(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(
            sa.text(
                f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
            )
        )
    admin.dispose()
    return database_url(name)


def database_url(name: str) -> str:
    """The address of the test server's database ``name``."""
    return sa.make_url(_server()).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def worker_id_or_main(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def app(worker_id_or_main: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over a migrated database with roles, catalogues and the named people."""
    name = "_".join(
        ("telecobro_test", os.environ.get("TELECOBRO_TEST_DB", "suite"), worker_id_or_main)
    )
    url = make_database(name)
    var = tmp_path_factory.mktemp("var")
    environ = {"DATABASE_URL": url, "TELECOBRO_VAR": str(var), "TELECOBRO_SECRET_KEY": "test"}
    application = create_app(
        {"ENVIRON": environ, "TESTING": True, "WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False}
    )
    application.test_client_class = FreshClient
    result = application.test_cli_runner().invoke(args=["setup"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with application.app_context():
        manager = application.appbuilder.sm
        for username, (first, last, role) in PEOPLE.items():
            manager.add_user(
                username, first, last, f"{username}@example.com", manager.find_role(role), PASSWORD
            )
        db.session.remove()
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session that services and requests share; everything is rolled back at the end."""
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        kept = db.session
        db.session = scoped_session(
            sessionmaker(
                bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            ),
            scopefunc=lambda: 0,
        )
        app.appbuilder._session = db.session
        remove, db.session.remove = db.session.remove, lambda: None
        yield db.session()
        remove()
        db.session = kept
        app.appbuilder._session = kept
        outer.rollback()
        connection.close()


@pytest.fixture
def people(session: Session) -> SimpleNamespace:
    """``people.ana`` and the others as `Agent`."""
    rows = session.execute(
        sa.text("SELECT username, id, first_name || ' ' || last_name FROM ab_user")
    )
    return SimpleNamespace(**{u: Agent(i, n, "127.0.0.1", "test-request") for u, i, n in rows})


@pytest.fixture
def sign_in(app: Flask, session: Session):
    """``sign_in("ana")`` gives a client with Ana's session."""

    def make(username: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/login/", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return make


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder whose parents stay open to the database's own user: pytest shuts the root of its own
    folders whenever a process of it starts."""
    with tempfile.TemporaryDirectory(prefix="telecobro-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be reached."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError(f"network blocked: {address}")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
