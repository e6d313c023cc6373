"""What a scorecard is worth: the one place where marks become a score, in Python and in SQL alike."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

#: The share of a criterion's weight that each mark earns; what does not apply does not count at all.
WORTH = {"met": Decimal("1"), "partly": Decimal("0.5"), "missed": Decimal("0")}
_CENT = Decimal("0.01")

#: The same in SQL, of mark ``m``: NULL where the criterion does not apply.
WORTH_SQL = "CASE m.mark {} END".format(
    " ".join(f"WHEN '{mark}' THEN {worth}" for mark, worth in WORTH.items())
)


def score_of(marks: Iterable[tuple[str, int, bool]]) -> Decimal | None:
    """0.00 to 100.00 of ``(mark, weight, is_critical)``: the weights earned ÷ those that apply × 100,
    rounded half up; 0 when a critical one was missed; None when nothing applies."""
    applying = [mark for mark in marks if mark[0] in WORTH]
    if not applying:
        return None
    if any(mark == "missed" and is_critical for mark, _weight, is_critical in applying):
        return Decimal("0.00")
    earned = sum((WORTH[mark] * weight for mark, weight, _critical in applying), Decimal(0))
    whole = sum(weight for _mark, weight, _critical in applying)
    return (100 * earned / whole).quantize(_CENT, ROUND_HALF_UP)
