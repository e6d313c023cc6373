"""A complaint's page: for the list, which opens it, and for its deeds, which come back to it when refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template
from flask_wtf import FlaskForm
from wtforms import SelectChoice

from app.access.log import log_access
from app.complaints.filters import my_area, sees_all
from app.complaints.forms import AnswerForm, RouteForm, TextForm
from app.complaints.left import left_chip
from app.complaints.models import OPEN, Complaint
from app.complaints.reading import active_areas, disputed_total
from app.complaints.service import last_day_to_reopen
from app.complaints.texts import DEEDS, ORIGINS, RULING_TONES, RULINGS, STATES, TONES
from app.core import clock, web
from app.core.attaching import file_limits
from app.core.business_days import calendar
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.debts.meter import meter_facts

#: The form of each deed.
FORMS: dict[str, type[FlaskForm]] = {
    "answer": AnswerForm,
    "return": TextForm,
    "attach": TextForm,
    "route": RouteForm,
    "close": TextForm,
    "reopen": TextForm,
    "note": TextForm,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A deed that was refused: its form with what was typed, and the rule where it was one."""

    name: str
    form: FlaskForm
    rule: RuleBroken | None = None


def render_complaint(manager: Any, complaint: Complaint, refused: Refused | None = None) -> str:
    """The page, with what the signed-in person may do by the permissions of ``manager``. The view is a row
    of the access log."""
    session, today = web.session(), web.today()
    days = calendar(session)
    with deed() as writing:
        log_access(
            writing,
            web.agent(),
            clock.utcnow(),
            "view",
            "complaints",
            debtor_id=complaint.debtor_id,
        )
    may = _may(manager, complaint, today)
    forms: dict[str, FlaskForm] = {name: FORMS[name](formdata=None) for name in may}
    if refused is not None and refused.name in forms:
        forms[refused.name] = refused.form
    if "route" in forms:
        areas = [area for area in active_areas(session) if area.id != complaint.area_id]
        forms["route"].area.choices = [
            SelectChoice("", "—"),
            *(SelectChoice(str(a.id), a.name) for a in areas),
        ]
    return render_template(
        "complaints/complaint.html",
        title=complaint.number,
        complaint=complaint,
        left=left_chip(days, complaint, today),
        total=disputed_total(complaint),
        meter=meter_facts(complaint.account.attributes),
        last_to_reopen=last_day_to_reopen(web.settings(), complaint),
        forms=forms,
        refused=refused,
        file_limits=file_limits(),
        is_desk=sees_all(),
        may_open_person=manager.has_access("can_person", "PersonView"),
        states=STATES,
        tones=TONES,
        rulings=RULINGS,
        ruling_tones=RULING_TONES,
        origins=ORIGINS,
        deeds=DEEDS,
    )


def _may(manager: Any, complaint: Complaint, today: date) -> list[str]:
    """The deeds that the person may do with it as it stands, in the order of the page."""
    if complaint.state == "withdrawn":
        return []
    area, found = my_area(), []
    of_mine = area is not None and area.id == complaint.area_id
    if of_mine and manager.has_access("can_answer", "AreaComplaintView"):
        found += ["answer", "return"] if complaint.state == "routed" else []
        found.append("attach")
    if manager.has_access("can_manage", "ComplaintView"):
        last = last_day_to_reopen(web.settings(), complaint)
        found += ["route"] if complaint.state in OPEN else []
        found += ["close"] if complaint.state == "answered" else []
        found += ["reopen"] if last is not None and today <= last else []
        found.append("note")
    return found
