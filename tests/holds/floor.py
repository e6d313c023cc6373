"""Eva's desk: a person who owes, and holds placed on the screens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio

DAY = NOW.date()


@pytest.fixture
def at_ten(monkeypatch):
    """The screens' clock."""
    monkeypatch.setattr("app.core.clock.utcnow", lambda: NOW)


@pytest.fixture
def account(session):
    """Three bills: 30, 50 and 20 USD; the person has two telephones."""
    portfolio = make_portfolio(session, DAY - timedelta(days=1))
    debtor = make_debtor(session, phones=("+593991234567", "+593987654321"))
    made = make_account(session, debtor, portfolio, "100.00", bills=("30.00", "50.00", "20.00"))
    session.commit()
    return made


@pytest.fixture
def debtor(account):
    return account.debtor


@pytest.fixture
def eva(sign_in, at_ten):
    client = sign_in("eva")
    client.get("/lang/en")
    return client


@pytest.fixture
def place(eva, debtor):
    """``place("person:", 5)``: Eva's form for a hold of five days more; the answer."""

    def post(target: str, days: int = 5, *, reason: str = "Cliente protegido", client=eva, **typed):
        form = {
            "target": target,
            "until": f"{DAY + timedelta(days=days)}",
            "reason": reason,
        } | typed
        return client.post(f"/holds/person/{debtor.id}", data=form)

    return post
