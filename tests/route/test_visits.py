"""A visit is recorded once, by whoever had the case, however late it arrives; and what follows from it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.errors import RuleBroken
from app.models import (
    ContactAttempt,
    ContactPoint,
    ContactRefusal,
    Hold,
    StoredFile,
    TimelineEvent,
    Visit,
    WorklistItem,
    WorklistPush,
)
from app.referrals.service import close_referral, return_referral
from app.referrals.visits import MOST_PHONES, visit_said
from tests.conftest import NOW
from tests.factories import make_contact_point, make_payment
from tests.route.floor import DAY, EARLY, HERE, HOUR, MINUTE, SETTINGS, assign

KEY = uuid.UUID("6f1c0f5e-3f6b-4a53-9a6e-27b9c61d5a01")


def _deed(session, row: Visit) -> TimelineEvent:
    where = TimelineEvent.subject == "visit", TimelineEvent.subject_id == row.id
    return session.scalars(sa.select(TimelineEvent).where(*where)).one()


def _pushed(session, case) -> list[str]:
    where = WorklistPush.debtor_id == case.debtor_id
    return list(session.scalars(sa.select(WorklistPush.reason).where(where)))


@pytest.fixture
def gina(session, people):
    """Rosa goes out too."""
    session.execute(
        sa.text(
            "INSERT INTO ab_user_role (user_id, role_id)"
            " SELECT :id, id FROM ab_role WHERE name = 'campo'"
        ),
        {"id": people.rosa.user_id},
    )
    return people.rosa


# --- once


def test_a_visit_is_written_with_what_was_found_where_and_when(session, people, given, visit):
    case = given()
    row, is_new = visit(case, "nobody", note=" perro bravo ", **HERE)
    assert is_new
    assert (row.result, row.note, row.at, row.received_at) == ("nobody", "perro bravo", NOW, NOW)
    assert (row.visited_by_id, row.debtor_id, row.account_id) == (
        people.fredy.user_id,
        case.debtor_id,
        case.account_id,
    )
    assert (str(row.latitude), row.accuracy) == ("-1.054500", 12)
    assert _deed(session, row).after["result"] == "nobody"


def test_the_same_key_again_gives_the_visit_that_it_made(session, given, visit):
    case = given()
    first, _ = visit(case, "nobody", key=KEY, phones=("0991112223",))
    again, is_new = visit(case, "holder", key=KEY, now=NOW + HOUR)
    assert (again.id, is_new, again.result) == (first.id, False, "nobody")
    assert session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(ContactAttempt)) == 1


def test_somebody_elses_key_is_refused(given, visit, people, gina):
    case, hers = given(), given("LOOR VERA ANA", worker=people.rosa)
    visit(case, "nobody", key=KEY)
    with pytest.raises(RuleBroken, match="not of a case that was given to you"):
        visit(hers, "nobody", key=KEY, by=gina)


# --- by whom


def test_nobody_visits_for_a_case_that_was_never_given_to_them(session, given, visit, gina):
    case = given()
    with pytest.raises(RuleBroken, match="not of a case that was given to you"):
        visit(case, "holder", by=gina)
    assert session.scalar(sa.select(Visit.id)) is None
    assert case.state == "assigned"


def test_nor_before_it_was_given_to_them(session, given, visit, people, gina):
    case = given()
    assign(session, people, case, gina, now=NOW + HOUR)
    # It goes on to a third: only the days on which she had it count.
    assign(session, people, case, people.fredy, now=NOW + 2 * HOUR)
    with pytest.raises(RuleBroken, match="not of a case that was given to you"):
        visit(case, "nobody", by=gina, at=NOW, now=NOW + 3 * HOUR)
    assert visit(case, "nobody", by=gina, at=NOW + HOUR, now=NOW + 3 * HOUR)[1]


@pytest.mark.parametrize(("days", "taken"), [(6, True), (8, False)])
@pytest.mark.parametrize("gone", ["reassigned", "returned"])
def test_who_lost_the_case_visits_for_as_long_as_a_phone_may_not_know_it(
    session, people, given, visit, gina, gone, days, taken
):
    case = given()
    if gone == "reassigned":
        assign(session, people, case, gina)
    else:
        return_referral(session, people.eva, EARLY, SETTINGS, case.id, "Ya tiene teléfono")
    later = EARLY + timedelta(days=days)
    if taken:
        assert visit(case, "holder", at=later)[1]
    else:
        with pytest.raises(RuleBroken, match="not of a case that was given to you"):
            visit(case, "holder", at=later)


def test_one_that_arrives_after_the_case_was_reassigned_is_kept_and_says_so(
    session, given, visit, people, gina
):
    case = given()
    assign(session, people, case, gina, now=NOW + HOUR)
    row, is_new = visit(case, "nobody", at=NOW, now=NOW + 2 * HOUR)
    assert is_new and _deed(session, row).after["late"] == "reassigned"
    assert "somebody else's" in str(visit_said(session, people.fredy, row))
    # Rosa still goes there: nobody was found.
    assert (case.state, case.assigned_to_id) == ("assigned", gina.user_id)


def test_a_late_one_with_a_number_spares_the_other_worker_the_way(
    session, given, visit, people, gina
):
    case = given()
    assign(session, people, case, gina, now=NOW + HOUR)
    visit(case, "third_party", at=NOW, now=NOW + 2 * HOUR, phones=("0991112223",))
    assert case.state == "returned"
    assert _pushed(session, case) == ["visited"]


@pytest.mark.parametrize(
    ("end", "state"), [(close_referral, "closed"), (return_referral, "returned")]
)
def test_one_that_arrives_after_the_case_ended_is_kept_and_says_so(
    session, given, visit, people, end, state
):
    case = given()
    end(session, people.eva, NOW + HOUR, SETTINGS, case.id, "ya no hace falta")
    row, is_new = visit(case, "third_party", now=NOW + 2 * HOUR, phones=("0991112223",))
    assert is_new and _deed(session, row).after["late"] == state
    assert "had ended before" in str(visit_said(session, people.fredy, row))
    assert case.state == state
    assert _pushed(session, case) == (["visited"] if state == "returned" else [])
    points = sa.select(ContactPoint.value).where(ContactPoint.debtor_id == case.debtor_id)
    assert session.scalars(points).all() == ["+593991112223"]


def test_what_was_made_before_the_case_was_given_again_does_not_end_the_new_way(
    session, given, visit, people
):
    case = given()
    assign(session, people, case, people.fredy, now=NOW + HOUR)
    visit(case, "nobody", at=NOW, now=NOW + 2 * HOUR)
    assert case.state == "assigned"


# --- when


def test_one_that_is_too_old_is_refused_with_what_to_do(session, given, visit):
    case = given()
    late = NOW + timedelta(days=SETTINGS["visit_late_days"])
    assert visit(case, "nobody", at=NOW, now=late)[1]
    with pytest.raises(RuleBroken, match="Tell the specialist"):
        visit(case, "nobody", at=NOW, now=late + MINUTE)


def test_a_clock_that_is_a_little_ahead_is_set_to_ours_and_no_more(given, visit):
    case = given()
    row, _ = visit(case, "nobody", at=NOW + 4 * MINUTE, now=NOW)
    assert row.at == NOW
    with pytest.raises(RuleBroken, match="yet to come"):
        visit(case, "nobody", at=NOW + 6 * MINUTE, now=NOW)


# --- what follows


def test_nobody_at_home_leaves_it_visited_for_the_specialist(session, given, visit):
    case = given()
    visit(case, "nobody")
    assert (case.state, case.ended_at, _pushed(session, case)) == ("visited", None, [])
    assert session.get_one(Hold, case.hold_id).lifted_at is None


@pytest.mark.parametrize(
    ("result", "phones"), [("holder", ()), ("moved", ("0991112223",)), ("nobody", ("052651180",))]
)
def test_the_holder_or_a_new_number_gives_the_case_back_to_the_phone_on_top(
    session, people, given, visit, result, phones
):
    case = given()
    make_contact_point(session, case.debtor, "phone", "+593987654321")
    visit(case, result, phones=phones)
    assert (case.state, case.ended_by_id) == ("returned", people.fredy.user_id)
    assert session.get_one(Hold, case.hold_id).lifted_at == NOW
    assert _pushed(session, case) == ["visited"]
    reasons = session.get_one(WorklistItem, case.debtor_id).reasons
    assert reasons[0]["code"] == "visited"


def test_what_it_learnt_goes_to_the_persons_contacts(session, people, given, visit):
    case = given()
    visit(
        case,
        "third_party",
        phones=("099 111 2223 / 052651180",),
        email="Luis@Example.com ",
        address="Cdla. Los Tamarindos Mz 4",
    )
    points = session.scalars(
        sa.select(ContactPoint)
        .where(ContactPoint.debtor_id == case.debtor_id)
        .order_by(ContactPoint.id)
    ).all()
    assert [(p.kind, p.value, p.origin, p.added_by_id) for p in points] == [
        (kind, value, "GESTION", people.fredy.user_id)
        for kind, value in (
            ("phone", "+593991112223"),
            ("phone", "+59352651180"),
            ("email", "luis@example.com"),
            ("address", "Cdla. Los Tamarindos Mz 4"),
        )
    ]


def test_a_bad_number_stays_in_the_note_and_loses_nothing(session, given, visit):
    case = given()
    row, _ = visit(case, "nobody", note="perro", phones=("0999999999",), email="nada@", address="x")
    assert row.note.splitlines()[0] == "perro"
    assert "0999999999: «0999999999» is an invented number" in row.note
    assert "nada@: " in row.note and "x: " in row.note
    assert case.state == "visited"
    points = sa.select(ContactPoint.id).where(ContactPoint.debtor_id == case.debtor_id)
    assert session.scalar(points) is None


def test_a_note_does_not_grow_with_what_is_no_contact(given, visit):
    row, _is_new = visit(given(), note="n", phones=("9" * 90_000,), email="x" * 90_000)
    assert 200 < len(row.note) < 1000


def test_a_number_that_was_known_is_no_news(session, given, visit):
    case = given()
    make_contact_point(session, case.debtor, "phone", "+593991112223")
    row, _ = visit(case, "nobody", phones=("0991112223",))
    assert "already has that contact" in row.note
    assert case.state == "visited"


def test_one_that_had_been_retired_serves_again_and_is(session, given, visit):
    case = given()
    point = make_contact_point(session, case.debtor, "phone", "+593991112223", state="retired")
    visit(case, "nobody", phones=("0991112223",))
    assert (point.state, case.state) == ("unverified", "returned")


def test_it_brings_no_more_telephones_than_it_may(session, given, visit):
    case = given()
    visit(case, "nobody", phones=tuple(f"09911122{n:02d}" for n in range(MOST_PHONES + 2)))
    count = sa.select(sa.func.count()).where(ContactPoint.debtor_id == case.debtor_id)
    assert session.scalar(count) == MOST_PHONES


# --- as a contact


@pytest.mark.parametrize(
    ("result", "answered"), [("holder", True), ("third_party", True), ("nobody", False)]
)
def test_it_counts_as_an_attempt_at_its_own_moment(session, people, given, visit, result, answered):
    case = given()
    visit(case, result, now=NOW + 3 * HOUR)
    attempt = session.scalars(sa.select(ContactAttempt)).one()
    assert (attempt.channel, attempt.at, attempt.answered) == ("visit", NOW, answered)
    assert (attempt.debtor_id, attempt.agent_id) == (case.debtor_id, people.fredy.user_id)
    assert session.scalar(sa.select(ContactRefusal.id)) is None


def test_what_the_gate_would_have_refused_is_on_record(session, people, given, visit):
    case = given()
    make_payment(session, case.account, "80.50", DAY)
    visit(case, "nobody")
    refusal = session.scalars(sa.select(ContactRefusal)).one()
    assert (refusal.channel, refusal.occasion, refusal.at) == ("visit", "visit", NOW)
    assert refusal.rules == ["nothing_owed"] and refusal.asked_by_id == people.fredy.user_id


# --- corrections


def test_a_correction_is_a_new_row_about_the_same_visit(session, given, visit):
    case = given()
    first, _ = visit(case, "nobody", key=KEY)
    second, is_new = visit(case, "holder", corrects=KEY, at=NOW + HOUR, now=NOW + HOUR)
    assert is_new and second.corrects_id == first.id
    assert (second.at, second.received_at, first.result) == (NOW, NOW + HOUR, "nobody")
    assert _deed(session, second).deed == "correct_visit"
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [True]
    assert case.state == "returned"
    with pytest.raises(RuleBroken, match="already corrected"):
        visit(case, "moved", corrects=KEY)


def test_a_correction_of_the_correction_settles_the_same_attempt(session, given, visit):
    case = given()
    visit(case, "holder", key=KEY)
    middle = uuid.uuid4()
    visit(case, "third_party", key=middle, corrects=KEY)
    visit(case, "nobody", corrects=middle)
    assert session.scalars(sa.select(ContactAttempt.answered)).all() == [False]


def test_only_ones_own_visit_to_the_same_case_is_corrected(session, given, visit, people, gina):
    case, other = given(), given("LOOR VERA ANA")
    hers = given("VERA MERO EVA", worker=gina)
    visit(case, "nobody", key=KEY)
    for wrong in (
        lambda: visit(other, "holder", corrects=KEY),
        lambda: visit(case, corrects=uuid.uuid4()),
    ):
        with pytest.raises(RuleBroken, match="no such visit"):
            wrong()
    with pytest.raises(RuleBroken, match="not of a case"):
        visit(hers, "holder", corrects=KEY, by=gina)


# --- shape


def test_what_nobody_can_have_found_is_refused_and_nothing_is_written(session, given, visit):
    case = given()
    for wrong in ({"result": "asleep"}, {"note": "x" * 1001}, {"photo_id": 1}):
        with pytest.raises(RuleBroken):
            visit(case, **({"result": "nobody"} | wrong))
    assert session.scalar(sa.select(Visit.id)) is None


def test_a_photo_is_ones_own(session, given, visit, people):
    case = given()
    stored = StoredFile(
        stored_as="a.jpg",
        name="foto.jpg",
        media_type="image/jpeg",
        size=3,
        sha256="0" * 64,
        stored_at=NOW,
        stored_by_id=people.rosa.user_id,
    )
    session.add(stored)
    session.flush()
    with pytest.raises(RuleBroken, match="not yours"):
        visit(case, photo_id=stored.id)
    stored.stored_by_id = people.fredy.user_id
    assert visit(case, photo_id=stored.id)[0].photo_id == stored.id
