"""Complaints: opened, sent to an area, answered, told to the user, reopened; each deed once.

Whoever does something locks the complaint first, then its account, its holds and the person's place in the
queue. ``area_id`` of a deed is the area on whose behalf it is done: None is the desk, which may all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.complaints.disputed import hold_again, hold_disputed, lift_disputed
from app.complaints.ledger import attach, who_did, write_down
from app.complaints.models import (
    OPEN,
    RULINGS,
    Complaint,
    ComplaintBill,
    ComplaintCategory,
)
from app.complaints.terms import (
    active_area,
    active_category,
    check_call,
    disputed_bills,
    locked_account,
    not_too_long,
    said,
    set_deadline,
)
from app.complaints.texts import STATES
from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.reference import remembered_rows
from app.core.settings import Settings
from app.models import Call
from app.worklist.service import offer_again, push, requeue


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What was entered. ``bill_ids``: the disputed bills, of the account; ``origin``: one of
    `app.complaints.models.ORIGINS`; ``file_ids``: files kept in the same deed."""

    category_id: int
    account_id: int
    bill_ids: tuple[int, ...]
    text: str
    origin: str
    file_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the area found: a ruling of `app.complaints.models.RULINGS`, in words, and its files."""

    ruling: str
    text: str
    file_ids: tuple[int, ...] = ()


def complaint_categories(session: Session) -> Sequence[ComplaintCategory]:
    """The categories of new complaints, in their order; to be read only."""
    query = (
        select(ComplaintCategory)
        .where(ComplaintCategory.is_active)
        .order_by(ComplaintCategory.position, ComplaintCategory.name)
    )
    return remembered_rows(session, "complaint categories", query)


def open_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    debtor_id: int,
    wanted: NewComplaint,
    call: Call | None = None,
) -> Complaint:
    """Take in a complaint, on hold what it disputes, and send it to its category's area.

    RuleBroken: an inactive category, an account that is closed or another person's, no bill where one is
    needed, a bill that is not owed or that another complaint waits about, no text or one too long, a
    call that has opened one already.
    """
    text = said(wanted.text, _l("Write what the user says."))
    category = active_category(session, wanted.category_id)
    account = locked_account(session, debtor_id, wanted.account_id)
    bills = disputed_bills(session, category, account, wanted.bill_ids)
    check_call(session, debtor_id, call)
    complaint = Complaint(
        debtor_id=debtor_id,
        account_id=account.id,
        category=category,
        area_id=category.area_id,
        state="received" if category.area_id is None else "routed",
        origin=wanted.origin,
        call_id=None if call is None else call.id,
        text=text,
        received_at=now,
        received_by_id=agent.user_id,
        routed_at=None if category.area_id is None else now,
    )
    set_deadline(session, settings, now, category, complaint)
    complaint.bills = [ComplaintBill(bill_id=bill.id, balance=bill.balance) for bill in bills]
    session.add(complaint)
    session.flush()
    hold_disputed(session, agent, now, settings, complaint, complaint.bills)
    attach(session, complaint, wanted.file_ids)
    write_down(session, agent, now, complaint, "open", text)
    requeue(session, settings, [debtor_id], now)
    return complaint


def withdraw_complaint(
    session: Session, agent: Agent, now: datetime, settings: Settings, call_id: int
) -> None:
    """The call was corrected: what it opened waits for nobody. One that was answered, then or before it was
    reopened, stays."""
    complaint = session.scalar(
        select(Complaint).where(Complaint.call_id == call_id).with_for_update()
    )
    if complaint is None or complaint.state not in OPEN or complaint.reopened:
        return
    complaint.state = "withdrawn"
    lift_disputed(session, agent, now, complaint, "call_corrected")
    write_down(session, agent, now, complaint, "withdraw", "")
    requeue(session, settings, [complaint.debtor_id], now)


def route_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint_id: int,
    to_area_id: int,
    text: str = "",
) -> Complaint:
    """Send one that waits to the area that has to answer it; its deadline stays."""
    complaint = _locked(session, settings, complaint_id, None, OPEN)
    area = active_area(session, to_area_id)
    if complaint.area_id == area.id:
        raise RuleBroken(_l("It is with that area already: choose another one."), "area")
    complaint.area_id, complaint.state, complaint.routed_at = area.id, "routed", now
    return write_down(session, agent, now, complaint, "route", not_too_long(text))


def return_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint_id: int,
    reason: str,
    area_id: int | None = None,
) -> Complaint:
    """It is not the area's to answer: back to the desk, with the reason; its deadline stays."""
    complaint = _locked(session, settings, complaint_id, area_id, ("routed",))
    reason = said(reason, _l("Write why it goes back to the desk."))
    write_down(session, agent, now, complaint, "return", reason)
    complaint.area_id, complaint.state, complaint.routed_at = None, "received", None
    session.flush()
    return complaint


