"""An agreement's state in words, and the colour that goes with each."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATES = {
    "draft": _l("draft"),
    "pending": _l("to be approved"),
    "awaiting": _l("awaits its down payment"),
    "active": _l("in force"),
    "kept": _l("kept"),
    "broken": _l("broken"),
    "void": _l("without effect"),
    "refused": _l("not granted"),
    "cancelled": _l("cancelled"),
}
TONES = {
    "draft": "muted",
    "pending": "wait",
    "awaiting": "wait",
    "active": "info",
    "kept": "ok",
    "broken": "bad",
    "void": "muted",
    "refused": "bad",
    "cancelled": "muted",
}
#: Of an instalment.
LINE_STATES = {
    "paid": _l("paid"),
    "late": _l("past due"),
    "due": _l("due today"),
    "coming": _l("coming"),
}
LINE_TONES = {"paid": "ok", "late": "bad", "due": "wait", "coming": "muted"}
#: What somebody did, or the payments.
DEEDS = {
    "draft": _l("Draft written"),
    "request": _l("Requested"),
    "approve": _l("Approved"),
    "refuse": _l("Refused"),
    "cancel": _l("Cancelled"),
    "judge": _l("The payments changed it"),
}
