"""`python -m tests.bench.imports --rows 100000`: an import, its floor, and where the time goes.

Each side is measured in a process of its own over a fresh database, so that its memory is its own. The
bar is for the apply: first file ≤ 4 × the floor, again with 5 % changed ≤ 3 ×.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.core.agent import SYSTEM
from app.core.transaction import deed
from app.extensions import db
from app.intake.files import keep_path, stored_path
from app.intake.reading import open_table
from app.intake.receiving import receive_load
from app.intake.service import apply_load, check_load
from app.models import Load
from app.seed.people import invent_person
from tests.bench.imports_floor import import_by_hand
from tests.bench.memory import megabytes_at_most
from tests.conftest import make_database

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
_AS_OF = date(2026, 11, 20)
_HEADER = (
    "PRODUCTO;ID CLIENTE;NOMBRE;TIPO IDENTIFICACION;IDENTIFICACION;TELEFONO;CORREO;CONTRATO;NRO SERVICIO;"
    "CATEGORIA;ESTADO CORTE;NRO FACT ADEUDADAS;SALDO PENDIENTE;SALDO DIFERIDO;SALDO RECLAMO;CICLO;BARRIO;"
    "DIRECCION\n"
)
#: One row of so many has another balance in the second file.
_ONE_CHANGED_OF = 20
_BARS = {"first": 4, "again": 3}
_WORTH_TELLING = 0.02


def measure_imports(rows: int) -> Iterator[str]:
    """Lines to print, as they come: floor and ours over a file of ``rows`` accounts, new, then again
    with 5 % changed; then the check and the command."""
    with tempfile.TemporaryDirectory(prefix="telecobro-import-") as name:
        folder = Path(name)
        for step in _BARS:
            _write_file(folder / f"{step}.csv", rows, changed=step == "again")
        yield f"import of {rows} rows, {(folder / 'first.csv').stat().st_size // 1024 // 1024} MB"
        floor, ours = _in_a_process("floor", folder), _in_a_process("ours", folder)
        for step, bar in _BARS.items():
            ratio = ours[step]["seconds"] / floor[step]["seconds"]
            yield _told(f"floor, {step}", floor[step], rows)
            yield _told(f"ours, {step}", ours[step], rows) + f"  ratio {ratio:.2f} (bar {bar})"
            yield from _where(ours[step])
        yield from (
            _told(step, found, rows) for step, found in _in_a_process("around", folder).items()
        )


def _write_file(path: Path, rows: int, *, changed: bool) -> None:
    rng = Random(7)  # noqa: S311  (invented people, no secrets)
    with path.open("w", encoding="utf-8") as out:
        out.write(_HEADER)
        for n in range(rows):
            out.write(_line(rng, n, changed and n % _ONE_CHANGED_OF == 0))


def _line(rng: Random, n: int, changed: bool) -> str:
    person = invent_person(rng, n)
    phones = " - ".join("0" + phone.value.removeprefix("+593") for phone in person.phones[:2])
    kind = "CEDULA" if person.kind == "cedula" else "RUC" if person.identification else ""
    balance = f"{rng.randrange(900)},{rng.randrange(100):02d}"
    street = f"CALLE {rng.randrange(300)} N{rng.randrange(60)}-{rng.randrange(300)}"
    cells = (
        ("AGUA", str(100_000 + n), person.name, kind, person.identification, phones, person.email)
        + (f"C{100_000 + n}", f"M{rng.randrange(10**7)}", "RESIDENCIAL", "ACTIVO")
        + (str(rng.randint(1, 12)), "1000,01" if changed else balance, "0,00", "0,00")
        + (f"CICLO {rng.randint(1, 8)}", f"BARRIO {rng.randint(1, 200)}", street)
    )
    return ";".join(cells) + "\n"


def _in_a_process(what: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.bench.imports", "--measure", what, "--folder", str(folder)],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _told(name: str, found: dict[str, Any], rows: int) -> str:
    return (
        f"{name:<16}{found['seconds']:7.2f} s  {rows / found['seconds']:8.0f} rows/s  CPU"
        f" {found['cpu']:6.2f} s + {found['server']:6.2f} s in the server  {found['memory']:4d} MB"
    )


def _where(found: dict[str, Any]) -> Iterator[str]:
    for step, seconds in found["steps"]:
        if seconds > found["seconds"] * _WORTH_TELLING:
            yield f"    {seconds:6.2f} s  {step}"


# --- in the measured process


def _measure(what: str, folder: Path) -> dict[str, Any]:
    url = make_database(f"telecobro_import_{what}")
    os.environ |= {"DATABASE_URL": url, "TELECOBRO_VAR": str(folder)}
    os.environ |= {"TELECOBRO_CLOCK": NOW.isoformat()}
    app = create_app()
    app.test_cli_runner().invoke(args=["setup"], catch_exceptions=False)
    with app.app_context():
        found = {"floor": _floor, "ours": _ours, "around": _around}[what](app, folder)
        db.session.remove()
        db.engine.dispose()
    return found


def _floor(app: Flask, folder: Path) -> dict[str, Any]:
    load = _received(app, folder / "first.csv")
    url = os.environ["DATABASE_URL"].replace("+psycopg", "")
    with deed() as session:
        portfolio = session.get_one(Load, load).portfolio_id
    return {
        step: _timed(
            lambda told, file=folder / f"{step}.csv": import_by_hand(
                url, file, portfolio, load, NOW, told
            )
        )
        for step in _BARS
    }


def _ours(app: Flask, folder: Path) -> dict[str, Any]:
    return {step: _applied(app, folder / f"{step}.csv") for step in _BARS}


def _applied(app: Flask, file: Path) -> dict[str, Any]:
    load_id, var = _received(app, file), app.config["VAR"]
    steps: Counter[str] = Counter()

    def apply(told: Callable[[int], None]) -> None:
        with deed() as session, _watched(steps):
            told(_backend(session))
            load = apply_load(session, SYSTEM, var, NOW, load_id, lambda _rows: None)
            if load.status != "applied":
                raise SystemExit(load.refusal)

    found = _timed(apply)
    began = time.perf_counter()
    with deed() as session:
        table = open_table(stored_path(var, session.get_one(Load, load_id).stored_as))
    for _row in table.rows():
        pass
    reading = time.perf_counter() - began
    rest = found["seconds"] - reading - steps.total()
    parts = {"reading alone": reading, "validating, staging, committing": rest}
    return found | {"steps": (Counter(parts) + steps).most_common()}


class _watched:
    """Adds up the seconds of each statement that passes through SQLAlchemy (COPY does not)."""

    def __init__(self, steps: Counter[str]) -> None:
        self._steps, self._began = steps, 0.0

    def __enter__(self) -> None:
        sa.event.listen(db.engine, "before_cursor_execute", self._before)
        sa.event.listen(db.engine, "after_cursor_execute", self._after)

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(db.engine, "before_cursor_execute", self._before)
        sa.event.remove(db.engine, "after_cursor_execute", self._after)

    def _before(self, *_given: object) -> None:
        self._began = time.perf_counter()

    def _after(self, _connection: object, _cursor: object, sql: str, *_given: object) -> None:
        self._steps[" ".join(sql.split())[:90]] += time.perf_counter() - self._began


def _around(app: Flask, folder: Path) -> dict[str, Any]:
    load_id, var = _received(app, folder / "first.csv"), app.config["VAR"]

    def check(told: Callable[[int], None]) -> None:
        with deed() as session:
            told(_backend(session))
            check_load(session, var, NOW, load_id, lambda _rows: None)

    def command(_told: Callable[[int], None]) -> None:
        file = str(folder / "first.csv")
        app.test_cli_runner().invoke(
            args=["intake", "portfolio", file, "--as-of", f"{_AS_OF}"], catch_exceptions=False
        )

    return {"check": _timed(check), "command": _timed(command)}


def _received(app: Flask, file: Path) -> int:
    stored = keep_path(app.config["VAR"], file)
    with deed() as session:
        return receive_load(
            session,
            SYSTEM,
            NOW,
            kind="portfolio",
            portfolio_name=None,
            as_of=_AS_OF,
            partial=False,
            stored=stored,
        ).id


def _backend(session: Any) -> int:
    return session.scalar(sa.text("SELECT pg_backend_pid()"))


def _timed(act: Callable[[Callable[[int], None]], None]) -> dict[str, Any]:
    """Seconds, CPU seconds of this process and of the server's (where it can be seen), peak memory, MB.

    ``act`` tells the number of the server's process before it begins, and ends in a commit."""
    server: list[tuple[Path, float]] = []

    def told(pid: int) -> None:
        stat = Path(f"/proc/{pid}/stat")
        server.append((stat, _cpu(stat)))

    began, cpu = time.perf_counter(), time.process_time()
    act(told)
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "server": sum(_cpu(stat) - before for stat, before in server),
        "memory": round(megabytes_at_most()),
    }


def _cpu(stat: Path) -> float:
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--measure", choices=("floor", "ours", "around"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(_measure(given.measure, given.folder)))
        return
    for line in measure_imports(given.rows):
        print(line, flush=True)


if __name__ == "__main__":
    main()
