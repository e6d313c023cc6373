"""The background jobs and their times. Each is one deed over the same services as the screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.downloads import write_download
from app.core.agent import SYSTEM, Agent
from app.core.clock import local_day, utcnow
from app.core.downloads import purge_downloads
from app.core.errors import RuleBroken
from app.core.jobs import enqueue, tasks
from app.core.settings import settings_on
from app.core.transaction import deed
from app.core.uploads import sweep_uploads
from app.core.web import files_folder
from app.debtors.repeated import find_repeated_people
from app.extensions import db
from app.followup.runs import is_behind
from app.followup.service import catch_up, follow_payments, one_at_a_time
from app.intake.models import Load
from app.intake.service import Progress, apply_load, check_load, give_up_load
from app.intake.undo import give_up_undo, undo_load
from app.models import User
from app.payments.service import paid_accounts
from app.worklist.service import build_worklist

_flask: list[Flask] = []


def bind(app: Flask) -> None:
    """Give the jobs the application whose database they work on."""
    _flask[:] = [app]


@contextmanager
def _or_given_up(load_id: int) -> Iterator[None]:
    """A fault of ours leaves no load that seems to be worked on for ever; it is raised all the same."""
    try:
        yield
    except Exception:
        with deed() as session:
            give_up_load(session, utcnow(), load_id)
        raise


@tasks.task(name="check_load")
def check_load_job(load_id: int) -> None:
    """Read an uploaded file and find out what it would change."""
    with _flask[0].app_context(), _or_given_up(load_id), deed() as session:
        check_load(session, _flask[0].config["VAR"], utcnow(), load_id, _progress(load_id))


@tasks.task(name="apply_load")
def apply_load_job(load_id: int, user_id: int) -> None:
    """Apply a checked load and let what follows from it follow: promises and agreements judged, the
    queue built."""
    with _flask[0].app_context(), _or_given_up(load_id), deed() as session:
        load_and_follow(
            session,
            _agent(session, user_id),
            _flask[0].config["VAR"],
            utcnow(),
            load_id,
            _progress(load_id),
        )


def _agent(session: Session, user_id: int) -> Agent:
    user = session.get_one(User, user_id)
    return Agent(user.id, f"{user.first_name} {user.last_name}")


def load_and_follow(
    session: Session, agent: Agent, var: Path, now: datetime, load_id: int, progress: Progress
) -> Load:
    """Apply a load; then judge what hangs on payments and build the queue, in the same transaction."""
    one_at_a_time(session)
    load = apply_load(session, agent, var, now, load_id, progress)
    if load.status == "applied":
        settings = settings_on(session, now.date())
        follow_payments(session, agent, now, local_day(now, settings["zone"]), load.id)
        build_worklist(session, settings, now)
    return load


@tasks.task(name="undo_load")
def undo_load_job(load_id: int, user_id: int) -> None:
    """Take a load back as a specialist asked; what can no longer be taken back stays applied."""
    with _flask[0].app_context(), _or_given_up(load_id), deed() as session:
        agent = _agent(session, user_id)
        load, now = session.get_one(Load, load_id), utcnow()
        if load.status != "undoing":
            return
        try:
            with session.begin_nested():
                undo_and_follow(session, agent, now, load_id, load.undo_reason or "")
        except RuleBroken as refused:
            give_up_undo(session, agent, now, load_id, str(refused))


def undo_and_follow(session: Session, agent: Agent, now: datetime, load_id: int, why: str) -> Load:
    """Take a load back; then judge what its payments had kept and build the queue, in the same
    transaction."""
    one_at_a_time(session)
    paid = paid_accounts(session, load_id)
    load = undo_load(session, agent, now, load_id, why)
    settings = settings_on(session, now.date())
    follow_payments(session, agent, now, local_day(now, settings["zone"]), load.id, paid)
    build_worklist(session, settings, now)
    return load


def _progress(load_id: int) -> Progress:
    """Says how far the reading is on a connection of its own: the work's transaction is not seen."""

    def tell(rows: int) -> None:
        with db.engine.begin() as connection:
            connection.execute(update(Load).where(Load.id == load_id).values(progress=rows))

    return tell


@tasks.task(name="write_download")
def write_download_job(download_id: int) -> None:
    """Write a long list to a file for whoever asked for it."""
    write_download(_flask[0], download_id)


@tasks.periodic(cron="20 8 * * *")
@tasks.task(name="purge_downloads", queueing_lock="purge_downloads")
def purge_downloads_job(timestamp: int) -> None:
    """At 03:20 of Guayaquil: files of people's data do not lie about."""
    with _flask[0].app_context(), deed() as session:
        purge_downloads(session, utcnow(), _flask[0].config["VAR"])
        sweep_uploads(session, utcnow(), files_folder())


@tasks.periodic(cron="* * * * *")
@tasks.task(name="resume_stalled", queueing_lock="resume_stalled")
async def resume_stalled(timestamp: int) -> None:
    """Take up again what a killed worker left half done: each job is one transaction, so nothing of
    it is there yet."""
    for job in await tasks.job_manager.get_stalled_jobs():
        await tasks.job_manager.retry_job(job)


@tasks.periodic(cron="5 5,11 * * *")
@tasks.task(name="followup", queueing_lock="followup")
def followup(timestamp: int = 0, user_id: int | None = None) -> None:
    """At 00:05 and 06:05 of Guayaquil (UTC−5), or when a specialist asks: what fell due on the day that
    ended and on those that were missed, the new queue."""
    with _flask[0].app_context(), deed() as session:
        agent = SYSTEM if user_id is None else _agent(session, user_id)
        catch_up(session, agent, utcnow())


def follow_missed_days() -> None:
    """A worker that starts after days off does not wait for the night: the queue of this morning would
    be that of the last run."""
    with deed() as session:
        if is_behind(session, utcnow()):
            enqueue(session, "followup", lock="followup")


@tasks.periodic(cron="20 6 * * *")
@tasks.task(name="find_repeated", queueing_lock="find_repeated")
def find_repeated(timestamp: int = 0) -> None:
    """At 01:20 of Guayaquil, or when a specialist asks: the people who may be one."""
    with _flask[0].app_context(), deed() as session:
        find_repeated_people(session, SYSTEM, utcnow())
