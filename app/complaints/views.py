"""Complaints as the framework lists them, the page of one, its files, and the catalogue of what they are
about. What is done with one is `app.complaints.desk` and `app.complaints.inbox`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import false
from sqlalchemy.orm import Query
from wtforms import SelectChoice, SelectField
from wtforms.validators import NumberRange

from app.access.log import log_access
from app.complaints.filters import (
    LEFT,
    LeftIs,
    OfPortfolio,
    WithinReach,
    area_choices,
    category_choices,
    my_area,
    number_typed,
    sees_all,
    within_reach,
)
from app.complaints.left import left_chip
from app.complaints.models import Complaint, ComplaintCategory
from app.complaints.page import render_complaint
from app.complaints.reading import find_complaint, find_file
from app.complaints.service import complaints_waiting
from app.complaints.texts import ORIGINS, RULING_TONES, RULINGS, STATES, TONES
from app.core import clock, web
from app.core.business_days import calendar
from app.core.errors import RuleBroken
from app.core.filters import Facet, KeyIs
from app.core.framework import CatalogueScreen, RoomView, SafeInterface
from app.core.lists import Chip
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY, typed_key
from app.core.uploads import stored_response
from app.debts.numbers import account_key
from app.debts.people_screen import PeopleScreen, portfolio_choices
from app.models import Account, Area

#: The deadline's bounds, as the table holds them.
_MOST_DAYS = 120


def _area_choices() -> list[SelectChoice]:
    return [SelectChoice("", "—"), *(SelectChoice(str(k), name) for k, name in area_choices())]


def _area_field() -> SelectField:
    return SelectField(
        _l("Area that answers"),
        description=_l("Empty: the desk sends each one where it belongs."),
        choices=_area_choices,
        coerce=lambda value: int(value) if value not in ("", None, "None") else None,
        validate_choice=False,
    )


class ComplaintCategoryScreen(CatalogueScreen):
    """What complaints are about. One that was used is made inactive, not deleted."""

    datamodel = SafeInterface(ComplaintCategory)
    route_base = "/complaint-categories"
    base_order = ("position", "asc")
    list_title = _l("Categories of complaint")
    show_title = _l("Category of complaint")
    add_title = _l("Add category of complaint")
    edit_title = _l("Edit category of complaint")
    label_columns = {
        "name": _l("Name"),
        "area": _l("Area that answers"),
        "business_days": _l("Business days to answer"),
        "warn_days": _l("Warns so many business days before"),
        "needs_bills": _l("Disputes bills"),
        "position": _l("Order"),
        "is_active": _l("Active"),
    }
    description_columns = {
        "business_days": _l(
            "From the day after it is received. Those that wait keep the day that they have."
        ),
        "needs_bills": _l("At least one bill must be chosen, and it is not collected meanwhile."),
    }
    list_columns = [
        "position",
        "name",
        "area",
        "business_days",
        "warn_days",
        "needs_bills",
        "is_active",
    ]
    show_columns = list_columns
    add_columns = [
        "name",
        "area_id",
        "business_days",
        "warn_days",
        "needs_bills",
        "position",
        "is_active",
    ]
    edit_columns = add_columns
    add_form_extra_fields = {"area_id": _area_field()}
    edit_form_extra_fields = {"area_id": _area_field()}
    eager = ("area",)
    search_columns = ["name", "is_active"]
    order_columns = ["position", "name", "business_days"]
    validators_columns = {
        "business_days": [NumberRange(min=1, max=_MOST_DAYS)],
        "warn_days": [NumberRange(min=0, max=_MOST_DAYS)],
    }

    def store(self, session: Any, item: ComplaintCategory, verb: str) -> None:
        """A warning comes within the days that there are, and an area in use answers."""
        if item.warn_days > item.business_days:
            raise RuleBroken(_l("It cannot warn before the complaint has come: fewer days."))
        area = None if item.area_id is None else session.get(Area, item.area_id)
        if item.area_id is not None and (area is None or item.is_active and not area.is_active):
            raise RuleBroken(_l("Choose one of the areas in use."))
        super().store(session, item, verb)


class ComplaintScreen(PeopleScreen):
    """Complaints, the one to be answered first at the top; an area's people see their own area's alone."""

    datamodel = SafeInterface(Complaint)
    route_base = "/complaints"
    list_template = "complaints/list.html"
    base_filters = [["area_id", WithinReach, None]]
    base_order = ("due_on", "asc")
    search_hint: Any = _l("number R-…, name or account")
    list_title = _l("Complaints")
    show_title = _l("Complaint")
    label_columns = {
        "number": _l("Number"),
        "debtor": _l("Person"),
        "category": _l("Category"),
        "account": _l("Account"),
        "state": _l("State"),
        "left": _l("What is left"),
        "due_on": _l("To be answered by"),
        "area": _l("Area"),
        "ruling": _l("Ruling"),
        "received_at": _l("Received"),
        "origin": _l("How it came"),
        "answered_at": _l("Answered at"),
    }
    list_columns = [
        "number",
        "debtor",
        "category",
        "account",
        "state",
        "left",
        "due_on",
        "area",
        "ruling",
    ]
    show_columns = [*list_columns, "received_at"]
    search_columns = ["state", "ruling", "origin", "due_on", "received_at", "answered_at"]
    order_columns = ["due_on", "received_at"]
    facets = {
        "left": Facet(_l("What is left"), (LeftIs,), "choice", LEFT.items),
        "category": Facet(_l("Category"), (KeyIs,), "choice", category_choices),
        "area": Facet(_l("Area"), (KeyIs,), "choice", area_choices),
        "portfolio": Facet(_l("Portfolio"), (OfPortfolio,), "choice", portfolio_choices),
    }
    eager = ("debtor", "category", "account", "area")
    words = {
        "state": {code: Chip(word, TONES[code]) for code, word in STATES.items()},
        "ruling": {code: Chip(word, RULING_TONES[code]) for code, word in RULINGS.items()},
        "origin": ORIGINS,
    }
    empty_text = _l(
        "A complaint is opened on a call, at the counter or at the desk; it goes to the area of its category."
    )

    def search(self, query: Query, typed: str) -> Query:
        """The complaint whose number was typed, else those of the people found. Who sees an area only is
        told nothing by a telephone or an identification: what has digits is an account's number."""
        key = number_typed(typed)
        if key is not None:
            return query.filter(Complaint.id == key if key <= LARGEST_KEY else false())
        if sees_all() or not any(letter.isdigit() or letter == "@" for letter in typed):
            return super().search(query, typed)
        accounts = query.session.query(Account.id).filter(Account.number_key == account_key(typed))
        return query.filter(Complaint.account_id.in_(accounts))

    def derive(self, items: Sequence[Complaint]) -> Mapping[int, Mapping[str, Any]]:
        """What is left of each one's days."""
        days, today = calendar(web.session()), web.today()
        return {item.id: {"left": left_chip(days, item, today)} for item in items}

    def list_note(self) -> str:
        """How many wait for an answer, near their day and past it, of those within reach."""
        if not self.has_reach():
            return ""
        area = None if sees_all() else my_area()
        opened, warned, overdue = complaints_waiting(
            web.session(), web.today(), None if area is None else area.id
        )
        return _(
            "%(open)s waiting, %(warned)s near their day, %(overdue)s past it",
            open=opened,
            warned=warned,
            overdue=overdue,
        )

    def has_reach(self) -> bool:
        """The signed-in person sees all, or belongs to an area."""
        return sees_all() or my_area() is not None

    def empty_link(self) -> tuple[Any, str] | None:
        """Where a complaint begins."""
        return (_("Open a complaint"), url_for("ComplaintView.find")) if self.may_open() else None

    def may_open(self) -> bool:
        """Whether the signed-in person may open one."""
        return self.appbuilder.sm.has_access("can_open", "ComplaintView")

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """One complaint with all that happened; the view is a row of the access log."""
        return render_complaint(self.appbuilder.sm, _reached(typed_key(str(pk)) or abort(404)))


class ComplaintFileView(RoomView):
    """The files of the complaints that a person may see."""

    route_base = "/complaint-files"
    default_view = "download"

    @expose("/<int:complaint_id>/<int:file_id>")
    @has_access
    def download(self, complaint_id: int, file_id: int) -> Any:
        """A file of a complaint within reach; a row of the access log."""
        complaint = _reached(min(complaint_id, LARGEST_KEY))
        stored = find_file(web.session(), complaint.id, min(file_id, LARGEST_KEY)) or abort(404)
        with deed() as session:
            log_access(
                session,
                web.agent(),
                clock.utcnow(),
                "download",
                "complaint file",
                debtor_id=complaint.debtor_id,
            )
        return stored_response(web.files_folder(), stored)


def _reached(key: int) -> Complaint:
    """The complaint with all that is shown of it, when the signed-in person may see it; 404 otherwise."""
    complaint = find_complaint(web.session(), key)
    return complaint if complaint is not None and within_reach(complaint) else abort(404)
