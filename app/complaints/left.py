"""What is left of a complaint's days, in words."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from app.complaints.models import OPEN, Complaint
from app.core.business_days import Calendar
from app.core.lists import Chip


def left_chip(days: Calendar, complaint: Complaint, today: date) -> Chip | None:
    """Warned before its day, alarmed after; None when nobody has to answer it."""
    if complaint.state not in OPEN:
        return None
    late = (today - complaint.due_on).days
    if late > 0:
        return Chip(ngettext("%(num)d day past its day", "%(num)d days past its day", late), "bad")
    if late == 0:
        return Chip(_("to be answered today"), "wait")
    left = len(days.coming(today, complaint.due_on))
    said = ngettext("%(num)d business day left", "%(num)d business days left", left)
    return Chip(said, "wait" if today >= complaint.warn_on else "info")
