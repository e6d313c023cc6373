"""``make run``: the database, the setup, the web server and the worker, started and stopped in order.

Also what ``flask`` and gunicorn name as the application: ``run:create_app()``.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from sqlalchemy import create_engine, exists, select

import config
from app import create_app
from app.core import embedded
from app.models import Account

__all__ = ["create_app", "main"]

ROOT = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
FLASK = (str(BIN / "flask"), "--app", "run")
GUNICORN = (str(BIN / "gunicorn"), "run:create_app()")
DEMO_ACCOUNTS = 1500  # several pages in every list, and there in seconds
READY_SECONDS = 60  # for the web server's first answer
STOP_SECONDS = 3.5  # for each child, so that both and the database are down within 10 s
LOOK_SECONDS = 0.2  # between two looks at the children
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
LIBC = ctypes.CDLL(None)

Children = dict[str, "subprocess.Popen[bytes]"]


class Stopped(Exception):
    """Somebody asked us to stop."""


class CannotRun(Exception):
    """Says in one sentence why, and what to do."""


def main() -> int:
    """Run everything until a signal (exit code 0), or until a part of it ends by itself (1)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _run(dict(os.environ))
    except Stopped:
        return 0
    except (CannotRun, embedded.DatabaseUnavailable) as reason:
        print(f"Telecobro: {reason}", file=sys.stderr)
        return 1
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _run(environ: dict[str, str]) -> None:
    """Everything in order: one at a time, a free port, the database, the setup, the processes."""
    var = Path(environ.get("TELECOBRO_VAR") or ROOT / "var").resolve()
    environ["TELECOBRO_VAR"] = str(var)  # the children start in ROOT
    with _the_only_one(var):
        address = _free_address(environ.get("PORT") or "8080")
        children: Children = {}
        try:
            settings = config.load(environ)
            demo = environ.get("TELECOBRO_DEMO") != "0"
            _prepare(environ, settings["SQLALCHEMY_DATABASE_URI"], demo)
            children["web server"] = _start(GUNICORN, environ)
            children["worker"] = _start((*FLASK, "worker"), environ)
            _wait_until_ready(address, children)
            print(f"Telecobro: {address}", flush=True)
            if demo:
                _step(environ, "demo-users")
            _watch(children)
        finally:
            _end(children, environ, var)


@contextmanager
def _the_only_one(var: Path) -> Iterator[None]:
    """Hold var's run lock; the kernel lets go of it however we end."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"it is running already on {var}; stop it, or set another TELECOBRO_VAR and PORT."
            ) from None
        yield


def _free_address(port: str) -> str:
    """The address to serve on, after a look that nobody else does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, OverflowError, ValueError):
            raise CannotRun(
                f"port {port} cannot be used or is taken; choose another, as in PORT=8081."
            ) from None
    return f"http://127.0.0.1:{port}"


def _prepare(environ: Mapping[str, str], database: str, demo: bool) -> None:
    """Tables and roles; a demonstration portfolio when there is no account yet and it is wanted."""
    _step(environ, "setup", ask=not demo)
    if demo and not _has_accounts(database):
        print("Telecobro: making a demonstration portfolio …", flush=True)
        _step(environ, "seed", "--accounts", str(DEMO_ACCOUNTS))


def _step(environ: Mapping[str, str], *command: str, ask: bool = False) -> None:
    """Run one flask command to its end; only with ``ask`` may it ask questions on the terminal."""
    answers = None if ask else subprocess.DEVNULL
    done = subprocess.run(
        (*FLASK, *command), cwd=ROOT, env=environ, stdin=answers, preexec_fn=_die_with(os.getpid())
    )
    if done.returncode:
        raise CannotRun(
            f"flask {command[0]} failed (code {done.returncode}); what it said is above."
        )


def _has_accounts(database: str) -> bool:
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            return bool(connection.scalar(select(exists(select(Account.id)))))
    finally:
        engine.dispose()


def _start(command: tuple[str, ...], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A child in a session of its own: Ctrl-C reaches us only, and we stop the children in order."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid()),
    )


def _die_with(parent: int) -> Callable[[], None]:
    """What a child does first: ask the kernel for SIGTERM when we die, even by kill -9."""

    def ask() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _wait_until_ready(address: str, children: Children) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        _check(children)
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=READY_SECONDS):  # noqa: S310
                return
        except OSError:
            time.sleep(LOOK_SECONDS)
    raise CannotRun(f"the web server did not answer on {address} within {READY_SECONDS} s.")


def _watch(children: Children) -> None:
    while True:
        _check(children)
        time.sleep(LOOK_SECONDS)


def _check(children: Children) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise CannotRun(
                f"the {name} ended by itself (code {child.returncode}), so everything stops."
            )


def _end(children: Children, environ: Mapping[str, str], var: Path) -> None:
    """Stop web, worker and database, in this order, whatever else is asked meanwhile."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children.values():
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(
                child.pid, signal.SIGKILL
            )  # its own children, and itself when it was too slow
        child.wait()
    if not environ.get("DATABASE_URL") and not embedded.release(var):
        print("Telecobro: the database goes on, because another command uses it.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
