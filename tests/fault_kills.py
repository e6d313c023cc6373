"""An import that is killed with -9 at random moments."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from tests.fault_ground import (
    AS_OF,
    Outcome,
    database,
)

_NEXT = date(2026, 11, 23)


def killed_imports(ready: str, kills: int, rows: int) -> Outcome:
    """`flask intake portfolio` is killed at random moments: everything is as before or as after."""
    chance = random.Random(kills * rows)
    with tempfile.TemporaryDirectory() as folder, database("before", ready) as base:
        files = [Path(folder) / name for name in ("day1.txt", "day2.txt")]
        for n, file in enumerate(files):
            file.write_text("\r\n".join(_rows(rows, day=n + 1)) + "\r\n", "latin-1")
        assert _import(base, folder, files[0], AS_OF).wait() == 0
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
