"""The specialist's desk of cases to verify: the list, one case with what to look at, and its closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.personal import user_choices
from app.cases.filters import STATES, PortfolioIs, SectorContains, StateIs
from app.cases.findings import FINDINGS, KINDS, WITHDRAWN, finding_label
from app.cases.models import VerificationCase
from app.cases.page import close_form, render_case, state_chip
from app.cases.reading import find_case
from app.cases.service import close_case, open_cases
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.filters import Facet, KeyIs
from app.core.framework import RoomView, SafeInterface
from app.core.transaction import deed
from app.core.typed import typed_key
from app.debts.people_screen import PeopleScreen, portfolio_choices


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
        """One case with what to look at. The view is a row of the access log."""
        return render_case(self.appbuilder.sm, typed_key(pk) or abort(404))

    def derive(self, items: Sequence[VerificationCase]) -> Mapping[int, Mapping[str, Any]]:
        """The state of each, and its account or that it is about all of them."""
        today = web.today()
        return {
            item.id: {
                "state": state_chip(item, today),
                "account": item.account.number if item.account else _("all"),
            }
            for item in items
        }

    def list_note(self) -> str:
        """How many wait, and how many of them are overdue."""
        opened, overdue = open_cases(web.session(), web.today())
        return _("%(open)s open, %(overdue)s overdue", open=opened, overdue=overdue)


class CaseView(RoomView):
    """The desk's first page, and the closing of a case."""

    route_base = "/cases"
    default_view = "desk"

    @expose("/")
    @has_access
    @permission_name("read")
    def desk(self) -> Any:
        """The cases that wait: the list, narrowed to the open ones."""
        return redirect(url_for("CaseScreen.list", _flt_0_state="open"))

    @expose("/<int:case_id>/close", methods=["POST"])
    @has_access
    @permission_name("close")
    def close(self, case_id: int) -> Any:
        """Close it with what was found; a refusal keeps what was typed."""
        case = find_case(web.session(), case_id) or abort(404)
        form = close_form(case)
        if not form.validate():
            return render_case(self.appbuilder.sm, case_id, form), 422
        try:
            with deed() as session:
                now = clock.utcnow()
                close_case(session, web.agent(), web.settings(), now, case_id, form.found())
        except RuleBroken as refused:
            return render_case(self.appbuilder.sm, case_id, form, refused), 422
        flash(_("Closed: %(finding)s.", finding=finding_label(form.finding.data)), "success")
        return redirect(url_for("CaseView.desk"))
