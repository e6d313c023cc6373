"""A file that a page sends to be saved."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, cast

from flask import Response, send_file


def new_file() -> BinaryIO:
    """An empty file to write to, gone once it is closed, as `attached` does when it was sent."""
    return cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  (sending it closes it)


def attached(file: BinaryIO, mimetype: str, name: str) -> Response:
    """``file`` from its beginning, which the browser saves as ``name``."""
    file.seek(0)
    return send_file(file, mimetype, as_attachment=True, download_name=name)
