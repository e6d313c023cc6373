"""The screen of the unit's calendar."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField

from app.core.framework import CatalogueScreen, SafeInterface
from app.core.models import Holiday

_SCOPES = [
    SelectChoice("national", _l("national")),
    SelectChoice("local", _l("local")),
    SelectChoice("decree", _l("decree")),
]
_WORDS = {choice.value: choice.label for choice in _SCOPES}


class HolidayScreen(CatalogueScreen):
    """Days on which nobody is contacted: national, cantonal and by decree."""

    datamodel = SafeInterface(Holiday)
    route_base = "/holidays"
    base_order = ("day", "desc")
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
    words = {"scope": _WORDS}
    add_form_extra_fields = {"scope": SelectField(_l("Scope"), choices=_SCOPES)}
    edit_form_extra_fields = {"scope": SelectField(_l("Scope"), choices=_SCOPES)}
