"""What the faults stand on: databases of their own, invented people, and processes."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.core.settings import Settings
from app.core.transaction import deed
from app.extensions import db
from app.worklist.service import build_worklist
from tests.conftest import NOW, make_database

SETTINGS = Settings({})
_FORK = multiprocessing.get_context("fork")
#: A load of the day before NOW, so that nobody's portfolio is stale.
AS_OF = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault came to: one line, and whether the bar was held."""

    line: str
    passed: bool


@contextmanager
def ready_database() -> Iterator[str]:
    """The address of a database that has been set up; the others are copies of it."""
    with database("ready") as url, tempfile.TemporaryDirectory() as var:
        app = make_app(url, var)
        assert app.test_cli_runner().invoke(args=["setup"]).exit_code == 0
        forget(app)
        yield url


@contextmanager
def application(ready: str, people: int, operators: int) -> Iterator[Flask]:
    """An application over a database of its own with these people in the queue."""
    with database("work", ready) as url, tempfile.TemporaryDirectory() as var:
        app = make_app(url, var)
        with app.app_context(), deed() as session:
            values = {"people": people, "operators": operators, "as_of": AS_OF, "now": NOW}
            for statement in _INVENT:
                session.execute(sa.text(statement), values)
            assert build_worklist(session, SETTINGS, NOW) == people
        forget(app)
        yield app
        forget(app)


def make_app(url: str, var: str) -> Flask:
    environ = {"DATABASE_URL": url, "TELECOBRO_VAR": var, "TELECOBRO_SECRET_KEY": "test"}
    return create_app({"ENVIRON": environ, "TESTING": True})


def forget(app: Flask) -> None:
    """Close every connection, so that forked processes share none."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


_INVENT = (
    """INSERT INTO ab_user (id, first_name, last_name, username, email, active, password)
       SELECT 1000 + n, 'Operador', 'N' || n, 'op' || n, 'op' || n || '@example.com', true, 'x'
         FROM generate_series(1, :operators) n""",
    "INSERT INTO portfolio (id, name, as_of, loaded_at) VALUES (1, 'faults', :as_of, :now)",
    """INSERT INTO load (id, kind, portfolio_id, layout_name, file_name, stored_as, sha256, as_of, partial,
              status, progress, rows, rejected, accounts, bills, amount, new, changed, unchanged, closed,
              applied, duplicates, unknown_accounts, problem_counts, created_at)
       VALUES (1, 'portfolio', 1, '', 'x', '', '', :as_of, false, 'applied', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
               0, 0, 0, '{}', :now)""",
    """INSERT INTO debtor (id, person_key, identification, identification_kind, identification_raw, name)
       SELECT n, 'ID:' || 1300000000 + n, (1300000000 + n)::text, 'cedula', '', 'LOOR VERA N' || n
         FROM generate_series(1, :people) n""",
    """INSERT INTO account (id, portfolio_id, debtor_id, number, number_key, balance, bills_count,
              balance_as_of, load_id, row_hash)
       SELECT n, 1, n, n::text, n::text, 10 + n % 1500, 1, :as_of, 1, '' FROM generate_series(1, :people) n""",
    """INSERT INTO contact_point (debtor_id, kind, value, is_mobile, origin, added_at)
       SELECT n, 'phone', '+5939' || 10000000 + n, true, 'BASE', :now FROM generate_series(1, :people) n""",
    "ANALYZE",
)


@contextmanager
def database(name: str, template: str | None = None) -> Iterator[str]:
    """A database that is gone afterwards; its address. ``template``: the address of one to copy."""
    full = f"telecobro_faults_{name}_{os.getpid()}"
    url = make_database(full)
    if template:
        _administer(url, f'DROP DATABASE "{full}"')
        _administer(url, f'CREATE DATABASE "{full}" TEMPLATE "{sa.make_url(template).database}"')
    try:
        yield url
    finally:
        _administer(url, f'DROP DATABASE IF EXISTS "{full}" WITH (FORCE)')


def _administer(url: str, statement: str) -> None:
    engine = sa.create_engine(
        sa.make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def in_processes(count: int, work: Callable[[int], Any]) -> list[Any]:
    """``work(number)`` in ``count`` processes; what each returned."""
    queue = _FORK.Queue()
    workers = [_FORK.Process(target=_report, args=(work, n, queue)) for n in range(1, count + 1)]
    for worker in workers:
        worker.start()
    answers = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    failed = [a for a in answers if isinstance(a, str)]
    assert not failed, failed[0]
    return answers


def _report(work: Callable[[int], Any], number: int, queue: Any) -> None:
    try:
        queue.put(work(number))
    except BaseException as error:
        queue.put(f"{type(error).__name__}: {error}")
        raise
