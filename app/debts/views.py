"""Accounts as the framework lists them, for those who may see everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import web
from app.core.filters import Facet, KeyIs
from app.core.framework import SafeInterface
from app.core.lists import Chip
from app.debts.models import Account
from app.debts.people_screen import PeopleScreen, portfolio_choices
from app.debts.service import owed_by_account


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
        "balance": _l("Last load"),
        "owed": _l("Balance"),
        "days": _l("Days"),
        "bills_count": _l("Bills"),
        "oldest_due_on": _l("Due since"),
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
        "debtor",
        "portfolio",
        "sector",
        "owed",
        "bills_count",
        "days",
        "oldest_due_on",
        "balance",
        "balance_as_of",
    ]
    derived_numbers = ("owed", "days")
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
    facets = {"portfolio": Facet(_l("Portfolio"), (KeyIs,), "choice", portfolio_choices)}
    empty_text = _l("Accounts come with the utility's overdue portfolio. Load its file first.")
    eager = ("portfolio", "debtor")

    def derive(self, items: Sequence[Account]) -> Mapping[int, Mapping[str, Any]]:
        """What is owed now; a closed account owes nothing here and says when it closed."""
        today = web.today()
        owed = owed_by_account(web.session(), [item.id for item in items])
        return {
            item.id: {
                "owed": owed.get(item.id) if item.closed_on is None else _closed(item),
                "days": (today - item.oldest_due_on).days if item.oldest_due_on else None,
            }
            for item in items
        }


def _closed(account: Account) -> Chip:
    return Chip(_("closed %(day)s", day=web.day(account.closed_on)))
