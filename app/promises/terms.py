"""What may be promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.core.money import money
from app.core.settings import Settings
from app.debts.service import OwedAccount


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """What a person promised: USD per account, one date, one means of payment. ``made_on``: the day on
    which the contact began, when that is not today. ``reason``: why a pending promise is replaced."""

    amounts: dict[int, Decimal]
    due_on: date
    means_id: int | None
    made_on: date | None = None
    reason: str = ""


def check_terms(
    settings: Settings, today: date, owed: Sequence[OwedAccount], terms: PromiseTerms, *, full: bool
) -> None:
    """Refuses a day in the past or beyond the longest term, no amount, one that is not positive or above
    what may be promised of its account, and (``full``) less than what may be collected."""
    _check_day(terms.due_on, today, settings)
    by_id = {account.account_id: account for account in owed}
    if not terms.amounts:
        raise RuleBroken(_l("Write the amount that the person promises to pay."), "amount")
    for account_id, amount in terms.amounts.items():
        _check_amount(by_id.get(account_id), amount)
    if full:
        _check_full(owed, terms)


def _check_day(due_on: date, today: date, settings: Settings) -> None:
    latest = today + timedelta(days=settings["promise_max_days"])
    if not today <= due_on <= latest:
        raise RuleBroken(
            _l(
                "The promised day must be between %(first)s and %(last)s.",
                first=f"{today:%d/%m/%Y}",
                last=f"{latest:%d/%m/%Y}",
            ),
            "due_on",
        )


def _check_amount(account: OwedAccount | None, amount: Decimal) -> None:
    if account is None:
        raise RuleBroken(_l("That account does not belong to this person."), "amount")
    if amount <= 0:
        raise RuleBroken(_l("The promised amount must be more than zero."), "amount")
    if amount > account.owed - account.covered:
        raise RuleBroken(_too_much(account), "amount")


def _too_much(account: OwedAccount) -> object:
    if not account.covered:
        return _l(
            "The promised amount is more than what is owed (%(owed)s).", owed=money(account.owed)
        )
    return _l(
        "At most %(most)s may be promised: the other %(covered)s stands under an agreement.",
        most=money(account.owed - account.covered),
        covered=money(account.covered),
    )


def _check_full(owed: Sequence[OwedAccount], terms: PromiseTerms) -> None:
    collectable = sum((account.collectable for account in owed), Decimal(0))
    short = any(terms.amounts.get(a.account_id, Decimal(0)) < a.collectable for a in owed)
    if short:
        raise RuleBroken(
            _l(
                "A full promise covers everything that may be asked for (%(amount)s). Choose a partial promise for less.",
                amount=money(collectable),
            ),
            "amount",
        )
