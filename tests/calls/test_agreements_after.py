"""What follows from an agreement that was asked for: gate, queue, history, the operator's own lists."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.agreements.judging import check_agreements
from app.agreements.service import (
    Wanted,
    approve_agreement,
    cancel_agreement,
    draft_agreement,
    refuse_agreement,
    request_agreement,
)
from app.calls.sheet import history_of
from app.contact_rules.service import may_contact
from app.core import clock
from app.core.agent import SYSTEM
from app.models import Bill
from tests.calls.agreed import judge, pay
from tests.calls.floor import DAY, HOUR, MINUTE, SETTINGS
from tests.conftest import NOW
from tests.factories import make_account, make_debtor
from tests.walking import fresh_client
from tests.worklist.floor import queue, reasons

# --- the gate and the queue


def gate(session, person, at=NOW + timedelta(days=1)) -> list[str]:
    return list(may_contact(session, SETTINGS, [person.id], "call", at)[person.id].refused_by)


def test_who_keeps_an_agreement_is_left_in_peace_and_who_is_late_is_not(
    session, people, owes, agreed
):
    assert agreed.state == "awaiting" and gate(session, owes) == ["agreement"]
    assert owes.id not in queue(session)
    down = agreed.instalments[0]
    pay(session, agreed, DAY + timedelta(days=1), down.amount)
    assert agreed.state == "active" and gate(session, owes) == ["agreement"]
    first = agreed.instalments[1]
    judge(session, agreed, first.due_on + timedelta(days=1))
    assert agreed.late == first.amount and gate(session, owes) == []
    assert reasons(queue(session)[owes.id])["late_instalment"] == 50
    pay(session, agreed, first.due_on + timedelta(days=2), first.amount)
    assert agreed.late == 0 and gate(session, owes) == ["agreement"]
    assert owes.id not in queue(session)


def test_an_undecided_one_covers_and_new_bills_beside_it_do_not(
    session, people, owes, account, wanted
):
    request_agreement(session, people.ana, NOW, SETTINGS, wanted)
    session.expire_all()
    assert gate(session, owes) == ["agreement"]
    account.balance += Decimal("45.00")
    session.flush()
    assert gate(session, owes) == []


@pytest.mark.parametrize("ending", ["refused", "cancelled", "void", "broken"])
def test_what_ended_unpaid_gives_the_debt_back(session, people, owes, wanted, ending):
    made = request_agreement(session, people.ana, NOW, SETTINGS, wanted)
    if ending == "refused":
        refuse_agreement(session, people.eva, NOW + HOUR, made.id, "tiene otro incumplido")
    elif ending == "cancelled":
        cancel_agreement(session, people.eva, NOW + HOUR, SETTINGS, made.id, "se arrepintió")
    else:
        approve_agreement(session, people.eva, NOW + HOUR, SETTINGS, made.id)
        if ending == "broken":
            pay(session, made, DAY + timedelta(days=1), made.instalments[0].amount)
        judge(session, made, made.instalments[-1].lapses_on + timedelta(days=1))
    session.refresh(made)
    session.expire_all()
    assert made.state == ending and gate(session, owes) == []
    assert owes.id in queue(session)
    assert check_agreements(session, max(DAY, made.ended_on or DAY)) == []


def test_a_broken_agreement_weighs_until_the_person_has_been_talked_to(
    session,
    people,
    begin,
    save,
    owes,
    agreed,
):
    pay(session, agreed, DAY, agreed.instalments[0].amount)
    end = agreed.instalments[1].lapses_on + timedelta(days=1)
    judge(session, agreed, end)
    assert agreed.state == "broken"
    later = NOW + timedelta(days=(end - DAY).days + 1)
    assert reasons(queue(session, later)[owes.id])["broken_agreement"] == 60
    claim = begin(person=owes, direction="incoming", now=later)
    save(claim, "RPC_HANGUP", now=later + MINUTE)
    assert "broken_agreement" not in reasons(queue(session, later + HOUR)[owes.id])


# --- the history


def test_the_history_tells_who_asked_who_decided_and_what_the_payments_made_of_it(
    session, people, owes, agreed
):
    pay(session, agreed, DAY, agreed.instalments[0].amount)
    judge(session, agreed, agreed.instalments[1].lapses_on + timedelta(days=1))
    told = [
        (row.kind, row.label, row.state, row.who)
        for row in history_of(session, owes.id)
        if "agreement" in row.kind
    ]
    number = agreed.number
    assert told[::-1] == [
        ("request_agreement", number, "pending", "Ana Cedeño"),
        ("approve_agreement", number, "awaiting", "Eva Loor"),
        ("judge_agreement", number, "active", SYSTEM.name),
        ("judge_agreement", number, "broken", SYSTEM.name),
    ]


def test_the_persons_page_tells_it_in_words(app, session, people, owes, agreed):
    pay(session, agreed, DAY, agreed.instalments[0].amount)
    session.commit()
    page = fresh_client(app, "eva").get(f"/people/{owes.id}").text
    history = page[page.index('class="timeline"') :]
    assert history.count(agreed.number) == 3 and "72,12" in history and "360,60" in history
    assert "Ana Cedeño" in history and "Eva Loor" in history


# --- my follow-ups and my day


def test_my_followups_tell_each_state_and_what_is_to_be_told_first(
    app,
    session,
    people,
    owes,
    agreed,
    portfolio,
    monkeypatch,
):
    asked = make_debtor(session, "POR APROBAR LUZ")
    other = make_account(session, asked, portfolio, "200.00")
    bill = session.scalars(sa.select(Bill.id).where(Bill.account_id == other.id)).one()
    request_agreement(session, people.ana, NOW, SETTINGS, Wanted(other.id, (bill,), 3))
    denied = make_debtor(session, "NEGADO RAÚL")
    third = make_account(session, denied, portfolio, "300.00")
    bill = session.scalars(sa.select(Bill.id).where(Bill.account_id == third.id)).one()
    no = request_agreement(session, people.ana, NOW, SETTINGS, Wanted(third.id, (bill,), 3))
    refuse_agreement(session, people.eva, NOW + HOUR, no.id, "sin respaldo")
    draft = make_account(session, make_debtor(session, "BORRADOR"), portfolio)
    bill = session.scalars(sa.select(Bill.id).where(Bill.account_id == draft.id)).one()
    draft_agreement(session, people.ana, NOW, SETTINGS, Wanted(draft.id, (bill,), 3))
    session.commit()
    monkeypatch.setattr(clock, "utcnow", lambda: NOW + 2 * HOUR)
    ana = fresh_client(app, "ana")
    page = ana.get("/followups/").text
    names = ["NEGADO RAÚL", "VERA PLAZA ROSA", "POR APROBAR LUZ"]
    assert sorted(names, key=page.index) == names and "BORRADOR" not in page
    for secret in ("360,60", "72,12", "CV-", "24/12/2026", "300,00"):
        assert secret not in page
    assert page.count('name="person"') == 1
    assert "NEGADO" not in ana.get("/followups/?which=pending").text
    assert "POR APROBAR" not in ana.get("/followups/?which=broken").text
    assert all(name in ana.get("/followups/?which=agreement").text for name in names)
    assert "NEGADO" not in fresh_client(app, "luis").get("/followups/").text
    assert "/followups/?which=agreement" in ana.get("/day/").text
    assert "/followups/?which=agreement" not in fresh_client(app, "luis").get("/day/").text


def test_once_the_person_has_been_told_it_is_no_longer_new(
    app,
    session,
    people,
    begin,
    save,
    owes,
    agreed,
    monkeypatch,
):
    judge(session, agreed, agreed.instalments[0].due_on + timedelta(days=1))
    assert agreed.state == "void"
    later = NOW + timedelta(days=10)
    monkeypatch.setattr(clock, "utcnow", lambda: later)
    session.commit()
    ana = fresh_client(app, "ana")
    assert 'name="person"' in ana.get("/followups/").text
    save(begin(person=owes, direction="incoming", now=later), "RPC_HANGUP", now=later + MINUTE)
    session.commit()
    page = ana.get("/followups/").text
    assert "VERA PLAZA ROSA" in page and 'name="person"' not in page
    assert "/followups/?which=agreement" not in ana.get("/day/").text
