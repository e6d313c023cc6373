"""Our application as the bench serves it: each answer tells what it cost in its `X-Cost` header."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from flask import Flask, before_render_template, template_rendered

from app import create_app
from app.extensions import db


class Meter:
    """What the request of this worker (one at a time) has cost so far; milliseconds."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new request."""
        self.queries, self.sql, self.page = 0, 0.0, 0.0
        self._cpu, self._sent, self._rendering = time.process_time(), 0.0, 0.0

    def send(self, *_args: Any) -> None:
        """A statement leaves for the database."""
        self._sent = time.perf_counter()

    def receive(self, *_args: Any) -> None:
        """Its answer has come."""
        self.queries += 1
        self.sql += (time.perf_counter() - self._sent) * 1000

    def render(self, *_args: Any, **_context: Any) -> None:
        """A page begins to be written."""
        self._rendering, self._sql_before = time.perf_counter(), self.sql

    def rendered(self, *_args: Any, **_context: Any) -> None:
        """It is written; what it asked of the database meanwhile counts there."""
        took = (time.perf_counter() - self._rendering) * 1000
        self.page += took - (self.sql - self._sql_before)

    def told(self) -> str:
        """``queries sql page cpu``."""
        cpu = (time.process_time() - self._cpu) * 1000
        return f"{self.queries} {self.sql:.2f} {self.page:.2f} {cpu:.2f}"


def metered() -> Flask:
    """The application behind its meter."""
    app, meter = create_app(), Meter()
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", meter.send)
        sa.event.listen(db.engine, "after_cursor_execute", meter.receive)
    before_render_template.connect(meter.render, app, weak=False)
    template_rendered.connect(meter.rendered, app, weak=False)
    inner = app.wsgi_app

    def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        meter.begin()

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Cost", meter.told())], *rest)

        return inner(environ, begin)

    app.wsgi_app = counted  # type: ignore[method-assign]
    return app
