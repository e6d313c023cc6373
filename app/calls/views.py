"""The call screen: claim, check, dial, save, next. Its addresses carry nobody's data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.calls.catalogues import current_outcomes
from app.calls.complaint_block import complaint_told
from app.calls.contacts import CONTACT_DEEDS, change_contact, typed_contact
from app.calls.corrections import correct_call
from app.calls.dialling import attend, dial
from app.calls.effects import CallResult
from app.calls.forms import (
    CorrectionForm,
    outcome_form,
    posted_accounts,
    read_key,
    typed_amounts,
)
from app.calls.identity import check_identity, identity_of
from app.calls.leaving import complaint_of_call
from app.calls.models import Call, Outcome
from app.calls.room import CallRoom
from app.calls.service import record_call
from app.calls.statement_files import FORMS, StatementFile, make_statement, send_statement
from app.calls.withdrawing import withdraw_in_call
from app.contact_rules.service import Verdict
from app.contact_rules.texts import moment_sentence, refusal_sentence
from app.core import clock, web
from app.core.attaching import kept_files
from app.core.errors import RuleBroken
from app.core.transaction import deed
from app.debtors.service import kept_person
from app.debts.looking_up import looked_up
from app.payments.means import offered_means, told_reference
from app.worklist.models import Claim
from app.worklist.service import claim_next, keep_claim, my_claim, release_claim

_DIRECTIONS = ("outgoing", "incoming", "counter", "other")


class WorkView(CallRoom):
    """One person at a time, held by one operator; everything by keyboard."""

    route_base = "/work"
    default_view = "work"

    @expose("/")
    @has_access
    def work(self) -> Any:
        """The open call, or the way to the next one."""
        session = web.session()
        claim = my_claim(session, web.agent())
        if claim is None:
            today = web.today()
            return render_template(
                "calls/no_call.html",
                title=_("Call"),
                offered=offered_means(session, today),
                told_reference=told_reference,
            )
        return self._screen(session, claim)

    @expose("/next", methods=["POST"])
    @has_access
    @permission_name("work")
    def next(self) -> Any:
        """Claim the best person who may be called now."""
        with deed() as session:
            found = claim_next(session, web.agent(), web.settings(), clock.utcnow())
        if found is None:
            flash(_("Nobody in the queue may be called at this moment."), "info")
        elif isinstance(found, Verdict):
            flash(moment_sentence(found), "warning")
        return redirect(url_for("WorkView.work"))

    @expose("/identity", methods=["POST"])
    @has_access
    @permission_name("work")
    def identity(self) -> Any:
        """Compare what the person said."""

        def check(session: Session, claim: Claim) -> None:
            result = check_identity(
                session,
                web.agent(),
                web.settings(),
                clock.utcnow(),
                claim,
                last_four=request.form.get("last_four", "")[:10],
                account=request.form.get("account", "")[:40],
            )
            keep_claim(session, claim, web.settings(), clock.utcnow())
            if not result.verified:
                flash(
                    _("It does not match what is on record. Tries left: %(n)s.", n=result.left),
                    "warning",
                )

        return self._within_claim(check)

    @expose("/dial", methods=["POST"])
    @has_access
    @permission_name("work")
    def dial(self) -> Any:
        """Ask the gate and count the attempt; the telephone is opened by the page that comes back."""

        def call(session: Session, claim: Claim) -> None:
            point_id = request.form.get("point", type=int) or 0
            verdict = dial(session, web.agent(), web.settings(), clock.utcnow(), claim, point_id)
            if not verdict.allowed:
                flash(refusal_sentence(verdict), "danger")

        return self._within_claim(call)

    @expose("/contact", methods=["POST"])
    @has_access
    @permission_name("work")
    def add_contact(self) -> Any:
        """A phone, an e-mail or an address that the person gave."""

        def add(session: Session, claim: Claim) -> None:
            flash(typed_contact(session, claim.debtor), "success")

        return self._within_claim(add, keep=True)

    @expose("/contact/change", methods=["POST"])
    @has_access
    @permission_name("work")
    def change_contact(self) -> Any:
        """Retire what serves no more, restore what does again; verify what the holder confirmed."""
        if request.form.get("deed") not in CONTACT_DEEDS:
            abort(400)

        def change(session: Session, claim: Claim) -> None:
            if request.form["deed"] == "verify":
                self._check_holder(session, claim)
            point_id = request.form.get("point", type=int) or 0
            flash(change_contact(session, claim.debtor_id, point_id), "success")

        return self._within_claim(change)

    @expose("/statement", methods=["POST"])
    @has_access
    @permission_name("work")
    def statement(self) -> Any:
        """The statement of the person of this call as a file, once the holder is verified."""
        form = request.form.get("form", "")
        if form not in FORMS:
            abort(400)
        made: list[StatementFile] = []

        def make(session: Session, claim: Claim) -> None:
            if not identity_of(session, web.settings(), claim, clock.utcnow()).verified:
                raise RuleBroken(_("The statement opens once the holder is verified."))
            made.append(make_statement(session, claim.debtor_id, form))

        answer = self._within_claim(make)
        return send_statement(made[0]) if made else answer

    @expose("/promise/withdraw", methods=["POST"])
    @has_access
    @permission_name("work")
    def withdraw_promise(self) -> Any:
        """The verified holder takes a pending promise back."""

        def withdraw(session: Session, claim: Claim) -> None:
            promise_id = request.form.get("promise", type=int) or 0
            reason = request.form.get("withdraw_reason", "")
            withdraw_in_call(
                session, web.agent(), web.settings(), clock.utcnow(), claim, promise_id, reason
            )
            flash(_("Promise withdrawn."), "success")

        return self._within_claim(withdraw, keep=True)

    @expose("/release", methods=["POST"])
    @has_access
    @permission_name("work")
    def release(self) -> Any:
        """Give the person back before dialling."""

        def give_back(session: Session, claim: Claim) -> None:
            release_claim(session, web.agent(), web.settings(), clock.utcnow(), claim)

        return self._within_claim(give_back)

    @expose("/save", methods=["POST"])
    @has_access
    @permission_name("work")
    def save(self) -> Any:
        """Record the outcome, once; then the next person at once when asked for."""
        key = read_key(request.form.get("key", ""))
        if key is None:
            abort(400)
        ids = posted_accounts(request.form)
        form = outcome_form(ids)
        if not form.validate():
            return self._refused(key, None)
        result = form.result(web.settings()["zone"], typed_amounts(form, ids))
        try:
            with deed() as session:
                result = _with_files(session, key, result)
                call, is_new = record_call(
                    session, web.agent(), web.settings(), clock.utcnow(), key, result
                )
                made = complaint_of_call(session, call.id) if result.complaint else None
        except RuleBroken as refused:
            return self._refused(key, refused)
        if is_new:
            flash(_("Saved."), "success")
        else:
            flash(_("This call had already been saved; nothing was written twice."), "info")
        if made is not None:
            flash(complaint_told(made), "info")
        return (
            self.next() if request.form.get("then") == "next" else redirect(url_for("DayView.day"))
        )

    @expose("/find", methods=["GET", "POST"])
    @has_access
    @permission_name("attend")
    def find(self) -> Any:
        """Look somebody up: what is typed goes by POST, so that no address or log holds it."""
        typed, people = looked_up("attend")
        return render_template(
            "calls/find.html", title=_("Register contact"), typed=typed, people=people
        )

    @expose("/attend", methods=["POST"])
    @has_access
    @permission_name("attend")
    def attend(self) -> Any:
        """Open the same screen for a person who called in, came, or was looked up."""
        direction = request.form.get("direction", "")
        debtor_id = request.form.get("person", type=int)
        if direction not in _DIRECTIONS or debtor_id is None:
            abort(400)
        try:
            with deed() as session:
                person = kept_person(session, debtor_id)
                held = attend(
                    session, web.agent(), web.settings(), clock.utcnow(), person, direction
                )
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return redirect(url_for("WorkView.work"))
        if isinstance(held, Verdict):
            flash(refusal_sentence(held), "danger")
            return redirect(url_for("WorkView.find"))
        return redirect(url_for("WorkView.work"))

    @expose("/correct/<int:call_id>", methods=["GET", "POST"])
    @has_access
    @permission_name("work")
    def correct(self, call_id: int) -> Any:
        """A new row that names the old one. The old note, which may tell a debt, is not shown again."""
        session = web.session()
        call = session.get(Call, call_id)
        if call is None or call.operator_id != web.agent().user_id:
            abort(404)
        form = CorrectionForm()
        if request.method == "POST" and form.validate():
            key = read_key(request.form.get("key", "")) or abort(400)
            try:
                with deed() as session:
                    correct_call(
                        session,
                        web.agent(),
                        web.settings(),
                        clock.utcnow(),
                        call_id,
                        form.outcome.data,
                        form.note.data or "",
                        key=key,
                    )
                flash(_("Corrected: both rows stay on record."), "success")
                return redirect(url_for("DayView.day"))
            except RuleBroken as refused:
                flash(str(refused), "danger")
                call = web.session().get_one(Call, call_id)
        return render_template(
            "calls/correct.html",
            title=_("Correct a call"),
            call=call,
            form=form,
            outcomes=_correct_outcomes(call),
            key=request.form.get("key") or uuid4(),
        )

    def _check_holder(self, session: Session, claim: Claim) -> None:
        if not identity_of(session, web.settings(), claim, clock.utcnow()).verified:
            raise RuleBroken(_("Only the verified holder can confirm a contact."))


def _with_files(session: Session, key: UUID, result: CallResult) -> CallResult:
    """``result`` with the files of its complaint kept; those of a call that was saved already are not."""
    claim = my_claim(session, web.agent())
    if result.complaint is None or claim is None or claim.key != key:
        return result
    kept = kept_files(session, clock.utcnow())
    return replace(result, complaint=replace(result.complaint, file_ids=kept))


def _correct_outcomes(call: Call) -> list[Outcome]:
    """What ``call`` may be corrected to, by name."""
    offered = [
        outcome
        for outcome in current_outcomes(web.session())
        if not (outcome.by_system or outcome.is_commitment)
        and (call.verified or not outcome.right_party)
        and ("complaint" not in outcome.asks or outcome.code == call.outcome.code)
    ]
    return sorted(offered, key=lambda outcome: outcome.label)
