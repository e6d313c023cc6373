"""The specialist's desk of referrals: what waits in each sector, decided many at a time; proposing one; and
the steps of a single one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY, typed_key
from app.debtors.models import Debtor
from app.debts.looking_up import looked_up
from app.referrals.asked import asked_kinds, chosen, left_words, typed_day, typed_worker
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.page import known, render_referral
from app.referrals.reading import (
    MOST_TICKED,
    counts_by_state,
    newest_id,
    referrals_of,
    sector_counts,
)
from app.referrals.service import NewReferral, close_referral, propose_referral, return_referral
from app.referrals.steps import Stepped
from app.referrals.texts import KINDS, RULES, STATES


class ReferralView(RoomView):
    """What waits, by sector; each deed in one form."""

    route_base = "/referrals"
    default_view = "desk"

    @expose("/")
    @has_access
    @permission_name("read")
    def desk(self) -> Any:
        """How many wait in each state, and the proposed ones by sector."""
        return self._desk()

    def _desk(self, refused: RuleBroken | None = None) -> str:
        session, now = web.session(), clock.utcnow()
        kinds, sector = asked_kinds(), request.values.get("open")
        shown = [] if sector is None else referrals_of(session, "proposed", sector, kinds)
        if shown:
            self._log("search", "referrals", rows=len(shown))
        may = self.appbuilder.sm.has_access
        return render_template(
            "referrals/desk.html",
            title=_("Referrals"),
            counts=counts_by_state(session),
            states=STATES,
            sectors=sector_counts(session, "proposed", kinds),
            kind=kinds[0] if len(kinds) == 1 else "",
            kinds=KINDS,
            tabs=_tabs(kinds),
            rules=RULES,
            opened=sector,
            shown=shown,
            most=MOST_TICKED,
            last=newest_id(session),
            now=now,
            refused=refused,
            typed=request.form.get("reason", ""),
            ticked=set(request.form.getlist("sector")),
            ticked_ids=set(request.form.getlist("id")),
            may_decide=may("can_decide", "ReferralView"),
            may_assign=may("can_assign", "ReferralView"),
            may_propose=may("can_propose", "ReferralView"),
            may_list=may("can_list", "ReferralScreen"),
        )

    @expose("/decide", methods=["POST"])
    @has_access
    @permission_name("decide")
    def decide_many(self) -> Any:
        """Approve or refuse what was ticked, whole sectors or single cases, with one reason."""
        approve = _approves()
        try:
            with deed() as session:
                ids = chosen(asked_kinds()).all_ids(session, "proposed")
                result = self._decide(session, ids, approve)
        except RuleBroken as refused:
            return self._desk(refused), 422
        _tell(result, _decided(approve, len(result.done)))
        return redirect(url_for("ReferralView.desk", kind=request.form.get("kind") or None))

    def _decide(self, session: Session, ids: list[int], approve: bool) -> Stepped:
        now, reason = clock.utcnow(), request.form.get("reason", "")
        return decide_referrals(session, web.agent(), now, web.settings(), ids, approve, reason)

    # --- proposing

    @expose("/find", methods=["GET", "POST"])
    @has_access
    @permission_name("propose")
    def find(self) -> Any:
        """Look for the person: what is typed goes by POST, so that no address or log holds it."""
        typed, people = looked_up("referrals")
        return render_template(
            "referrals/find.html", title=_("Propose a referral"), typed=typed, people=people
        )

    @expose("/propose/<int:debtor_id>")
    @has_access
    @permission_name("propose")
    def propose(self, debtor_id: int) -> str:
        """The form, with the person's open accounts."""
        return self._propose(debtor_id)

    def _propose(self, debtor_id: int, refused: RuleBroken | None = None) -> str:
        session = web.session()
        person = session.get(Debtor, debtor_id) if debtor_id <= LARGEST_KEY else None
        if person is None:
            abort(404)
        self._log("view", "referrals", debtor_id=debtor_id)
        return render_template(
            "referrals/propose.html",
            title=person.name,
            person=person,
            accounts=[account for account in person.accounts if account.closed_on is None],
            kinds=KINDS,
            typed=request.form,
            refused=refused,
        )

    @expose("/propose/<int:debtor_id>", methods=["POST"])
    @has_access
    @permission_name("propose")
    def write(self, debtor_id: int) -> Any:
        """Propose the person; a refusal keeps what was typed."""
        form = request.form
        wanted = NewReferral(
            form.get("kind", ""), typed_key(form.get("account_id")), form.get("reason", "")
        )
        now, settings = clock.utcnow(), web.settings()
        try:
            with deed() as session:
                key = min(debtor_id, LARGEST_KEY)
                made = propose_referral(session, web.agent(), now, settings, key, wanted)
        except RuleBroken as refused:
            return self._propose(debtor_id, refused), 422
        flash(_("Referral %(number)s was proposed.", number=made.number), "success")
        return redirect(url_for("ReferralScreen.show", pk=made.id))

    # --- one referral

    @expose("/<int:referral_id>/decide", methods=["POST"])
    @has_access
    @permission_name("decide")
    def decide(self, referral_id: int) -> Any:
        """Approve it, with a remark, or refuse it, with the reason."""
        approve = _approves()

        def act(session: Session) -> Stepped:
            return self._decide(session, [referral_id], approve)

        return self._step(referral_id, act, _decided(approve, 1))

    @expose("/<int:referral_id>/assign", methods=["POST"])
    @has_access
    @permission_name("assign")
    def assign(self, referral_id: int) -> Any:
        """Give it to a worker for a day."""

        def act(session: Session) -> Stepped:
            now, settings = clock.utcnow(), web.settings()
            ids, worker, day = [referral_id], typed_worker(), typed_day()
            return assign_referrals(session, web.agent(), now, settings, ids, worker, day)

        return self._step(referral_id, act, _("The case was given to the field."))

    @expose("/<int:referral_id>/end", methods=["POST"])
    @has_access
    @permission_name("end")
    def end(self, referral_id: int) -> Any:
        """Give it back to the phone or close it, with the reason."""
        choice = request.form.get("deed")
        if choice not in ("return", "close"):
            abort(400)
        finish = return_referral if choice == "return" else close_referral
        said = _("The person is called again.") if choice == "return" else _("The case was closed.")

        def act(session: Session) -> Stepped:
            now, reason = clock.utcnow(), request.form.get("reason", "")
            return Stepped([finish(session, web.agent(), now, web.settings(), referral_id, reason)])

        return self._step(referral_id, act, said)

    def _step(self, referral_id: int, act: Callable[[Session], Stepped], said: str) -> Any:
        """One step of one referral; a refusal is its page with the sentence and what was typed. What the
        contact rules refuse is written down all the same."""
        known(referral_id)
        try:
            with deed() as session:
                result = act(session)
            for left in result.skipped:
                raise RuleBroken(
                    _("%(number)s was left as it was: %(why)s.", number=left.number, why=left.why)
                )
        except RuleBroken as refused:
            typed = request.form.to_dict()
            page = render_referral(self.appbuilder.sm, referral_id, typed=typed, refused=refused)
            return page, 422
        flash(said, "success")
        return redirect(url_for("ReferralScreen.show", pk=referral_id))

    def _log(self, kind: str, what: str, **about: Any) -> None:
        with deed() as session:
            log_access(session, web.agent(), clock.utcnow(), kind, what, **about)


def _tabs(kinds: tuple[str, ...]) -> list[tuple[Any, str, bool]]:
    """The desk narrowed to each kind, and not."""
    is_one = len(kinds) == 1
    each = [
        (words, url_for("ReferralView.desk", kind=code), is_one and code in kinds)
        for code, words in KINDS.items()
    ]
    return [(_("all kinds"), url_for("ReferralView.desk"), not is_one), *each]


def _approves() -> bool:
    choice = request.form.get("deed")
    if choice not in ("approve", "refuse"):
        abort(400)
    return choice == "approve"


def _decided(approve: bool, number: int) -> str:
    if approve:
        return ngettext("%(num)d case was approved.", "%(num)d cases were approved.", number)
    return ngettext("%(num)d case was refused.", "%(num)d cases were refused.", number)


def _tell(result: Stepped, said: str) -> None:
    """What was done, and what was left and why."""
    flash(said, "success" if result.done else "warning")
    for sentence in left_words(result.skipped):
        flash(sentence, "warning")
