"""Faults on purpose (`make faults`): real processes and real commits on databases of their own.

Many operators claim at once, every call is submitted twice at once, and an import is killed with -9
at random moments. Each prints one line with its figures; the exit code is not 0 when one failed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.service import record_call
from app.core.agent import Agent
from app.core.settings import Settings
from app.core.transaction import deed
from app.extensions import db
from app.models import Claim
from app.worklist.service import build_worklist, claim_next, claim_person, find_claim, release_claim
from tests.conftest import NOW, make_database

SETTINGS = Settings({})
_FORK = multiprocessing.get_context("fork")
_SUBMITTERS = 6
#: A load of the day before NOW, so that nobody's portfolio is stale.
_AS_OF = date(2026, 11, 20)
_NEXT = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault came to: one line, and whether the bar was held."""

    line: str
    passed: bool


# --- what all stand on


@contextmanager
def ready_database() -> Iterator[str]:
    """The address of a database that has been set up; the others are copies of it."""
    with database("ready") as url, tempfile.TemporaryDirectory() as var:
        app = _app(url, var)
        assert app.test_cli_runner().invoke(args=["setup"]).exit_code == 0
        _forget(app)
        yield url


@contextmanager
def application(ready: str, people: int, operators: int) -> Iterator[Flask]:
    """An application over a database of its own with these people in the queue."""
    with database("work", ready) as url, tempfile.TemporaryDirectory() as var:
        app = _app(url, var)
        with app.app_context(), deed() as session:
            values = {"people": people, "operators": operators, "as_of": _AS_OF, "now": NOW}
            for statement in _INVENT:
                session.execute(sa.text(statement), values)
            assert build_worklist(session, SETTINGS, NOW) == people
        _forget(app)
        yield app
        _forget(app)


def _app(url: str, var: str) -> Flask:
    environ = {"DATABASE_URL": url, "TELECOBRO_VAR": var, "TELECOBRO_SECRET_KEY": "test"}
    return create_app({"ENVIRON": environ, "TESTING": True})


def _forget(app: Flask) -> None:
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


def _in_processes(count: int, work: Callable[[int], Any]) -> list[Any]:
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


# --- claims


