"""The area's inbox: what waits for its answer, and what its people do with one of them."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _

from app.complaints.deeds import do_deed
from app.complaints.filters import my_area
from app.complaints.forms import AnswerForm, TextForm
from app.complaints.models import Complaint
from app.complaints.reading import find_complaint
from app.complaints.service import answer_complaint, note_complaint, return_complaint
from app.core import web
from app.core.framework import RoomView
from app.core.typed import LARGEST_KEY


class AreaComplaintView(RoomView):
    """Complaints of the area to which the signed-in person belongs; any other one is not there."""

    route_base = "/area-complaints"
    default_view = "inbox"

    @expose("/")
    @has_access
    @permission_name("inbox")
    def inbox(self) -> Any:
        """What waits for the area, what has least left first."""
        return redirect(url_for("ComplaintScreen.list", _flt_0_left="waiting"))

    @expose("/<int:complaint_id>/answer", methods=["POST"])
    @has_access
    @permission_name("answer")
    def answer(self, complaint_id: int) -> Any:
        """Rule on it, with the answer and its files."""
        complaint, form = _of_my_area(complaint_id), AnswerForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "answer",
            form,
            lambda how, files: answer_complaint(
                *how, complaint.id, form.answer(files), complaint.area_id
            ),
            _("%(number)s was answered: the user is told next.", number=complaint.number),
        )

    @expose("/<int:complaint_id>/return", methods=["POST"])
    @has_access
    @permission_name("answer")
    def give_back(self, complaint_id: int) -> Any:
        """Back to the desk with a reason: it is not the area's."""
        complaint, form = _of_my_area(complaint_id), TextForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "return",
            form,
            lambda how, _files: return_complaint(
                *how, complaint.id, form.text.data or "", complaint.area_id
            ),
            _("%(number)s went back to the desk.", number=complaint.number),
            url_for("AreaComplaintView.inbox"),
        )

    @expose("/<int:complaint_id>/attach", methods=["POST"])
    @has_access
    @permission_name("answer")
    def attach(self, complaint_id: int) -> Any:
        """Add a note, files, or both."""
        complaint, form = _of_my_area(complaint_id), TextForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "attach",
            form,
            lambda how, files: note_complaint(
                *how, complaint.id, form.text.data or "", files, complaint.area_id
            ),
            _("Added to %(number)s.", number=complaint.number),
        )


def _of_my_area(complaint_id: int) -> Complaint:
    """The complaint, which is the own area's at this moment; the deed looks again under its lock."""
    area = my_area()
    complaint = find_complaint(web.session(), min(complaint_id, LARGEST_KEY))
    if area is None or complaint is None or complaint.area_id != area.id:
        abort(404)
    return complaint
