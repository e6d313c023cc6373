"""The day's report on screen and as a workbook: the unit's for those who see everything, and an
operator's own, masked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, render_template, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.access.log import log_access
from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.framework import RoomView
from app.core.settings import Settings, settings_on
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY
from app.core.xlsx import XLSX
from app.models import User
from app.reports import texts
from app.reports.asked import asked_number
from app.reports.charts import hour_chart, series_chart
from app.reports.figures import DailyReport
from app.reports.rows import MEASURES, Figure, count_rows, daily_rows
from app.reports.service import daily_report, days_before, make_workbook, without_small_sums
from app.reports.workbook import Stamp

_YEARS = range(2000, 2101)
_PAGE = 50


class DailyReportView(RoomView):
    """Figures, each beside what it is a part of; each opens the rows behind it."""

    route_base = "/reports/daily"
    default_view = "unit"

    @expose("/")
    @has_access
    def unit(self) -> Any:
        """A day of the unit, or of one operator."""
        day, operator_id = _asked_day(), asked_number("operator", LARGEST_SMALL_KEY)
        report = _report(day, operator_id)

        rows = url_for("DailyReportView.rows")

        def href(measure: str, **more: Any) -> str:
            asked: dict[str, Any] = {"day": day, "measure": measure, "operator": operator_id}
            return _address(rows, asked | more)

        return render_template(
            "reports/daily.html",
            title=_("Daily report"),
            report=report,
            operator_id=operator_id,
            href=href,
            day_href=_day_address(operator_id),
            by_hour=hour_chart(report, href),
            series=url_for("DailyReportView.series", day=day, operator=operator_id),
            download=url_for("DailyReportView.download", day=day, operator=operator_id),
            **_neighbours(day),
        )

    @expose("/series")
    @has_access
    @permission_name("unit")
    def series(self) -> Any:
        """The chart of the thirty days before, which the page fetches once it stands."""
        day, operator_id = _asked_day(), asked_number("operator", LARGEST_SMALL_KEY)
        days = days_before(web.session(), _settings(day), day, operator_id)
        chart = series_chart(days, _day_address(operator_id))
        return render_template("reports/_series.html", series=chart)

    @expose("/rows")
    @has_access
    @permission_name("unit")
    def rows(self) -> Any:
        """The contacts, promises or payments behind one figure, a page at a time; logged."""
        day, operator_id = _asked_day(), asked_number("operator", LARGEST_SMALL_KEY)
        figure, page = _asked_figure(), _asked_page()
        operator = _report_operator(operator_id)
        asked: dict[str, Any] = {
            "day": day,
            "operator": operator_id,
            "measure": figure.measure,
            "outcome": figure.outcome_id,
            "hour": figure.hour,
        }
        return render_template(
            "reports/rows.html",
            title=texts.MEASURES[figure.measure],
            day=day,
            operator=operator,
            figure=figure,
            back=url_for("DailyReportView.unit", day=day, operator=operator_id),
            page_href=lambda n: url_for("DailyReportView.rows", **asked, page=n),
            texts=texts,
            **_listed(day, operator_id, figure, page),
        )

    @expose("/download")
    @has_access
    def download(self) -> Response:
        """The day's workbook; logged."""
        day, operator_id = _asked_day(), asked_number("operator", LARGEST_SMALL_KEY)
        return _workbook(day, operator_id, masked=False)

    @expose("/mine")
    @has_access
    def mine(self) -> Any:
        """The signed-in operator's own day, without what the mask hides; logged."""
        day, me = _asked_day(), web.agent().user_id
        figure, page = _asked_figure(), _asked_page()

        def href(measure: str, **more: Any) -> str:
            return url_for("DailyReportView.mine", day=day, measure=measure, **more) + "#rows"

        def day_href(other: date) -> str:
            return url_for("DailyReportView.mine", day=other)

        report = without_small_sums(_report(day, me))
        return render_template(
            "reports/mine.html",
            title=_("My report"),
            report=report,
            figure=figure,
            href=href,
            day_href=day_href,
            by_hour=hour_chart(report, href),
            download=url_for("DailyReportView.download_mine", day=day),
            page_href=lambda n: href(
                figure.measure, outcome=figure.outcome_id, hour=figure.hour, page=n
            ),
            texts=texts,
            **_neighbours(day),
            **_listed(day, me, figure, page, masked=True),
        )

    @expose("/mine/download")
    @has_access
    def download_mine(self) -> Response:
        """The own day's workbook, masked; logged."""
        return _workbook(_asked_day(), web.agent().user_id, masked=True)


