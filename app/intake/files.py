"""The one store for what people upload: under ``TELECOBRO_VAR/files``, outside the web root."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.core.store import new_file

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A kept file: its original name, its name in the store, and its SHA-256."""

    name: str
    stored_as: str
    sha256: str
    path: Path


def keep_upload(var: Path, upload: Any) -> StoredFile:
    """Keep an uploaded file (werkzeug's FileStorage) as it came; refuses when none was chosen."""
    if upload is None or not upload.filename:
        raise RuleBroken(_l("Choose the file to load."))
    return _keep(var, Path(upload.filename).name, upload.stream)


def keep_path(var: Path, source: Path) -> StoredFile:
    """Keep a copy of a file of this machine, for the commands."""
    try:
        with source.open("rb") as stream:
            return _keep(var, source.name, stream)
    except OSError as error:
        raise RuleBroken(
            _l("«%(file)s» cannot be read: %(why)s.", file=str(source), why=error.strerror)
        ) from error


def stored_path(var: Path, stored_as: str) -> Path:
    """Where a kept file lies."""
    return var / "files" / stored_as


def _keep(var: Path, name: str, stream: IO[bytes]) -> StoredFile:
    folder = var / "files"
    stored_as = new_file(folder, lambda target: shutil.copyfileobj(stream, target, _CHUNK))
    path = folder / stored_as
    with path.open("rb") as kept:
        digest = hashlib.file_digest(kept, "sha256").hexdigest()
    return StoredFile(name[:250], stored_as, digest, path)
