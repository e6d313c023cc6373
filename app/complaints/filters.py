"""Whose complaints a person sees, and the list's filters over what is no column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_appbuilder.models.filters import BaseFilter
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, false, select
from sqlalchemy.orm import Query

from app.complaints.models import OPEN, Complaint, ComplaintCategory
from app.core import web
from app.core.filters import KeyIs, TextEqual
from app.debts.models import Account
from app.models import Area, Staff

_NUMBER = re.compile(r"\s*R\s*-\s*0*(\d{1,18})\s*", re.IGNORECASE)
#: How a complaint that waits stands with its day.
LEFT = {
    "waiting": _l("waiting for an answer"),
    "in_time": _l("in time"),
    "warned": _l("near its day"),
    "overdue": _l("past its day"),
}


def sees_all() -> bool:
    """The signed-in person reads every area's complaints: whoever may open the desk."""
    return current_app.extensions["appbuilder"].sm.has_access("can_read", "ComplaintView")


def my_area() -> Area | None:
    """The area to which the signed-in person belongs, by their staff record."""
    staff = web.session().get(Staff, web.user_id())
    return None if staff is None else staff.area


def within_reach(complaint: Complaint) -> bool:
    """The signed-in person may see it: see `WithinReach`."""
    if sees_all():
        return True
    area = my_area()
    return area is not None and complaint.area_id == area.id


class WithinReach(BaseFilter):
    """For base filters: only the own area's, unless the person sees all; nothing without an area."""

    name = _l("is within reach")

    def apply(self, query: Query, value: None) -> Query:
        """``query`` narrowed to what the signed-in person may see."""
        if sees_all():
            return query
        area = my_area()
        return query.filter(false() if area is None else Complaint.area_id == area.id)


class LeftIs(TextEqual):
    """Waiting for its answer, and how it stands with its day."""

    arg_name = "complaint_left"

    def narrow(self, _model: Any, value: str) -> Any:
        waits, today = Complaint.state.in_(OPEN), web.today()
        return {
            "waiting": waits,
            "in_time": and_(waits, Complaint.warn_on > today),
            "warned": and_(waits, Complaint.warn_on <= today, Complaint.due_on >= today),
            "overdue": and_(waits, Complaint.due_on < today),
        }.get(value)


class OfPortfolio(KeyIs):
    """The account belongs to the portfolio."""

    def narrow(self, _model: Any, value: int) -> Any:
        return Complaint.account_id.in_(select(Account.id).where(Account.portfolio_id == value))


def number_typed(typed: str) -> int | None:
    """The key of a complaint whose number was typed (``R-000123``, ``r-123``), or None."""
    found = _NUMBER.fullmatch(typed)
    return int(found[1]) if found else None


def category_choices() -> Iterable[tuple[Any, Any]]:
    """Every category, to choose from."""
    query = select(ComplaintCategory.id, ComplaintCategory.name).order_by(
        ComplaintCategory.position, ComplaintCategory.name
    )
    return web.session().execute(query).tuples().all()


def area_choices() -> Iterable[tuple[Any, Any]]:
    """Every area, to choose from."""
    return web.session().execute(select(Area.id, Area.name).order_by(Area.name)).tuples().all()