def _day_address(operator_id: int | None) -> Callable[..., str]:
    """Another day of the same report; ``operator`` None is the whole unit."""
    unit = url_for("DailyReportView.unit")
    return lambda day, operator=operator_id: _address(unit, {"day": day, "operator": operator})


def _address(path: str, asked: dict[str, Any]) -> str:
    """`url_for` without asking the map of addresses for each of a report's three hundred figures."""
    return f"{path}?{urlencode({k: v for k, v in asked.items() if v is not None})}"


def _asked_day() -> date:
    """``day=yyyy-mm-dd``; today when absent. 400 when it is no such day."""
    typed = request.args.get("day")
    if not typed:
        return web.today()
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        abort(400, _("Write the day like 2026-11-24."))
    if day.year not in _YEARS:
        abort(400, _("Write the day like 2026-11-24."))
    return day


def _asked_figure() -> Figure:
    measure = request.args.get("measure") or "contacts"
    if measure not in MEASURES:
        abort(400, _("There is no such figure."))
    return Figure(measure, asked_number("outcome", LARGEST_SMALL_KEY), asked_number("hour", 23))


def _asked_page() -> int:
    return asked_number("page", 100_000) or 0


def _neighbours(day: date) -> dict[str, date]:
    return {"day_before": day - timedelta(days=1), "day_after": day + timedelta(days=1)}


def _settings(day: date) -> Settings:
    """The settings that held on the day, so that an old report stays as it was."""
    return settings_on(web.session(), day)


def _report(day: date, operator_id: int | None) -> DailyReport:
    try:
        return daily_report(web.session(), _settings(day), day, operator_id)
    except LookupError:
        abort(404)


def _report_operator(operator_id: int | None) -> str | None:
    """The operator's name; 404 for nobody."""
    if operator_id is None:
        return None
    user = web.session().get(User, operator_id) or abort(404)
    return f"{user.first_name} {user.last_name}"


def _listed(
    day: date, operator_id: int | None, figure: Figure, page: int, *, masked: bool = False
) -> dict[str, Any]:
    """A page of rows for the template. That they were seen is written before they are shown."""
    session, settings = web.session(), _settings(day)
    total = count_rows(session, settings, day, operator_id, figure=figure)
    rows = list(
        daily_rows(
            session,
            settings,
            day,
            operator_id,
            figure=figure,
            masked=masked,
            page=(_PAGE, page * _PAGE),
        )
    )
    what = "my report" if masked else "daily report rows"
    _log("view", f"{what} {day} {figure.measure}", len(rows))
    return {"rows": rows, "total": total, "page": page, "size": _PAGE, "masked": masked}


def _workbook(day: date, operator_id: int | None, *, masked: bool) -> Response:
    agent, now, settings = web.agent(), clock.utcnow(), _settings(day)
    stamp = Stamp(settings["company"], settings["zone"], now, agent.name, masked)
    file = new_file()
    try:
        rows = make_workbook(web.session(), settings, day, operator_id, file, stamp)
    except LookupError:
        file.close()
        abort(404)
    _log("download", f"{'my report' if masked else 'daily report'} {day}", rows)
    name = _("daily-report-%(day)s.xlsx", day=day)
    return attached(file, XLSX, name)


def _log(kind: str, what: str, rows: int) -> None:
    with deed() as session:
        log_access(session, web.agent(), clock.utcnow(), kind, what, rows=rows)
