"""A promise's state in words."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l

from app.core.lists import Chip

STATES = {
    "pending": _l("pending"),
    "kept": _l("kept"),
    "partial": _l("partial"),
    "broken": _l("broken"),
    "replaced": _l("replaced"),
    "withdrawn": _l("withdrawn"),
}
#: The colour that goes with the word.
TONES = {
    "pending": "info",
    "kept": "ok",
    "partial": "wait",
    "broken": "bad",
    "replaced": "muted",
    "withdrawn": "muted",
}
#: Ended by a person: no payment judges them.
ENDED = ("replaced", "withdrawn")


def promise_chip(state: str, due_on: date | None, broken: int = 1) -> Chip:
    """``pending 30/11``, ``broken ×2``: the state, and what one wants to know beside it."""
    words = str(STATES[state])
    if state == "pending" and due_on is not None:
        words = f"{words} {due_on:%d/%m}"
    elif state == "broken" and broken > 1:
        words = f"{words} ×{broken}"
    return Chip(words, TONES[state])
