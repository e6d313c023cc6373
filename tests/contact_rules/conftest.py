"""The contact gate's own fixtures. Its tests were written from domain.md (Contact, Days, Holds,
Promises) and issue 2, not from the gate."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.contact_rules.service import may_contact_about
from app.core.business_days import seed_holidays
from app.models import Account, Portfolio
from tests.contact_rules.desk import SETTINGS, Ask, at, days, reachable
from tests.factories import make_portfolio


@pytest.fixture(autouse=True)
def _holidays(session: Session) -> None:
    seed_holidays(session, (2026, 2027))


@pytest.fixture
def portfolio(session: Session) -> Portfolio:
    """One day old."""
    return make_portfolio(session, days(-1), "agua")


@pytest.fixture
def account(session: Session, portfolio: Portfolio) -> Account:
    """100 USD that may be asked for by every channel."""
    return reachable(session, portfolio)


@pytest.fixture
def ask(session: Session) -> Ask:
    """``ask(account, "10:00", "call", settings)``: the gate's answer."""

    def asked(account: Account, moment: str = "10:00", channel: str = "call", settings=SETTINGS):
        return may_contact_about(session, settings, account.id, channel, at(moment))

    return asked
