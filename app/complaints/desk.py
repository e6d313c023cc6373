"""The specialist's desk: complaints opened there, sent to their area, told to the user, reopened."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.access.log import log_access
from app.complaints.deeds import do_deed
from app.complaints.forms import OpenForm, RouteForm, TextForm
from app.complaints.models import Complaint
from app.complaints.reading import find_complaint, find_open_account, open_bills
from app.complaints.service import (
    close_complaint,
    complaint_categories,
    note_complaint,
    open_complaint,
    reopen_complaint,
    route_complaint,
)
from app.core import clock, web
from app.core.attaching import file_limits, kept_files
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY
from app.debts.looking_up import looked_up
from app.models import Account


class ComplaintView(RoomView):
    """All complaints that wait, and what the desk does with them."""

    route_base = "/complaints"
    default_view = "desk"

    @expose("/")
    @has_access
    @permission_name("read")
    def desk(self) -> Any:
        """The complaints that wait for an answer: the list, narrowed to them."""
        return redirect(url_for("ComplaintScreen.list", _flt_0_left="waiting"))

    @expose("/find", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def find(self) -> Any:
        """Look for the account: what is typed goes by POST, so that no address or log holds it."""
        typed, people = looked_up("complaints")
        return render_template(
            "complaints/find.html", title=_("Open a complaint"), typed=typed, people=people
        )

    @expose("/account/<int:account_id>")
    @has_access
    @permission_name("open")
    def write(self, account_id: int) -> Any:
        """What the complaint says, over the account's bills."""
        return _opening(_account(account_id), OpenForm())

    @expose("/account/<int:account_id>", methods=["POST"])
    @has_access
    @permission_name("open")
    def open(self, account_id: int) -> Any:
        """Take it in; a refusal keeps what was typed."""
        account, form = _account(account_id), OpenForm()
        if not form.validate():
            return _opening(account, form), 422
        try:
            with deed() as session:
                now = clock.utcnow()
                wanted = form.wanted(account.id, kept_files(session, now))
                complaint = open_complaint(
                    session, web.agent(), now, web.settings(), account.debtor_id, wanted
                )
        except RuleBroken as refused:
            return _opening(_account(account_id), form, refused), 422
        flash(
            _(
                "Complaint %(number)s was opened: to be answered by %(day)s.",
                number=complaint.number,
                day=web.day(complaint.due_on),
            ),
            "success",
        )
        return redirect(url_for("ComplaintScreen.show", pk=complaint.id))

    @expose("/<int:complaint_id>/route", methods=["POST"])
    @has_access
    @permission_name("manage")
    def route(self, complaint_id: int) -> Any:
        """Send it to an area."""
        complaint, form = _known(complaint_id), RouteForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "route",
            form,
            lambda how, _files: route_complaint(
                *how, complaint.id, form.area.data, form.text.data or ""
            ),
            _("%(number)s was sent to the area.", number=complaint.number),
        )

    @expose("/<int:complaint_id>/close", methods=["POST"])
    @has_access
    @permission_name("manage")
    def close(self, complaint_id: int) -> Any:
        """The user was told."""
        complaint, form = _known(complaint_id), TextForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "close",
            form,
            lambda how, _files: close_complaint(*how, complaint.id, form.text.data or ""),
            _("%(number)s was closed.", number=complaint.number),
        )

    @expose("/<int:complaint_id>/reopen", methods=["POST"])
    @has_access
    @permission_name("manage")
    def reopen(self, complaint_id: int) -> Any:
        """Back to its area with a reason and new days."""
        complaint, form = _known(complaint_id), TextForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "reopen",
            form,
            lambda how, _files: reopen_complaint(*how, complaint.id, form.text.data or ""),
            _("%(number)s was reopened.", number=complaint.number),
        )

    @expose("/<int:complaint_id>/note", methods=["POST"])
    @has_access
    @permission_name("manage")
    def note(self, complaint_id: int) -> Any:
        """Add a note, files, or both."""
        complaint, form = _known(complaint_id), TextForm()
        return do_deed(
            self.appbuilder.sm,
            complaint,
            "note",
            form,
            lambda how, files: note_complaint(*how, complaint.id, form.text.data or "", files),
            _("Added to %(number)s.", number=complaint.number),
        )


def _account(account_id: int) -> Account:
    return find_open_account(web.session(), min(account_id, LARGEST_KEY)) or abort(404)


def _known(complaint_id: int) -> Complaint:
    return find_complaint(web.session(), min(complaint_id, LARGEST_KEY)) or abort(404)


def _opening(account: Account, form: OpenForm, refused: RuleBroken | None = None) -> str:
    """The form over the account's bills. The view is a row of the access log."""
    session = web.session()
    if refused is not None and refused.field in form:
        form[refused.field].errors = [str(refused)]
    with deed() as writing:
        log_access(
            writing,
            web.agent(),
            clock.utcnow(),
            "view",
            "new complaint",
            debtor_id=account.debtor_id,
        )
    categories = complaint_categories(session)
    form.category.choices = [
        SelectChoice("", "—"),
        *(SelectChoice(str(c.id), c.name) for c in categories),
    ]
    return render_template(
        "complaints/open.html",
        title=_("Open a complaint"),
        account=account,
        person=account.debtor,
        form=form,
        refused=refused,
        bills=open_bills(session, account.id),
        chosen=set(form.bills.data or ()),
        file_limits=file_limits(),
    )
