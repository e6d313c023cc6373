"""Agreements as the framework lists them, and the page of one. What is done with one is
`app.followup.agreement_deeds`; what is printed of it, `app.agreements.papers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.personal import user_choices
from app.agreements.models import Agreement
from app.agreements.page import render_agreement
from app.agreements.reading import agreement_facts, find_agreement, to_decide
from app.agreements.texts import STATES, TONES
from app.core import web
from app.core.filters import Facet, KeyIs
from app.core.framework import SafeInterface
from app.core.lists import Chip
from app.core.typed import typed_key
from app.debts.models import Account
from app.debts.people_screen import PeopleScreen, portfolio_choices


class OfPortfolio(KeyIs):
    """The account belongs to the portfolio."""

    def narrow(self, _model: Any, value: int) -> Any:
        return Agreement.account_id.in_(select(Account.id).where(Account.portfolio_id == value))


class AgreementScreen(PeopleScreen):
    """Agreements, newest first."""

    datamodel = SafeInterface(Agreement)
    route_base = "/agreements"
    list_template = "agreements/list.html"
    base_order = ("id", "desc")
    list_title = _l("Agreements")
    show_title = _l("Agreement")
    label_columns = {
        "number": _l("Number"),
        "debtor": _l("Person"),
        "account": _l("Account"),
        "capital": _l("Capital"),
        "down_payment": _l("Down payment"),
        "months": _l("Instalments"),
        "state": _l("State"),
        "paid": _l("Paid"),
        "share": _l("Of the total"),
        "late": _l("Overdue"),
        "next_due_on": _l("Next due"),
        "requested_by": _l("Requested by"),
        "decided_by": _l("Decided by"),
        "made_at": _l("Made at"),
        "requested_at": _l("Requested at"),
        "decided_at": _l("Decided at"),
        "ended_on": _l("Ended on"),
    }
    list_columns = [
        "number",
        "debtor",
        "account",
        "capital",
        "down_payment",
        "months",
        "state",
        "paid",
        "share",
        "late",
        "next_due_on",
        "requested_by",
        "decided_by",
    ]
    derived_numbers = ("down_payment", "share")
    show_columns = ["number", "debtor", "account", "state"]
    search_columns = ["state", "capital", "late", "made_at", "requested_at", "ended_on"]
    order_columns = ["number", "capital"]
    sorted_by = {"number": "id"}
    facets = {
        "portfolio": Facet(_l("Portfolio"), (OfPortfolio,), "choice", portfolio_choices),
        "requested_by": Facet(_l("Requested by"), (KeyIs,), "choice", user_choices),
    }
    eager = ("debtor", "account", "requested_by", "decided_by")
    words = {"state": {code: Chip(word, TONES[code]) for code, word in STATES.items()}}
    empty_text = _l(
        "An agreement puts a debt off into a down payment and instalments: look for the account and compare terms."
    )

    def derive(self, items: Sequence[Agreement]) -> Mapping[int, Mapping[str, Any]]:
        """The down payment, the share that is paid and the next day due, in one question."""
        found = agreement_facts(web.session(), [item.id for item in items])
        return {
            item.id: {
                "down_payment": found[item.id].down_payment,
                "share": web.percent(item.paid, item.total),
                "next_due_on": found[item.id].next_due_on,
            }
            for item in items
        }

    def empty_link(self) -> tuple[Any, str] | None:
        """Where an agreement begins."""
        return (_("New agreement"), url_for("AgreementView.find")) if self.may("request") else None

    def may(self, permission: str) -> bool:
        """Whether the signed-in person may do that with agreements."""
        return self.appbuilder.sm.has_access(f"can_{permission}", "AgreementView")

    def waiting(self) -> int:
        """How many wait for a decision of the signed-in person."""
        return to_decide(web.session(), web.user_id()) if self.may("decide") else 0

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """One agreement with all that happened; the view is a row of the access log."""
        agreement = self._known(pk)
        self._log("view", agreement.debtor_id, 1)
        return render_agreement(self.appbuilder.sm, agreement)

    def _known(self, pk: str) -> Agreement:
        try:
            return find_agreement(web.session(), typed_key(pk) or abort(404))
        except LookupError:
            abort(404)
