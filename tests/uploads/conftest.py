"""A folder, and one way to attach."""

from __future__ import annotations

import io
import resource
import time
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.core.uploads import keep_attachment
from tests.calls.floor import in_english  # noqa: F401
from tests.conftest import NOW

#: Of a busy machine: what is refused or made again takes well under a second on a quiet one.
_SECONDS = 15
#: In kilobytes: the process's own limit is 1 GB.
_MEMORY = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def attach(session, people, folder):
    """``attach(data, name)`` keeps it within time and memory, or raises RuleBroken."""

    def keep(data: bytes, name: str = "prueba.bin"):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.monotonic()
        try:
            return keep_attachment(
                session, people.rosa, NOW, Settings({}), folder, io.BytesIO(data), name
            )
        finally:
            assert time.monotonic() - begun < _SECONDS
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - own < 100_000
            assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < _MEMORY

    return keep
