"""The words of the report: figures, columns and states, for the screen and the workbook alike."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MEASURES = {
    "contacts": _l("Contacts"),
    "attempts": _l("Calls"),
    "others": _l("Other contacts"),
    "answered": _l("Answered"),
    "right_party": _l("Verified holders"),
    "effective": _l("Effective contacts"),
    "holders": _l("Verified holders, whoever called"),
    "promising": _l("Holders with a promise"),
    "best": _l("Best outcome of the day"),
    "promises": _l("Promises"),
    "judged_day": _l("Promises that fell due on the day"),
    "kept_day": _l("Promises kept, of those due on the day"),
    "judged_month": _l("Promises that fell due in the month"),
    "kept_month": _l("Promises kept, of those due in the month"),
    "recovered": _l("Payments after a contact"),
    "alone": _l("Payments without a contact"),
}
REACHED = {
    "holder": _l("Verified holder"),
    "other": _l("Third party or not identified"),
    "nobody": _l("No contact"),
}
DIRECTIONS = {
    "outgoing": _l("Outgoing call"),
    "incoming": _l("Incoming call"),
    "counter": _l("At the counter"),
    "other": _l("Other"),
}
#: As the daily sheet writes it.
ORIGINS = {"BASE": "BASE", "GESTION": "GESTIÓN"}
STATES = {
    "pending": (_l("Pending"), "wait"),
    "kept": (_l("Kept"), "ok"),
    "partial": (_l("Partial"), "wait"),
    "broken": (_l("Broken"), "bad"),
    "replaced": (_l("Replaced"), "muted"),
    "withdrawn": (_l("Withdrawn"), "muted"),
}
