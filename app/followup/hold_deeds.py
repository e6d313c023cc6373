"""What a specialist does with holds: place one by hand, extend and lift them, each with a reason.

It stands above the queue, which weighs the person again after each deed; the list and the page of a hold
are `app.followup.hold_screen`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY
from app.debtors.models import Debtor
from app.followup.hold_forms import ExtendForm, LiftForm, PlaceForm
from app.followup.hold_keepers import check_free
from app.followup.hold_page import render_hold
from app.holds.by_hand import lift_by_hand, place_by_hand
from app.holds.models import Hold
from app.holds.reading import find_hold, holdable, holds_of_person
from app.holds.service import extend_hold, locked_hold
from app.holds.texts import CHANNELS, REASONS, SCOPES
from app.worklist.service import offer_again, requeue


class HoldView(RoomView):
    """A hold placed by hand, and the end of any moved."""

    route_base = "/holds"
    default_view = "write"

    @expose("/person/<int:debtor_id>")
    @has_access
    @permission_name("place")
    def write(self, debtor_id: int) -> Any:
        """What of the person is put on hold, why, and until when."""
        debtor = _person(debtor_id)
        if debtor.merged_into_id is not None:
            return redirect(url_for("HoldView.write", debtor_id=debtor.merged_into_id))
        return _placing(debtor, PlaceForm(formdata=None))

    @expose("/person/<int:debtor_id>", methods=["POST"])
    @has_access
    @permission_name("place")
    def place(self, debtor_id: int) -> Any:
        """Place it; a refusal keeps what was typed."""
        debtor, form = _person(debtor_id), PlaceForm()
        if not form.validate():
            return _placing(debtor, form), 422
        now, settings = clock.utcnow(), web.settings()
        try:
            with deed() as session:
                hold = place_by_hand(session, web.agent(), now, settings, debtor_id, form.wanted())
                requeue(session, settings, [debtor_id], now)
        except RuleBroken as refused:
            return _placing(_person(debtor_id), form, refused), 422
        flash(_("On hold until %(day)s.", day=web.day(hold.ends_on)), "success")
        return redirect(url_for("HoldScreen.show", pk=hold.id))

    @expose("/<int:hold_id>/extend", methods=["POST"])
    @has_access
    @permission_name("extend")
    def extend(self, hold_id: int) -> Any:
        """Move its last day."""
        form = ExtendForm()

        def act(session: Session) -> Hold:
            now, settings = clock.utcnow(), web.settings()
            until, reason = form.until.data, form.reason.data or ""
            hold = extend_hold(session, web.agent(), now, settings, hold_id, until, reason)
            requeue(session, settings, [hold.debtor_id], now)
            return hold

        return self._do(hold_id, form, act, _("The hold was extended."), extend=form)

    @expose("/<int:hold_id>/lift", methods=["POST"])
    @has_access
    @permission_name("lift")
    def lift(self, hold_id: int) -> Any:
        """End it before its day."""
        form = LiftForm()

        def act(session: Session) -> Hold:
            now, settings = clock.utcnow(), web.settings()
            check_free(session, locked_hold(session, hold_id).id)
            reason = form.reason.data or ""
            hold = lift_by_hand(session, web.agent(), now, settings, hold_id, reason)
            offer_again(session, settings, [hold.debtor_id], now)
            return hold

        return self._do(hold_id, form, act, _("The hold was lifted."), lift=form)

    def _do(
        self,
        hold_id: int,
        form: ExtendForm | LiftForm,
        act: Callable[[Session], Hold],
        said: str,
        **typed: Any,
    ) -> Any:
        """``act``, or the same page with its refusal and what was ``typed``."""
        _known(hold_id)
        if not form.validate():
            return render_hold(self.appbuilder.sm, _known(hold_id), **typed), 422
        try:
            with deed() as session:
                act(session)
        except RuleBroken as refused:
            page = render_hold(self.appbuilder.sm, _known(hold_id), refused=refused, **typed)
            return page, 422
        flash(said, "success")
        return redirect(url_for("HoldScreen.show", pk=hold_id))


def _known(hold_id: int) -> Hold:
    return find_hold(web.session(), min(hold_id, LARGEST_KEY)) or abort(404)


def _person(debtor_id: int) -> Debtor:
    return web.session().get(Debtor, min(debtor_id, LARGEST_KEY)) or abort(404)


def _placing(debtor: Debtor, form: PlaceForm, refused: RuleBroken | None = None) -> str:
    """The form over what of the person can be put on hold, beside what is."""
    settings, now = web.settings(), clock.utcnow()
    with deed() as session:
        log_access(session, web.agent(), now, "view", "hold", debtor_id=debtor.id)
    session = web.session()
    if refused is not None and refused.field in form:
        form[refused.field].errors = [str(refused)]
    today = clock.local_day(now, settings["zone"])
    return render_template(
        "holds/place.html",
        title=_("Put on hold"),
        person=debtor,
        form=form.over(holdable(session, debtor.id)),
        refused=refused,
        holds=holds_of_person(session, debtor.id, today),
        longest=settings["hold_longest_days"],
        scopes=SCOPES,
        reasons=REASONS,
        channels=CHANNELS,
    )
