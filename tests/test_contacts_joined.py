"""One person under two records: found, judged, joined, counted as one by the gate, taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.calls.merging import merge_people, take_merge_back
from app.calls.moving import MOVED
from app.calls.sheet import history_of, point_results
from app.contact_rules.service import may_contact
from app.core.agent import SYSTEM
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.debtors.levels import settle_levels
from app.debtors.repeated import find_repeated_people, list_pairs, offer_again, tell_apart
from app.debtors.service import add_contact_point, kept_person, retire_by_hand
from app.debts.search import find_people
from app.extensions import db
from app.models import (
    AccessLog,
    Account,
    PersonMerge,
    Promise,
    TimelineEvent,
    WorklistItem,
)
from app.worklist.service import build_worklist, claim_person
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_attempt,
    make_debtor,
    make_hold,
    make_portfolio,
    make_promise,
)

SETTINGS = Settings({})
REASON = "same cédula on the paper bill"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def portfolio(session):
    return make_portfolio(session, date(2026, 11, 23))


@pytest.fixture
def two(session, portfolio):
    """LOOR VERA MARÍA by cédula and by RUC: an account each, one telephone in common."""
    cedula = make_debtor(session, identification="1303753618", person_key="ID:1303753618")
    ruc = make_debtor(
        session,
        phones=("+593991234567", "+593987650001"),
        identification="1303753618001",
        identification_kind="ruc_natural",
        person_key="ID:1303753618001",
    )
    for person in (cedula, ruc):
        make_account(session, person, portfolio)
    return cedula, ruc


def why(session) -> dict[tuple[int, int], list[str]]:
    found = list_pairs(session, different=False, after=None, limit=100)
    return {(p.first.id, p.second.id): list(p.pair.why) for p in found}


def join(session, people, two, reason=REASON, now=NOW):
    return merge_people(session, people.eva, SETTINGS, now, two[0].id, two[1].id, reason)


# --- candidates


def test_a_ruc_and_its_cedula_and_a_shared_telephone_are_found(session, two):
    find_repeated_people(session, SYSTEM, NOW)
    assert why(session) == {(two[0].id, two[1].id): ["phone", "ruc"]}


def test_a_name_alone_is_not_enough_unless_one_has_no_valid_id(session):
    first = make_debtor(session, "VERA LUIS", phones=("+593991111112",))
    make_debtor(session, "VERA  LUIS", phones=("+593991111113",))
    same = make_debtor(session, "VERA LUÍS", phones=("+593991111114",))
    find_repeated_people(session, SYSTEM, NOW)
    assert why(session) == {}
    same.person_key = "CTA:1:77"
    session.flush()
    find_repeated_people(session, SYSTEM, NOW)
    assert why(session) == {(first.id, same.id): ["no_id"]}


def test_same_name_and_address_or_email_are_found_and_retired_contacts_are_not(
    session, people, portfolio
):
    first = make_debtor(session, "MERO ANA", emails=("ana@example.com",), phones=())
    second = make_debtor(session, "MERO ANA", emails=("ana@example.com",), phones=())
    for person in (first, second):
        make_account(session, person, portfolio, address="CALLE 13 Y AV 4")
    find_repeated_people(session, SYSTEM, NOW)
    assert why(session) == {(first.id, second.id): ["address", "email"]}
    retire_by_hand(session, people.ana, NOW, first.contact_points[0], "bounced")
    find_repeated_people(session, SYSTEM, NOW + HOUR)
    assert why(session) == {(first.id, second.id): ["address"]}


def test_final_consumers_are_nobody_and_a_crowd_gives_few_pairs(session):
    for _ in range(3):
        make_debtor(session, "CONSUMIDOR FINAL", identification_kind="final_consumer")
    crowd = [make_debtor(session, "MUNICIPIO", phones=("+59352631180",)) for _ in range(30)]
    assert find_repeated_people(session, SYSTEM, NOW) == 5 * 30 - 15
    assert all(b - a <= crowd[5].id - crowd[0].id for a, b in why(session))


def test_who_was_told_apart_is_not_offered_again_until_asked(session, people, two):
    find_repeated_people(session, SYSTEM, NOW)
    tell_apart(session, people.eva, NOW, two[1].id, two[0].id)
    with pytest.raises(RuleBroken, match="already judged"):
        tell_apart(session, people.eva, NOW, two[0].id, two[1].id)
    find_repeated_people(session, SYSTEM, NOW + HOUR)
    assert why(session) == {}
    assert len(list_pairs(session, different=True, after=None, limit=9)) == 1
    offer_again(session, people.eva, NOW + HOUR, *(p.id for p in two))
    assert len(why(session)) == 1
    told = session.scalars(
        sa.select(TimelineEvent.deed).where(TimelineEvent.debtor_id == two[0].id)
    ).all()
    assert told == ["tell_apart", "offer_again"]


def test_pages_follow_each_other_without_a_gap(session):
    people = [make_debtor(session, f"PAR {n % 4}", person_key=f"CTA:9:{n}") for n in range(8)]
    find_repeated_people(session, SYSTEM, NOW)
    seen, after = [], None
    while page := list_pairs(session, different=False, after=after, limit=3):
        seen += [(p.first.id, p.second.id) for p in page]
        after = seen[-1]
    assert sorted(seen) == sorted((people[n].id, people[n + 4].id) for n in range(4))


# --- joined


def test_everything_goes_with_the_person(session, people, two, portfolio):
    kept, merged = two
    account = merged.accounts[0]
    promise = make_promise(session, people.ana, account, date(2026, 11, 27))
    hold = make_hold(session, merged, NOW.date(), NOW.date() + timedelta(days=9), account=account)
    attempt = make_attempt(
        session, merged, NOW - HOUR, contact_point_id=merged.contact_points[0].id
    )
    build_worklist(session, SETTINGS, NOW)
    merge = join(session, people, two)
    for row in (account, promise, hold, attempt):
        session.refresh(row)
        assert row.debtor_id == kept.id
    session.refresh(kept)
    assert sorted(p.value for p in kept.contact_points) == ["+593987650001", "+593991234567"]
    twin = next(p for p in kept.contact_points if p.value == "+593991234567")
    assert attempt.contact_point_id == twin.id
    assert point_results(session, SETTINGS, kept.id)[twin.id].tries == 1
    assert (merged.merged_into_id, merged.person_key) == (kept.id, "ID:1303753618001")
    assert merge.moved["account"] == [account.id]
    assert session.get(WorklistItem, merged.id) is None
    assert [r.kind for r in history_of(session, kept.id) if r.kind == "merge_people"]


def test_the_gate_counts_the_attempts_on_either_together(session, people, two):
    kept, merged = two
    make_attempt(session, kept, NOW - 3 * HOUR)
    make_attempt(session, merged, NOW - 2 * HOUR)
    make_attempt(session, merged, NOW - HOUR)
    for person in two:
        assert may_contact(session, SETTINGS, [person.id], "call", NOW)[person.id].allowed
    join(session, people, two)
    verdict = may_contact(session, SETTINGS, [kept.id], "call", NOW)[kept.id]
    assert verdict.refused_by == ("attempts",)


def test_the_later_judgement_of_a_shared_number_holds_and_goes_back(session, people, two):
    kept, merged = two
    retire_by_hand(session, people.ana, NOW - HOUR, merged.contact_points[0], "changed")
    merge = join(session, people, two)
    phone = kept.contact_points[0]
    assert (phone.state, phone.retired_reason) == ("retired", "changed")
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    session.refresh(phone)
    assert (phone.state, phone.retired_reason) == ("unverified", None)


def test_the_stricter_facts_hold_for_the_one_person(session, people, two):
    kept, merged = two
    merged.is_senior, merged.deceased_reported_at = True, NOW - HOUR
    merge = join(session, people, two)
    assert (kept.is_senior, kept.deceased_reported_at) == (True, NOW - HOUR)
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    assert (kept.is_senior, kept.deceased_reported_at) == (False, None)


def test_the_broken_promises_of_both_are_the_level_of_the_one_person(session, people, two):
    for person, broken in zip(two, (1, 2), strict=True):
        account = person.accounts[0]
        for week in range(broken):
            due_on = NOW.date() - timedelta(weeks=week)
            make_promise(session, people.luis, account, due_on, state="broken")
        settle_levels(session, [person.id])
    levels = [person.level for person in two]
    merge = join(session, people, two)
    joined = two[0].level
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    assert (levels, joined, [person.level for person in two]) == ([1, 2], 3, [1, 2])


@pytest.mark.parametrize("reason", ["", "  ", "x", "y" * 251])
def test_a_joining_needs_a_reason(session, people, two, reason):
    with pytest.raises(RuleBroken, match="Write why"):
        join(session, people, two, reason)


def test_nobody_is_joined_while_a_colleague_attends_one(session, people, two):
    claim_person(session, people.ana, SETTINGS, NOW, two[1].id, "incoming")
    with pytest.raises(RuleBroken, match="attending"):
        join(session, people, two)
    assert session.scalar(sa.select(sa.func.count()).select_from(PersonMerge)) == 0


def test_nobody_is_joined_twice_nor_to_themselves(session, people, two):
    join(session, people, two)
    with pytest.raises(RuleBroken, match="already been joined"):
        join(session, people, two)
    with pytest.raises(RuleBroken, match="two different"):
        join(session, people, (two[0], two[0]))


def test_chains_are_flat_and_come_apart_in_order(session, people, two):
    third = make_debtor(session, phones=("+593991234567",))
    first_merge = join(session, people, two)
    second_merge = join(session, people, (third, two[0]))
    assert [p.merged_into_id for p in two] == [third.id, third.id]
    assert kept_person(session, two[1].id) == third.id
    with pytest.raises(RuleBroken, match="take that back first"):
        take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, first_merge.id)
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, second_merge.id)
    session.refresh(two[1])
    assert (two[0].merged_into_id, two[1].merged_into_id) == (None, two[0].id)
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, first_merge.id)
    assert {a.debtor_id for a in session.scalars(sa.select(Account))} == {p.id for p in two}


def test_whose_contacts_are_changed_is_somebody_who_stands(session, people, two):
    join(session, people, two)
    with pytest.raises(RuleBroken, match="joined to another"):
        add_contact_point(session, people.ana, NOW, two[1], "0987654329", "05")


def test_lists_and_searches_show_the_one_who_stands(session, people, two, sign_in):
    kept, merged = two
    number = merged.accounts[0].number
    join(session, people, two)
    for typed in ("loor vera", "1303753618001", "0987650001", number):
        assert [p.id for p in find_people(session, typed, "05")] == [kept.id], typed
    eva = sign_in("eva")
    page = eva.get("/debtors/list/").text
    assert "1303753618" in page and "1303753618001" not in page
    first = eva.get(f"/debtors/show/{merged.id}").location
    assert eva.get(first).location.endswith(f"/people/{kept.id}")


# --- taken back


def test_everything_that_moved_goes_back_and_what_came_since_stays(session, people, two):
    kept, merged = two
    make_promise(session, people.ana, merged.accounts[0], date(2026, 11, 27))
    attempt = make_attempt(
        session, merged, NOW - HOUR, contact_point_id=merged.contact_points[0].id
    )
    own = {p.id for p in merged.contact_points}
    merge = join(session, people, two)
    new = add_contact_point(session, people.eva, NOW, kept, "0987654329", "05")
    take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)
    session.expire_all()
    assert {p.id for p in merged.contact_points} == own
    assert (new.debtor_id, attempt.debtor_id) == (kept.id, merged.id)
    assert attempt.contact_point_id in own
    assert session.scalars(sa.select(Promise.debtor_id)).all() == [merged.id]
    assert [a.debtor_id for a in merged.accounts] == [merged.id]
    with pytest.raises(RuleBroken, match="already been taken back"):
        take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)


def test_it_stays_once_the_person_was_contacted(session, people, two):
    merge = join(session, people, two)
    make_attempt(session, two[0], NOW + HOUR)
    with pytest.raises(RuleBroken, match="contacted since"):
        take_merge_back(session, people.eva, SETTINGS, NOW + 2 * HOUR, merge.id)


def test_it_stays_once_a_load_brought_an_account(session, people, two, portfolio):
    merge = join(session, people, two)
    account = make_account(session, two[0], portfolio)
    with pytest.raises(RuleBroken, match=account.number):
        take_merge_back(session, people.eva, SETTINGS, NOW + HOUR, merge.id)


def test_every_table_of_a_person_moves_or_stays_for_a_reason():
    stays = {
        "access_log": "says whose record was looked at",
        "timeline_event": "says on which record a deed was done",
        "worklist_item": "weighed anew",
        "worklist_push": "of two of one reason the later stays (moving.join_pushes)",
        "debtor": "whom one was joined to",
        "repeated_pair": "hidden while one of the two is joined",
        "person_merge": "the record of it",
    }
    holding = {
        t.name
        for t in db.metadata.tables.values()
        if any(key.column.table.name == "debtor" for key in t.foreign_keys)
    }
    assert holding == {*MOVED, *stays}


# --- on screen


def test_a_specialist_judges_joins_and_takes_back_on_screen(session, people, two, sign_in):
    find_repeated_people(session, SYSTEM, NOW)
    eva, (kept, merged) = sign_in("eva"), two
    page = eva.get("/repeated/")
    here = f"/repeated/{kept.id}/{merged.id}"
    assert page.status_code == 200 and here in page.text
    assert "1303753618001" in eva.get(here).text
    refused = eva.post(here + "/join", data={"keep": kept.id, "reason": ""})
    assert refused.status_code == 422
    assert eva.post(here + "/join", data={"keep": 0, "reason": REASON}).status_code == 400
    joined = eva.post(here + "/join", data={"keep": kept.id, "reason": REASON})
    assert joined.location.endswith(f"/people/{kept.id}")
    assert eva.get(f"/people/{merged.id}").location.endswith(f"/people/{kept.id}")
    assert eva.get(here).status_code == 302
    assert REASON in eva.get(f"/people/{kept.id}").text
    assert here not in eva.get("/repeated/").text
    merge = session.scalars(sa.select(PersonMerge)).one()
    back = f"/repeated/joined/{merge.id}/back"
    assert back in eva.get("/repeated/joined").text
    assert eva.post(back).status_code == 302
    session.refresh(merged)
    assert merged.merged_into_id is None
    assert eva.post(here + "/different").status_code == 302
    assert here in eva.get("/repeated/?show=different").text
    assert eva.post(here + "/again").status_code == 302
    assert here in eva.get("/repeated/?after=0-0").text
    logged = session.scalars(sa.select(AccessLog.what)).all()
    assert {"repeated people", "joined people", "person"} <= set(logged)


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa"])
def test_nobody_else_opens_it(sign_in, two, who):
    client = sign_in(who)
    assert client.get("/repeated/").status_code == 403
    assert client.post(f"/repeated/{two[0].id}/{two[1].id}/join").status_code == 403


def test_the_auditor_reads_and_judges_nothing(session, two, sign_in):
    find_repeated_people(session, SYSTEM, NOW)
    alma, here = sign_in("alma"), f"/repeated/{two[0].id}/{two[1].id}"
    assert alma.get(here).status_code == 200 and "/join" not in alma.get(here).text
    data = {"keep": two[0].id, "reason": REASON}
    for deed in ("join", "different", "again"):
        assert alma.post(f"{here}/{deed}", data=data).status_code == 403
    assert alma.post("/repeated/look").status_code == 403


def test_an_operator_who_looks_up_the_other_record_attends_the_one_person(
    session, people, two, sign_in
):
    join(session, people, two)
    ana = sign_in("ana")
    ana.post("/work/attend", data={"person": two[1].id, "direction": "incoming"})
    assert "LOOR VERA" in ana.get("/work/").text
    open_claim = session.execute(
        sa.text("SELECT debtor_id FROM claim WHERE closed_at IS NULL")
    ).scalar_one()
    assert open_claim == two[0].id
