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

#: The states of a load: their words and their tones.
STATUSES: dict[str, tuple[Any, str]] = {
    "uploaded": (_l("reading"), "wait"),
    "checked": (_l("to be applied"), "info"),
    "applying": (_l("applying"), "wait"),
    "applied": (_l("applied"), "ok"),
    "refused": (_l("refused"), "bad"),
    "discarded": (_l("discarded"), "muted"),
    "undoing": (_l("undoing"), "wait"),
    "undone": (_l("undone"), "muted"),
}

#: The kinds of problem of a row.
PROBLEMS: dict[str, Any] = {
    "lost_leading_zero": _l("ID without its leading zero"),
    "two_phones_in_a_cell": _l("two telephones in one cell"),
    "placeholder_phone": _l("made-up telephone"),
    "bad_phone": _l("unreadable telephone"),
    "needs_prefix": _l("telephone without its prefix"),
    "bad_check_digit": _l("ID whose check digit fails"),
    "company_check_digit": _l("company RUC whose check digit fails (a warning)"),
    "no_identification": _l("no ID"),
    "bad_identification": _l("unreadable ID"),
    "final_consumer": _l("final consumer"),
    "bad_email": _l("unreadable e-mail"),
    "bad_date": _l("unreadable date"),
    "bad_figure": _l("unreadable figure beside the balance"),
    "bad_count": _l("unreadable number of bills"),
    "bad_coordinate": _l("unreadable position"),
    "bad_amount": _l("unreadable amount (row not loaded)"),
    "column_count": _l("more cells than headers (row not loaded)"),
    "no_account": _l("no account (row not loaded)"),
    "no_reference": _l("no reference (row not loaded)"),
    "duplicate": _l("already recorded"),
    "reference_conflict": _l("same reference, other account or amount"),
    "unknown_account": _l("unknown account"),
    "no_name": _l("no name"),
    "future_date": _l("paid on a day that has not come (row not loaded)"),
}

#: What the values of a column leave open, and what to do about it.
DOUBTS: dict[str, Any] = {
    "decimal": _l("Nothing here tells thousands from decimals: look at the total."),
    "cents": _l("Whole numbers only: see whether they are dollars or cents."),
    "days": _l("These days can be read in two ways: choose the right one."),
    "rival": _l("Another column may be this one: compare them."),
}

#: Fields that are written with a decimal separator, and those that are days.
FIGURES = frozenset(
    {"balance", "amount", "interest", "agreed_balance", "disputed_balance", "latitude", "longitude"}
)
DAYS = frozenset({"issued_on", "due_on", "paid_on"})


def field_labels(kind: str) -> dict[str, Any]:
    """``{field: label}`` of the fields that a layout of ``kind`` may have."""
    return (_PAYMENTS if kind == "payments" else _PORTFOLIO) | _LEFT
