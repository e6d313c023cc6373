"""Lists that are too long to wait for: asked for, written by the worker, fetched by their owner, purged.

Pure: takes ``agent`` and ``now``. The files lie under ``TELECOBRO_VAR/downloads``, outside the web root.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.jobs import enqueue
from app.core.models import Download
from app.core.store import new_file
from app.core.timeline import note_deed

#: As many rows as one waits for; a longer list is written by the worker.
AT_ONCE = 5000
#: Then a file full of people's data has served.
KEPT = timedelta(days=7)
_SHOWN = 100


def ask_download(
    session: Session,
    agent: Agent,
    now: datetime,
    *,
    screen: str,
    title: str,
    query: str,
    form: str,
    language: str,
) -> Download:
    """Have the worker write the list ``query`` of ``screen`` as ``form`` (csv, xlsx)."""
    download = Download(
        owner_id=agent.user_id,
        screen=screen,
        title=title,
        query=query,
        form=form,
        language=language,
        created_at=now,
    )
    session.add(download)
    session.flush()
    # What was searched for may name a person: the row itself says it to its owner alone.
    after = {"screen": screen, "form": form}
    note_deed(session, agent, now, "ask_download", "download", download.id, after=after)
    enqueue(session, "write_download", download_id=download.id)
    return download


def downloads_of(session: Session, agent: Agent) -> list[Download]:
    """The agent's own, newest first."""
    mine = select(Download).where(Download.owner_id == agent.user_id)
    return list(session.scalars(mine.order_by(Download.id.desc()).limit(_SHOWN)))


def own_download(session: Session, agent: Agent, download_id: int) -> Download:
    """One of the agent's own; LookupError for nobody's or somebody else's."""
    download = session.get(Download, download_id)
    if download is None or download.owner_id != agent.user_id:
        raise LookupError(download_id)
    return download


def stored_file(folder: Path, download: Download) -> Path:
    """Where a ready download lies."""
    return folder / "downloads" / str(download.stored_as)


def take_up(session: Session, download_id: int) -> Download | None:
    """The download to be written now; None when it is done, or gone. What a killed worker left half
    written begins again."""
    download = session.scalars(
        select(Download).where(Download.id == download_id).with_for_update()
    ).one_or_none()
    if download is None or download.status in ("ready", "failed"):
        return None
    download.status, download.rows = "writing", 0
    return download


def tell_rows(session: Session, download_id: int, rows: int) -> None:
    """So many rows are written."""
    session.execute(update(Download).where(Download.id == download_id).values(rows=rows))


def finish_download(
    session: Session, now: datetime, download_id: int, rows: int, stored_as: str | None, error: str
) -> None:
    """It is ready as ``stored_as``, or failed for ``error``."""
    values = {
        "status": "ready" if stored_as else "failed",
        "rows": rows,
        "stored_as": stored_as,
        "error": error,
        "finished_at": now,
    }
    session.execute(update(Download).where(Download.id == download_id).values(**values))


def fill_file(folder: Path, write: Callable[[BinaryIO], None]) -> str:
    """Write a new file under ``folder`` and give its name there; nothing stays when writing fails."""
    return new_file(folder / "downloads", write)


def purge_downloads(session: Session, now: datetime, folder: Path) -> int:
    """Take away what is older than `KEPT`, rows and files; how many. Files without a row go too."""
    old = list(
        session.scalars(
            select(Download)
            .where(Download.created_at < now - KEPT)
            .with_for_update(skip_locked=True)
        )
    )
    for download in old:
        session.delete(download)
    session.flush()
    kept = set(session.scalars(select(Download.stored_as).where(Download.stored_as.is_not(None))))
    oldest = (now - KEPT).timestamp()
    for path in (folder / "downloads").glob("*"):
        if path.name not in kept and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    named = [d.stored_as for d in old if d.stored_as]
    for name in named:
        (folder / "downloads" / name).unlink(missing_ok=True)
    return len(old)
