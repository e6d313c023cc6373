"""Feriados del año: what the law gives, what the calendar has, what falls on it; ticked and added at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import clock, web
from app.core.business_days import add_holidays, holidays_of
from app.core.catalogues import SCOPE_WORDS
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.holiday_law import RestDay, rest_days
from app.core.transaction import deed
from app.followup.holiday_queries import falling_on
from app.models import Holiday

#: Years around this one for which one may ask.
_BACK, _AHEAD = 3, 10


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day of the list: what the law says of it (None: nothing), what the calendar has (None: not yet)."""

    day: date
    rest: RestDay | None
    kept: Holiday | None
    #: Where the law moves the rest that the calendar keeps on this day.
    moved_to: date | None
    falling: tuple[int, int, int]

    @property
    def name(self) -> str:
        """As the calendar calls it, or the law."""
        return self.kept.name if self.kept else self.rest.name if self.rest else ""

    @property
    def scope(self) -> str:
        """national, local or decree."""
        return self.kept.scope if self.kept else self.rest.scope if self.rest else ""


class HolidayYearView(RoomView):
    """A year's days of rest beside those of the calendar."""

    route_base = "/holidays/year"
    default_view = "year"
    class_permission_name = "HolidayScreen"

    @expose("/")
    @has_access
    @permission_name("list")
    def year(self) -> str:
        """The days of ``year``; of the next one from November on, while it has none."""
        today = web.today()
        year = _year(today)
        days = _days(year)
        return render_template(
            "followup/holidays.html",
            title=_("Holidays of %(year)s", year=year),
            year=year,
            years=range(today.year - _BACK, today.year + _AHEAD + 1),
            days=days,
            new=sum(1 for each in days if each.kept is None),
            today=today,
            scopes=SCOPE_WORDS,
            fall=_fall,
            may_add=self.appbuilder.sm.has_access("can_add", "HolidayScreen"),
        )

    @expose("/add", methods=["POST"])
    @has_access
    @permission_name("add")
    def add(self) -> Any:
        """Add the ticked days of the proposal."""
        year = _year(web.today())
        try:
            with deed() as session:
                added = add_holidays(
                    session, web.agent(), clock.utcnow(), year, request.form.getlist("day")
                )
        except RuleBroken as refused:
            flash(str(refused), "danger")
        else:
            flash(ngettext("%(num)d holiday added.", "%(num)d holidays added.", added), "success")
        return redirect(url_for("HolidayYearView.year", year=year))


def _year(today: date) -> int:
    """``year`` of the address or the form; this one for what is none or too far."""
    try:
        year = int(request.values.get("year", ""))
    except ValueError:
        return today.year
    return year if today.year - _BACK <= year <= today.year + _AHEAD else today.year


def _days(year: int) -> list[YearDay]:
    session = web.session()
    law = {rest.day: rest for rest in rest_days(year)}
    moved = {rest.of: rest.day for rest in law.values() if rest.of != rest.day}
    kept = {holiday.day: holiday for holiday in holidays_of(session, year)}
    days = sorted(law.keys() | kept.keys())
    falling = falling_on(session, web.settings()["zone"], days)
    return [
        YearDay(
            day,
            law.get(day),
            kept.get(day),
            moved.get(day) if day not in law else None,
            falling.get(day, (0, 0, 0)),
        )
        for day in days
    ]


def _fall(falling: tuple[int, int, int]) -> str:
    """What falls on a day, in words; empty when nothing does."""
    promises, callbacks, instalments = falling
    said = [
        promises and ngettext("%(num)d promise", "%(num)d promises", promises),
        callbacks and ngettext("%(num)d callback", "%(num)d callbacks", callbacks),
        instalments and ngettext("%(num)d instalment", "%(num)d instalments", instalments),
    ]
    return ", ".join(part for part in said if part)
