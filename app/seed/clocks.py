"""Gives every call of a day its own time: an operator talks to one person at a time."""

from __future__ import annotations

from datetime import date
from random import Random

from app.seed.world import Shift


class Clocks:
    """Times inside the shifts, for about ``expected`` calls an operator and shift.

    A shift is cut into equal slots that are given out in a scattered order. When more calls come
    than slots were cut, the slots are given again: at the size of a measurement operators overlap.
    """

    def __init__(self, rng: Random, expected: float) -> None:
        self._rng = rng
        self._slots = int(expected * 2.2) + 8
        self._stride = next(
            n for n in range(self._slots * 5 // 8, 2 * self._slots) if _coprime(n, self._slots)
        )
        self._taken: dict[tuple[int, date], int] = {}

    def take(self, shift: Shift, operator: int) -> tuple[int, int]:
        """``(second of the shift, longest length in seconds)`` of the operator's next call."""
        key = (operator, shift.day)
        taken = self._taken.get(key, self._rng.randrange(self._slots))
        self._taken[key] = taken + 1
        step = shift.seconds / self._slots
        begins = int((taken * self._stride % self._slots + self._rng.random() * 0.2) * step)
        return begins, max(int(step * 0.75), 1)


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1
