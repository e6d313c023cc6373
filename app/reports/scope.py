"""Which day and whose: the parameters that every query of a report takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.core.clock import at_local, day_bounds
from app.core.settings import Settings
from app.reports import queries

SERIES_DAYS = 30


@dataclass(frozen=True, slots=True)
class Scope:
    """One of the unit's days; one operator's when ``operator_id`` is given, else the unit's."""

    settings: Settings
    day: date
    operator_id: int | None = None

    @property
    def first_of_month(self) -> date:
        """From where what fell due in the month counts, up to the day itself."""
        return self.day.replace(day=1)

    @property
    def days(self) -> list[date]:
        """Those of the series, which ends with the day."""
        return [self.day - timedelta(days=n) for n in reversed(range(SERIES_DAYS))]

    def values(self, hour: int | None = None) -> dict[str, Any]:
        """Parameters of the queries: the whole day, or one of its hours."""
        zone = self.settings["zone"]
        start, end = self._hour(hour) if hour is not None else day_bounds(self.day, zone)
        credited_from = self.day - timedelta(days=self.settings["recovery_days"])
        return {
            "zone": zone,
            "day": self.day,
            "start": start,
            "end": end,
            "since": day_bounds(credited_from, zone)[0],
            "operator_id": self.operator_id,
        }

    def _hour(self, hour: int) -> tuple[datetime, datetime]:
        start = at_local(self.day, time(hour), self.settings["zone"])
        return start, start + timedelta(hours=1)

    def who(self, narrowed: str = queries.BY_OPERATOR) -> str:
        """The condition for ``{who}``; none for the whole unit."""
        return narrowed if self.operator_id is not None else ""
