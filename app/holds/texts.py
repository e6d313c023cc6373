"""Holds in words, and the colour that goes with each."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SCOPES = {
    "person": _l("everything with the person"),
    "account": _l("one account"),
    "bill": _l("one bill"),
    "channel": _l("one channel"),
    "number": _l("one number or e-mail"),
}
REASONS = {
    "paid_claim": _l("says that it is paid"),
    "hardship": _l("cannot pay"),
    "not_debtor": _l("says not to be the holder"),
    "deceased": _l("reported deceased"),
    "complaint": _l("complaint"),
    "agreement": _l("asked for an agreement"),
    "referral": _l("in the field's hands"),
    "optout": _l("asked not to be contacted"),
    "manual": _l("placed by hand"),
}
CHANNELS = {
    "call": _l("calls"),
    "sms": _l("SMS"),
    "whatsapp": _l("WhatsApp"),
    "email": _l("e-mail"),
    "visit": _l("visits"),
}
STATES = {
    "live": _l("in force"),
    "coming": _l("not begun"),
    "ended": _l("came to its end"),
    "lifted": _l("lifted"),
}
TONES = {"live": "wait", "coming": "info", "ended": "muted", "lifted": "ok"}
#: Who placed it.
PLACED = {
    "outcome": _l("an outcome of a call"),
    "hand": _l("a person, by hand"),
    "room": _l("a case, a complaint or a referral"),
}
#: What lifted it, where no person did by hand.
LIFTS = {
    "call_corrected": _l("its call was corrected"),
    "payment_found": _l("the payment was found"),
    "paid": _l("the debt was paid"),
    "complaint_answered": _l("the complaint was answered"),
    "referral_returned": _l("the case came back to the phone"),
    "referral_closed": _l("the field closed the case"),
}
#: Deeds of the timeline.
DEEDS = {
    "place": _l("Placed"),
    "extend": _l("Extended"),
    "lift": _l("Lifted"),
    "expire": _l("Came to its end"),
}
