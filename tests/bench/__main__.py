"""`make bench`: seeds a database of its own, serves it with two workers and prints a line a job.

``--accounts`` (20 000), ``--calls`` an account (5), ``--seconds`` a measurement (5).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from app import create_app
from app.core import clock
from app.core.agent import Agent
from app.core.clock import day_bounds
from app.core.settings import Settings, settings_on
from app.core.transaction import deed
from app.extensions import db
from app.seed.service import seed_demonstration
from app.worklist.models import Claim
from app.worklist.service import claim_next, release_claim
from tests.bench.client import AT_ONCE, Visitor, gets, measure
from tests.conftest import make_database

PASSWORD = "Clave-segura-1"
#: Tuesday, 10:00 in Guayaquil.
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OURS, FLOOR = 8191, 8192


def main() -> None:
    given = _arguments()
    url = make_database("telecobro_bench")
    var = Path("/tmp/telecobro-bench")
    var.mkdir(exist_ok=True)
    os.environ |= {
        "DATABASE_URL": url,
        "TELECOBRO_VAR": str(var),
        "TELECOBRO_CLOCK": NOW.isoformat(),
        "TELECOBRO_LOGIN_RATE": "1000 per minute",
    }
    app = create_app()
    app.test_cli_runner().invoke(args=["setup"], catch_exceptions=False)
    with app.app_context():
        for n in range(AT_ONCE):
            _add_user(app, f"ana{n}", "operador")
        _add_user(app, "eva", "especialista")
        began = time.perf_counter()
        with deed() as session:
            made = seed_demonstration(
                session, given.accounts, NOW.date(), NOW, calls_per_account=given.calls
            )
        print(f"seeded in {time.perf_counter() - began:.0f} s: {made}")
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # or it would run in the middle of it all
        with ExitStack() as stack:
            stack.enter_context(_served("app:create_app()", OURS))
            stack.enter_context(_served("tests.bench.floor:app", FLOOR))
            _print_all(given.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--calls", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    return parser.parse_args()


def _add_user(app, username: str, role: str) -> None:
    manager = app.extensions["appbuilder"].sm
    manager.add_user(
        username, username, "Prueba", f"{username}@example.com", manager.find_role(role), PASSWORD
    )


@contextmanager
def _served(target: str, port: int):
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
        for _ in range(100):
            try:
                Visitor(port).get("/healthz")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(20)


def _print_all(seconds: float) -> None:
    eva = Visitor(OURS).sign_in("eva", PASSWORD)
    ana = Visitor(OURS).sign_in("ana0", PASSWORD)
    floor = Visitor(FLOOR)
    person, key, word = _somebody()
    start, end = day_bounds(
        NOW.date() - timedelta(days=1), settings_on(db.session(), NOW.date())["zone"]
    )
    empty = _line(
        "E: empty signed-in page", gets(ana, "/work/"), gets(floor, "/empty"), seconds, None
    )
    lists = (
        ("Mi día", gets(ana, "/day/"), "/report?" + _span(start, end)),
        ("list, first page", gets(eva, "/debtors/list/"), "/list"),
        ("search by name", _posts(ana, "/work/find", q=word), f"/name?q={word}:*"),
        ("search by account", _posts(ana, "/work/find", q=key), f"/account?q={key}"),
        ("person's page", gets(eva, f"/people/{person}"), f"/person/{person}"),
        (
            "daily report",
            gets(eva, f"/reports/daily/?day={start.date()}"),
            "/report?" + _span(start, end),
        ),
    )
    for name, jobs, path in lists:
        _line(name, jobs, gets(floor, path), seconds, empty)
    _calls(floor, person, seconds, empty)
    _claims(seconds)


def _span(start: datetime, end: datetime) -> str:
    return f"from={start:%Y-%m-%dT%H:%M}Z&to={end:%Y-%m-%dT%H:%M}Z"


def _somebody() -> tuple[int, str, str]:
    """A person with a debt, the number of their account and the first word of their name."""
    return db.session.execute(
        sa.text(
            "SELECT d.id, a.number_key, split_part(d.folded, ' ', 1) FROM debtor d"
            " JOIN account a ON a.debtor_id = d.id WHERE a.closed_on IS NULL AND a.balance > 50"
            " ORDER BY d.id LIMIT 1"
        )
    ).one()


def _people() -> list[int]:
    """A prime number of people with an account, so that eight readers never meet."""
    return list(
        db.session.scalars(
            sa.text(
                "SELECT DISTINCT debtor_id FROM account WHERE closed_on IS NULL ORDER BY 1 LIMIT 997"
            )
        )
    )


def _posts(visitor: Visitor, path: str, **values: str) -> list[Callable[[], None]]:
    def post() -> None:
        status, page = visitor.post(path, **values)
        assert status == 200, page[:500]

    return [post] * AT_ONCE


def _line(name: str, ours, floor, seconds: float, empty: float | None) -> float:
    measure(ours, 1)
    mine, bare = measure(ours, seconds), measure(floor, seconds)
    return _print(name, mine, bare, empty)


def _print(name: str, mine: list[float], bare: list[float] | None, empty: float | None) -> float:
    p50, p95 = _at(mine, 0.5), _at(mine, 0.95)
    told = f"{name:<28} ours p50 {p50:7.1f} ms  p95 {p95:7.1f} ms"
    if bare:
        told += f"  floor p50 {_at(bare, 0.5):6.1f} ms  ratio {p50 / _at(bare, 0.5):5.1f}"
    if empty:
        told += f"  = {p50 / empty:4.1f} E"
    print(told, flush=True)
    return p50


def _at(times: list[float], share: float) -> float:
    return times[int(len(times) * share)]


def _calls(floor: Visitor, person: int, seconds: float, empty: float) -> None:
    """Eight operators work: claim, open, check, save with a promise; each step is timed apart."""
    steps: dict[str, list[float]] = {"call screen": [], "statement": [], "save with a promise": []}

    def working(n: int) -> Callable[[], None]:
        visitor = Visitor(OURS).sign_in(f"ana{n}", PASSWORD)

        def one_call() -> None:
            visitor.post("/work/next")
            page = _timed(steps["call screen"], lambda: visitor.get("/work/")[1])
            match = re.search(r'name="key" value="([^"]+)"', page)
            assert match, page[:800]
            account = _account_of(match[1])
            visitor.post("/work/identity", key=match[1], account=account)
            page = _timed(steps["statement"], lambda: visitor.get("/work/")[1])
            amount = re.search(r'name="(amount_\d+)"[^>]*value="([^"]+)"', page)
            day = re.search(r'name="day" value="(\d{4}-[^"]+)"', page)
            assert amount and day, page[:800]
            values = {
                "key": match[1],
                "outcome": "RPC_PTP_PART",
                amount[1]: "1,00",
                "day": day[1],
                "then": "stop",
            }
            status, answer = _timed(
                steps["save with a promise"], lambda: visitor.post("/work/save", **values)
            )
            assert status == 302, answer[:800]

        return one_call

    measure([working(n) for n in range(AT_ONCE)], seconds * 2)
    # Each of the eight saves on people of its own, as operators do.
    bare = {"save with a promise": gets(floor, *(f"/save/{n}" for n in _people()))}
    for name, times in steps.items():
        floor_times = measure(bare.get(name, gets(floor, f"/person/{person}")), seconds)
        _print(name, sorted(times), floor_times, empty)


def _timed(times: list[float], act: Callable[[], object]):
    began = time.perf_counter()
    answer = act()
    times.append((time.perf_counter() - began) * 1000)
    return answer


def _account_of(key: str) -> str:
    with _engine().connect() as connection:
        return connection.scalar(
            sa.text(
                "SELECT a.number FROM claim c JOIN account a ON a.debtor_id = c.debtor_id"
                " WHERE c.key = :key LIMIT 1"
            ),
            {"key": key},
        )


@cache
def _engine() -> sa.Engine:
    """For the threads, which have no application context."""
    return sa.create_engine(os.environ["DATABASE_URL"])


def _claims(seconds: float) -> None:
    """Claims alone, one after the other, at this size of the queue."""
    ids = db.session.scalars(sa.text("SELECT id FROM ab_user WHERE username LIKE 'ana%'")).all()
    db.session.rollback()
    times: list[float] = []
    end = time.perf_counter() + seconds
    n = 0
    while time.perf_counter() < end:
        agent = Agent(ids[n % len(ids)], "Ana")
        n += 1
        now = clock.utcnow()
        began = time.perf_counter()
        with deed() as session:
            claim = claim_next(session, agent, Settings({}), now)
        times.append((time.perf_counter() - began) * 1000)
        if isinstance(claim, Claim):
            with deed() as session:
                release_claim(session, agent, Settings({}), now, session.merge(claim))
    _print("claim (service, one by one)", sorted(times), None, None)


if __name__ == "__main__":
    main()
