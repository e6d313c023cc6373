"""How the web server runs: read by gunicorn, which finds it by its name."""

import gc
import importlib
import os

# Synchronous workers only: the framework keeps state that threads would share. 2 × cores + 1 keeps every core
# busy while others wait for the database.
worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2 * (os.cpu_count() or 1) + 1)
bind = f"127.0.0.1:{os.environ.get('PORT') or 8080}"
timeout = 120  # seconds: the longest page is a report or an upload to be kept
graceful_timeout = 3  # seconds: run.py promises that all has stopped within 10
loglevel = "warning"  # each request is logged by the application, without what was searched for
control_socket_disable = True


def on_starting(server: object) -> None:
    """Import the code once, in the parent: the workers share it, and start at once. No connection is opened."""
    importlib.import_module("app")


def post_fork(_server: object, _worker: object) -> None:
    """What the parent has loaded lives as long as the worker: the collector need not walk through it
    for every few requests (about a tenth of an empty page)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
