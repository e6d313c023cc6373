"""The list's filters over what is no column of a hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_, select

from app.core import web
from app.core.filters import KeyIs, NumberAtMost, TextEqual
from app.debts.models import Account
from app.holds.models import BY_HAND, Hold


class StateIs(TextEqual):
    """In force, not begun, come to its end, or lifted."""

    arg_name = "hold_state"

    def narrow(self, _model: Any, value: str) -> Any:
        today, stands = web.today(), Hold.lifted_at.is_(None)
        return {
            "live": and_(stands, Hold.starts_on <= today, Hold.ends_on >= today),
            "coming": and_(stands, Hold.starts_on > today),
            "ended": and_(stands, Hold.ends_on < today),
            "lifted": Hold.lifted_at.is_not(None),
        }.get(value)


class EndsWithin(NumberAtMost):
    """Neither lifted nor over, and over within so many days."""

    name = _l("at most, in days")
    arg_name = "hold_within"

    def narrow(self, _model: Any, value: Decimal) -> Any:
        today = web.today()
        last = today + timedelta(days=min(max(int(value), 0), 3650))
        return and_(Hold.lifted_at.is_(None), Hold.ends_on >= today, Hold.ends_on <= last)


class PlacedIs(TextEqual):
    """By an outcome, by hand, or with a case, a complaint or a referral."""

    arg_name = "hold_placed"

    def narrow(self, _model: Any, value: str) -> Any:
        by_hand = Hold.reason.in_(BY_HAND)
        return {
            "outcome": Hold.call_id.is_not(None),
            "hand": and_(Hold.call_id.is_(None), by_hand),
            "room": and_(Hold.call_id.is_(None), ~by_hand),
        }.get(value)


class OfPortfolio(KeyIs):
    """The account, or where it is about the person one of theirs, belongs to the portfolio."""

    def narrow(self, _model: Any, value: int) -> Any:
        mine = Account.portfolio_id == value
        return or_(
            Hold.account_id.in_(select(Account.id).where(mine)),
            and_(
                Hold.account_id.is_(None),
                select(Account.id).where(mine, Account.debtor_id == Hold.debtor_id).exists(),
            ),
        )
