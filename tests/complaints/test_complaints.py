"""A complaint from the counter to its answer: what is taken in, who may do what, and in which state."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.complaints.service import (
    close_complaint,
    complaint_categories,
    complaints_waiting,
    note_complaint,
    reopen_complaint,
    return_complaint,
    route_complaint,
)
from app.core.errors import RuleBroken
from app.models import (
    ComplaintEntry,
    Hold,
    Holiday,
    TimelineEvent,
    WorklistPush,
)
from tests.complaints.floor import SETTINGS
from tests.conftest import NOW
from tests.factories import make_account, make_debtor

DAY = NOW.date()
LATER = NOW + timedelta(days=1)


def kinds(session, complaint) -> list[str]:
    entries = sa.select(ComplaintEntry.kind).where(ComplaintEntry.complaint_id == complaint.id)
    return list(session.scalars(entries.order_by(ComplaintEntry.id)))


def test_setup_proposes_categories_in_the_order_of_the_screen(session):
    found = complaint_categories(session)
    assert [c.name for c in found][:2] == ["Consumo elevado", "Error de lectura"]
    assert {c.name for c in found if c.area_id is None} == {"Otro"}


def test_one_whose_category_has_an_area_goes_there_at_once(session, people, complain, areas):
    complaint = complain()
    assert (complaint.state, complaint.area_id) == ("routed", areas.billing.id)
    assert (complaint.number, complaint.routed_at) == (f"R-{complaint.id:06d}", NOW)
    assert kinds(session, complaint) == ["open"]
    deed = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "open_complaint")
    ).one()
    assert deed.agent_id == people.ana.user_id and deed.debtor_id == complaint.debtor_id


def test_one_of_no_area_waits_at_the_desk(complain):
    complaint = complain("Otro", [])
    assert (complaint.state, complaint.area_id, complaint.routed_at) == ("received", None, None)


@pytest.mark.parametrize(
    ("received", "due", "warn"),
    [
        # Ten business days, and two before; from Tuesday 2026-11-24.
        (NOW, date(2026, 12, 8), date(2026, 12, 4)),
        # Late in the evening of the unit it is still that day, though not in UTC.
        (datetime(2026, 11, 25, 4, 30, tzinfo=UTC), date(2026, 12, 8), date(2026, 12, 4)),
        # Of a Saturday: from Monday on.
        (datetime(2026, 11, 28, 15, tzinfo=UTC), date(2026, 12, 11), date(2026, 12, 9)),
        # Over Christmas and the first of January, Fridays both.
        (datetime(2026, 12, 21, 15, tzinfo=UTC), date(2027, 1, 6), date(2027, 1, 4)),
    ],
)
def test_its_deadline_counts_business_days_from_the_day_after(complain, received, due, warn):
    complaint = complain("Error de lectura", now=received)
    assert (complaint.due_on, complaint.warn_on) == (due, warn)


def test_a_local_holiday_moves_the_deadline(session, complain):
    session.add(Holiday(day=date(2026, 12, 1), name="Cantonización", scope="local"))
    session.flush()
    assert complain("Error de lectura").due_on == date(2026, 12, 9)


def refused(sentence: str):
    return pytest.raises(RuleBroken, match=sentence)


def test_what_is_said_must_be_written_and_not_be_endless(complain):
    with refused("Write what the user says"):
        complain(text="  \n ")
    with refused("at most 4000"):
        complain(text="x" * 4001)


def test_an_inactive_category_takes_nothing_in(session, complain, categories):
    categories["Consumo elevado"].is_active = False
    session.flush()
    with refused("Choose what the complaint is about"):
        complain()


def test_the_account_is_open_and_the_persons(session, complain, portfolio, account):
    other = make_account(session, make_debtor(session), portfolio, "10.00")
    theirs = complain("Otro", [], account=other)
    assert theirs.debtor_id == other.debtor_id
    account.closed_on = DAY
    session.flush()
    with refused("Choose the account"):
        complain()


def test_a_bill_of_another_account_cannot_be_disputed(session, complain, portfolio, debtor):
    other = make_account(session, debtor, portfolio, "10.00")
    with refused("this account still owes"):
        complain("Consumo elevado", other.bills)


def test_a_paid_or_closed_bill_cannot_be_disputed(session, complain, bills):
    bills[0].closed_on = DAY
    bills[1].balance = 0
    session.flush()
    for bill in bills[:2]:
        with refused("this account still owes"):
            complain("Consumo elevado", [bill])


def test_a_category_of_the_debt_needs_a_bill(complain):
    with refused("Choose the bills"):
        complain("Consumo elevado", [])
    assert complain("Atención recibida", []).state == "routed"


def test_a_bill_stands_under_one_waiting_complaint_at_a_time(complain, answer, bills):
    first = complain()
    with refused(f"already under the complaint {first.number}"):
        complain("Error de lectura", bills[:2])
    answer(first)
    assert complain("Error de lectura", bills[:2]).id != first.id


def test_the_desk_sends_it_to_an_area_and_on_to_another(session, people, complain, areas):
    complaint = complain("Otro", [])
    due_on = complaint.due_on
    args = (session, people.eva, LATER, SETTINGS, complaint.id)
    route_complaint(*args, areas.archive.id, "Buscar el expediente")
    assert (complaint.state, complaint.area_id) == ("routed", areas.archive.id)
    with refused("with that area already"):
        route_complaint(*args, areas.archive.id)
    route_complaint(*args, areas.billing.id)
    assert (complaint.area_id, complaint.due_on) == (areas.billing.id, due_on)
    areas.archive.is_active = False
    with refused("Choose the area"):
        route_complaint(*args, areas.archive.id)


def test_an_area_returns_it_with_a_reason_and_sees_it_no_more(session, people, complain, areas):
    complaint = complain()
    args = (session, people.rosa, LATER, SETTINGS, complaint.id)
    with refused("Write why it goes back"):
        return_complaint(*args, " ", areas.billing.id)
    return_complaint(*args, "Es de archivo", areas.billing.id)
    assert (complaint.state, complaint.area_id) == ("received", None)
    with refused("is not with you"):
        return_complaint(*args, "Otra vez", areas.billing.id)
    with refused("Returned to the desk: Rosa Tenesaca, 25/11/2026 10:00"):
        return_complaint(*args, "Otra vez")


def test_another_area_does_nothing_with_it(session, people, complain, answer, areas):
    complaint = complain()
    mine = areas.archive.id
    args = (session, people.rosa, NOW, SETTINGS, complaint.id)
    with refused("is not with you"):
        answer(complaint, area_id=mine)
    with refused("is not with you"):
        return_complaint(*args, "No es nuestro", mine)
    with refused("is not with you"):
        note_complaint(*args, "Nota", (), mine)
    assert kinds(session, complaint) == ["open"]


def test_the_answer_rules_and_puts_the_person_on_top(session, people, complain, answer, areas):
    complaint = complain()
    with refused("Choose what was found"):
        answer(complaint, "maybe")
    with refused("Write the answer"):
        answer(complaint, text=" ")
    answer(complaint, "partly", now=LATER, area_id=areas.billing.id)
    assert (complaint.state, complaint.ruling) == ("answered", "partly")
    assert (complaint.answered_at, complaint.answered_by_id) == (LATER, people.rosa.user_id)
    pushed = session.scalars(sa.select(WorklistPush)).one()
    assert (pushed.debtor_id, pushed.reason) == (complaint.debtor_id, "answered")
    with refused("Complaint answered: Rosa Tenesaca, 25/11/2026 10:00. Nothing was changed"):
        answer(complaint, "founded")
    assert complaint.ruling == "partly"


def test_it_is_closed_once_the_user_was_told_and_not_before(session, people, complain, answer):
    complaint = complain()
    args = (session, people.eva, LATER, SETTINGS, complaint.id)
    with refused("Complaint opened: Ana"):
        close_complaint(*args)
    answer(complaint)
    close_complaint(*args, "Se le llamó")
    assert (complaint.state, complaint.closed_by_id) == ("closed", people.eva.user_id)
    with refused("The user was told: Eva"):
        close_complaint(*args)


def test_reopened_it_goes_back_to_its_area_with_new_days(session, people, complain, answer, areas):
    complaint = complain("Error de lectura")
    answer(complaint, now=LATER)
    close_complaint(session, people.eva, LATER, SETTINGS, complaint.id)
    then = LATER + timedelta(days=SETTINGS["complaint_reopen_days"])
    args = (session, people.eva, then, SETTINGS, complaint.id)
    with refused("Write why it is reopened"):
        reopen_complaint(*args, "")
    reopen_complaint(*args, "Trae la foto del medidor")
    assert (complaint.state, complaint.area_id) == ("routed", areas.billing.id)
    assert (complaint.answered_at, complaint.ruling, complaint.closed_at) == (None, None, None)
    assert complaint.due_on == date(2027, 2, 5) and complaint.reopened == 1
    assert kinds(session, complaint) == ["open", "answer", "close", "reopen"]
    told = session.scalars(sa.select(ComplaintEntry).where(ComplaintEntry.kind == "answer")).one()
    assert (told.ruling, told.text) == ("partly", "Se revisó la lectura")


def test_one_that_waits_or_is_long_answered_is_not_reopened(session, people, complain, answer):
    complaint = complain()
    args = (people.eva, LATER, SETTINGS, complaint.id, "Insiste")
    with refused("Complaint opened"):
        reopen_complaint(session, *args)
    answer(complaint)
    late = NOW + timedelta(days=SETTINGS["complaint_reopen_days"] + 1)
    with refused("It could be reopened until 23/01/2027"):
        reopen_complaint(session, people.eva, late, SETTINGS, complaint.id, "Insiste")
    assert complaint.state == "answered"


def test_a_note_says_something_and_changes_no_state(session, people, complain):
    complaint = complain()
    args = (session, people.eva, LATER, SETTINGS, complaint.id)
    with refused("Write a note or choose a file"):
        note_complaint(*args, " ")
    note_complaint(*args, "Se pidió inspección")
    assert (complaint.state, kinds(session, complaint)) == ("routed", ["open", "note"])


def test_what_waits_is_counted_by_area_and_by_its_day(session, complain, areas, bills):
    complain("Error de lectura", bills[:1])  # due 8 December, warns on the 4th
    complain("Titularidad de la cuenta", bills[1:2])  # due 15 December
    complain("Otro", [])
    counted = {n: complaints_waiting(session, date(2026, 12, n)) for n in (3, 4, 8, 9)}
    assert counted == {3: (3, 0, 0), 4: (3, 1, 0), 8: (3, 1, 0), 9: (3, 0, 1)}
    assert complaints_waiting(session, DAY, areas.archive.id) == (1, 0, 0)


def test_nothing_of_it_is_known_to_who_asks_for_a_key_of_nothing(session, people):
    with refused("is not with you"):
        close_complaint(session, people.eva, NOW, SETTINGS, 999)
    assert session.scalar(sa.select(sa.func.count()).select_from(Hold)) == 0
