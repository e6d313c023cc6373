"""Lists whose rows are of people, found by what somebody says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from sqlalchemy import false, select
from sqlalchemy.orm import Query

from app.access.personal import PersonalScreen
from app.core import web
from app.debtors.models import Debtor
from app.debts.models import Portfolio
from app.debts.search import people_found


def portfolios() -> Sequence[Portfolio]:
    """Every portfolio by name, asked for once a request."""
    if "portfolios" not in g:
        g.portfolios = web.session().scalars(select(Portfolio).order_by(Portfolio.name)).all()
    return g.portfolios


def portfolio_choices() -> Iterable[tuple[Any, Any]]:
    """Every portfolio, to choose from."""
    return [(portfolio.id, portfolio.name) for portfolio in portfolios()]


class PeopleScreen(PersonalScreen):
    """The search box finds the person of the row: name without accents, account, ID, telephone, e-mail."""

    search_hint: Any = _l("name, account, ID or telephone")

    def search(self, query: Query, typed: str) -> Query:
        """Only the rows of the people found; none when nothing searchable was typed."""
        found = people_found(typed, web.settings()["area_prefix"])
        if found is None:
            return query.filter(false())
        if self.datamodel.obj is Debtor:
            return query.filter(found)
        return query.filter(self.datamodel.obj.debtor_id.in_(select(Debtor.id).where(found)))
