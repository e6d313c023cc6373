"""The files that a request brings, made harmless and kept in its deed (`app.core.uploads`). Before anything is
locked: making one harmless takes a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO, cast

from flask import request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import web
from app.core.errors import RuleBroken
from app.core.models import StoredFile
from app.core.settings import MOST_FILES
from app.core.uploads import keep_attachment, keep_photo


def file_limits(most: int = MOST_FILES) -> tuple[int, int]:
    """What a form of at most ``most`` files says of them: how many, and the MB of each."""
    return most, web.settings()["attachment_max_mb"]


def kept_files(session: Session, now: datetime, most: int = MOST_FILES) -> tuple[int, ...]:
    """Keep the request's ``files``, pictures and PDF; their keys. RuleBroken on the field ``file`` as
    `keep_attachment` says, and for more than ``most``."""
    return _kept(session, now, "files", most, keep_attachment)


def kept_photo(session: Session, now: datetime) -> int | None:
    """Keep the request's ``photo``; its key, None when none came. RuleBroken as `keep_photo` says."""
    return next(iter(_kept(session, now, "photo", 1, keep_photo)), None)


def _kept(
    session: Session, now: datetime, field: str, most: int, keep: Callable[..., StoredFile]
) -> tuple[int, ...]:
    files = [file for file in request.files.getlist(field) if file.filename]
    if len(files) > most:
        raise RuleBroken(_l("At most %(n)s files at a time.", n=most), "file")
    agent, settings, folder = web.agent(), web.settings(), web.files_folder()
    return tuple(
        keep(
            session, agent, now, settings, folder, cast(BinaryIO, file.stream), str(file.filename)
        ).id
        for file in files
    )
