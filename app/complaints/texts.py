"""A complaint's states, rulings and deeds in words, and the colour that goes with each."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATES = {
    "received": _l("complaint received"),
    "routed": _l("with the area"),
    "answered": _l("complaint answered"),
    "closed": _l("complaint closed"),
    "withdrawn": _l("complaint withdrawn"),
}
TONES = {
    "received": "wait",
    "routed": "info",
    "answered": "ok",
    "closed": "muted",
    "withdrawn": "muted",
}
RULINGS = {
    "founded": _l("the complaint is founded"),
    "partly": _l("founded in part"),
    "unfounded": _l("the complaint is not founded"),
}
RULING_TONES = {"founded": "ok", "partly": "wait", "unfounded": "bad"}
ORIGINS = {
    "call": _l("by telephone"),
    "incoming": _l("call that came in"),
    "counter": _l("at the counter"),
    "desk": _l("at the specialist's desk"),
}
#: What somebody did.
DEEDS = {
    "open": _l("Complaint opened"),
    "route": _l("Sent to the area"),
    "return": _l("Returned to the desk"),
    "answer": _l("Complaint answered"),
    "reopen": _l("Reopened"),
    "close": _l("The user was told"),
    "withdraw": _l("Withdrawn: its call was corrected"),
    "note": _l("Note or file added"),
}
