"""A deed on a complaint as its page asks for it: the form, its files, one transaction, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from app.complaints.models import Complaint
from app.complaints.page import Refused, render_complaint
from app.complaints.reading import find_complaint
from app.core import clock, web
from app.core.agent import Agent
from app.core.attaching import kept_files
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.transaction import deed

#: What each service takes first.
How = tuple[Session, Agent, datetime, Settings]


def do_deed(
    manager: Any,
    complaint: Complaint,
    name: str,
    form: FlaskForm,
    act: Callable[[How, tuple[int, ...]], Complaint],
    said: str,
    then: str | None = None,
) -> Any:
    """``act`` with what was entered and the keys of the files that came, then the page (``then``) with what was
    ``said``; a refusal is the same page with its sentence and what was typed."""
    if not form.validate():
        return _again(manager, complaint.id, Refused(name, form)), 422
    try:
        with deed() as session:
            now = clock.utcnow()
            files = kept_files(session, now)
            act((session, web.agent(), now, web.settings()), files)
    except RuleBroken as rule:
        if rule.field in form:
            form[rule.field].errors = [str(rule)]
        return _again(manager, complaint.id, Refused(name, form, rule)), 422
    flash(said, "success")
    return redirect(then or url_for("ComplaintScreen.show", pk=complaint.id))


def _again(manager: Any, complaint_id: int, refused: Refused) -> str:
    session = web.session()
    session.expire_all()
    return render_complaint(manager, find_complaint(session, complaint_id) or abort(404), refused)
