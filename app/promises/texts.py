"""A promise's state in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATES = {
    "pending": _l("pending"),
    "kept": _l("kept"),
    "partial": _l("partial"),
    "broken": _l("broken"),
    "replaced": _l("replaced"),
}
#: The colour that goes with the word.
TONES = {"pending": "info", "kept": "ok", "partial": "wait", "broken": "bad", "replaced": "muted"}
