"""A cheap client: eight at once, no keep-alive, as sync workers serve it."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

AT_ONCE = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What the server says that one answer cost; milliseconds."""

    queries: float
    sql: float
    page: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; ``cost`` only from the metered application."""

    status: int
    body: str
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One job done: how long the client waited (ms), and what it cost the server."""

    ms: float
    cost: Cost | None


Job = Callable[[], Answer]


class Visitor:
    """Somebody with a session on ``port``."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie, self.token = port, "", ""

    def get(self, path: str) -> Answer:
        return self._send(f"GET {path} HTTP/1.0\r\n{self._head()}\r\n")

    def post(self, path: str, **values: str) -> Answer:
        body = urlencode({"csrf_token": self.token} | values)
        head = f"{self._head()}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return self._send(f"POST {path} HTTP/1.0\r\n{head}\r\n{body}")

    def sign_in(self, username: str, password: str) -> Visitor:
        self.token = _found(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/login/").body)
        answer = self.post("/login/", username=username, password=password)
        assert answer.status == 302, answer.body[:500]
        page = self.get("/resetmypassword/form").body
        self.token = _found(r'name="csrf-token" content="([^"]+)"', page)
        return self

    def _head(self) -> str:
        return f"Host: 127.0.0.1\r\nCookie: {self.cookie}\r\n"

    def _send(self, request: str) -> Answer:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request.encode())
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        for cookie in re.findall(r"(?im)^set-cookie: (session=[^;]*)", text):
            self.cookie = cookie
        told = re.search(r"(?im)^x-cost: (.*)$", text)
        cost = Cost(*map(float, told[1].split())) if told else None
        return Answer(int(text.split()[1]), body.decode("utf-8", "replace"), cost)


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page[:500]
    return match[1]


def timed(job: Job) -> tuple[Sample, Answer]:
    """``job`` done once, and how long it took."""
    began = time.perf_counter()
    answer = job()
    return Sample((time.perf_counter() - began) * 1000, answer.cost), answer


def measure(jobs: Sequence[Job], seconds: float) -> list[Sample]:
    """Every job in a thread of its own, over and over for ``seconds``; the quickest first."""
    samples: list[Sample] = []
    at_once(jobs, seconds, lambda job: samples.append(timed(job)[0]))
    return sorted(samples, key=lambda sample: sample.ms)


def at_once(works: Sequence[T], seconds: float, do: Callable[[T], object]) -> None:
    """``do`` each of ``works`` in a thread of its own, over and over for ``seconds``."""
    end = time.perf_counter() + seconds

    def work(one: T) -> None:
        while time.perf_counter() < end:
            do(one)

    threads = [threading.Thread(target=work, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def gets(visitor: Visitor, *paths: str) -> list[Job]:
    """`AT_ONCE` jobs that read ``paths`` in turn."""

    def job(first: int) -> Job:
        turn = [first * len(paths) // AT_ONCE]

        def read() -> Answer:
            turn[0] += 1
            answer = visitor.get(paths[turn[0] % len(paths)])
            assert answer.status == 200, (paths, answer.status, answer.body[-500:])
            return answer

        return read

    return [job(n) for n in range(AT_ONCE)]


def posts(visitor: Visitor, path: str, **values: str) -> list[Job]:
    """`AT_ONCE` jobs that post ``values``."""

    def post() -> Answer:
        answer = visitor.post(path, **values)
        assert answer.status == 200, answer.body[:500]
        return answer

    return [post] * AT_ONCE
