"""The person's page for those who may see everything: specialists and the auditor, logged; specialists
also keep the contacts there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app.access.log import log_access
from app.agreements import texts as agreement_words
from app.calls.contacts import CONTACT_DEEDS, change_contact, typed_contact
from app.calls.sheet import person_of, point_results, statement_of
from app.calls.statement_files import FORMS, make_statement, send_statement
from app.complaints import texts as complaint_words
from app.contact_rules.service import may_contact
from app.contact_rules.texts import refusal_sentence
from app.core import clock, web
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.debtors.models import Debtor, PersonMerge
from app.debtors.reasons import reason_label, reasons_for
from app.debtors.service import kept_person
from app.holds import texts as hold_words
from app.holds.reading import holds_of_person
from app.referrals import texts as referral_words
from app.referrals.route_data import RESULTS


class PersonView(RoomView):
    """Statement, contact points and everything that happened, across all accounts."""

    route_base = "/people"
    default_view = "person"

    @expose("/<int:debtor_id>")
    @has_access
    def person(self, debtor_id: int) -> Any:
        """One person. The view is a row of the access log; who was joined to another opens that one."""
        debtor = person_of(web.session(), debtor_id) or abort(404)
        if debtor.merged_into_id is not None:
            return redirect(url_for("PersonView.person", debtor_id=debtor.merged_into_id))
        return self._page(debtor)

    @expose("/<int:debtor_id>/statement", methods=["POST"])
    @has_access
    @permission_name("person")
    def statement(self, debtor_id: int) -> Any:
        """The person's statement of account as a file."""
        form = request.form.get("form", "")
        if form not in FORMS or web.session().get(Debtor, debtor_id) is None:
            abort(404)
        with deed() as session:
            file = make_statement(session, kept_person(session, debtor_id), form)
        return send_statement(file)

    @expose("/<int:debtor_id>/contacts", methods=["POST"])
    @has_access
    @permission_name("contacts")
    def add_contact(self, debtor_id: int) -> Any:
        """A phone, an e-mail or an address that somebody learnt."""

        def add(session: Session, debtor: Debtor) -> str:
            return typed_contact(session, debtor)

        return self._change(debtor_id, add)

    @expose("/<int:debtor_id>/contacts/<int:point_id>", methods=["POST"])
    @has_access
    @permission_name("contacts")
    def change_contact(self, debtor_id: int, point_id: int) -> Any:
        """Verify, retire with a reason, or restore."""
        if request.form.get("deed") not in CONTACT_DEEDS:
            abort(400)

        def change(session: Session, debtor: Debtor) -> str:
            return change_contact(session, debtor.id, point_id)

        return self._change(debtor_id, change)

    def _change(self, debtor_id: int, act: Callable[[Session, Debtor], str]) -> Response | Any:
        """Do ``act`` on the person's contacts; a refusal keeps what was typed."""
        try:
            with deed() as session:
                said = act(session, session.get(Debtor, debtor_id) or abort(404))
        except RuleBroken as refused:
            debtor = web.session().get_one(Debtor, debtor_id)
            return self._page(debtor, refused), 422
        flash(said, "success")
        return redirect(url_for("PersonView.person", debtor_id=debtor_id))

    def _page(self, debtor: Debtor, refused: RuleBroken | None = None) -> str:
        now, settings = clock.utcnow(), web.settings()
        debtor_id = debtor.id
        with deed() as session:
            log_access(session, web.agent(), now, "view", "person", debtor_id=debtor_id)
        session = web.session()
        verdict = may_contact(session, settings, [debtor_id], "call", now)[debtor_id]
        return render_template(
            "calls/person.html",
            title=debtor.name,
            person=debtor,
            points=sorted(
                debtor.contact_points, key=lambda p: (p.state == "retired", p.position, p.id)
            ),
            results=point_results(session, settings, debtor_id),
            reasons_for=reasons_for,
            reason_label=reason_label,
            statement=statement_of(session, settings, now, debtor),
            agreement_words=agreement_words,
            complaint_words=complaint_words,
            referral_words=referral_words,
            visit_words=RESULTS,
            today=local_day(now, settings["zone"]),
            refusal=None if verdict.allowed else refusal_sentence(verdict),
            refused=refused,
            typed=request.form,
            merges=_merges(session, debtor_id),
            holds=holds_of_person(session, debtor_id, clock.local_day(now, settings["zone"])),
            hold_words=hold_words,
            may_explain=self.appbuilder.sm.has_access("can_read", "ContactView"),
            may_hold=self.appbuilder.sm.has_access("can_place", "HoldView"),
            may_open_hold=self.appbuilder.sm.has_access("can_show", "HoldScreen"),
            may_change=self.appbuilder.sm.has_access("can_contacts", "PersonView"),
            may_agree=self.appbuilder.sm.has_access("can_request", "AgreementView"),
            may_join=self.appbuilder.sm.has_access("can_join", "RepeatedView"),
            may_read=self.appbuilder.sm.has_access("can_show", "ComplaintScreen"),
            may_follow=self.appbuilder.sm.has_access("can_show", "ReferralScreen"),
            may_look=self.appbuilder.sm.has_access("can_photo", "RouteView"),
        )


def _merges(session: Session, debtor_id: int) -> list[PersonMerge]:
    """Who was joined to this person, and by whom."""
    return list(
        session.scalars(
            select(PersonMerge)
            .where(PersonMerge.kept_id == debtor_id, PersonMerge.taken_back_at.is_(None))
            .options(joinedload(PersonMerge.merged), joinedload(PersonMerge.merged_by))
            .order_by(PersonMerge.id)
        )
    )
