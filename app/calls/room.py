"""What the views of the call screen share: a deed within the claim, and the page, with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.agreements import texts as agreement_words
from app.calls.complaint_block import complaint_shown
from app.calls.forms import outcome_form, read_key
from app.calls.plan_view import plan_shown
from app.calls.sheet import call_sheet
from app.complaints import texts as complaint_words
from app.complaints.service import complaint_categories
from app.contact_rules.service import attempts_of_claim
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.debtors.reasons import reason_label, reasons_for
from app.payments.means import told_reference
from app.referrals import texts as referral_words
from app.referrals.route_data import RESULTS
from app.worklist.models import Claim
from app.worklist.service import find_claim, my_claim


class CallRoom(RoomView):
    """One person at a time, held by one operator."""

    def _within_claim(self, act: Callable[[Session, Claim], None], *, keep: bool = False) -> Any:
        """Do ``act`` on the claim that the page names; a refusal is a sentence on the next page, or
        (``keep``) on this one, with what was typed."""
        key = read_key(request.form.get("key", "")) or abort(400)
        try:
            with deed() as session:
                claim = find_claim(session, web.agent(), key)
                if claim is None or claim.closed_at is not None:
                    raise RuleBroken(_("That call is already closed."))
                act(session, claim)
        except RuleBroken as refused:
            if keep:
                return self._refused(key, refused, typed=False)
            flash(str(refused), "danger")
        return redirect(url_for("WorkView.work"))

    def _refused(self, key: UUID, refused: RuleBroken | None, *, typed: bool = True) -> Any:
        """The same page with what was typed (``typed``: of the outcome) and one sentence that says why."""
        session = web.session()
        claim = my_claim(session, web.agent())
        if claim is None or claim.key != key:
            flash(str(refused or _("That call is already closed.")), "danger")
            return redirect(url_for("WorkView.work"))
        return self._screen(session, claim, typed=typed, refused=refused), 422

    def _screen(
        self,
        session: Session,
        claim: Claim,
        *,
        typed: bool = False,
        refused: RuleBroken | None = None,
    ) -> str:
        dials = attempts_of_claim(session, claim.key)
        dialled = dials[-1].contact_point_id if dials else None
        sheet = call_sheet(session, web.settings(), clock.utcnow(), claim, dialled)
        lines = sheet.statement.lines if sheet.statement else []
        form = outcome_form([line.account.id for line in lines])
        if typed:
            form.validate()
        else:
            for line in lines:
                form[f"amount_{line.account.id}"].data = line.owed.collectable or None
        return render_template(
            "calls/call.html",
            title=sheet.debtor.name,
            sheet=sheet,
            form=form,
            refused=refused,
            rail=True,
            agent=web.agent(),
            settings=web.settings(),
            told_reference=told_reference,
            agreement_words=agreement_words,
            complaint_words=complaint_words,
            referral_words=referral_words,
            visit_words=RESULTS,
            may_look=self.appbuilder.sm.has_access("can_photo", "RouteView"),
            categories=complaint_categories(session) if sheet.statement else (),
            files_dropped=bool(request.files.getlist("files")) and typed,
            reasons_for=reasons_for,
            reason_label=reason_label,
            typed=request.form,
            **(plan_shown(session, claim, form) if typed and form.plan_of.data else {}),
            **(complaint_shown(session, claim, form) if typed and form.complaint_of.data else {}),
        )
