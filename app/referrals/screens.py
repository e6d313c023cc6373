"""Referrals as the framework lists them, the page of one, and the catalogue of enforcement's papers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import false, select
from sqlalchemy.orm import Query

from app.access.personal import user_choices
from app.core.filters import Facet, KeyIs, RowIs, TextContains
from app.core.framework import CatalogueScreen, SafeInterface
from app.core.typed import typed_key
from app.debts.models import Account
from app.debts.people_screen import PeopleScreen, portfolio_choices
from app.referrals.models import EnforcementDocument, Referral
from app.referrals.page import render_referral
from app.referrals.texts import KINDS, RULES, STATES, state_chip

_NUMBER = re.compile(r"D-?\s*(\d{1,18})", re.IGNORECASE)


def _about(condition: Any) -> Any:
    return Referral.account_id.in_(select(Account.id).where(condition))


class OfPortfolio(RowIs):
    """The account is of the portfolio."""

    arg_name = "referral_portfolio"

    def narrow(self, _model: Any, value: int) -> Any:
        return _about(Account.portfolio_id == value)


class OfSector(TextContains):
    """The account is in the sector."""

    arg_name = "referral_sector"

    def narrow(self, _model: Any, value: str) -> Any:
        return _about(Account.sector.icontains(value, autoescape=True))


class ReferralScreen(PeopleScreen):
    """Every referral, newest first."""

    datamodel = SafeInterface(Referral)
    route_base = "/referrals"
    base_order = ("id", "desc")
    list_title = _l("Referrals")
    show_title = _l("Referral")
    search_hint = _l("D-000123, name, account, ID or telephone")
    label_columns = {
        "number": _l("Number"),
        "debtor": _l("Person"),
        "account": _l("Account"),
        "sector": _l("Sector"),
        "kind": _l("Referred for"),
        "state": _l("State"),
        "rule": _l("Proposed by"),
        "proposed_at": _l("Proposed at"),
        "assigned_to": _l("Who visits"),
        "planned_on": _l("Planned for"),
        "decided_at": _l("Decided at"),
        "ended_at": _l("Ended at"),
    }
    list_columns = [
        "number",
        "debtor",
        "account",
        "sector",
        "kind",
        "state",
        "rule",
        "proposed_at",
        "assigned_to",
        "planned_on",
    ]
    show_columns = ["number", "debtor", "account", "kind", "state"]
    search_columns = [
        "kind",
        "state",
        "rule",
        "planned_on",
        "proposed_at",
        "decided_at",
        "ended_at",
    ]
    order_columns = ["number", "proposed_at"]
    sorted_by = {"number": "id"}
    facets = {
        "sector": Facet(_l("Sector"), (OfSector,)),
        "portfolio": Facet(_l("Portfolio"), (OfPortfolio,), "choice", portfolio_choices),
        "assigned_to": Facet(_l("Who visits"), (KeyIs,), "choice", user_choices),
        "proposed_by": Facet(_l("Proposed by"), (KeyIs,), "choice", user_choices),
    }
    eager = ("debtor", "account", "assigned_to", "proposed_by")
    words = {
        "kind": KINDS,
        "state": {code: state_chip(code) for code in STATES},
        "rule": RULES,
    }
    empty_text = _l(
        "A case is proposed from the call, by a specialist, or by itself when nobody answers on different days or no number serves."
    )

    def search(self, query: Query, typed: str) -> Query:
        """The referral of that number, or those of the people found."""
        found = _NUMBER.fullmatch(typed.strip())
        if found is None:
            return super().search(query, typed)
        key = typed_key(found[1].lstrip("0"))
        return query.filter(Referral.id == key if key else false())

    def derive(self, items: Sequence[Referral]) -> Mapping[int, Mapping[str, Any]]:
        """The account's sector, and who proposed each, or the rule that did."""
        return {
            item.id: {
                "sector": item.account.sector,
                "rule": RULES[item.rule] if item.rule else str(item.proposed_by),
            }
            for item in items
        }

    def empty_link(self) -> tuple[Any, str] | None:
        """Where one is proposed."""
        if not self.appbuilder.sm.has_access("can_propose", "ReferralView"):
            return None
        return _("Propose a referral"), url_for("ReferralView.find")

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """One referral with what may be done with it. The view is a row of the access log."""
        return render_referral(self.appbuilder.sm, typed_key(pk) or abort(404))


class EnforcementDocumentScreen(CatalogueScreen):
    """The papers that go with a case handed over to coactiva."""

    datamodel = SafeInterface(EnforcementDocument)
    route_base = "/enforcement-documents"
    base_order = ("position", "asc")
    list_title = _l("Papers of enforcement")
    show_title = _l("Paper of enforcement")
    add_title = _l("Add paper of enforcement")
    edit_title = _l("Edit paper of enforcement")
    label_columns = {
        "position": _l("Order"),
        "name": _l("Name"),
        "is_required": _l("Required"),
        "is_active": _l("Active"),
    }
    description_columns = {
        "is_required": _l("Without it a case cannot be handed over."),
        "is_active": _l("No longer asked for when it is not: cases that have it keep it."),
    }
    list_columns = ["position", "name", "is_required", "is_active"]
    show_columns = list_columns
    add_columns = ["name", "is_required", "position", "is_active"]
    edit_columns = add_columns
    search_columns = ["name", "is_required", "is_active"]
