"""People as the framework lists them, for those who may see everything."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _l

from app.core import web
from app.core.filters import IsNothing
from app.core.framework import SafeInterface
from app.debtors.models import Debtor
from app.debts.people_screen import PeopleScreen

_KINDS = {
    "cedula": _l("cédula"),
    "ruc_natural": _l("RUC, person"),
    "ruc_company": _l("RUC, company"),
    "passport": _l("passport"),
    "final_consumer": _l("final consumer"),
    "unknown": _l("unreadable"),
    "none": _l("no ID"),
}
#: Digits of the largest key that a column holds for sure.
_LONGEST_KEY = 18


class DebtorScreen(PeopleScreen):
    """Debtors by name; one of them opens the person's page."""

    datamodel = SafeInterface(Debtor)
    route_base = "/debtors"
    base_order = ("folded", "asc")
    base_filters = [["merged_into_id", IsNothing, None]]
    list_title = _l("Debtors")
    label_columns = {
        "name": _l("Name"),
        "folded": _l("Name"),
        "identification": _l("Identification"),
        "identification_kind": _l("Kind"),
        "is_senior": _l("Senior citizen"),
        "level": _l("Level"),
    }
    list_columns = ["name", "identification", "identification_kind", "is_senior", "level"]
    show_columns = list_columns
    search_columns = ["folded", "identification", "identification_kind", "is_senior", "level"]
    order_columns = ["name", "identification"]
    sorted_by = {"name": "folded"}
    words = {"identification_kind": _KINDS}
    empty_text = _l("People come with the utility's overdue portfolio. Load its file first.")

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """The person's page has everything: the statement and the history too. Who was joined to
        another person is not listed, and opens that one."""
        known = pk.isdecimal() and len(pk) <= _LONGEST_KEY
        person = web.session().get(Debtor, int(pk)) if known else None
        if person is None:
            abort(404)
        return redirect(url_for("PersonView.person", debtor_id=person.id))