def answer_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint_id: int,
    answer: Answer,
    area_id: int | None = None,
) -> Complaint:
    """Rule on one that is with an area: its bills are on hold no more, and the person stands on top of the queue until
    the holder was told."""
    complaint = _locked(session, settings, complaint_id, area_id, ("routed",))
    if answer.ruling not in RULINGS:
        raise RuleBroken(_l("Choose what was found."), "ruling")
    text = said(answer.text, _l("Write the answer, as the user is going to be told."))
    complaint.state, complaint.ruling, complaint.answer = "answered", answer.ruling, text
    complaint.answered_at, complaint.answered_by_id = now, agent.user_id
    lift_disputed(session, agent, now, complaint, "complaint_answered")
    attach(session, complaint, answer.file_ids)
    write_down(session, agent, now, complaint, "answer", text)
    push(session, settings, complaint.debtor_id, "answered", now)
    offer_again(session, settings, [complaint.debtor_id], now)
    return complaint


def close_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint_id: int,
    text: str = "",
) -> Complaint:
    """The user was told the answer; ``text`` says how."""
    complaint = _locked(session, settings, complaint_id, None, ("answered",))
    complaint.state, complaint.closed_at, complaint.closed_by_id = "closed", now, agent.user_id
    return write_down(session, agent, now, complaint, "close", not_too_long(text))


def reopen_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint_id: int,
    reason: str,
) -> Complaint:
    """The user does not accept the answer, or something new came: back to the area that gave it, with a new
    deadline, and on hold again what is still open. Only within the days of the setting."""
    complaint = _locked(session, settings, complaint_id, None, ("answered", "closed"))
    reason = said(reason, _l("Write why it is reopened."))
    last = last_day_to_reopen(settings, complaint)
    if last is None or local_day(now, settings["zone"]) > last:
        raise RuleBroken(
            _l(
                "It could be reopened until %(day)s: open another complaint.",
                day=f"{last:%d/%m/%Y}",
            )
        )
    complaint.state = "received" if complaint.area_id is None else "routed"
    complaint.closed_at, complaint.closed_by_id = None, None
    complaint.answered_at, complaint.answered_by_id = None, None
    complaint.ruling, complaint.answer = None, ""
    complaint.reopened += 1
    set_deadline(session, settings, now, complaint.category, complaint)
    session.flush()
    hold_again(session, agent, now, settings, complaint)
    write_down(session, agent, now, complaint, "reopen", reason)
    requeue(session, settings, [complaint.debtor_id], now)
    return complaint


def last_day_to_reopen(settings: Settings, complaint: Complaint) -> date | None:
    """Until when it can be reopened; None while it was not answered."""
    if complaint.answered_at is None:
        return None
    days = timedelta(days=settings["complaint_reopen_days"])
    return local_day(complaint.answered_at, settings["zone"]) + days


def note_complaint(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    complaint_id: int,
    text: str,
    file_ids: Sequence[int] = (),
    area_id: int | None = None,
) -> Complaint:
    """Add a note, files, or both."""
    open_to_it = tuple(state for state in STATES if state != "withdrawn")
    complaint = _locked(session, settings, complaint_id, area_id, open_to_it)
    if not file_ids:
        said(text, _l("Write a note or choose a file."))
    attach(session, complaint, file_ids)
    return write_down(session, agent, now, complaint, "note", not_too_long(text))


def count_open_complaints(area_id: int | None = None) -> Select[Any]:
    """Counts the complaints that wait: of one area, or all."""
    query = select(func.count(Complaint.id)).where(Complaint.state.in_(OPEN))
    return query if area_id is None else query.where(Complaint.area_id == area_id)


def complaints_waiting(
    session: Session, day: date, area_id: int | None = None
) -> tuple[int, int, int]:
    """``(open, warned, overdue)`` on ``day``: complaints that wait for an answer, those of them whose warning
    has come, and those whose last day has passed. Of one area, or all."""
    late = Complaint.due_on < day
    query = count_open_complaints(area_id).add_columns(
        func.count().filter(Complaint.warn_on <= day, ~late), func.count().filter(late)
    )
    opened, warned, overdue = session.execute(query).one()
    return opened, warned, overdue


def _locked(
    session: Session,
    settings: Settings,
    complaint_id: int,
    area_id: int | None,
    states: tuple[str, ...],
) -> Complaint:
    """The complaint, which nobody else changes meanwhile; says who was quicker. One of another area is as if
    it were not there."""
    complaint = session.scalar(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if complaint is None or area_id not in (None, complaint.area_id):
        raise RuleBroken(_l("That complaint is not with you now: it went somewhere else."))
    if complaint.state not in states:
        raise RuleBroken(who_did(session, settings, complaint))
    return complaint
