"""Account numbers as they are compared."""

from __future__ import annotations

import re

_NOT_PART = re.compile(r"[\W_]")


def account_key(raw: str) -> str:
    """``raw`` without leading zeros, spaces or separators, in capitals; «000» gives «0»."""
    plain = _NOT_PART.sub("", raw.upper())
    return plain.lstrip("0") or plain[-1:]
