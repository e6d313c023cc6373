"""Spreads approved referrals among field workers: a sector stays together where it can, with whoever has it
as their zone, and nobody gets more than their share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.columns import fold
from app.referrals.assigning import Worker

_SEPARATORS = re.compile(r"[,;/]")


@dataclass(slots=True)
class Share:
    """What one worker gets: ids of referrals by sector. ``load``: how many they have with these."""

    worker: Worker
    load: int
    sectors: dict[str, list[int]] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        """All of them."""
        return [referral_id for ids in self.sectors.values() for referral_id in ids]

    def take(self, sector: str, ids: Sequence[int]) -> None:
        """Add ``ids`` of ``sector``."""
        self.sectors.setdefault(sector, []).extend(ids)
        self.load += len(ids)


def spread(sectors: Mapping[str, Sequence[int]], workers: Sequence[Worker]) -> list[Share]:
    """Who gets which of the referrals of ``sectors``, in the order of ``workers``; all of them go to
    somebody. The same question has the same answer.

    Nobody goes beyond an equal share of everything (what they had and what is spread), but for who had
    more before. Sectors that are somebody's zone come first, then the largest.
    """
    if not workers:
        return []
    shares = [Share(worker, worker.load) for worker in workers]
    total = sum(worker.load for worker in workers) + sum(map(len, sectors.values()))
    fair = -(-total // len(workers))
    in_order = sorted(
        sectors,
        key=lambda sector: (
            not any(is_zone(s.worker.zone, sector) for s in shares),
            -len(sectors[sector]),
            sector,
        ),
    )
    for sector in in_order:
        rest = list(sectors[sector])
        while rest:
            share = _next(shares, sector, len(rest), fair)
            room = fair - share.load
            share.take(sector, rest[:room])
            rest = rest[room:]
    return shares


def _next(shares: Sequence[Share], sector: str, wanted: int, fair: int) -> Share:
    """Who takes the next of ``sector``: whose zone it is, then who has room for all of it, then who has
    least. Together they have room, because ``fair`` is their equal share rounded up."""
    free = [share for share in shares if share.load < fair]
    return min(
        free,
        key=lambda s: (
            not is_zone(s.worker.zone, sector),
            fair - s.load < wanted,
            s.load,
            s.worker.name,
            s.worker.user_id,
        ),
    )


def is_zone(zone: str, sector: str) -> bool:
    """Whether ``zone`` (one or several, between commas) names ``sector``, in whole words, whatever the
    accents and capitals."""
    words = f" {fold(sector)} "
    named = (fold(part).strip() for part in _SEPARATORS.split(zone))
    return any(name and f" {name} " in words for name in named)
