"""Promises as the framework lists them: their state is computed, so they are only read."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.framework import SafeInterface
from app.debts.people_screen import PeopleScreen
from app.promises.models import Promise
from app.promises.texts import STATES


class PromiseScreen(PeopleScreen):
    """Promises, newest first."""

    datamodel = SafeInterface(Promise)
    route_base = "/promises"
    base_order = ("made_at", "desc")
    list_title = _l("Promises")
    show_title = _l("Promise")
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
    }
    list_columns = [
        "made_at",
        "debtor",
        "account",
        "amount",
        "due_on",
        "check_on",
        "paid",
        "state",
        "made_by",
    ]
    show_columns = [*list_columns, "means", "threshold_percent"]
    search_columns = ["state", "amount", "paid", "due_on", "check_on", "made_at"]
    order_columns = ["made_at", "amount", "due_on", "check_on"]
    eager = ("debtor", "account", "made_by")
    words = {"state": STATES}
    empty_text = _l("Promises are made on the call screen, once the holder is verified.")
