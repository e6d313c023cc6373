"""Means of payment: kept with cost, places and days; told on the call screen; offered on their days alone."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.service import record_call
from app.core import clock
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.models import PaymentMeans, Promise
from app.payments.means import check_means, offered_means, told_reference
from app.worklist.service import build_worklist, claim_person
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio

SETTINGS = Settings({})
DAY = date(2026, 11, 24)
ONE_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def lawful_moment(monkeypatch):
    """Tuesday at ten, whenever the test runs."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


@pytest.fixture
def means(session) -> PaymentMeans:
    """A means of the catalogue, with everything that can be told of one."""
    row = PaymentMeans(
        name="Cooperativa del puerto",
        instructions="Pague en la caja.",
        cost=Decimal("0.35"),
        hours="9 a 17 h",
        places="Malecón",
        reference="Contrato {account}",
        posting_delay_days=3,
        position=99,
    )
    session.add(row)
    session.commit()
    return row


@pytest.fixture
def debtor(session):
    person = make_debtor(session)
    portfolio = make_portfolio(session, date(2026, 11, 23))
    make_account(session, person, portfolio, "250.00", number="0077001133", number_key="77001133")
    build_worklist(session, SETTINGS, NOW)
    session.commit()
    return person


@pytest.fixture
def claim(session, people, debtor):
    held = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "incoming")
    session.commit()
    return held


def verify(session, people, claim):
    check_identity(session, people.ana, SETTINGS, NOW, claim, account="0077001133")
    session.commit()


# --- the days on which it is offered


@pytest.mark.parametrize(
    ("columns", "offered"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"valid_from": DAY, "valid_to": DAY}, True),
        ({"valid_from": DAY + ONE_DAY}, False),
        ({"valid_to": DAY - ONE_DAY}, False),
        ({"valid_to": DAY + ONE_DAY}, True),
    ],
)
def test_a_means_is_offered_and_accepted_on_its_days(session, means, columns, offered):
    for name, value in columns.items():
        setattr(means, name, value)
    session.flush()
    assert (means.id in [m.id for m in offered_means(session, DAY)]) is offered
    if offered:
        check_means(session, DAY, means.id)
    else:
        with pytest.raises(RuleBroken) as refused:
            check_means(session, DAY, means.id)
        assert refused.value.field == "means_id"


def test_a_promise_by_a_means_that_ended_meanwhile_is_not_saved(session, people, claim, means):
    verify(session, people, claim)
    account = claim.debtor.accounts[0]
    result = CallResult(
        "RPC_PTP_PART",
        amounts={account.id: Decimal("40.00")},
        due_on=DAY + 2 * ONE_DAY,
        means_id=means.id,
    )
    means.valid_to = DAY - ONE_DAY
    session.flush()
    with force_locale("en"), pytest.raises(RuleBroken, match="no longer offered"):
        record_call(session, people.ana, SETTINGS, NOW, claim.key, result)
    assert session.scalar(sa.select(sa.func.count()).select_from(Promise)) == 0
    means.valid_to = DAY
    session.flush()
    record_call(session, people.ana, SETTINGS, NOW, claim.key, result)
    assert session.scalars(sa.select(Promise.means_id)).all() == [means.id]


def test_the_account_stands_where_the_reference_wants_it():
    assert (
        told_reference("Contrato {account} o cédula", ["01", "02"]) == "Contrato 01 · 02 o cédula"
    )
    assert told_reference("Contrato {account}", []) == "Contrato ______"
    assert told_reference("", ["01"]) == ""


# --- on the call screen


def panel(client) -> str:
    page = client.get("/work/").text
    assert len(re.findall(r'data-key="m"', page)) == 1
    return page[page.index('<dialog id="means"') : page.index("</dialog>")]


def test_everything_is_told_before_the_check_but_the_account(means, claim, sign_in):
    told = panel(sign_in("ana"))
    for words in ("Pague en la caja.", "9 a 17 h", "Malecón", "Contrato ______", "0,35", "3 días"):
        assert words in told
    assert "77001133" not in told


def test_once_verified_the_account_is_filled_in(session, people, means, claim, sign_in):
    verify(session, people, claim)
    assert "Contrato 0077001133" in panel(sign_in("ana"))


def test_without_a_call_it_is_told_too(means, sign_in):
    assert "Contrato ______" in panel(sign_in("luis"))


def test_what_is_not_offered_today_is_not_told(session, means, claim, sign_in):
    means.valid_from = DAY + ONE_DAY
    session.commit()
    assert means.name not in sign_in("ana").get("/work/").text


def test_an_operator_reads_them_without_the_catalogue(means, sign_in):
    client = sign_in("ana")
    for page in ("list/", "add", f"edit/{means.id}", f"show/{means.id}"):
        assert client.get(f"/payment-means/{page}").status_code == 403


# --- the catalogue

FILLED = {
    "name": "Billetera móvil",
    "instructions": "Pague desde el teléfono",
    "cost": "0,25",
    "hours": "A toda hora",
    "places": "En línea",
    "reference": "Cuenta {account}",
    "posting_delay_days": "2",
    "valid_from": "2026-11-01",
    "valid_to": "2026-12-31",
    "position": "50",
    "is_active": "y",
}


@pytest.mark.parametrize("who", ["eva", "adela"])
def test_whoever_keeps_the_catalogue_adds_and_edits_every_column(session, sign_in, who):
    client = sign_in(who)
    assert client.post("/payment-means/add", data=FILLED).status_code == 302
    row = session.scalars(
        sa.select(PaymentMeans).where(PaymentMeans.name == "Billetera móvil")
    ).one()
    assert (row.cost, row.hours, row.places) == (Decimal("0.25"), "A toda hora", "En línea")
    assert (row.valid_from, row.valid_to) == (date(2026, 11, 1), date(2026, 12, 31))
    changed = FILLED | {"valid_from": "", "valid_to": "", "cost": "0"}
    assert client.post(f"/payment-means/edit/{row.id}", data=changed).status_code == 302
    session.refresh(row)
    assert (row.valid_from, row.valid_to, row.cost) == (None, None, Decimal(0))
    assert "A toda hora" in client.get(f"/payment-means/show/{row.id}").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"valid_to": "2026-10-31"}, "El último día no puede ser anterior al primero."),
        ({"cost": "-0,01"}, "El costo no puede ser menor que cero."),
        ({"posting_delay_days": "61"}, "Escriba un número de días de 0 a 60."),
        ({"posting_delay_days": "-1"}, "Escriba un número de días de 0 a 60."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_stays_typed(session, sign_in, wrong, sentence):
    answer = sign_in("eva").post("/payment-means/add", data=FILLED | wrong)
    assert answer.status_code == 200
    assert sentence in answer.text and "Pague desde el teléfono" in answer.text
    named = sa.select(PaymentMeans).where(PaymentMeans.name == "Billetera móvil")
    assert session.scalars(named).all() == []


def test_a_fresh_database_tells_of_each_where_and_what_to_give(session):
    seeded = offered_means(session, DAY)
    assert len(seeded) >= 6
    assert all(
        m.instructions and m.hours and m.places and "{account}" in m.reference for m in seeded
    )
    assert [m.position for m in seeded] == sorted(m.position for m in seeded)
