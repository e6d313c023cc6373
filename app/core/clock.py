"""The only place that reads the clock. Views and commands ask it once and pass the answer on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ahead = timedelta(0)


def pretend(moment: datetime) -> None:
    """For trying and for browser tests: from now on this process believes that it is ``moment``."""
    global _ahead  # noqa: PLW0603
    _ahead = moment - datetime.now(UTC)


def pretending() -> bool:
    """Whether the clock was set by `pretend`; every page says so."""
    return _ahead != timedelta(0)


def utcnow() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC) + _ahead


def local(moment: datetime, zone: str) -> datetime:
    """``moment`` as the unit's clock shows it."""
    return moment.astimezone(ZoneInfo(zone))


def local_day(moment: datetime, zone: str) -> date:
    """The unit's calendar day at ``moment``."""
    return local(moment, zone).date()


def at_local(day: date, at: time, zone: str) -> datetime:
    """The instant at which the unit's clock shows ``day`` and ``at``, in UTC."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Half-open range ``[start, end)`` of the unit's ``day``, in UTC."""
    return at_local(day, time.min, zone), at_local(day + timedelta(days=1), time.min, zone)
