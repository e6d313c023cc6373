"""How much a process holds. Not `ru_maxrss`: a child begins with its parent's."""

from __future__ import annotations

import re
from pathlib import Path


def megabytes_now() -> float:
    """What this process holds, MB."""
    return _of("VmRSS")


def megabytes_at_most() -> float:
    """The most that this process has held since it began, MB."""
    return _of("VmHWM")


def _of(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0
