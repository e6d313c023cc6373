"""`make bench`: seeds a database of its own, serves it with two workers and prints a line a job.

``--accounts`` (225 000: 200 000 people), ``--calls`` an account (4.5), ``--seconds`` a measurement (5),
``--rows`` of an imported file (100 000), ``--promises`` that are judged (200 000) against ``--payments``
(300 000), ``--keep``: use the database that the last run left.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.core.transaction import deed
from app.extensions import db
from app.seed.service import seed_demonstration
from tests.bench import exports, jobs, table
from tests.bench.claims import OPERATORS, claims
from tests.bench.client import Visitor
from tests.bench.imports import measure_imports
from tests.bench.leaving import fill_leaving
from tests.bench.promises import PAYMENTS, PROMISES, measure_promises
from tests.conftest import database_url, make_database

#: Tuesday, 10:00 in Guayaquil.
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OURS, FLOOR = 8191, 8192
#: Milliseconds that an operator waits for the next person, at most one time in twenty longer.
_CLAIM_BAR = 50


def main() -> None:
    given = _arguments()
    var = Path("/tmp/telecobro-bench")
    var.mkdir(exist_ok=True)
    os.environ |= {
        "DATABASE_URL": _database(given.keep),
        "TELECOBRO_VAR": str(var),
        "TELECOBRO_CLOCK": NOW.isoformat(),
        "TELECOBRO_LOGIN_RATE": "1000 per minute",
    }
    app = create_app()
    app.test_cli_runner().invoke(args=["setup"], catch_exceptions=False)
    with app.app_context():
        if not given.keep:
            _fill(app, given.accounts, given.calls)
        with ExitStack() as stack:
            stack.enter_context(_served("tests.bench.ours:metered()", OURS))
            stack.enter_context(_served("tests.bench.floor:app", FLOOR))
            print(table.HEAD, flush=True)
            for line in jobs.lines(OURS, FLOOR, NOW, given.seconds):
                print(line, flush=True)
            print(_claimed(given.seconds), flush=True)
        for line in exports.exports():
            print(line, flush=True)
        db.session.remove()
        db.engine.dispose()
    for line in measure_imports(given.rows):
        print(line, flush=True)
    for line in measure_promises(given.promises, given.payments):
        print(line, flush=True)


def _claimed(seconds: float) -> str:
    visitors = [Visitor(OURS).sign_in(f"ana{n}", jobs.PASSWORD) for n in range(OPERATORS)]
    waited = claims(visitors, 6 * seconds)
    p95 = table.at(waited, 0.95)
    met = "met" if p95 <= _CLAIM_BAR else "missed"
    return (
        f"{table.line(f'claim, {OPERATORS} operators', waited)}   (bar: p95 {_CLAIM_BAR} ms, {met})"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=225_000)
    parser.add_argument("--calls", type=float, default=4.5)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--promises", type=int, default=PROMISES)
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def _database(keep: bool) -> str:
    return database_url("telecobro_bench") if keep else make_database("telecobro_bench")


def _fill(app: Flask, accounts: int, calls: float) -> None:
    for n in range(OPERATORS):
        _add_user(app, f"ana{n}", "operador")
    for name, role in (("eva", "especialista"), ("fredy", "campo"), ("carmen", "area")):
        _add_user(app, name, role)
    began = time.perf_counter()
    with deed() as session:
        made = seed_demonstration(session, accounts, NOW.date(), NOW, calls_per_account=calls)
        fill_leaving(session, NOW)
    print(f"seeded in {time.perf_counter() - began:.0f} s: {made}")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # The demonstration writes person by person; in a unit calls lie in the order of their time.
        connection.execute(sa.text("CLUSTER call USING ix_call_started_at"))
        connection.execute(sa.text("VACUUM ANALYZE"))  # or it would run in the middle of it all


def _add_user(app: Flask, username: str, role: str) -> None:
    manager = app.extensions["appbuilder"].sm
    manager.add_user(
        username,
        username,
        "Prueba",
        f"{username}@example.com",
        manager.find_role(role),
        jobs.PASSWORD,
    )


@contextmanager
def _served(target: str, port: int) -> Iterator[None]:
    server = subprocess.Popen(  # noqa: S603
        [
            sys.executable,
            "-m",
            "gunicorn",
            "-w",
            "2",
            "-b",
            f"127.0.0.1:{port}",
            "--log-level",
            "error",
            target,
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: Visitor(port).get("/healthz"))
        yield
    finally:
        server.terminate()
        server.wait(20)


def _wait(answers: Callable[[], object]) -> None:
    for _ in range(100):
        try:
            answers()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server does not answer")


if __name__ == "__main__":
    main()
