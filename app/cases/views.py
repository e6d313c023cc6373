"""The specialist's desk of cases to verify: the list, one case with what to look at, and its closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.access.log import log_access
from app.access.personal import user_choices
from app.agreements.texts import STATES as AGREEMENT_STATES
from app.agreements.texts import TONES as AGREEMENT_TONES
from app.cases.filters import STATES, PortfolioIs, SectorContains, StateIs
from app.cases.findings import FINDINGS, KINDS, WITHDRAWN, finding_label, findings_of
from app.cases.forms import CloseForm
from app.cases.models import VerificationCase
from app.cases.reading import SHARED, case_facts, find_case
from app.cases.service import close_case, open_cases
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.filters import Facet, KeyIs
from app.core.framework import RoomView, SafeInterface
from app.core.lists import Chip
from app.core.transaction import deed
from app.debts.people_screen import PeopleScreen, portfolio_choices
from app.promises.texts import promise_chip

_LONGEST_KEY = 18


def _today() -> date:
    return clock.local_day(clock.utcnow(), web.settings()["zone"])


def state_chip(case: VerificationCase, today: date) -> Chip:
    """Open, how many days overdue, or what was found."""
    if case.closed_at is not None:
        return Chip(finding_label(case.finding), "muted")
    late = (today - case.due_on).days
    if late > 0:
        return Chip(ngettext("%(num)d day overdue", "%(num)d days overdue", late), "bad")
    return Chip(STATES["open"], "wait")


class CaseScreen(PeopleScreen):
    """Every case, the one due first at the top."""

    datamodel = SafeInterface(VerificationCase)
    route_base = "/cases"
    base_order = ("due_on", "asc")
    list_title = _l("Cases to verify")
    show_title = _l("Case to verify")
    list_template = "cases/list.html"
    label_columns = {
        "debtor": _l("Person"),
        "kind": _l("What was said"),
        "due_on": _l("To close by"),
        "state": _l("State"),
        "account": _l("Account"),
        "opened_at": _l("Opened"),
        "opened_by": _l("Opened by"),
        "closed_at": _l("Closed at"),
        "closed_by": _l("Closed by"),
        "finding": _l("What was found"),
        "finding_note": _l("How it is known"),
    }
    list_columns = ["debtor", "kind", "due_on", "state", "account", "opened_at", "opened_by"]
    show_columns = [*list_columns[:3], "account", "opened_at", "opened_by", "closed_at", "finding"]
    search_columns = ["kind", "due_on", "opened_at", "closed_at", "finding"]
    order_columns = ["due_on", "opened_at"]
    facets = {
        "state": Facet(_l("State"), (StateIs,), "choice", lambda: STATES.items()),
        "portfolio": Facet(_l("Portfolio"), (PortfolioIs,), "choice", portfolio_choices),
        "sector": Facet(_l("Sector"), (SectorContains,)),
        "opened_by": Facet(_l("Opened by"), (KeyIs,), "choice", user_choices),
        "closed_by": Facet(_l("Closed by"), (KeyIs,), "choice", user_choices),
    }
    eager = ("debtor", "account", "opened_by")
    words = {
        "kind": KINDS,
        "finding": {code: finding_label(code) for code in (*FINDINGS, WITHDRAWN)},
    }
    empty_text = _l(
        "A case opens when somebody says on a call that it is paid, that they cannot pay, that they are not the holder, or that the holder has died."
    )

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """The case's own page has what to look at."""
        if not (pk.isdecimal() and len(pk) <= _LONGEST_KEY):
            abort(404)
        return redirect(url_for("CaseView.case", case_id=int(pk)))

    def derive(self, items: Sequence[VerificationCase]) -> Mapping[int, Mapping[str, Any]]:
        """The state of each, and its account or that it is about all of them."""
        today = _today()
        return {
            item.id: {
                "state": state_chip(item, today),
                "account": item.account.number if item.account else _("all"),
            }
            for item in items
        }

    def list_note(self) -> str:
        """How many wait, and how many of them are overdue."""
        opened, overdue = open_cases(web.session(), _today())
        return _("%(open)s open, %(overdue)s overdue", open=opened, overdue=overdue)


class CaseView(RoomView):
    """The desk's first page, and one case."""

    route_base = "/cases"
    default_view = "desk"

    @expose("/")
    @has_access
    @permission_name("read")
    def desk(self) -> Any:
        """The cases that wait: the list, narrowed to the open ones."""
        return redirect(url_for("CaseScreen.list", _flt_0_state="open"))

    @expose("/<int:case_id>")
    @has_access
    @permission_name("read")
    def case(self, case_id: int) -> Any:
        """One case. The view is a row of the access log."""
        return self._page(case_id)

    @expose("/<int:case_id>/close", methods=["POST"])
    @has_access
    @permission_name("close")
    def close(self, case_id: int) -> Any:
        """Close it with what was found; a refusal keeps what was typed."""
        case = find_case(web.session(), case_id) or abort(404)
        form = _form(case)
        if not form.validate():
            return self._page(case_id, form), 422
        try:
            with deed() as session:
                now = clock.utcnow()
                close_case(session, web.agent(), web.settings(), now, case_id, form.found())
        except RuleBroken as refused:
            return self._page(case_id, form, refused), 422
        flash(_("Closed: %(finding)s.", finding=finding_label(form.finding.data)), "success")
        return redirect(url_for("CaseView.desk"))

    def _page(
        self, case_id: int, form: CloseForm | None = None, refused: RuleBroken | None = None
    ) -> Any:
        session, settings = web.session(), web.settings()
        session.expire_all()
        case = find_case(session, case_id) or abort(404)
        facts = case_facts(session, settings, case)
        with deed() as writing:
            now, what = clock.utcnow(), "cases"
            log_access(writing, web.agent(), now, "view", what, debtor_id=case.debtor_id)
            for other in facts.others:
                log_access(writing, web.agent(), now, "view", what, debtor_id=other.id)
        mine = self.appbuilder.sm.has_access
        return render_template(
            "cases/case.html",
            title=facts.person.name,
            facts=facts,
            case=case,
            state=state_chip(case, _today()),
            kinds=KINDS,
            shared=SHARED,
            effects=_effects(case.kind),
            finding_label=finding_label,
            promise_chip=promise_chip,
            agreement_states=AGREEMENT_STATES,
            agreement_tones=AGREEMENT_TONES,
            days=settings["case_payments_days"],
            form=form or _form(case),
            refused=refused,
            may_close=mine("can_close", "CaseView") and case.closed_at is None,
            may_open=mine("can_person", "PersonView"),
            may_agree=mine("can_request", "AgreementView"),
            may_see_agreement=mine("can_show", "AgreementScreen"),
        )


def _form(case: VerificationCase) -> CloseForm:
    may_retire = case.kind == "not_debtor" and case.call.contact_point_id is not None
    return CloseForm().for_kind(case.kind, may_retire=may_retire)


def _effects(kind: str) -> list[tuple[Any, str]]:
    """``(finding, what follows from it)`` in words."""
    days = {"days": web.settings()["case_elsewhere_days"]}
    return [(f.label, str(f.effect) % days) for f in findings_of(kind).values()]
