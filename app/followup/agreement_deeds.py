"""What a specialist does with agreements: look for the account, compare terms, request, decide, cancel.

It stands above the queue, which weighs the person again after each deed; the list and the page of an
agreement are `app.agreements.views`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.access.log import log_access
from app.agreements.forms import AgreementForm, ReasonForm, proposed_form
from app.agreements.models import Agreement
from app.agreements.offers import Offer, offer_of
from app.agreements.page import render_agreement
from app.agreements.reading import find_agreement
from app.agreements.service import (
    approve_agreement,
    cancel_agreement,
    draft_agreement,
    refuse_agreement,
    request_agreement,
)
from app.agreements.simulation import Simulation, simulate
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.money import plain_decimal
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY
from app.debts.looking_up import looked_up
from app.worklist.service import requeue


class AgreementView(RoomView):
    """Terms on one page, decisions on the agreement's own."""

    route_base = "/agreements"
    default_view = "find"

    @expose("/find", methods=["GET", "POST"])
    @has_access
    @permission_name("request")
    def find(self) -> Any:
        """Look for the account: what is typed goes by POST, so that no address or log holds it."""
        typed, people = looked_up("agreements")
        return render_template(
            "agreements/find.html", title=_("New agreement"), typed=typed, people=people
        )

    @expose("/account/<int:account_id>")
    @has_access
    @permission_name("request")
    def terms(self, account_id: int) -> Any:
        """The simulator over the account's bills, with its draft or with all that may be put off."""
        offer = _offer(account_id)
        settings = web.settings()
        form = proposed_form(offer, settings, web.today())
        return self._page(offer, form)

    @expose("/account/<int:account_id>", methods=["POST"])
    @has_access
    @permission_name("request")
    def write(self, account_id: int) -> Any:
        """Compare other terms, keep a draft, or ask for the agreement."""
        offer, form = _offer(account_id), AgreementForm(formdata=_posted())
        wanted_deed = request.form.get("deed", "compare")
        if wanted_deed == "compare":
            return self._page(offer, form, typed=form.validate())
        if wanted_deed not in ("draft", "request"):
            abort(400)
        if not form.validate():
            return self._page(offer, form, typed=False), 422
        try:
            agreement = self._write(offer, form, wanted_deed)
        except RuleBroken as refused:
            return self._page(_offer(account_id), form, refused=refused), 422
        flash(
            _("Agreement %(number)s was requested: somebody else decides it.", number=agreement)
            if wanted_deed == "request"
            else _("Draft %(number)s was saved.", number=agreement),
            "success",
        )
        return redirect(url_for("AgreementScreen.show", pk=agreement.id))

    def _write(self, offer: Offer, form: AgreementForm, wanted_deed: str) -> Agreement:
        write = request_agreement if wanted_deed == "request" else draft_agreement
        now, settings = clock.utcnow(), web.settings()
        with deed() as session:
            agreement = write(session, web.agent(), now, settings, form.wanted(offer.account.id))
            requeue(session, settings, [agreement.debtor_id], now)
        return agreement

    @expose("/<int:agreement_id>/decide", methods=["POST"])
    @has_access
    @permission_name("decide")
    def decide(self, agreement_id: int) -> Any:
        """Give it, with a remark, or refuse it, with the reason."""
        choice = request.form.get("deed")
        if choice not in ("approve", "refuse"):
            abort(400)

        def act(session: Session, reason: str) -> Agreement:
            agent, now = web.agent(), clock.utcnow()
            if choice == "refuse":
                return refuse_agreement(session, agent, now, agreement_id, reason)
            return approve_agreement(session, agent, now, web.settings(), agreement_id, reason)

        said = (
            _("The agreement was approved.")
            if choice == "approve"
            else _("The agreement was refused.")
        )
        return self._do(agreement_id, act, said)

    @expose("/<int:agreement_id>/cancel", methods=["POST"])
    @has_access
    @permission_name("cancel")
    def cancel(self, agreement_id: int) -> Any:
        """End one that goes on, with the reason."""

        def act(session: Session, reason: str) -> Agreement:
            return cancel_agreement(
                session, web.agent(), clock.utcnow(), web.settings(), agreement_id, reason
            )

        return self._do(agreement_id, act, _("The agreement was cancelled."))

    def _do(self, agreement_id: int, act: Callable[[Session, str], Agreement], said: str) -> Any:
        """``act`` with what was written, and the person weighed again; a refusal is the same page with
        its sentence and what was typed."""
        agreement, form = _known(agreement_id), ReasonForm()
        typed = form.reason.data or ""
        try:
            if not form.validate():
                raise RuleBroken(" ".join(map(str, form.reason.errors)), "reason")
            with deed() as session:
                agreement = act(session, typed)
                requeue(session, web.settings(), [agreement.debtor_id], clock.utcnow())
        except RuleBroken as refused:
            again = _known(agreement_id)
            page = render_agreement(self.appbuilder.sm, again, typed=typed, refused=refused)
            return page, 422
        flash(said, "success")
        return redirect(url_for("AgreementScreen.show", pk=agreement_id))

    def _page(
        self,
        offer: Offer,
        form: AgreementForm,
        *,
        typed: bool = True,
        refused: RuleBroken | None = None,
    ) -> str:
        """The simulator; ``typed``: the form can be read."""
        _log_view(offer)
        found = _simulated(offer, form) if typed else Simulation()
        refused = refused or found.refused
        if refused is not None and refused.field in form:
            form[refused.field].errors = [str(refused)]
        settings = web.settings()
        return render_template(
            "agreements/terms.html",
            title=_("Agreement"),
            offer=offer,
            person=offer.account.debtor,
            form=form,
            found=found,
            refused=refused,
            chosen=set(form.bills.data or ()),
            longest=settings["agreement_max_months"],
            settings=settings,
            down_percent=plain_decimal(settings["agreement_down_percent"]),
            is_free=offer.going_on is None or offer.going_on.state == "draft",
            may_open=self.appbuilder.sm.has_access("can_person", "PersonView"),
        )


def _offer(account_id: int) -> Offer:
    """What of the account may be put off; a sentence on a page of its own when nothing is owed."""
    if account_id > LARGEST_KEY:
        abort(404)
    return offer_of(web.session(), account_id)


def _posted() -> MultiDict[str, str]:
    """What was sent; a term that was picked from the comparison is the one that is asked for."""
    posted = MultiDict(request.form)
    if "pick" in posted:
        posted["months"] = posted["pick"]
    return posted


def _known(agreement_id: int) -> Agreement:
    try:
        return find_agreement(web.session(), min(agreement_id, LARGEST_KEY))
    except LookupError:
        abort(404)


def _simulated(offer: Offer, form: AgreementForm) -> Simulation:
    if form.months.data is None:
        return Simulation()
    return simulate(
        web.session(), web.settings(), offer, form.wanted(offer.account.id), web.today()
    )


def _log_view(offer: Offer) -> None:
    with deed() as session:
        log_access(
            session,
            web.agent(),
            clock.utcnow(),
            "view",
            "agreement terms",
            debtor_id=offer.account.debtor_id,
        )
