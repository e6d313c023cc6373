"""A person with three bills of 100, 60 and 40 on one account, and complaints about them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.complaints.service import Answer, NewComplaint, answer_complaint, open_complaint
from app.core.reference import know_stamp
from app.core.settings import Settings
from app.models import Area, Bill, Complaint, ComplaintCategory, Staff
from tests.conftest import NOW
from tests.factories import make_account, make_debtor

SETTINGS = Settings({})


@pytest.fixture
def areas(session):
    """``areas.billing`` and ``areas.archive``, as setup seeds them."""
    found = {area.name: area for area in session.scalars(sa.select(Area))}
    return SimpleNamespace(billing=found["Facturación"], archive=found["Archivo"])


@pytest.fixture
def categories(session):
    """By name, as setup seeds them."""
    return {c.name: c for c in session.scalars(sa.select(ComplaintCategory))}


@pytest.fixture
def debtor(session, portfolio):
    person = make_debtor(session, identification="1312345678")
    make_account(session, person, portfolio, "200.00", bills=("100.00", "60.00", "40.00"))
    return person


@pytest.fixture
def account(debtor):
    return debtor.accounts[0]


@pytest.fixture
def bills(session, account):
    """Of 100, 60 and 40 dollars, in that order."""
    return session.scalars(
        sa.select(Bill).where(Bill.account_id == account.id).order_by(Bill.id)
    ).all()


@pytest.fixture
def complain(session, people, debtor, account, bills, categories):
    """``complain("Consumo elevado", bills[:1])``: Ana takes a complaint in; the first bill unless told."""

    def make(
        about="Consumo elevado", disputed=None, *, agent=people.ana, now=NOW, call=None, **more
    ):
        chosen = bills[:1] if disputed is None else disputed
        on = more.pop("account", account)
        wanted = NewComplaint(
            categories[about].id,
            on.id,
            tuple(bill.id for bill in chosen),
            **({"text": "El consumo es el doble de siempre", "origin": "counter"} | more),
        )
        return open_complaint(session, agent, now, SETTINGS, on.debtor_id, wanted, call)

    return make


@pytest.fixture
def answer(session, people):
    """``answer(complaint, "founded")``: Rosa answers it."""

    def make(
        complaint: Complaint, ruling="partly", *, agent=people.rosa, now=NOW, area_id=None, **more
    ):
        given = Answer(ruling, **({"text": "Se revisó la lectura"} | more))
        return answer_complaint(session, agent, now, SETTINGS, complaint.id, given, area_id)

    return make


@pytest.fixture
def of_area(session, people):
    """``of_area(area)``: Rosa belongs to it."""

    def put(area: Area | None) -> None:
        staff = session.get(Staff, people.rosa.user_id) or Staff(user_id=people.rosa.user_id)
        staff.area_id = None if area is None else area.id
        session.add(staff)
        session.commit()
        know_stamp(session, None)

    return put
