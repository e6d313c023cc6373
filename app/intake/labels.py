"""The fields of a layout in the unit's words, in the order in which a person looks for them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

_PORTFOLIO: dict[str, Any] = {
    "account": _l("Account"),
    "identification": _l("ID"),
    "identification_kind": _l("Kind of ID"),
    "name": _l("Name"),
    "phone": _l("Telephone"),
    "email": _l("E-mail"),
    "address": _l("Address"),
    "sector": _l("Sector"),
    "balance": _l("Balance owed"),
    "amount": _l("Amount of the bill"),
    "interest": _l("Interest"),
    "agreed_balance": _l("Balance under agreement"),
    "disputed_balance": _l("Balance under complaint"),
    "disputed": _l("Under complaint (yes or no)"),
    "bills_count": _l("Number of bills"),
    "bill_number": _l("Bill number"),
    "issued_on": _l("Day of issue"),
    "due_on": _l("Due day"),
    "service": _l("Service"),
    "category": _l("Category"),
    "connection_status": _l("State of the connection"),
    "latitude": _l("Latitude"),
    "longitude": _l("Longitude"),
}
_PAYMENTS: dict[str, Any] = {
    "reference": _l("Reference of the payment"),
    "account": _l("Account"),
    "paid_on": _l("Day of the payment"),
    "amount": _l("Amount paid"),
    "channel": _l("Channel of the payment"),
    "reversal": _l("Reversed (yes or no)"),
}
_LEFT: dict[str, Any] = {"extra": _l("Keep as a note"), "ignore": _l("Leave out")}

#: Fields that are written with a decimal separator, and those that are days.
FIGURES = frozenset(
    {"balance", "amount", "interest", "agreed_balance", "disputed_balance", "latitude", "longitude"}
)
DAYS = frozenset({"issued_on", "due_on", "paid_on"})


def field_labels(kind: str) -> dict[str, Any]:
    """``{field: label}`` of the fields that a layout of ``kind`` may have."""
    return (_PAYMENTS if kind == "payments" else _PORTFOLIO) | _LEFT
