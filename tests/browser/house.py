"""The whole application as `make run` starts it, over a database of its own, and what the tests put there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.calls.dialling import attend, dial
from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.service import record_call
from app.core.agent import Agent
from app.core.settings import settings_on
from app.models import Account, Call, Claim, Debtor, Promise, Role, User
from app.worklist.service import build_worklist
from tests.conftest import NOW, PASSWORD, PEOPLE
from tests.factories import make_account, make_debtor, make_portfolio

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90  # setup included, on two cores shared with the rest of the suite
STOP_SECONDS = 15
#: The portfolio is as of the Friday before `tests.conftest.NOW`.
AS_OF = date(2026, 11, 20)
#: Everything that a day's work writes; users, roles and catalogues stay.
_WORK = ("portfolio", "debtor", "access_log", "timeline_event")


class House:
    """`run.py` (gunicorn and the worker) on a free port; its clock began at `tests.conftest.NOW`."""

    def __init__(self, var: Path, database: str) -> None:
        self.said = var / "said"
        self._emptied = 0
        self.address = f"http://127.0.0.1:{_free_port()}"
        self._engine = sa.create_engine(database)
        self._environ = os.environ | {
            "DATABASE_URL": database,
            "TELECOBRO_VAR": str(var),
            "TELECOBRO_CLOCK": NOW.isoformat(),
            "TELECOBRO_DEMO": "0",
            "TELECOBRO_LOGIN_RATE": "1000 per minute",
            "WEB_CONCURRENCY": "2",
            "PORT": self.address.rpartition(":")[2],
        }
        with self.said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "run.py"],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def wait_until_up(self) -> None:
        """Until the line that `run.py` prints when everything runs; then let the people in."""
        deadline = time.monotonic() + START_SECONDS
        while f"Telecobro: {self.address}\n" not in self.said.read_text():
            assert self._process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.1)
        with self.session() as session:
            roles = {role.name: role for role in session.scalars(sa.select(Role))}
            hashed = generate_password_hash(PASSWORD)
            for username, (first, last, role) in PEOPLE.items():
                session.add(
                    User(
                        username=username,
                        first_name=first,
                        last_name=last,
                        email=f"{username}@example.com",
                        password=hashed,
                        active=True,
                        roles=[roles[role]],
                    )
                )

    def stop(self) -> None:
        """End it as a service manager does, and see that it ends in order."""
        self._engine.dispose()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        finally:
            self._process.kill()
        assert code == 0, self.said.read_text()

    def empty(self) -> None:
        """Take away what earlier tests left."""
        self._emptied = self.said.stat().st_size
        with self._engine.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {', '.join(_WORK)} CASCADE"))

    def said_since_empty(self) -> str:
        """The log of the test that runs now."""
        return self.said.read_bytes()[self._emptied :].decode(errors="replace")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session on the application's database, committed at the end."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def later(self, moment: datetime) -> Iterator[str]:
        """The same pages over the same database at another moment; their address. Nothing works there in
        the background."""
        address = f"127.0.0.1:{_free_port()}"
        command = [sys.executable, "-m", "gunicorn", "run:create_app()", "--bind", address]
        environ = self._environ | {"TELECOBRO_CLOCK": moment.isoformat(), "WEB_CONCURRENCY": "1"}
        with (
            self.said.open("ab") as said,
            subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said) as server,
        ):
            try:
                _wait_for(address, server)
                yield f"http://{address}"
            finally:
                server.terminate()

    def all(self, statement: Any) -> list[Any]:
        """What the database holds now."""
        with self.session() as session:
            return list(session.scalars(statement))

    def calls(self) -> list[Call]:
        """Every call on record, oldest first."""
        return self.all(sa.select(Call).options(sa.orm.joinedload(Call.outcome)).order_by(Call.id))

    def promises(self) -> list[Promise]:
        """Every promise on record, oldest first."""
        return self.all(sa.select(Promise).order_by(Promise.id))

    def held_by(self, username: str) -> Debtor:
        """The one person whom that operator has before them."""
        (debtor,) = self.all(
            sa.select(Debtor)
            .join(Claim, Claim.debtor_id == Debtor.id)
            .join(User, User.id == Claim.operator_id)
            .where(Claim.closed_at.is_(None), User.username == username)
        )
        return debtor

    def agent(self, username: str) -> Agent:
        """That person, for the services."""
        (user,) = self.all(sa.select(User).where(User.username == username))
        return Agent(user.id, f"{user.first_name} {user.last_name}", "127.0.0.1", "browser-tests")

    def queue(self, *people: tuple[str, str], portfolio: str = "guayas") -> list[Account]:
        """These people (name, USD owed), one telephone and one account each, waiting to be called."""
        with self.session() as session:
            room = make_portfolio(session, AS_OF, portfolio)
            accounts = []
            for number, (name, owed) in enumerate(people):
                debtor = make_debtor(session, name, phones=[f"+59399123{number:04d}"])
                accounts.append(make_account(session, debtor, room, owed))
            build_worklist(session, settings_on(session, NOW.date()), NOW)
        return accounts

    def save_call(self, username: str, account: Account, result: CallResult) -> Call:
        """A whole call as the screen makes it: held, dialled, verified, saved."""
        agent = self.agent(username)
        with self.session() as session:
            settings = settings_on(session, NOW.date())
            debtor = session.get_one(Debtor, account.debtor_id)
            claim = attend(session, agent, settings, NOW, debtor.id, "outgoing")
            assert dial(session, agent, settings, NOW, claim, debtor.contact_points[0].id).allowed
            last_four = debtor.identification[-4:]
            check_identity(session, agent, settings, NOW, claim, last_four=last_four)
            call, is_new = record_call(session, agent, settings, NOW, claim.key, result)
            assert is_new
        return call


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline, (host, port) = time.monotonic() + START_SECONDS, address.split(":")
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
