"""What was done with a complaint: a row of its own history and one of the timeline for each deed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.complaints.models import Complaint, ComplaintEntry, ComplaintFile
from app.complaints.texts import DEEDS, STATES
from app.core.agent import Agent
from app.core.clock import local
from app.core.settings import Settings
from app.core.timeline import note_deed


def write_down(
    session: Session, agent: Agent, now: datetime, complaint: Complaint, kind: str, text: str
) -> Complaint:
    """Leave the row of deed ``kind`` (of `app.complaints.models.ENTRIES`) with what was written."""
    session.add(
        ComplaintEntry(
            complaint_id=complaint.id,
            kind=kind,
            at=now,
            by_id=agent.user_id,
            area_id=complaint.area_id,
            ruling=complaint.ruling if kind == "answer" else None,
            text=text,
        )
    )
    session.flush()
    note_deed(
        session,
        agent,
        now,
        f"{kind}_complaint",
        "complaint",
        complaint.id,
        debtor_id=complaint.debtor_id,
        account_id=complaint.account_id,
        after={
            "number": complaint.number,
            "state": complaint.state,
            "category_id": complaint.category_id,
            "area_id": complaint.area_id,
            "ruling": complaint.ruling,
            "due_on": complaint.due_on,
            "text": text,
        },
    )
    return complaint


def attach(session: Session, complaint: Complaint, file_ids: Iterable[int]) -> None:
    """Tie kept files to the complaint."""
    for file_id in file_ids:
        session.add(ComplaintFile(complaint_id=complaint.id, file_id=file_id))
    session.flush()


def who_did(session: Session, settings: Settings, complaint: Complaint) -> Any:
    """The sentence of a refusal because of the complaint's state: what was done last, by whom and when."""
    last = session.scalar(
        select(ComplaintEntry)
        .where(ComplaintEntry.complaint_id == complaint.id, ComplaintEntry.kind != "note")
        .options(joinedload(ComplaintEntry.by))
        .order_by(ComplaintEntry.at.desc(), ComplaintEntry.id.desc())
        .limit(1)
    )
    if last is None:
        return _l("It is %(state)s: nothing was changed.", state=STATES[complaint.state])
    return _l(
        "%(deed)s: %(who)s, %(moment)s. Nothing was changed.",
        deed=DEEDS[last.kind],
        who=last.by or _l("The system"),
        moment=f"{local(last.at, settings['zone']):%d/%m/%Y %H:%M}",
    )
