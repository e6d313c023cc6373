"""The screen of the unit's calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from wtforms import SelectChoice, SelectField

from app.core import clock, web
from app.core.business_days import year_without_holidays
from app.core.errors import RuleBroken
from app.core.framework import CatalogueScreen, SafeInterface
from app.core.models import Holiday

_SCOPES = [
    SelectChoice("national", _l("national")),
    SelectChoice("local", _l("local")),
    SelectChoice("decree", _l("decree")),
]
SCOPE_WORDS = {choice.value: choice.label for choice in _SCOPES}


class HolidayScreen(CatalogueScreen):
    """Days on which nobody is contacted: national, cantonal and by decree."""

    datamodel = SafeInterface(Holiday)
    route_base = "/holidays"
    base_order = ("day", "desc")
    list_template = "core/holidays.html"
    list_title = _l("Holidays")
    show_title = _l("Holiday")
    add_title = _l("Add holiday")
    edit_title = _l("Edit holiday")
    label_columns = {"day": _l("Day"), "name": _l("Name"), "scope": _l("Scope")}
    list_columns = ["day", "name", "scope"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["day", "name"]
    words = {"scope": SCOPE_WORDS}
    add_form_extra_fields = {"scope": SelectField(_l("Scope"), choices=_SCOPES)}
    edit_form_extra_fields = {"scope": SelectField(_l("Scope"), choices=_SCOPES)}
    history_words = {"scope": lambda scope: str(SCOPE_WORDS[scope])}

    def missing_year(self) -> int | None:
        """The year whose holidays should be there by now and are not."""
        today = web.today()
        return year_without_holidays(web.session(), today)

    def store(self, session: Any, item: Holiday, verb: str) -> None:
        """A day that has come stays what it was: calls were refused and promises counted by it."""
        moved: Any = () if verb == "add" else inspect(item).attrs.day.history.deleted
        for day in moved:
            _check_to_come(day, web.settings()["zone"])
        super().store(session, item, verb)

    def _delete(self, pk: Any) -> None:
        try:
            _check_to_come(self.find(pk).day, web.settings()["zone"])
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return
        super()._delete(pk)


def _check_to_come(day: date, zone: str) -> None:
    if day <= clock.local_day(clock.utcnow(), zone):
        raise RuleBroken(
            _l(
                "%(day)s has come: calls were refused and days counted by it, so it stays. Its name and its scope can be corrected.",
                day=f"{day:%d/%m/%Y}",
            )
        )
