"""Holds as the framework lists them, and the page of one. What is done with one is
`app.followup.hold_deeds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _l

from app.access.personal import user_choices
from app.core import web
from app.core.filters import Facet, KeyIs
from app.core.framework import SafeInterface
from app.core.lists import Chip
from app.core.typed import typed_key
from app.debts.people_screen import PeopleScreen, portfolio_choices
from app.followup.hold_page import held_words, render_hold
from app.holds.filters import EndsWithin, OfPortfolio, PlacedIs, StateIs
from app.holds.models import Hold
from app.holds.reading import find_hold, state_of
from app.holds.texts import PLACED, REASONS, SCOPES, STATES, TONES


class HoldScreen(PeopleScreen):
    """Holds, the newest first."""

    datamodel = SafeInterface(Hold)
    route_base = "/holds"
    list_template = "holds/list.html"
    base_order = ("placed_at", "desc")
    list_title = _l("Holds")
    show_title = _l("Hold")
    label_columns = {
        "debtor": _l("Person"),
        "scope": _l("What is on hold"),
        "what": _l("Which"),
        "reason": _l("Why"),
        "state": _l("State"),
        "starts_on": _l("From"),
        "ends_on": _l("Until"),
        "placed_at": _l("Placed at"),
        "placed_by": _l("Placed by"),
        "lifted_at": _l("Lifted at"),
    }
    list_columns = [
        "debtor",
        "scope",
        "what",
        "reason",
        "state",
        "starts_on",
        "ends_on",
        "placed_at",
        "placed_by",
    ]
    show_columns = list_columns
    search_columns = ["scope", "reason", "starts_on", "ends_on", "placed_at", "lifted_at"]
    order_columns = ["ends_on", "placed_at"]
    facets = {
        "state": Facet(_l("State"), (StateIs,), "choice", STATES.items),
        "within": Facet(_l("Ends within"), (EndsWithin,), "number"),
        "portfolio": Facet(_l("Portfolio"), (OfPortfolio,), "choice", portfolio_choices),
        "placed": Facet(_l("Placed with"), (PlacedIs,), "choice", PLACED.items),
        "placed_by": Facet(_l("Placed by"), (KeyIs,), "choice", user_choices),
        "lifted_by": Facet(_l("Lifted by"), (KeyIs,), "choice", user_choices),
    }
    eager = ("debtor", "account", "bill", "contact_point", "placed_by")
    words = {"scope": SCOPES, "reason": REASONS}
    empty_text = _l(
        "A hold keeps something from being collected until a day: an outcome, a complaint or a referral places it, or a specialist by hand, on the person's page."
    )

    def derive(self, items: Sequence[Hold]) -> Mapping[int, Mapping[str, Any]]:
        """How each stands today, and which account, bill, channel or number it is."""
        today = web.today()
        return {
            item.id: {
                "state": Chip(STATES[state_of(item, today)], TONES[state_of(item, today)]),
                "what": held_words(item),
            }
            for item in items
        }

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """One hold with all that happened to it; the view is a row of the access log."""
        hold = find_hold(web.session(), typed_key(pk) or abort(404)) or abort(404)
        self._log("view", hold.debtor_id, 1)
        return render_hold(self.appbuilder.sm, hold)
