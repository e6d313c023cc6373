"""A small share of `make faults`, so that every change meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SMALL = ("--claims=200", "--processes=6", "--submits=100", "--kills=2", "--rows=1000")


def test_no_double_claim_no_double_call_no_torn_import():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *_SMALL],
        cwd=Path(__file__).parents[1],
        env=os.environ,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "ok   claims",
        "ok   submits",
        "ok   kills",
    ]
