"""The files that a form about a complaint brings."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO, cast

from flask import request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import web
from app.core.errors import RuleBroken
from app.core.settings import MOST_FILES
from app.core.uploads import keep_attachment


def kept_files(session: Session, now: datetime) -> tuple[int, ...]:
    """Keep the request's ``files``; their keys. Before anything is locked: making one harmless takes a
    moment. RuleBroken as `keep_attachment` says, and for too many."""
    files = [file for file in request.files.getlist("files") if file.filename]
    if len(files) > MOST_FILES:
        raise RuleBroken(_l("At most %(n)s files at a time.", n=MOST_FILES), "file")
    return tuple(
        keep_attachment(
            session,
            web.agent(),
            now,
            web.settings(),
            web.files_folder(),
            cast(BinaryIO, file.stream),
            str(file.filename),
        ).id
        for file in files
    )
