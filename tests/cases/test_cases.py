"""Cases to verify: opened by a call beside its hold, closed once with what was found, or by the payments."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.calls.corrections import correct_call
from app.calls.merging import merge_people, take_merge_back
from app.calls.sheet import history_of
from app.cases.findings import FINDINGS, KINDS, WITHDRAWN, finding_label, findings_of
from app.cases.service import Found, close_case, expired_cases, open_cases
from app.contact_rules.service import may_contact
from app.core.errors import RuleBroken
from app.models import Debtor, Hold, Outcome, TimelineEvent, VerificationCase, WorklistItem
from tests.calls.floor import DAY, MINUTE, SETTINGS, typed_for
from tests.cases.floor import LATER, SAID, TOMORROW
from tests.conftest import NOW
from tests.factories import make_account, make_debtor


def refusals(session, person, at=LATER) -> tuple[str, ...]:
    return may_contact(session, SETTINGS, [person.id], "call", at)[person.id].refused_by


def deeds(session, case) -> list[str]:
    return list(
        session.scalars(
            sa.select(TimelineEvent.deed)
            .where(
                TimelineEvent.subject == "verification_case", TimelineEvent.subject_id == case.id
            )
            .order_by(TimelineEvent.id)
        )
    )


# --- opening


@pytest.mark.parametrize(
    ("code", "kind", "days"),
    [
        ("RPC_PAID_CLAIM", "paid_claim", 7),
        ("RPC_HARDSHIP", "hardship", 15),
        ("RPC_NOT_DEBTOR", "not_debtor", 15),
        ("TPC_DECEASED", "deceased", 15),
    ],
)
def test_each_of_the_four_opens_a_case_due_when_its_hold_ends(
    session, people, debtor, opened, code, kind, days
):
    case = opened(code)
    hold = session.get_one(Hold, case.hold_id)
    assert (case.kind, case.due_on, case.closed_at) == (kind, DAY + timedelta(days=days), None)
    assert (hold.ends_on, hold.call_id, hold.reason) == (case.due_on, case.call_id, kind)
    assert case.opened_by_id == people.ana.user_id
    of_account = kind == "not_debtor"
    assert case.account_id == (debtor.accounts[0].id if of_account else None)
    assert deeds(session, case) == ["open_case"]
    assert open_cases(session, DAY) == (1, 0)


@pytest.mark.parametrize("code", ["RPC_REFUSE", "NC_NA", "RPC_DISPUTE"])
def test_other_outcomes_open_none(session, debtor, begin, save, code):
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == code)).one()
    save(begin(), code, **typed_for(outcome, debtor, session))
    assert open_cases(session, DAY) == (0, 0)


def test_the_same_save_again_opens_no_second_case(session, begin, save):
    claim = begin()
    for _again in range(2):
        save(claim, "RPC_HARDSHIP", **SAID["RPC_HARDSHIP"])
    assert open_cases(session, DAY) == (1, 0)


def test_a_corrected_call_withdraws_its_case_and_opens_the_right_one(session, people, opened):
    case = opened("RPC_HARDSHIP")
    new = correct_call(
        session,
        people.ana,
        SETTINGS,
        NOW + 5 * MINUTE,
        case.call_id,
        "RPC_NOT_DEBTOR",
        "me equivoqué",
        key=uuid.uuid4(),
    )
    assert (case.finding, case.closed_by_id) == (WITHDRAWN, None)
    assert deeds(session, case) == ["open_case", "withdraw_case"]
    other = session.scalars(
        sa.select(VerificationCase).where(VerificationCase.closed_at.is_(None))
    ).one()
    assert (other.kind, other.call_id) == ("not_debtor", new.id)


def test_a_correction_after_the_closing_leaves_what_was_found(session, people, opened, close):
    case = opened("RPC_HARDSHIP")
    close(case, "social_case", now=NOW + 3 * MINUTE, until=DAY + timedelta(days=40))
    correct_call(
        session,
        people.ana,
        SETTINGS,
        NOW + 5 * MINUTE,
        case.call_id,
        "NC_NA",
        "",
        key=uuid.uuid4(),
    )
    assert case.finding == "social_case"
    assert session.get_one(Hold, case.hold_id).lifted_at is None


# --- closing


def test_every_finding_has_its_kind_and_words():
    assert {finding.kind for finding in FINDINGS.values()} == set(KINDS)
    assert all(str(finding_label(code)) for code in (*FINDINGS, WITHDRAWN))


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("RPC_PAID_CLAIM", "payment_found"),
        ("RPC_PAID_CLAIM", "payment_not_found"),
        ("RPC_HARDSHIP", "can_pay"),
        ("RPC_NOT_DEBTOR", "is_holder"),
    ],
)
def test_what_lifts_the_hold_brings_the_person_back_at_once(
    session, people, debtor, opened, close, code, finding
):
    case = opened(code)
    assert "hold" in refusals(session, debtor)
    session.execute(sa.update(WorklistItem).values(not_before=NOW + timedelta(days=15)))
    close(case, finding)
    hold = session.get_one(Hold, case.hold_id)
    assert hold.lifted_at == LATER and refusals(session, debtor) == ()
    assert (case.finding, case.closed_at, case.closed_by_id) == (
        finding,
        LATER,
        people.eva.user_id,
    )
    assert deeds(session, case) == ["open_case", "close_case"]
    [item] = session.scalars(sa.select(WorklistItem))
    assert item.debtor_id == debtor.id and item.not_before <= LATER
    why = sa.select(TimelineEvent.after["why"].astext).where(TimelineEvent.deed == "lift_hold")
    assert session.scalars(why).all() == [finding]


@pytest.mark.parametrize(
    ("code", "finding", "until"),
    [
        ("RPC_PAID_CLAIM", "paid_elsewhere", None),
        ("RPC_HARDSHIP", "plan_proposed", TOMORROW + timedelta(days=30)),
        ("RPC_HARDSHIP", "social_case", TOMORROW + timedelta(days=90)),
        ("RPC_NOT_DEBTOR", "not_holder", TOMORROW + timedelta(days=1)),
    ],
)
def test_what_prolongs_puts_another_hold_with_its_own_end(
    session, debtor, opened, close, code, finding, until
):
    case = opened(code)
    first = session.get_one(Hold, case.hold_id)
    close(case, finding, until=until)
    second = session.get_one(Hold, case.hold_id)
    assert first.lifted_at == LATER and second.id != first.id
    assert second.ends_on == (until or TOMORROW + timedelta(days=15))
    assert (second.scope, second.account_id, second.reason) == (
        first.scope,
        first.account_id,
        case.kind,
    )
    assert second.call_id is None and "hold" in refusals(session, debtor)


def test_not_the_holder_retires_the_number_when_chosen(session, debtor, opened, close):
    case = opened("RPC_NOT_DEBTOR")
    close(case, "not_holder", until=TOMORROW + timedelta(days=60), retire_number=True)
    point = debtor.contact_points[0]
    assert (point.state, point.retired_reason) == ("retired", "wrong_person")


def test_a_confirmed_death_keeps_the_person_out_of_the_queue(
    session, people, debtor, opened, close
):
    case = opened("TPC_DECEASED")
    close(case, "died")
    assert debtor.deceased_confirmed_at == LATER
    assert refusals(session, debtor, LATER + timedelta(days=60)) and "deceased" in refusals(
        session, debtor
    )
    assert session.scalars(sa.select(WorklistItem)).all() == []
    correct_call(
        session,
        people.ana,
        SETTINGS,
        LATER,
        case.call_id,
        "TPC_MESSAGE",
        "me equivoqué",
        key=uuid.uuid4(),
    )
    assert debtor.deceased_reported_at is not None, "a slip no longer takes back what was confirmed"


def test_who_is_alive_may_be_called_again(session, debtor, opened, close):
    case = opened("TPC_DECEASED")
    close(case, "alive")
    assert (debtor.deceased_reported_at, debtor.deceased_confirmed_at) == (None, None)
    assert refusals(session, debtor) == ()
    assert session.scalars(sa.select(WorklistItem.debtor_id)).all() == [debtor.id]


def test_a_death_said_twice_is_closed_with_one_finding(session, debtor, begin, save, opened, close):
    first = opened("TPC_DECEASED")
    claim = begin(verified=False, direction="incoming", now=NOW + 3 * MINUTE)
    save(claim, "TPC_DECEASED", now=NOW + 4 * MINUTE, note="llama el hijo")
    assert open_cases(session, DAY) == (2, 0)
    close(first, "alive")
    assert open_cases(session, DAY) == (0, 0)
    assert refusals(session, debtor) == ()


@pytest.mark.parametrize(
    ("code", "finding", "found", "sentence"),
    [
        ("RPC_HARDSHIP", "payment_found", {}, "Choose what was found"),
        ("RPC_HARDSHIP", "withdrawn", {}, "Choose what was found"),
        ("RPC_HARDSHIP", "can_pay", {"note": "  "}, "Write how it is known"),
        ("RPC_HARDSHIP", "can_pay", {"note": "x" * 1001}, "too long"),
        ("RPC_HARDSHIP", "social_case", {}, "Choose the last day"),
        ("RPC_HARDSHIP", "social_case", {"until": TOMORROW}, "Choose the last day"),
        (
            "RPC_HARDSHIP",
            "social_case",
            {"until": TOMORROW + timedelta(days=91)},
            "between 26/11/2026 and 23/02/2027",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    session, debtor, opened, close, code, finding, found, sentence
):
    case = opened(code)
    with pytest.raises(RuleBroken, match=sentence):
        close(case, finding, **found)
    assert case.closed_at is None and "hold" in refusals(session, debtor)


def test_a_closed_case_is_not_closed_again_and_says_by_whom(session, opened, close):
    case = opened("RPC_HARDSHIP")
    close(case, "can_pay")
    with pytest.raises(RuleBroken, match=r"Eva Loor closed this case on 25/11/2026 10:00: it can"):
        close(case, "social_case", until=TOMORROW + timedelta(days=5))
    assert case.finding == "can_pay" and len(session.scalars(sa.select(Hold)).all()) == 1


def test_a_case_that_is_not_there_is_refused(session, people):
    with pytest.raises(RuleBroken, match="no such case"):
        close_case(session, people.eva, SETTINGS, NOW, 987654, Found("can_pay", "x"))


def test_the_table_refuses_a_finding_of_another_kind(session, opened):
    case = opened("RPC_HARDSHIP")
    case.finding, case.closed_at = "died", LATER
    with pytest.raises(sa.exc.IntegrityError, match="finding_of_kind"):
        session.flush()
    session.rollback()


# --- overdue, history, merging


def test_a_case_past_its_day_stays_open_and_the_person_may_be_called(session, debtor, opened):
    case = opened("RPC_PAID_CLAIM")
    last, after = case.due_on, case.due_on + timedelta(days=1)
    assert (open_cases(session, last), expired_cases(session, last)) == ((1, 0), 0)
    assert (open_cases(session, after), expired_cases(session, after)) == ((1, 1), 1)
    assert "hold" not in refusals(session, debtor, NOW + timedelta(days=8))


def test_the_history_tells_the_opening_and_what_was_found(session, people, debtor, opened, close):
    case = opened("RPC_HARDSHIP")
    close(case, "can_pay", note="tiene empleo")
    rows = [row for row in history_of(session, debtor.id) if row.kind == "case"]
    assert [(row.label, str(row.found), row.who, row.note) for row in rows] == [
        ("hardship", "it can be collected", "Eva Loor", "tiene empleo"),
        ("hardship", "", "Ana Cedeño", ""),
    ]


def test_cases_and_a_confirmed_death_go_with_the_person_and_come_back(
    session, people, portfolio, debtor, opened, close
):
    case = opened("TPC_DECEASED")
    close(case, "died")
    kept = make_debtor(session)
    make_account(session, kept, portfolio)
    merge = merge_people(
        session, people.eva, SETTINGS, LATER, kept.id, debtor.id, "misma cédula en papel"
    )
    session.refresh(case)
    assert case.debtor_id == kept.id and kept.deceased_confirmed_at == LATER
    take_merge_back(session, people.eva, SETTINGS, LATER, merge.id)
    session.refresh(case)
    assert case.debtor_id == debtor.id
    assert (kept.deceased_reported_at, kept.deceased_confirmed_at) == (None, None)
    assert session.get_one(Debtor, debtor.id).deceased_confirmed_at == LATER


def test_findings_are_offered_by_kind():
    assert list(findings_of("deceased")) == ["died", "alive"]
