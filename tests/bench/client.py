"""A cheap client: eight at once, no keep-alive, as sync workers serve it."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

AT_ONCE = 8


class Visitor:
    """Somebody with a session on ``port``."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie, self.token = port, "", ""

    def get(self, path: str) -> tuple[int, str]:
        return self._send(f"GET {path} HTTP/1.0\r\n{self._head()}\r\n")

    def post(self, path: str, **values: str) -> tuple[int, str]:
        body = urlencode({"csrf_token": self.token} | values)
        head = f"{self._head()}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return self._send(f"POST {path} HTTP/1.0\r\n{head}\r\n{body}")

    def sign_in(self, username: str, password: str) -> Visitor:
        _status, page = self.get("/login/")
        self.token = _found(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        status, page = self.post("/login/", username=username, password=password)
        assert status == 302, page[:500]
        _status, page = self.get("/resetmypassword/form")
        self.token = _found(r'name="csrf-token" content="([^"]+)"', page)
        return self

    def _head(self) -> str:
        return f"Host: 127.0.0.1\r\nCookie: {self.cookie}\r\n"

    def _send(self, request: str) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request.encode())
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        head, _, body = b"".join(parts).decode("utf-8", "replace").partition("\r\n\r\n")
        for cookie in re.findall(r"(?im)^set-cookie: (session=[^;]*)", head):
            self.cookie = cookie
        return int(head.split()[1]), body


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page[:500]
    return match[1]


def measure(jobs: list[Callable[[], None]], seconds: float) -> list[float]:
    """Milliseconds of each call: every job in a thread of its own, over and over for ``seconds``."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    def work(job: Callable[[], None]) -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            job()
            times.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times)


def gets(visitor: Visitor, *paths: str) -> list[Callable[[], None]]:
    """`AT_ONCE` jobs that read ``paths`` in turn."""

    def job(first: int) -> Callable[[], None]:
        turn = [first * len(paths) // AT_ONCE]

        def read() -> None:
            turn[0] += 1
            status, page = visitor.get(paths[turn[0] % len(paths)])
            assert status == 200, page[:500]

        return read

    return [job(n) for n in range(AT_ONCE)]
