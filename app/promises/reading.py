"""The payments that made a promise what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.promises.queries import COUNTED


@dataclass(frozen=True, slots=True)
class CountedPayment:
    """A payment, or a reversal (below zero), that counts for a promise; ``total``: what had come with it.
    USD."""

    promise_id: int
    paid_on: date
    amount: Decimal
    channel: str
    reference: str
    total: Decimal


_COUNTED = text(COUNTED)


def counted_payments(
    session: Session, day: date, promise_ids: Iterable[int]
) -> dict[int, list[CountedPayment]]:
    """What counts for each of these promises as of ``day``, in the order of its day; nothing for those
    that were replaced or withdrawn, which no payment judges."""
    found: dict[int, list[CountedPayment]] = {key: [] for key in promise_ids}
    if found:
        for row in session.execute(_COUNTED, {"day": day, "ids": list(found)}):
            found[row.promise_id].append(CountedPayment(*row))
    return found
