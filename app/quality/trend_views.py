"""The trend of quality for specialist and auditor: by period, operator and criterion, with the reviews
behind each figure and the same as a workbook; downloads are logged."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from flask import Response, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.access.log import log_access
from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.xlsx import XLSX
from app.quality.charts import trend_chart
from app.quality.forms import TrendForm
from app.quality.reading import reviewed_operators
from app.quality.trend_book import trend_heading, write_trend
from app.quality.trends import Asked, OfPeriod, Trend, quality_trend

#: Without days asked for: the last twelve weeks.
_DAYS = 84


class QualityTrendView(RoomView):
    """How quality goes."""

    route_base = "/quality/trend"
    default_view = "figures"

    @expose("/")
    @has_access
    @permission_name("read")
    def figures(self) -> Any:
        """The figures of the days and the operator asked for."""
        form = _form()
        trend, settings = _trend(form), web.settings()
        goal = settings["quality_goal"]
        return render_template(
            "quality/trend.html",
            title=_("Trend of quality"),
            form=form,
            trend=trend,
            asked=trend.asked,
            goal=goal,
            chart=trend_chart(trend.periods, goal, lambda row: period_rows(trend.asked, row)),
            rows=lambda **narrowed: rows_of(trend.asked, **narrowed),
            period_rows=lambda row: period_rows(trend.asked, row),
            download=url_for("QualityTrendView.download", **_address(trend.asked)),
            may_download=self.appbuilder.sm.has_access("can_download", "QualityTrendView"),
        )

    @expose("/download")
    @has_access
    @permission_name("download")
    def download(self) -> Response:
        """The workbook of exactly what is asked for."""
        agent, now, settings = web.agent(), clock.utcnow(), web.settings()
        form = _form()
        trend, file = _trend(form), new_file()
        operators = dict(reviewed_operators(web.session()))
        operator = operators.get(form.operator.data, _("whole unit"))
        made = _("%(moment)s · %(who)s", moment=web.moment(now), who=agent.name)
        heading = trend_heading(trend, settings["company"], made, operator)
        rows = write_trend(file, trend, heading)
        with deed() as writing:
            log_access(writing, agent, now, "download", "quality trend", rows=rows)
        name = _("quality-%(day)s.xlsx", day=clock.local_day(now, settings["zone"]))
        return attached(file, XLSX, name)


def _form() -> TrendForm:
    form = TrendForm(request.args)
    operators = [(0, _("whole unit")), *reviewed_operators(web.session())]
    form.operator.choices = [SelectChoice(key, name) for key, name in operators]
    return form


def _trend(form: TrendForm) -> Trend:
    zone = web.settings()["zone"]
    today = clock.local_day(clock.utcnow(), zone)
    asked = form.asked(Asked(today - timedelta(days=_DAYS - 1), today))
    form.first_day.data, form.last_day.data = asked.first_day, asked.last_day
    form.step.data = asked.step
    return quality_trend(web.session(), asked, zone)


def _address(asked: Asked) -> dict[str, Any]:
    return {
        "first_day": asked.first_day,
        "last_day": asked.last_day,
        "step": asked.step,
        "operator": asked.operator_id,
    }


def rows_of(
    asked: Asked,
    *,
    operator_id: int | None = None,
    criterion_id: int | None = None,
    missed: bool = False,
    zero: bool = False,
) -> str:
    """The address of the reviews behind a figure: the list, narrowed to exactly those."""
    narrowed: dict[str, Any] = {
        "_flt_0_called": asked.first_day,
        "_flt_1_called": asked.last_day,
        "_flt_0_state": ["scored", "acknowledged"],
        "_flt_0_operator": operator_id or asked.operator_id,
    }
    if criterion_id is not None:
        narrowed["_flt_1_criterion" if missed else "_flt_0_criterion"] = criterion_id
    if zero:
        narrowed["_flt_0_score"] = 0
    return url_for("QualityReviewScreen.list", **narrowed)


def period_rows(asked: Asked, row: OfPeriod) -> str:
    """The address of the reviews of a week or month, within the days asked for."""
    first = max(row.first_day, asked.first_day)
    last = min(_last_of(row.first_day, asked.step), asked.last_day)
    return rows_of(Asked(first, last, asked.step, asked.operator_id))


def _last_of(first_day: date, step: str) -> date:
    if step == "week":
        return first_day + timedelta(days=6)
    return first_day.replace(day=calendar.monthrange(first_day.year, first_day.month)[1])
