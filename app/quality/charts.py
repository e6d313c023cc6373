"""Scores as charts: what `frontend/src/charts.js` draws. Each stands beside a table that says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.core import web
from app.quality.trends import Beside, OfPeriod


def my_chart(trend: Sequence[Beside], goal: int) -> dict[str, Any]:
    """One's own scores as columns, the unit's average (a gap where it is not told) and the goal as lines."""
    return {
        "kind": "columns",
        "digits": 2,
        "categories": [_short(row.first_day) for row in trend],
        "series": [
            {"name": _("My score"), "values": [row.mean for row in trend]},
            {"name": _("Unit"), "values": [row.unit_mean for row in trend], "line": True},
            {"name": _("Goal"), "values": [goal for _row in trend], "line": True, "tone": "rest"},
        ],
    }


def trend_chart(
    periods: Sequence[OfPeriod], goal: int, href: Callable[[OfPeriod], str]
) -> dict[str, Any]:
    """The mean of each week or month, which opens its reviews, under the goal."""
    return {
        "kind": "columns",
        "digits": 2,
        "categories": [_short(row.first_day) for row in periods],
        "hrefs": [href(row) for row in periods],
        "series": [
            {"name": _("Score"), "values": [row.mean for row in periods]},
            {"name": _("Goal"), "values": [goal for _row in periods], "line": True, "tone": "rest"},
        ],
    }


def _short(day: date) -> str:
    return web.day(day)[:5]
