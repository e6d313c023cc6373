"""Where files of this installation are written: each under a random name of ours, whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def new_file(place: Path, write: Callable[[BinaryIO], object], ending: str = "") -> str:
    """Write a new file in the folder ``place``, made when missing, and give its name there: 32 letters and
    figures and ``ending`` (``.jpg``, …); nothing stays when writing fails."""
    place.mkdir(mode=0o700, exist_ok=True)
    name = uuid.uuid4().hex + ending
    path = place / name
    try:
        with path.open("xb") as target:
            write(target)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name
