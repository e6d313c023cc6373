"""Filters of the desk over what is no column: whether a case waits, and where its accounts are."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_, select

from app.cases.models import VerificationCase
from app.core import web
from app.core.filters import RowIs, TextContains, TextEqual
from app.debts.models import Account

STATES = {"open": _l("open"), "overdue": _l("overdue"), "closed": _l("closed")}


class StateIs(TextEqual):
    """Open, open and past its day, or closed."""

    arg_name = "case_state"

    def narrow(self, _model: Any, value: str) -> Any:
        waits = VerificationCase.closed_at.is_(None)
        today = web.today()
        return {
            "open": waits,
            "overdue": and_(waits, VerificationCase.due_on < today),
            "closed": VerificationCase.closed_at.is_not(None),
        }.get(value)


def _about(condition: Any) -> Any:
    """The case is about an account with ``condition``: its own, or any of the person's."""
    of_case = or_(VerificationCase.account_id.is_(None), VerificationCase.account_id == Account.id)
    accounts = select(Account.id).where(Account.debtor_id == VerificationCase.debtor_id)
    return accounts.where(of_case, condition).exists()


class PortfolioIs(RowIs):
    """One of the accounts is of the portfolio."""

    arg_name = "case_portfolio"

    def narrow(self, _model: Any, value: int) -> Any:
        return _about(Account.portfolio_id == value)


class SectorContains(TextContains):
    """One of the accounts is in the sector."""

    arg_name = "case_sector"

    def narrow(self, _model: Any, value: str) -> Any:
        return _about(Account.sector.icontains(value, autoescape=True))