def many_claims(ready: str, claims: int, processes: int) -> Outcome:
    """Operators claim, save and release at once; a ledger of its own tells who held whom when."""
    each = -(-claims // processes)
    with application(
        ready, people=each * processes // 2 + 20 * processes, operators=processes
    ) as app:
        with app.app_context(), deed() as session:
            session.execute(
                sa.text("CREATE TABLE ledger (debtor_id bigint PRIMARY KEY, operator_id int)")
            )
        _forget(app)
        begun = time.monotonic()
        answers = _in_processes(processes, lambda n: _claimer(app, n, each))
        took = time.monotonic() - begun
        doubles = sum(a[0] for a in answers)
        saved = sum(a[1] for a in answers)
        with app.app_context():
            made = db.session.scalar(sa.text("SELECT count(*) FROM claim"))
            calls = db.session.scalar(sa.text("SELECT count(*) FROM call"))
            left_open = db.session.scalar(
                sa.text("SELECT count(*) FROM claim WHERE closed_at IS NULL")
            )
    good = doubles == 0 and made == each * processes and calls == saved and left_open == 0
    line = (
        f"claims: {made} by {processes} processes in {took:.0f} s, {doubles} doubles;"
        f" {calls} calls saved, {left_open} claims left open"
    )
    return Outcome(line, good)


def _claimer(app: Flask, number: int, count: int) -> tuple[int, int]:
    """``(doubles, saved)`` of one operator's ``count`` claims."""
    agent, doubles, saved = Agent(1000 + number, f"Operador N{number}"), 0, 0
    chance = random.Random(number)
    with app.app_context():
        for _ in range(count):
            with deed() as session:
                claim = claim_next(session, agent, SETTINGS, NOW)
                assert isinstance(claim, Claim), claim
                key, debtor_id = claim.key, claim.debtor_id
            doubles += not _enter(debtor_id, number)
            with deed() as session:
                session.execute(
                    sa.text("DELETE FROM ledger WHERE debtor_id = :d AND operator_id = :o"),
                    {"d": debtor_id, "o": number},
                )
            with deed() as session:
                if chance.random() < 0.5:
                    release_claim(session, agent, NOW, find_claim(session, agent, key))
                else:
                    saved += record_call(session, agent, SETTINGS, NOW, key, CallResult("NC_NA"))[1]
    return doubles, saved


def _enter(debtor_id: int, number: int) -> bool:
    """Write into the ledger that this operator holds the person; False when another one does."""
    with deed() as session:
        written = session.execute(
            sa.text("INSERT INTO ledger VALUES (:d, :o) ON CONFLICT DO NOTHING"),
            {"d": debtor_id, "o": number},
        )
        return written.rowcount == 1


# --- submits


def doubled_submits(ready: str, submits: int) -> Outcome:
    """Every call is saved twice at the same moment; half of them promise."""
    each = -(-submits // _SUBMITTERS)
    with application(ready, people=each * _SUBMITTERS, operators=_SUBMITTERS) as app:
        begun = time.monotonic()
        odd = sum(_in_processes(_SUBMITTERS, lambda n: _submitter(app, n, each)))
        took = time.monotonic() - begun
        with app.app_context():
            counts = db.session.execute(sa.text(_WRITTEN)).one()
    wanted = each * _SUBMITTERS
    promised = _SUBMITTERS * -(-each // 2)
    good = odd == 0 and tuple(counts) == (wanted, wanted, wanted, promised)
    line = (
        f"submits: {wanted} doubled in {took:.0f} s, {counts.calls - wanted} doubled calls"
        f" ({odd} pairs disagreed; {counts.attempts} attempts, {counts.deeds} deeds, {counts.promises} promises)"
    )
    return Outcome(line, good)


_WRITTEN = """
SELECT (SELECT count(*) FROM call) AS calls, (SELECT count(*) FROM contact_attempt) AS attempts,
       (SELECT count(*) FROM timeline_event WHERE deed = 'record_call') AS deeds,
       (SELECT count(*) FROM promise) AS promises
"""


def _submitter(app: Flask, number: int, count: int) -> int:
    """Submits ``count`` calls twice at once; returns how many pairs did not end as one call."""
    agent, odd = Agent(1000 + number, f"Operador N{number}"), 0
    for n in range(count):
        debtor_id = (number - 1) * count + n + 1
        with app.app_context(), deed() as session:
            claim = claim_person(session, agent, SETTINGS, NOW, debtor_id, "outgoing")
            key = claim.key
            if n % 2 == 0:
                check_identity(session, agent, SETTINGS, NOW, claim, account=str(debtor_id))
        odd += not _twice(app, agent, key, _result(debtor_id, promises=n % 2 == 0))
    return odd


def _result(debtor_id: int, *, promises: bool) -> CallResult:
    if not promises:
        return CallResult("NC_NA")
    return CallResult(
        "RPC_PTP_PART", amounts={debtor_id: Decimal(5)}, due_on=NOW.date() + timedelta(days=3)
    )


def _twice(app: Flask, agent: Agent, key: uuid.UUID, result: CallResult) -> bool:
    """Both submits ended with the same call and one of them made it."""
    ends: list[tuple[int, bool]] = []
    together = threading.Barrier(2)

    def submit() -> None:
        with app.app_context():
            together.wait()
            with deed() as session:
                call, is_new = record_call(session, agent, SETTINGS, NOW, key, result)
                ends.append((call.id, is_new))

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (
        len(ends) == 2 and len({call for call, _ in ends}) == 1 and sum(new for _, new in ends) == 1
    )


# --- kills


def killed_imports(ready: str, kills: int, rows: int) -> Outcome:
    """`flask intake portfolio` is killed at random moments: everything is as before or as after."""
    chance = random.Random(kills * rows)
    with tempfile.TemporaryDirectory() as folder, database("before", ready) as base:
        files = [Path(folder) / name for name in ("day1.txt", "day2.txt")]
        for n, file in enumerate(files):
            file.write_text("\r\n".join(_rows(rows, day=n + 1)) + "\r\n", "latin-1")
        assert _import(base, folder, files[0], _AS_OF).wait() == 0
        before = fingerprint(base)
        with database("after", base) as url:
            begun = time.monotonic()
            assert _import(url, folder, files[1], _NEXT).wait() == 0
            whole, after = time.monotonic() - begun, fingerprint(url)
        assert before != after
        moments = [whole * chance.uniform(0.2, 1.0) for _ in range(kills)]
        killed = [_kill(base, folder, files[1], moment) for moment in moments]
    states = [{before: "before", after: "after"}.get(left, "torn") for left, _ in killed]
    line = (
        f"kills: {kills} of an import of {rows} rows ({whole:.1f} s each), {sum(busy for _, busy in killed)} of them"
        f" inside its transaction; {states.count('before')} as before, {states.count('after')} as after,"
        f" {states.count('torn')} torn"
    )
    return Outcome(line, "torn" not in states)


def _rows(count: int, day: int) -> Iterator[str]:
    """Rows of layout `manabi`. On day 2 some are gone, some are new and half of the others changed."""
    for n in range(count if day == 1 else count + count // 10):
        if day == 2 and n % 10 == 0:
            continue
        balance = f"{20 + n % 700 + (day - 1) * (n % 2)},{n % 100:02}"
        yield "\t".join(
            (
                f"CLI{n:07}",
                f"LOOR VERA N{n}",
                f"{200000 + n}",
                "24-31-970",
                "CENTRO",
                "CALLE OLMEDO",
                "null",
                "null",
                "null",
                f"09{90000000 + n}",
                "RESIDENCIAL",
                "AGUA POTABLE",
                "ACTIVO",
                "ACTIVO",
                "NO",
                f"M{n}",
                "2",
                "10,00",
                balance,
                balance,
                "0,00",
                "2026-01-09 0.0.0.0",
                "30/10/2026",
                "1,024193",
                "80,427463",
                "2026-10-15 0.0.0.0",
                "0,00",
            )
        )


def _import(url: str, var: str, file: Path, as_of: date) -> subprocess.Popen[str]:
    environ = os.environ | {
        "DATABASE_URL": url,
        "TELECOBRO_VAR": var,
        "TELECOBRO_SECRET_KEY": "test",
    }
    command = ["intake", "portfolio", str(file), "--portfolio", "faults", "--layout", "manabi"]
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", *command, "--as-of", f"{as_of}", "--json"],
        env=environ,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _kill(base: str, var: str, file: Path, seconds: float) -> tuple[str, bool]:
    """The fingerprint that a kill after ``seconds`` left, and whether it came inside a transaction."""
    with database("killed", base) as url, _watcher(url) as watch:
        process = _import(url, var, file, _NEXT)
        time.sleep(seconds)
        busy = watch(_BUSY) > 0
        process.send_signal(signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + 60
        while watch(_OTHERS):  # until the server has noticed that its client is gone
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return fingerprint(url), busy


_OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_BUSY = f"{_OTHERS} AND xact_start IS NOT NULL"


@contextmanager
def _watcher(url: str) -> Iterator[Callable[[str], int]]:
    """Asks the server for one number, on a connection that is open already."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda question: connection.scalar(sa.text(question))
    engine.dispose()


#: Every table that a load writes, without its serial keys and moments.
_CONTENT = (
    "SELECT name, as_of FROM portfolio",
    "SELECT kind, status, rows, accounts, amount, new, changed, closed FROM load",
    "SELECT person_key, name, identification FROM debtor",
    "SELECT number_key, balance, bills_count, oldest_due_on, balance_as_of, closed_on, row_hash FROM account",
    "SELECT a.number_key, b.number, b.balance, b.due_on, b.closed_on FROM bill b JOIN account a ON a.id = b.account_id",
    "SELECT d.person_key, c.kind, c.value, c.state FROM contact_point c JOIN debtor d ON d.id = c.debtor_id",
    "SELECT a.number_key, h.as_of, h.balance FROM balance_history h JOIN account a ON a.id = h.account_id",
    "SELECT kind, account, row_number FROM load_problem",
    "SELECT d.person_key, w.score, w.reasons FROM worklist_item w JOIN debtor d ON d.id = w.debtor_id",
    "SELECT deed, subject FROM timeline_event",
)


def fingerprint(url: str) -> str:
    """Count and hash of every row that a load writes, as JSON."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [
            tuple(
                connection.execute(
                    sa.text(
                        f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ({content}) t"
                    )
                ).one()
            )
            for content in _CONTENT
        ]
    engine.dispose()
    return json.dumps(found)


def main(arguments: list[str]) -> int:
    """Run the three; 0 when every bar was held."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("claims", 10_000),
        ("processes", 30),
        ("submits", 10_000),
        ("kills", 20),
        ("rows", 20_000),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    sizes = parser.parse_args(arguments)
    held = True
    with ready_database() as ready:
        faults = (
            lambda: many_claims(ready, sizes.claims, sizes.processes),
            lambda: doubled_submits(ready, sizes.submits),
            lambda: killed_imports(ready, sizes.kills, sizes.rows),
        )
        for fault in faults:
            outcome = fault()
            held = held and outcome.passed
            print(f"{'ok  ' if outcome.passed else 'FAIL'} {outcome.line}", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
