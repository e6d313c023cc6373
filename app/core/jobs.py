"""Background work: enqueued by name, in the deed's own transaction, on the same PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.sync_psycopg_connector import SyncPsycopgConnector
from sqlalchemy.orm import Session

#: Tasks are declared on it by `app.jobs`; the worker gives it a connector with `worker_app`.
tasks = App(connector=SyncPsycopgConnector())


def enqueue(session: Session, name: str, *, lock: str | None = None, **arguments: Any) -> None:
    """Enqueue job ``name`` in the session's transaction: it runs if, and only if, that commits.

    The inner transaction keeps a swallowed AlreadyEnqueued from aborting the whole deed.
    """
    raw: Any = session.connection().connection.driver_connection
    try:
        with raw.transaction():
            tasks.configure_task(name, connection=raw, lock=lock, queueing_lock=lock).defer(
                **arguments
            )
    except exceptions.AlreadyEnqueued:
        return


@contextmanager
def open_tasks(database_url: str) -> Iterator[App]:
    """The tasks over an open connection of their own (for installing the schema)."""
    connector = SyncPsycopgConnector(conninfo=_conninfo(database_url))
    with tasks.replace_connector(connector) as app, app.open():
        yield app


def run_worker(database_url: str) -> None:
    """Run jobs and periodic jobs until SIGINT or SIGTERM."""
    with tasks.replace_connector(PsycopgConnector(conninfo=_conninfo(database_url))) as app:
        app.run_worker(concurrency=1, listen_notify=True, delete_jobs="successful")


def _conninfo(database_url: str) -> str:
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)
