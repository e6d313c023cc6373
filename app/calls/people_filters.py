"""Filters of the people's list over what no column holds. Their SQL is that of `app.calls.people_facts`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import any_, bindparam, exists, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Integer

from app.calls.call_filters import outcome_choices
from app.calls.models import Outcome
from app.calls.people_facts import (
    ALL_AT_ONCE,
    LAST_CALL,
    LAST_ENDED_SO,
    PERSON_BY_PERSON,
    SHOWN_PROMISE,
    SUMS,
)
from app.core import web
from app.core.filters import (
    CodeIs,
    Facet,
    NumberAtLeast,
    NumberAtMost,
    RowIs,
    TextContains,
    YesNo,
)
from app.debtors.models import ContactPoint, Debtor
from app.debts.models import Account
from app.debts.people_screen import portfolio_choices
from app.debts.queries import OWED
from app.promises.texts import ENDED, STATES

#: So many accounts, or contacts, like that make a walk short.
_COMMON_ACCOUNTS = 4_000
_COMMON_CALLS = 40_000
#: The account's own column that tells whether a sum is common, compared like the sum.
_PROBES = {"owed": "balance", "bills": "bills_count", "days": "CAST(:day AS date) - oldest_due_on"}
_NUMBER_TOO_LARGE = Decimal("1e11")


class _SumFilter:
    """Compares one of `SUMS`; mixed in before the framework-facing filter that reads the number."""

    column_name: str
    op: str

    def narrow(self, _model: Any, value: Decimal) -> Any:
        """The condition, in the form that suits how many people it leaves."""
        if abs(value) >= _NUMBER_TOO_LARGE:
            raise ValueError(value)
        parts = {"sum": SUMS[self.column_name], "owed": OWED, "op": self.op}
        probe = f"SELECT 1 FROM account WHERE closed_on IS NULL AND {_PROBES[self.column_name]} {self.op} :value"
        if _is_common(probe, value, _COMMON_ACCOUNTS):
            return _bound(PERSON_BY_PERSON.format(**parts), value)
        found = web.session().scalars(_bound(ALL_AT_ONCE.format(**parts), value)).all()
        among = Debtor.id == any_(bindparam(None, found, ARRAY(BigInteger), unique=True))
        return or_(among, ~_open_account(true())) if self.holds_for_nothing(value) else among

    def holds_for_nothing(self, value: Decimal) -> bool:
        """Whoever has no open account has a sum of nothing."""
        return value >= 0 if self.op == "<=" else value <= 0


def _is_common(probe: str, value: Any, many: int) -> bool:
    count = f"SELECT COUNT(*) FROM ({probe} LIMIT {many}) probe"
    return web.session().execute(_bound(count, value)).scalar_one() >= many


def _bound(sql: str, value: Any) -> Any:
    """``sql`` with its values, under names that no other filter of the list uses."""
    kind = ARRAY(Integer) if isinstance(value, list) else None
    given: list[Any] = [bindparam("value", value, kind, unique=True)]
    if ":day" in sql:
        today = web.today()
        given.append(bindparam("day", today, unique=True))
    return text(sql).bindparams(*given)


class SumAtLeast(_SumFilter, NumberAtLeast):
    """One of the person's `SUMS` is so much or more."""

    op = ">="


class SumAtMost(_SumFilter, NumberAtMost):
    """One of the person's `SUMS` is so much or less."""

    op = "<="


class _OfAnAccount(TextContains):
    """An open account of the person says so."""

    def narrow(self, _model: Any, value: str) -> Any:
        column = getattr(Account, self.column_name)
        return _open_account(column.icontains(value, autoescape=True))


class InPortfolio(RowIs):
    """An open account of the person is in the portfolio."""

    def narrow(self, _model: Any, value: int) -> Any:
        return _open_account(Account.portfolio_id == value)


def _open_account(condition: Any) -> Any:
    of_person = Account.debtor_id == Debtor.id
    return exists().where(of_person, Account.closed_on.is_(None), condition)


class LastOutcomeIs(CodeIs):
    """The last contact ended so, in whatever version of the catalogue."""

    def narrow(self, _model: Any, value: str) -> Any:
        session = web.session()
        ids = list(session.scalars(select(Outcome.id).where(Outcome.code == value)))
        if _is_common("SELECT 1 FROM call WHERE outcome_id = ANY(:value)", ids, _COMMON_CALLS):
            last = f"(SELECT last.outcome_id FROM ({LAST_CALL}) last)"
            return _bound(f"{last} = ANY(:value)", ids)
        found = session.scalars(_bound(LAST_ENDED_SO, ids)).all()
        return Debtor.id == any_(bindparam(None, found, ARRAY(BigInteger), unique=True))


class PromiseIs(CodeIs):
    """The promise that the list shows is in that state; ``none``: there is none."""

    def narrow(self, _model: Any, value: str) -> Any:
        if value == "none":
            return text(
                "NOT EXISTS (SELECT FROM promise p WHERE p.debtor_id = debtor.id"
                " AND p.state NOT IN ('replaced', 'withdrawn'))"
            )
        sql = f"""debtor.id IN (SELECT p.debtor_id FROM promise p WHERE p.state = :value)
            AND (SELECT shown.state FROM ({SHOWN_PROMISE}) shown) = :value"""
        return _bound(sql, value)


class HasPhone(YesNo):
    """A telephone that was not retired."""

    def narrow(self, _model: Any, value: bool) -> Any:
        valid = exists().where(
            ContactPoint.debtor_id == Debtor.id,
            ContactPoint.kind == "phone",
            ContactPoint.state != "retired",
        )
        return valid if value else ~valid


def promise_choices() -> Iterable[tuple[Any, Any]]:
    """States of a promise, and none."""
    states = [(code, word) for code, word in STATES.items() if code not in ENDED]
    return [*states, ("none", _l("none"))]


_NUMBERS = (SumAtLeast, SumAtMost)
FACETS = {
    "owed": Facet(_l("Balance"), _NUMBERS, "number"),
    "bills": Facet(_l("Bills"), _NUMBERS, "number"),
    "days": Facet(_l("Days"), _NUMBERS, "number"),
    "portfolio": Facet(_l("Portfolio"), (InPortfolio,), "choice", portfolio_choices),
    "sector": Facet(_l("Sector"), (_OfAnAccount,)),
    "category": Facet(_l("Category"), (_OfAnAccount,)),
    "last_outcome": Facet(_l("Last outcome"), (LastOutcomeIs,), "choice", outcome_choices),
    "promise": Facet(_l("Promise"), (PromiseIs,), "choice", promise_choices),
    "phone": Facet(_l("Has a valid telephone"), (HasPhone,), "bool"),
}
