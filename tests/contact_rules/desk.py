"""What the tests of the contact gate share: their day, their person and how an answer is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.contact_rules.service import Verdict
from app.core.settings import Settings
from app.models import Account, Portfolio
from tests.factories import make_account, make_debtor

GUAYAQUIL = ZoneInfo("America/Guayaquil")
#: A Tuesday on which everything is open.
DAY = date(2026, 11, 24)
SETTINGS = Settings({})
Ask = Callable[..., Verdict]


def at(text: str) -> datetime:
    """The moment at which Guayaquil's clock shows ``text``; an hour alone is of `DAY`."""
    return datetime.fromisoformat(text if "T" in text else f"{DAY}T{text}").replace(
        tzinfo=GUAYAQUIL
    )


def days(count: int) -> date:
    """The day ``count`` days after `DAY`."""
    return DAY + timedelta(days=count)


def refuses(verdict: Verdict, *rules: str, until: str | None = None) -> bool:
    """The verdict names exactly ``rules``, in order, and ``until`` as the next allowed moment."""
    return (verdict.refused_by, verdict.next_allowed_at) == (rules, at(until) if until else None)


def reachable(session: Session, portfolio: Portfolio, **columns: Any) -> Account:
    """100 USD, unless ``columns`` say otherwise, of a person who can be reached by every channel."""
    debtor = make_debtor(session, emails=("maria@example.com",))
    return make_account(session, debtor, portfolio, **({"address": "Av. Manabí 12"} | columns))
