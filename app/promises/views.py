"""Promises as the framework lists them: their state is computed, so they are only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.access.personal import user_choices
from app.core import web
from app.core.filters import Facet, KeyIs
from app.core.framework import SafeInterface
from app.core.lists import Chip
from app.debts.people_screen import PeopleScreen
from app.promises.models import Promise
from app.promises.reading import counted_payments
from app.promises.texts import ENDED, STATES, TONES


class PromiseScreen(PeopleScreen):
    """Promises, newest first."""

    datamodel = SafeInterface(Promise)
    route_base = "/promises"
    base_order = ("made_at", "desc")
    list_title = _l("Promises")
    show_title = _l("Promise")
    show_template = "promises/promise.html"
    label_columns = {
        "debtor": _l("Person"),
        "account": _l("Account"),
        "amount": _l("Amount"),
        "due_on": _l("Promised day"),
        "check_on": _l("Grace until"),
        "threshold_percent": _l("Kept from (%)"),
        "paid": _l("Paid"),
        "state": _l("State"),
        "means": _l("Where to pay"),
        "made_at": _l("Made at"),
        "made_by": _l("Made by"),
        "left": _l("Days left"),
        "ended_at": _l("Ended"),
        "ended_by": _l("Ended by"),
        "end_reason": _l("Why it ended"),
    }
    list_columns = [
        "made_at",
        "debtor",
        "account",
        "amount",
        "due_on",
        "left",
        "paid",
        "state",
        "made_by",
    ]
    derived_numbers = ("left",)
    show_columns = [
        "made_at",
        "debtor",
        "account",
        "amount",
        "due_on",
        "check_on",
        "paid",
        "state",
        "made_by",
        "means",
        "threshold_percent",
        "ended_at",
        "ended_by",
        "end_reason",
    ]
    search_columns = ["state", "amount", "paid", "due_on", "check_on", "made_at"]
    order_columns = ["made_at", "amount", "due_on"]
    facets = {"made_by": Facet(_l("Made by"), (KeyIs,), "choice", user_choices)}
    eager = ("debtor", "account", "made_by")
    words = {"state": {code: Chip(word, TONES[code]) for code, word in STATES.items()}}
    empty_text = _l("Promises are made on the call screen, once the holder is verified.")

    def _show(self, pk: Any) -> dict[str, Any]:
        widgets, promise = super()._show(pk), self.find(pk)
        today = web.today()
        counted = counted_payments(web.session(), today, [promise.id])[promise.id]
        may = self.appbuilder.sm.has_access("can_withdraw", "PromiseDeedView")
        return widgets | {
            "promise": promise,
            "counted": counted,
            "ended": ENDED,
            "may_withdraw": may,
        }

    def derive(self, items: Sequence[Promise]) -> Mapping[int, Mapping[str, Any]]:
        """Days until the promised day, negative in the grace; nothing once it is judged."""
        today = web.today()
        return {
            item.id: {"left": (item.due_on - today).days if item.state == "pending" else None}
            for item in items
        }
