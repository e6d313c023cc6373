"""Keys that came as text, in an address or a form: anything may stand there."""

from __future__ import annotations

#: What the columns `BigKey` and `SmallKey` hold at most.
LARGEST_KEY = 2**63 - 1
LARGEST_SMALL_KEY = 2**31 - 1
_MOST_DIGITS = 19


def typed_key(typed: str | None, largest: int = LARGEST_KEY) -> int | None:
    """The key that was typed, from 1 to ``largest``; None for anything else."""
    if typed is None or not (typed.isascii() and typed.isdigit()) or len(typed) > _MOST_DIGITS:
        return None
    return int(typed) if 0 < int(typed) <= largest else None
