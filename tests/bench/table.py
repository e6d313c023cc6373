"""One printed line a job: ours beside its floor and E, its bar, and where the time went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tests.bench.client import Sample

HEAD = (
    f"{'job':<28} {'floor':>8} {'ours p50':>9} {'p95':>8} {'x floor':>8} {'E':>5}  {'bar':>8}"
    f" {'':<16} {'queries':>7} {'SQL ms':>7} {'page ms':>7} {'other ms':>8} {'CPU ms':>7}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """At most ``floors`` times the floor and ``empties`` times the empty page E."""

    floors: float
    empties: float

    def limit(self, floor: float, empty: float) -> float:
        """In milliseconds."""
        return self.floors * floor + self.empties * empty


def line(
    name: str,
    ours: Sequence[Sample],
    floor: Sequence[Sample] | None = None,
    empty: float | None = None,
    bar: Bar | None = None,
) -> str:
    """All in milliseconds; both lists are in order of their time."""
    mine, bare = at(ours, 0.5), at(floor, 0.5) if floor else None
    told = f"{name:<28} {_cell(bare, 8)} {mine:9.1f} {at(ours, 0.95):8.1f}"
    told += (
        f" {_cell(mine / bare if bare else None, 8)} {_cell(mine / empty if empty else None, 5)}"
    )
    limit = bar.limit(bare or 0, empty or 0) if bar else None
    told += f"  {_cell(limit, 8)} {_judged(mine, limit):<16}"
    return told + _spent(ours)


def at(samples: Sequence[Sample], share: float) -> float:
    """The time that ``share`` of the samples did not exceed."""
    return samples[int(len(samples) * share)].ms


def _cell(value: float | None, width: int) -> str:
    return f"{value:{width}.1f}" if value is not None else " " * (width - 1) + "—"


def _judged(mine: float, limit: float | None) -> str:
    if limit is None:
        return ""
    return "met" if mine <= limit else f"missed by {mine - limit:.0f} ms"


def _spent(ours: Sequence[Sample]) -> str:
    """Where the server's time went, on average; *other* is neither database nor template."""
    costs = [sample.cost for sample in ours if sample.cost]
    if not costs:
        return ""
    queries, sql, page, cpu = (
        fmean(getattr(cost, name) for cost in costs) for name in ("queries", "sql", "page", "cpu")
    )
    return f" {queries:7.1f} {sql:7.1f} {page:7.1f} {max(cpu - page, 0):8.1f} {cpu:7.1f}"
