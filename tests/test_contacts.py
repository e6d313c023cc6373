"""Contacts: what is typed, verified, retired and restored, by whom, and at what hour they answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.calls.hours import best_hour
from app.calls.identity import check_identity
from app.calls.merging import merge_people
from app.calls.sheet import call_sheet, point_results
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.emails import is_placeholder
from app.debtors.reasons import RETIRE_REASONS, reason_label, reasons_for
from app.debtors.service import (
    add_contact_point,
    contact_of,
    restore_by_hand,
    retire_by_hand,
    verify_by_hand,
)
from app.extensions import db
from app.models import ContactPoint, Debtor, Outcome, TimelineEvent
from app.worklist.service import claim_person
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_attempt,
    make_contact_point,
    make_debtor,
    make_portfolio,
)

SETTINGS = Settings({})
AREA = "05"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def in_english(request):
    if "session" in request.fixturenames:
        request.getfixturevalue("session")
        with force_locale("en"):
            yield
    else:
        yield


@pytest.fixture
def debtor(session):
    person = make_debtor(session, phones=("+593991234567",), emails=("maria@example.com",))
    make_account(session, person, make_portfolio(session, date(2026, 11, 23)))
    return person


def deeds(session, debtor) -> list[str]:
    query = sa.select(TimelineEvent.deed).where(
        TimelineEvent.debtor_id == debtor.id, TimelineEvent.subject == "contact_point"
    )
    return list(session.scalars(query.order_by(TimelineEvent.id)))


# --- what is typed


def test_a_phone_an_email_and_an_address_are_added_with_who_and_when(session, people, debtor):
    typed = (("05 263 1180", ""), ("Maria.Loor@GMAIL.com", ""), ("Calle 13  y Av. 4", "address"))
    points = [
        add_contact_point(session, people.ana, NOW, debtor, text, AREA, kind)
        for text, kind in typed
    ]
    assert [(p.kind, p.value) for p in points] == [
        ("phone", "+59352631180"),
        ("email", "maria.loor@gmail.com"),
        ("address", "Calle 13 y Av. 4"),
    ]
    assert {(p.origin, p.state, p.added_by_id, p.added_at) for p in points} == {
        ("GESTION", "unverified", people.ana.user_id, NOW)
    }
    assert deeds(session, debtor) == ["add_contact_point"] * 3


@pytest.mark.parametrize(
    ("typed", "kind", "says"),
    [
        ("0999999999", "", "invented number"),
        ("noemail@gmail.com", "", "invented e-mail"),
        ("na@na.com", "", "invented e-mail"),
        ("maria@", "", "not an e-mail address"),
        ("no tiene", "", "not a telephone"),
        ("0991234567 0987654329", "", "not a telephone"),
        ("a" * 251, "", "at most 250"),
        ("s/n", "address", "not an address"),
        ("Sin dirección.", "address", "not an address"),
        ("099 123 4567", "", "already has that contact"),
    ],
)
def test_what_reaches_nobody_is_refused_in_a_sentence(session, people, debtor, typed, kind, says):
    with pytest.raises(RuleBroken, match=says):
        add_contact_point(session, people.ana, NOW, debtor, typed, AREA, kind)
    assert deeds(session, debtor) == []


@pytest.mark.parametrize(
    "address",
    ["sincorreo@x.com", "no-tiene@hotmail.com", "xxx@xx.com", "correo@correo.com", "ninguno@a.ec"],
)
def test_placeholders_are_known(address):
    assert is_placeholder(address)


@pytest.mark.parametrize(
    "address", ["noemi@gmail.com", "norma@no.com", "ana@ana.com", "correo@empresa.com.ec", "a@b.ec"]
)
def test_what_only_looks_like_one_is_not(address):
    assert not is_placeholder(address)


# --- verified, retired, restored


def test_an_email_that_bounced_is_retired_by_hand_and_restored(session, people, debtor):
    email = next(p for p in debtor.contact_points if p.kind == "email")
    retire_by_hand(session, people.ana, NOW, email, "bounced")
    assert (email.state, email.retired_reason) == ("retired", "bounced")
    assert (email.state_at, email.state_by_id) == (NOW, people.ana.user_id)
    restore_by_hand(session, people.eva, LATER, email)
    assert (email.state, email.retired_reason) == ("unverified", None)
    assert (email.state_at, email.state_by_id) == (LATER, people.eva.user_id)
    assert deeds(session, debtor) == ["retire_contact_point", "restore_contact_point"]


def test_each_repeated_deed_says_so(session, people, debtor):
    phone = debtor.contact_points[0]
    with pytest.raises(RuleBroken, match="not retired"):
        restore_by_hand(session, people.ana, NOW, phone)
    verify_by_hand(session, people.ana, NOW, phone)
    with pytest.raises(RuleBroken, match="already verified"):
        verify_by_hand(session, people.ana, NOW, phone)
    retire_by_hand(session, people.ana, NOW, phone, "changed")
    with pytest.raises(RuleBroken, match="already retired"):
        retire_by_hand(session, people.ana, NOW, phone, "changed")
    with pytest.raises(RuleBroken, match="restore it first"):
        verify_by_hand(session, people.ana, NOW, phone)
    assert deeds(session, debtor) == ["verify_contact_point", "retire_contact_point"]


@pytest.mark.parametrize("reason", ["", "bounced", "BAD_WRONG", "whatever"])
def test_a_phone_is_retired_for_a_reason_of_its_list_only(session, people, debtor, reason):
    with pytest.raises(RuleBroken, match="Choose why"):
        retire_by_hand(session, people.ana, NOW, debtor.contact_points[0], reason)


def test_every_reason_is_in_the_one_list_with_its_words(session):
    assert all(reasons_for(kind) for kind in ("phone", "email", "address"))
    retiring = session.scalars(sa.select(Outcome.code).where(Outcome.retires_number))
    assert set(retiring) <= set(RETIRE_REASONS)
    assert reason_label("bounced") == "the e-mail bounced"
    assert reason_label("OUR_OWN") == "OUR_OWN"


def test_a_retired_contact_that_is_typed_again_comes_back(session, people, debtor):
    phone = debtor.contact_points[0]
    retire_by_hand(session, people.ana, NOW, phone, "changed")
    again = add_contact_point(session, people.luis, LATER, debtor, "0991234567", AREA)
    assert (again.id, again.state, again.origin) == (phone.id, "unverified", "BASE")
    assert again.state_by_id == people.luis.user_id


def test_nobody_changes_the_contact_of_somebody_else(session, debtor):
    other = make_debtor(session)
    with pytest.raises(RuleBroken, match="does not belong"):
        contact_of(session, debtor.id, other.contact_points[0].id)


# --- at what hour


def at(hour: int, day: int = 23) -> datetime:
    """That hour of Guayaquil on a day of November 2026."""
    return datetime(2026, 11, day, hour + 5 - 24 * (hour > 18), 30, tzinfo=NOW.tzinfo) + timedelta(
        days=hour > 18
    )


def test_the_hours_at_which_a_number_answers_come_from_its_attempts(session, debtor):
    phone = debtor.contact_points[0]
    silent = make_contact_point(session, debtor, "phone", "+593987654321")
    for day, answered in ((16, True), (17, True), (18, True), (19, False)):
        make_attempt(session, debtor, at(18, day), answered=answered, contact_point_id=phone.id)
    for day in range(16, 21):
        make_attempt(session, debtor, at(10, day), contact_point_id=phone.id)
    make_attempt(session, debtor, at(16), contact_point_id=silent.id)
    make_attempt(session, debtor, at(16), answered=None, contact_point_id=silent.id)
    results = point_results(session, SETTINGS, debtor.id)
    result = results[phone.id]
    assert (result.tries, result.answered) == (9, 3)
    best, worst = result.best, result.worst
    assert (best.first, best.last, best.answered, best.tries) == (18, 20, 3, 4)
    assert (worst.first, worst.last, worst.answered, worst.tries) == (9, 12, 0, 5)
    assert (results[silent.id].best, results[silent.id].tries) == (None, 1)
    assert best_hour(debtor.contact_points, results) == (phone, best)


def test_a_retired_number_is_not_suggested(session, people, debtor):
    phone = debtor.contact_points[0]
    make_attempt(session, debtor, at(10), answered=True, contact_point_id=phone.id)
    retire_by_hand(session, people.ana, NOW, phone, "changed")
    results = point_results(session, SETTINGS, debtor.id)
    assert best_hour(debtor.contact_points, results) is None


def test_the_call_screen_reads_all_of_it_in_the_query_that_was_there(session, people, debtor):
    claim = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "outgoing")
    seen: list[str] = []
    listen = lambda *call: seen.append(call[2])  # noqa: E731
    sa.event.listen(session.connection().engine, "before_cursor_execute", listen)
    try:
        call_sheet(session, SETTINGS, NOW, claim, None)
    finally:
        sa.event.remove(session.connection().engine, "before_cursor_execute", listen)
    assert sum("contact_attempt" in statement for statement in seen) == 1
    assert len(seen) <= 10


# --- on screen


def test_an_operator_keeps_the_contacts_without_leaving_the_call(session, people, debtor, sign_in):
    claim = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "incoming")
    ana, key = sign_in("ana"), {"key": str(claim.key)}
    phone = debtor.contact_points[0]
    answer = ana.post("/work/contact", data=key | {"contact": "Calle 13 y 4", "kind": "address"})
    assert answer.status_code == 302
    change = key | {"point": phone.id}
    ana.post("/work/contact/change", data=change | {"deed": "verify"})
    session.refresh(phone)
    assert phone.state == "unverified", "only the verified holder confirms"
    number = debtor.accounts[0].number
    check_identity(session, people.ana, SETTINGS, NOW, claim, account=number)
    ana.post("/work/contact/change", data=change | {"deed": "verify"})
    session.refresh(phone)
    assert (phone.state, phone.state_by_id) == ("verified", people.ana.user_id)
    ana.post("/work/contact/change", data=change | {"deed": "retire", "reason": "asked"})
    ana.post("/work/contact/change", data=change | {"deed": "restore"})
    page = ana.get("/work/").text
    assert "Calle 13 y 4" in page and "Ana Cedeño" in page
    assert deeds(session, debtor) == [
        "add_contact_point",
        "verify_contact_point",
        "retire_contact_point",
        "restore_contact_point",
    ]
    assert ana.post("/work/contact/change", data=change | {"deed": "burn"}).status_code == 400


def test_what_was_typed_comes_back_when_it_is_refused(session, people, debtor, sign_in):
    claim = claim_person(session, people.ana, SETTINGS, NOW, debtor.id, "incoming")
    answer = sign_in("ana").post("/work/contact", data={"key": str(claim.key), "contact": "77"})
    assert answer.status_code == 422 and 'value="77"' in answer.text
    answer = sign_in("eva").post(f"/people/{debtor.id}/contacts", data={"contact": "sn@sn.com"})
    assert answer.status_code == 422 and 'value="sn@sn.com"' in answer.text


def test_a_specialist_keeps_them_on_the_persons_page_and_the_auditor_reads(
    session, debtor, sign_in
):
    eva, alma, ana = sign_in("eva"), sign_in("alma"), sign_in("ana")
    email = next(p for p in debtor.contact_points if p.kind == "email")
    where = f"/people/{debtor.id}/contacts/{email.id}"
    retired = {"deed": "retire", "reason": "bounced"}
    for client in (alma, ana):
        assert client.post(where, data=retired).status_code in (302, 403)
        client.post(f"/people/{debtor.id}/contacts", data={"contact": "0987654329"})
    session.refresh(email)
    assert email.state == "unverified" and deeds(session, debtor) == []
    assert eva.post(where, data=retired).status_code == 302
    assert eva.post(where, data=retired).status_code == 422
    session.refresh(email)
    assert (email.state, email.retired_reason) == ("retired", "bounced")
    assert eva.post(f"{where}0", data=retired).status_code == 422
    assert where in eva.get(f"/people/{debtor.id}").text
    assert where not in alma.get(f"/people/{debtor.id}").text


# --- two at once


@pytest.fixture
def committed(app) -> Iterator[tuple[int, int]]:
    """Two people in the database for good, so that two connections see them."""
    with app.app_context():
        with Session(db.engine) as session:
            keys = [make_debtor(session, phones=()).id for _ in range(2)]
            session.commit()
        yield keys[0], keys[1]
        with db.engine.begin() as connection:
            for table in ("timeline_event", "contact_point"):
                connection.execute(
                    sa.text(f"DELETE FROM {table} WHERE debtor_id = ANY(:keys)"), {"keys": keys}
                )
            connection.execute(sa.text("DELETE FROM debtor WHERE id = ANY(:keys)"), {"keys": keys})


def test_two_who_type_the_same_number_at_once_write_it_once(app, committed):
    from_here = _named(app, "ana")
    said: list[str] = []

    def second() -> None:
        with app.app_context(), Session(db.engine) as session:
            try:
                add_contact_point(
                    session,
                    from_here,
                    NOW,
                    session.get_one(Debtor, committed[0]),
                    "0991234567",
                    AREA,
                )
                session.commit()
            except RuleBroken as refused:
                said.append(str(refused.field))

    with Session(db.engine) as first:
        debtor = first.get_one(Debtor, committed[0])
        add_contact_point(first, from_here, NOW, debtor, "0991234567", AREA)
        other = threading.Thread(target=second)
        other.start()
        other.join(0.5)
        assert other.is_alive(), "the second waits for the first"
        first.commit()
        other.join(10)
        written = first.scalars(
            sa.select(ContactPoint.value).where(ContactPoint.debtor_id == committed[0])
        ).all()
    assert said == ["contact"]
    assert written == ["+593991234567"]


def test_a_joining_does_not_wait_for_who_is_at_work_with_one_of_them(app, committed):
    agent = _named(app, "eva")
    with Session(db.engine) as busy, Session(db.engine) as session:
        debtor = busy.get_one(Debtor, committed[1])
        add_contact_point(busy, agent, NOW, debtor, "0991234567", AREA)
        with pytest.raises(RuleBroken, match="en este momento"), app.test_request_context():
            merge_people(session, agent, SETTINGS, NOW, *committed, "the same cédula")
        session.rollback()
        busy.rollback()


def _named(app, username: str):
    with app.app_context(), Session(db.engine) as session:
        row = session.execute(
            sa.text("SELECT id, first_name FROM ab_user WHERE username = :u"), {"u": username}
        ).one()
    return Agent(row[0], row[1])
