"""What people attach: told by its content, made again without anything active or hidden, and kept.

Takes ``agent`` and ``now``. Nothing that was sent is ever kept or served as it came: a picture is drawn
again as a JPEG, a PDF is written again page by page (`app.core.remake`, in a process of its own with limits).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from flask import Response, abort, send_file
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.file_names import ENDING, safe_name
from app.core.logs import log
from app.core.models import StoredFile
from app.core.store import new_file

_PICTURE, _DOCUMENT = "picture", "document"
#: Media type and ending of what each is made into: what is kept is one of these two.
_KEPT_AS = {_PICTURE: ("image/jpeg", ".jpg"), _DOCUMENT: ("application/pdf", ".pdf")}
#: Why anything else is not taken, by what is.
_ONLY = {
    (_PICTURE,): _l("only pictures (JPEG, PNG, WEBP) are."),
    (_PICTURE, _DOCUMENT): _l("only pictures (JPEG, PNG, WEBP) and PDF documents are."),
}
#: By the key with which `app.core.remake` refuses.
_WHY = {
    "broken": _l("it is damaged or unfinished. Save it again, or take it again."),
    "pixels": _l("it has too many pixels for a photo."),
    "scans": _l("it is built in too many layers. Save it again as a plain JPEG."),
    "encrypted": _l("it is protected by a password. Save it without one."),
    "pages": _l("it has too many pages. Attach the part that matters."),
    "large": _l("it unfolds to more than can be checked. Print it to a new PDF."),
}
_REMAKE = Path(__file__).with_name("remake.py")
#: Longer than the process gives itself of the processor: the machine may be busy.
_PATIENCE = 60
#: A PDF begins within these bytes; readers look no further.
_HEAD = 1024
#: By then whoever wrote a file has written its row, or given up.
_ORPHANED = timedelta(days=1)
_AT_ONCE = 1000


def keep_photo(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Mapping[str, Any],
    folder: Path,
    file: BinaryIO,
    name: str,
) -> StoredFile:
    """Keep a picture (JPEG, PNG, WEBP of at most ``photo_max_mb``) as a JPEG of at most 1600 px a side
    without metadata; ``name`` is what it was called. RuleBroken on the field ``file`` for anything else."""
    data = _read(file, name, settings["photo_max_mb"])
    return _keep(session, agent, now, folder, data, name, (_PICTURE,))


def keep_attachment(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Mapping[str, Any],
    folder: Path,
    file: BinaryIO,
    name: str,
) -> StoredFile:
    """Keep a picture as `keep_photo` does, or a PDF without anything active, of at most
    ``attachment_max_mb``. RuleBroken on the field ``file`` for anything else."""
    data = _read(file, name, settings["attachment_max_mb"])
    return _keep(session, agent, now, folder, data, name, (_PICTURE, _DOCUMENT))


def _read(file: BinaryIO, name: str, most_mb: int) -> bytes:
    most = most_mb * 1024 * 1024
    data = file.read(most + 1)
    if not data:
        raise _refusal(name, _l("it is empty."))
    if len(data) > most:
        raise _refusal(name, _l("it is larger than %(max)s MB.", max=most_mb))
    return data


def _refusal(name: str, why: Any) -> RuleBroken:
    """``why`` goes on after a colon."""
    shown = safe_name(name, "".join(ENDING.findall(name)))
    return RuleBroken(_l("«%(file)s» is not taken: %(why)s", file=shown, why=why), "file")


def _keep(
    session: Session,
    agent: Agent,
    now: datetime,
    folder: Path,
    data: bytes,
    name: str,
    taken: tuple[str, ...],
) -> StoredFile:
    kind = _kind(data)
    if kind not in taken:
        raise _refusal(name, _ONLY[taken])
    made = _remade(kind, data, name)
    media_type, ending = _KEPT_AS[kind]
    stored = StoredFile(
        stored_as=new_file(folder, lambda target: target.write(made), ending),
        name=safe_name(name, ending),
        media_type=media_type,
        size=len(made),
        sha256=hashlib.sha256(made).hexdigest(),
        stored_at=now,
        stored_by_id=agent.user_id,
    )
    session.add(stored)
    session.flush()
    return stored


def _kind(data: bytes) -> str | None:
    """By the first bytes alone: what it is called and was sent as says nothing."""
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _PICTURE
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _PICTURE
    return _DOCUMENT if b"%PDF-" in data[:_HEAD] else None


def _remade(kind: str, data: bytes, name: str) -> bytes:
    """What the other process makes of it; whatever ends that process otherwise is the file's fault."""
    try:
        done = subprocess.run(  # noqa: S603  (our own file, with one of two words)
            [sys.executable, "-I", str(_REMAKE), kind],
            input=data,
            capture_output=True,
            env={},
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refusal(name, _WHY["large"]) from None
    if done.returncode == 0 and done.stdout:
        return done.stdout
    told = done.stderr.decode(errors="replace").split()
    log.info("upload_refused", kind=kind, exit_code=done.returncode, told=told[-2:])
    raise _refusal(name, _WHY.get(told[-1] if told else "", _WHY["large"]))


def stored_response(folder: Path, stored: StoredFile) -> Response:
    """The kept file: a picture to be looked at, a PDF to be saved; 404 when it is gone from the disk.
    Whoever calls this has checked that the person may see it, and logs it."""
    path = folder / stored.stored_as
    if not path.is_file():
        abort(404)
    response = send_file(
        path,
        mimetype=stored.media_type,
        as_attachment=stored.media_type != _KEPT_AS[_PICTURE][0],
        download_name=stored.name,
        conditional=False,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def sweep_uploads(session: Session, now: datetime, folder: Path) -> int:
    """Take away what was written for a deed that was never done: files of a kind kept here without a row,
    older than a day; how many. What the loads keep in the same folder has no ending."""
    oldest = (now - _ORPHANED).timestamp()
    endings = {ending for _, ending in _KEPT_AS.values()}
    old = [p for p in folder.glob("*.*") if p.suffix in endings and p.stat().st_mtime < oldest]
    swept = 0
    for start in range(0, len(old), _AT_ONCE):
        some = {path.name: path for path in old[start : start + _AT_ONCE]}
        named = select(StoredFile.stored_as).where(StoredFile.stored_as.in_(some))
        for name in some.keys() - set(session.scalars(named)):
            some[name].unlink(missing_ok=True)
            swept += 1
    return swept
