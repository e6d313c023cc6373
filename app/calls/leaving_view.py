"""What leaves the phone from the call screen: the complaint's block, asked for only when its outcome is
chosen, and «Propose to the field».
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.calls.complaint_block import complaint_shown
from app.calls.forms import ComplaintForm, ReferralForm, read_key
from app.calls.identity import identity_of
from app.calls.leaving import refer_in_call
from app.calls.room import CallRoom
from app.complaints.service import complaint_categories
from app.core import clock, web
from app.core.errors import RuleBroken
from app.worklist.models import Claim
from app.worklist.service import find_claim


class LeavingView(CallRoom):
    """Part of the call screen, under its permission."""

    route_base = "/work"
    class_permission_name = "WorkView"
    default_view = "complaint"

    @expose("/complaint", methods=["POST"])
    @has_access
    @permission_name("work")
    def complaint(self) -> Any:
        """Categories, and the bills of one account, to the holder of an open call once the person is
        verified; nothing is written."""
        key = read_key(request.form.get("key", "")) or abort(400)
        session = web.session()
        claim = find_claim(session, web.agent(), key)
        if claim is None or claim.closed_at is not None:
            return _nothing(_("That call is already closed.")), 409
        if not identity_of(session, web.settings(), claim, clock.utcnow()).verified:
            return _nothing(_("A complaint opens once the holder is verified.")), 403
        form = ComplaintForm()
        form.validate()
        shown = complaint_shown(session, claim, form)
        categories = complaint_categories(session)
        return render_template("calls/_complaint.html", categories=categories, **shown)

    @expose("/refer", methods=["POST"])
    @has_access
    @permission_name("work")
    def refer(self) -> Any:
        """Propose the person of this call for a visit, or one of their accounts for coactiva."""

        def propose(session: Session, claim: Claim) -> None:
            form = ReferralForm()
            if not form.validate():
                raise RuleBroken(" ".join(str(e) for es in form.errors.values() for e in es))
            made = refer_in_call(
                session, web.agent(), web.settings(), clock.utcnow(), claim, form.wanted()
            )
            flash(_("Referral %(number)s proposed.", number=made.number), "success")

        return self._within_claim(propose, keep=True)


def _nothing(sentence: str) -> str:
    return render_template("calls/_complaint.html", complaint=None, complaint_refused=sentence)
