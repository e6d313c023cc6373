"""What the address of a report asks for: numbers that are numbers."""

from __future__ import annotations

from flask import abort, request
from flask_babel import gettext as _

_MOST_DIGITS = 19


def asked_number(name: str, highest: int) -> int | None:
    """A whole number of the address, 0 to ``highest``; None when absent, 400 for anything else."""
    typed = request.args.get(name)
    if not typed:
        return None
    if (
        not (typed.isascii() and typed.isdigit())
        or len(typed) > _MOST_DIGITS
        or int(typed) > highest
    ):
        abort(400, _("The address holds something that is not a number."))
    return int(typed)
