"""`run.py` as a person uses it: the real application on its own var and port, stopped in every way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90  # two cores, shared with the rest of the suite
STOP_SECONDS = 10  # what issue 2 allows

pytestmark = pytest.mark.xdist_group("run")


class House:
    """One `run.py` on a var and a port of its own, without the demonstration."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = str(_free_port())
        self.said = var / "said"
        self.process = self.start()

    def start(self, **environ: str) -> subprocess.Popen[bytes]:
        """Start `run.py`; what it says is appended to the file ``said``."""
        own = {"TELECOBRO_VAR": str(self.var), "PORT": self.port, "TELECOBRO_DEMO": "0"}
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "run.py"],
                cwd=ROOT,
                env=inherited | own | {"WEB_CONCURRENCY": "2"} | environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def wait_until_up(self) -> None:
        """Wait for the line that `run.py` prints when everything runs."""
        ready = f"Telecobro: {self.address}\n"
        deadline = time.monotonic() + START_SECONDS
        while ready not in self.said.read_text():
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.1)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def processes(self) -> list[psutil.Process]:
        """Everything of this house that runs: each carries its var in its environment or folder."""
        return [process for process in psutil.process_iter() if self._is_here(process)]

    def _is_here(self, process: psutil.Process) -> bool:
        try:
            named = process.environ().get("TELECOBRO_VAR") == str(self.var)
            return named or process.cwd().startswith(str(self.var))
        except psutil.Error:
            return False

    def is_empty(self) -> bool:
        """Whether everything ends within the time allowed."""
        deadline = time.monotonic() + STOP_SECONDS
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return not self.processes()


@pytest.fixture
def house(open_folder: Path) -> Iterator[House]:
    house = House(open_folder)
    try:
        house.wait_until_up()
        yield house
    finally:
        house.process.kill()
        house.process.wait()
        assert house.is_empty(), house.processes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_web_worker_and_database_in_time(house: House, number: int) -> None:
    with urllib.request.urlopen(f"{house.address}/healthz") as answer:
        assert answer.status == 200
    assert {"gunicorn", "worker", "postgres"} <= _kinds(house)
    house.process.send_signal(number)
    assert house.process.wait(STOP_SECONDS) == 0
    assert house.processes() == []
    assert "Traceback" not in house.said.read_text()


def test_after_kill_9_nothing_is_left_and_the_next_start_is_clean(house: House) -> None:
    house.process.kill()
    house.process.wait()
    assert house.is_empty(), house.processes()
    house.said.write_text("")
    house.start()
    house.wait_until_up()
    assert "Traceback" not in house.said.read_text()


def test_when_the_worker_dies_everything_stops_and_says_so(house: House) -> None:
    worker = next(p for p in house.processes() if p.cmdline()[-1] == "worker")
    worker.kill()
    assert house.process.wait(STOP_SECONDS) == 1
    assert house.processes() == []
    assert "the worker ended by itself" in house.said.read_text()


def test_a_second_start_and_a_taken_port_are_refused_in_one_sentence(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = house.process
    assert _refusal(house, PORT=str(_free_port())).startswith("Telecobro: it is running already")
    elsewhere = str(tmp_path_factory.mktemp("other"))
    refused = _refusal(house, TELECOBRO_VAR=elsewhere)
    assert refused.startswith(f"Telecobro: port {house.port} ")
    assert first.poll() is None
    with urllib.request.urlopen(f"{house.address}/healthz") as answer:
        assert answer.status == 200
    house.process = first


def _refusal(house: House, **environ: str) -> str:
    """What a further start says, which must be one line and leave with code 1."""
    before = len(house.said.read_text())
    assert house.start(**environ).wait(START_SECONDS) == 1
    said = house.said.read_text()[before:]
    assert said.count("\n") == 1, said
    return said


def _kinds(house: House) -> set[str]:
    words = {Path(word).name for process in house.processes() for word in process.cmdline()}
    names = {process.name() for process in house.processes()}
    return words | names


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
