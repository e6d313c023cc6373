"""Ana, the person whom she calls, and a call from claim to save."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.calls.dialling import dial
from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.leaving import ComplaintWish
from app.calls.plan import PlanWish
from app.calls.service import record_call
from app.core.settings import Settings
from app.models import (
    Bill,
    Call,
    Callback,
    ComplaintCategory,
    Hold,
    Outcome,
    PaymentMeans,
    Promise,
)
from app.worklist.service import build_worklist, claim_person
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.walking import fresh_client

SETTINGS = Settings({})
DAY = NOW.date()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Thursday of the same week, 16:30 in Guayaquil.
THURSDAY = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, date(2026, 11, 23))


@pytest.fixture
def debtor(session, portfolio):
    """Owes 250 on one account; two telephones."""
    person = make_debtor(session, phones=("+593991234567", "+593987654321"))
    make_account(session, person, portfolio, "250.00")
    build_worklist(session, SETTINGS, NOW)
    return person


@pytest.fixture
def begin(session, people, debtor):
    """``begin(verified=True)``: Ana's outgoing call to the debtor, dialled; returns the claim."""

    def make(*, verified=True, dialled=True, direction="outgoing", person=debtor, now=NOW):
        claim = claim_person(session, people.ana, SETTINGS, now, person.id, direction)
        if dialled and direction == "outgoing":
            point = person.contact_points[0]
            assert dial(session, people.ana, SETTINGS, now, claim, point.id).allowed
        if verified:
            number = person.accounts[0].number
            assert check_identity(
                session, people.ana, SETTINGS, now, claim, account=number
            ).verified
        return claim

    return make


@pytest.fixture
def save(session, people):
    """``save(claim, "NC_NA", …)``: Ana saves; returns ``(call, is_new)``."""

    def make(claim, code, *, now=NOW + 2 * MINUTE, agent=people.ana, **typed):
        result = CallResult(code, **typed)
        return record_call(session, agent, SETTINGS, now, claim.key, result)

    return make


def english_client(app, username: str):
    """A browser that is signed in and reads English."""
    client = fresh_client(app, username)
    client.get("/lang/en")
    return client


def count(session, model) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def nothing_was_written(session) -> bool:
    return not any(count(session, model) for model in (Call, Promise, Callback, Hold))


def typed_for(outcome: Outcome, debtor, session) -> dict:
    """What the screen would send for this outcome."""
    owed = debtor.accounts[0].balance
    amount = owed if outcome.code == "RPC_PTP_FULL" else Decimal("40.00")
    fields = {
        "promise": {
            "amounts": {debtor.accounts[0].id: amount},
            "due_on": DAY + timedelta(days=3),
            "means_id": session.scalars(sa.select(PaymentMeans.id)).first(),
        },
        "callback": {"callback_at": THURSDAY},
        "receipt": {"receipt": "R-1"},
        "text": {"note": "dice que mañana"},
        "plan": {"plan": PlanWish(months=6)},
        "complaint": {"complaint": complaint_about(session, debtor.accounts[0])},
    }
    return {k: v for name in outcome.asks for k, v in fields.get(name, {}).items()}


def complaint_about(session, account, bills: int | None = None, category="Consumo elevado"):
    """What is typed of a complaint about the account's first ``bills`` bills; all of them unless told."""
    known = sa.select(ComplaintCategory.id).where(ComplaintCategory.name == category)
    own = sa.select(Bill.id).where(Bill.account_id == account.id).order_by(Bill.id).limit(bills)
    return ComplaintWish(session.scalars(known).one(), tuple(session.scalars(own)))


OFFERED = [
    "RPC_PTP_FULL",
    "RPC_PTP_PART",
    "RPC_PLAN_REQ",
    "RPC_PAID_CLAIM",
    "RPC_DISPUTE",
    "RPC_CALLBACK",
    "RPC_HARDSHIP",
    "RPC_REFUSE",
    "RPC_NOT_DEBTOR",
    "RPC_HANGUP",
    "RPC_OPTOUT",
    "NC_NA",
    "NC_BUSY",
    "NC_OFF",
    "NC_VM",
    "TPC_MESSAGE",
    "UNV_CONTACT",
    "BAD_WRONG",
    "BAD_DEAD",
    "TPC_OCCUPANT",
    "TPC_DECEASED",
    "BAD_EXHAUSTED",
    "SYS_ERROR",
]
RIGHT_PARTY = [code for code in OFFERED if code.startswith("RPC_")]
