"""Finds people by what somebody says: name without accents, account, identification, phone, e-mail."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Select, cast, func, select, union
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, selectinload

from app.core.columns import fold
from app.debtors.models import ContactPoint, Debtor
from app.debtors.phones import read_phones
from app.debts.models import Account
from app.debts.numbers import account_key

_WORD = re.compile(r"\w+")
_MIN_DIGITS = 4


def people_matching(typed: str, area_prefix: str) -> Select | None:
    """A SELECT of `Debtor` in the order of names, or None when nothing searchable was typed."""
    found = people_found(typed, area_prefix)
    if found is None:
        return None
    standing = Debtor.merged_into_id.is_(None)
    return select(Debtor).where(found, standing).order_by(Debtor.folded, Debtor.id)


def people_found(typed: str, area_prefix: str) -> ColumnElement[bool] | None:
    """The condition on `Debtor` that ``typed`` stands for, or None when nothing searchable was typed.

    With digits: equality on identification, account and phone (each on its index). Otherwise the
    beginning of each word of the name, accents and case aside.
    """
    if "@" in typed:
        return _has_contact([typed.strip().lower()])
    if sum(c.isdigit() for c in typed) >= _MIN_DIGITS:
        return _has_number(typed, area_prefix)
    words = _WORD.findall(fold(typed))
    if not words:
        return None
    query = cast(" & ".join(f"{word}:*" for word in words), TSQUERY)
    return Debtor.name_search.op("@@")(query)


def _has_number(typed: str, area_prefix: str) -> ColumnElement[bool]:
    plain = re.sub(r"[\s.-]", "", typed).upper()
    phones = [phone.e164 for phone in read_phones(typed, area_prefix).numbers]
    ids = union(
        # Who was joined to another person is found as that one.
        select(func.coalesce(Debtor.merged_into_id, Debtor.id)).where(
            Debtor.identification == plain
        ),
        select(Account.debtor_id).where(Account.number_key == account_key(typed)),
        select(ContactPoint.debtor_id).where(ContactPoint.value.in_(phones)),
    )
    return Debtor.id.in_(ids)


def _has_contact(values: list[str]) -> ColumnElement[bool]:
    return Debtor.id.in_(select(ContactPoint.debtor_id).where(ContactPoint.value.in_(values)))


def find_people(session: Session, typed: str, area_prefix: str, limit: int = 20) -> list[Debtor]:
    """At most ``limit`` people, with their accounts and portfolios."""
    query = people_matching(typed, area_prefix)
    if query is None:
        return []
    accounts = selectinload(Debtor.accounts).joinedload(Account.portfolio)
    return list(session.scalars(query.limit(limit).options(accounts)))
