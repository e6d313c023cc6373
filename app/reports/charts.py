"""What `frontend/src/charts.js` draws: every bar opens its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.core import web
from app.reports.figures import DailyReport, OfDay


def hour_chart(report: DailyReport, href: Callable[..., str]) -> dict[str, Any]:
    """Of each hour's calls, those that were answered."""
    hours = [hour for hour, _figures in report.by_hour]
    return {
        "kind": "overlap",
        "categories": [f"{hour:02}" for hour in hours],
        "series": [
            {
                "name": _("Answered"),
                "values": [f.answered for _hour, f in report.by_hour],
                "hrefs": [href("answered", hour=hour) for hour in hours],
            },
            {
                "name": _("Calls"),
                "values": [f.attempts for _hour, f in report.by_hour],
                "hrefs": [href("attempts", hour=hour) for hour in hours],
                "tone": "rest",
            },
        ],
    }


def series_chart(days: list[OfDay], day_href: Callable[..., str]) -> dict[str, Any]:
    """Contacts as a line over promises as columns; a day opens its report."""
    return {
        "kind": "columns",
        "categories": [web.day(d.day)[:5] for d in days],
        "hrefs": [day_href(d.day) for d in days],
        "series": [
            {"name": _("Contacts"), "values": [d.contacts for d in days], "line": True},
            {"name": _("Promises"), "values": [d.promises for d in days], "tone": "pale"},
        ],
    }
