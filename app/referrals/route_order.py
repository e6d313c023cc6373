"""The order in which a worker goes from door to door: sector by sector, in each from its north onwards to
the nearest that is left, and those without a position by street and number after them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from app.core.columns import fold

_NUMBER = re.compile(r"(\d+)")
_MICRODEGREES = 1_000_000


class Place(Protocol):
    """Where one goes: its sector and address as they came, and its position in degrees where known."""

    @property
    def sector(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def latitude(self) -> Decimal | None: ...
    @property
    def longitude(self) -> Decimal | None: ...


Stop = TypeVar("Stop", bound=Place)


def in_order(stops: Sequence[Stop]) -> list[Stop]:
    """``stops`` in the order in which they are best visited; places without a sector come last."""
    by_sector: dict[tuple[bool, str], list[Stop]] = {}
    for stop in stops:
        name = fold(stop.sector).strip()
        by_sector.setdefault((not name, name), []).append(stop)
    return [stop for sector in sorted(by_sector) for stop in _within(by_sector[sector])]


def _within(stops: list[Stop]) -> list[Stop]:
    """One sector's."""
    placed = [(_position(stop), stop) for stop in sorted(stops, key=_by_address)]
    located = [(at, stop) for at, stop in placed if at is not None]
    return _nearest_first(located) + [stop for at, stop in placed if at is None]


def _nearest_first(left: list[tuple[tuple[int, int], Stop]]) -> list[Stop]:
    """From the northernmost on, always to the nearest of those that are left."""
    ordered: list[Stop] = []
    here: tuple[int, int] | None = None
    while left:
        choice = (
            max(left, key=lambda each: each[0][0])
            if here is None
            else min(left, key=lambda each, origin=here: math.dist(each[0], origin))  # type: ignore[misc]
        )
        left.remove(choice)
        here = choice[0]
        ordered.append(choice[1])
    return ordered


def _position(stop: Place) -> tuple[int, int] | None:
    """North and east in millionths of a degree of latitude: a degree of longitude is shorter."""
    if stop.latitude is None or stop.longitude is None:
        return None
    shrink = math.cos(math.radians(stop.latitude))
    return int(stop.latitude * _MICRODEGREES), round(int(stop.longitude * _MICRODEGREES) * shrink)


def _by_address(stop: Place) -> list[tuple[bool, int, str]]:
    """Street and number as people count them: 9 before 10."""
    pieces = _NUMBER.split(fold(stop.address).strip())
    return [
        (bool(n % 2), int(piece) if n % 2 else 0, piece) for n, piece in enumerate(pieces) if piece
    ]
