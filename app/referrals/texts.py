"""What kinds, states, rules and results are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.lists import Chip

KINDS: Mapping[str, Any] = {
    "not_located": _l("Not located"),
    "hard": _l("Hard to recover"),
    "enforcement": _l("Enforcement (coactiva)"),
}
STATES: Mapping[str, Any] = {
    "proposed": _l("Referral proposed"),
    "refused": _l("Referral refused"),
    "approved": _l("Referral approved"),
    "assigned": _l("Referral assigned"),
    "visited": _l("Referral visited"),
    "returned": _l("Referral back to the phone"),
    "closed": _l("Referral closed"),
    "withdrawn": _l("Referral withdrawn"),
}
TONES: Mapping[str, str] = {
    "proposed": "wait",
    "refused": "muted",
    "approved": "info",
    "assigned": "info",
    "visited": "wait",
    "returned": "ok",
    "closed": "ok",
    "withdrawn": "muted",
}
RULES: Mapping[str, Any] = {
    "": _l("a person"),
    "no_number": _l("no valid number"),
    "attempts": _l("attempts on different days"),
}
DEEDS: Mapping[str, Any] = {
    "propose_referral": _l("Case proposed"),
    "approve_referral": _l("Case approved"),
    "refuse_referral": _l("Case refused"),
    "assign_referral": _l("Given to the field"),
    "return_referral": _l("Given back to the phone"),
    "close_referral": _l("Case closed"),
    "withdraw_referral": _l("Withdrawn with its call"),
    "end_referral": _l("Ended by itself"),
    "add_paper": _l("Paper put into the file"),
    "remove_paper": _l("Paper taken out of the file"),
    "hand_over": _l("Handed over to enforcement"),
    "take_back": _l("Taken back from enforcement"),
}
#: Why the system ended one, where ``end_reason`` is its code and not what a person wrote.
END_CODES: Mapping[str, Any] = {
    "call_corrected": _l("its call was corrected"),
    "paid": _l("the debt was paid"),
}


def state_chip(state: str) -> Chip:
    """A state in its word and tone."""
    return Chip(STATES[state], TONES[state])


def end_words(end_reason: str) -> Any:
    """Why it ended: what a person wrote, or the system's reason in words."""
    return END_CODES.get(end_reason, end_reason)
