"""Accounts as the framework lists them, for those who may see everything."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.framework import SafeInterface
from app.debts.models import Account
from app.debts.people_screen import PeopleScreen


class AccountScreen(PeopleScreen):
    """Accounts with the balance of their last load."""

    datamodel = SafeInterface(Account)
    route_base = "/accounts"
    base_order = ("id", "asc")
    list_title = _l("Accounts")
    show_title = _l("Account")
    label_columns = {
        "number": _l("Account"),
        "number_key": _l("Account"),
        "portfolio": _l("Portfolio"),
        "debtor": _l("Holder"),
        "balance": _l("Balance of the last load"),
        "bills_count": _l("Bills"),
        "oldest_due_on": _l("Oldest due date"),
        "sector": _l("Sector"),
        "address": _l("Address"),
        "category": _l("Category"),
        "service": _l("Service"),
        "connection_status": _l("Connection"),
        "agreed_balance": _l("In agreement"),
        "in_complaint": _l("In complaint"),
        "disputed_balance": _l("Disputed amount"),
        "balance_as_of": _l("As of"),
        "closed_on": _l("Closed on"),
    }
    list_columns = [
        "number",
        "portfolio",
        "debtor",
        "balance",
        "bills_count",
        "oldest_due_on",
        "sector",
        "closed_on",
    ]
    show_columns = [
        "number",
        "portfolio",
        "debtor",
        "service",
        "category",
        "connection_status",
        "sector",
        "address",
        "balance",
        "bills_count",
        "oldest_due_on",
        "agreed_balance",
        "in_complaint",
        "disputed_balance",
        "balance_as_of",
        "closed_on",
    ]
    search_columns = [
        "number_key",
        "balance",
        "bills_count",
        "oldest_due_on",
        "sector",
        "in_complaint",
        "closed_on",
    ]
    order_columns = ["number", "balance", "oldest_due_on", "sector"]
    sorted_by = {"number": "number_key"}
    empty_text = _l("Accounts come with the utility's overdue portfolio. Load its file first.")
    eager = ("portfolio", "debtor")
