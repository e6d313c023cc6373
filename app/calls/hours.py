"""At what hour a person answers, from the attempts: bands of hours, and the best of them in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.settings import Settings
from app.debtors.models import ContactPoint

#: The hours at which the second and each later band begins; the first begins with the lawful day.
BANDS = (9, 12, 15, 18)


@dataclass(frozen=True, slots=True)
class Band:
    """The dials between two hours of the day (local, the second not included)."""

    first: int
    last: int
    tries: int
    answered: int


@dataclass(frozen=True, slots=True)
class PointResult:
    """What is known of one contact point. ``bands`` in the order of the day, only those dialled."""

    tries: int
    answered: int
    last_outcome: str
    added_by: str | None
    judged_by: str | None
    bands: tuple[Band, ...]

    @property
    def best(self) -> Band | None:
        """The band that answers most often; of equals, the one dialled more."""
        return _best(self.bands)

    @property
    def worst(self) -> Band | None:
        """The band dialled most often of those that never answered."""
        never = [band for band in self.bands if not band.answered]
        return max(never, key=lambda band: band.tries, default=None)


def point_result(settings: Settings, row: Sequence[Any]) -> PointResult:
    """A row of `app.calls.queries.POINT_RESULTS`, without its key."""
    tries, answered, last_outcome, added_by, judged_by, *banded = row
    edges = (settings["contact_from"].hour, *BANDS, settings["contact_until"].hour)
    bands = tuple(
        Band(min(edges[band], edges[band + 1]), max(edges[band], edges[band + 1]), n, of_them)
        for band, n, of_them in zip(*banded, strict=True)
    )
    return PointResult(tries, answered, last_outcome, added_by, judged_by, bands)


def best_hour(
    points: Iterable[ContactPoint], results: dict[int, PointResult]
) -> tuple[ContactPoint, Band] | None:
    """The number and the hours at which the person answers best; None while nobody ever answered."""
    known = [
        (point, result.best)
        for point in points
        if point.kind == "phone" and point.state != "retired" and (result := results.get(point.id))
    ]
    found = [(point, band) for point, band in known if band is not None]
    return max(found, key=lambda pair: _rank(pair[1]), default=None)


def _best(bands: Iterable[Band]) -> Band | None:
    return max((band for band in bands if band.answered), key=_rank, default=None)


def _rank(band: Band) -> tuple[float, int]:
    return band.answered / band.tries, band.tries
