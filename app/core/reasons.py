"""Why somebody does something that cannot be done without saying why."""

from __future__ import annotations

from app.core.errors import RuleBroken

_SHORTEST_REASON = 3
#: Letters of a reason, unless a deed allows another length.
LONGEST_REASON = 250


def checked_reason(
    reason: str, refusal: object, field: str = "reason", longest: int | None = LONGEST_REASON
) -> str:
    """``reason`` without spare spaces; RuleBroken with ``refusal`` about ``field`` when it says nothing
    or has more than ``longest`` letters (None: as many as one likes)."""
    reason = " ".join(reason.split())
    if len(reason) < _SHORTEST_REASON or longest is not None and len(reason) > longest:
        raise RuleBroken(refusal, field)
    return reason
