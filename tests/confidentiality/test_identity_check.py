"""The identity check opens the statement, to the one who asked, for the call in which they asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.calls.identity import MISSES_PER_CALL
from app.models import (
    AccessLog,
    Account,
    Call,
    Debtor,
    IdentityCheck,
)
from tests.confidentiality.canaries import (
    IDENTIFICATION,
    LAST_FOUR,
    NUMBER,
    SHOWN,
    WORDS,
    Watcher,
    canaries_in,
    last_claim,
    open_person,
)
from tests.conftest import NOW
from tests.walking import fresh_client

# --- the check


@pytest.mark.parametrize(
    "said",
    [
        {"last_four": LAST_FOUR},
        {"last_four": "jkvy"},
        {"account": NUMBER},
        {"account": " 88-0011 2233"},
    ],
)
def test_the_right_answer_opens_the_statement_for_this_call(session, case, ana, caplog, said):
    key = open_person(ana, session, case, "queue")
    answer = ana.post("/work/identity", key | said)
    assert ana.leaks() == [], "the answer itself is only a redirect"
    assert answer.location == "/work/"
    page = ana.get("/work/").text
    assert {shown for shown in SHOWN if shown not in page} == set()
    assert canaries_in(caplog.text) == set()


@pytest.mark.parametrize(
    "said",
    [
        {"last_four": "JKV"},
        {"last_four": "JKV_"},
        {"last_four": "%"},
        {"last_four": "ZJKVY"},
        {"last_four": IDENTIFICATION},
        {"last_four": "17QX"},
        {"account": NUMBER[:-1]},
        {"account": "33"},
        {"account": "%"},
        {"account": "0"},
        {"last_four": " "},
        {"account": "' OR ''='"},
        {"last_four": "0000", "account": NUMBER},
    ],
    ids=str,
)
def test_a_wrong_answer_never_opens_it(session, case, ana, said):
    key = open_person(ana, session, case, "queue")
    ana.post("/work/identity", key | said)
    assert "17/03/2025" not in ana.get("/work/").text
    assert session.scalar(sa.select(IdentityCheck.id).where(IdentityCheck.passed)) is None
    typed = set(said.values())
    assert [(w, f - typed) for w, f in ana.leaks() if f - typed] == []


def test_nothing_typed_is_no_answer_of_somebody_without_identification(session, case, ana):
    case.debtor.identification = ""
    session.commit()
    key = open_person(ana, session, case, "queue")
    for said in ({"last_four": ""}, {"last_four": "    "}, {"account": ""}, {"account": "-- "}):
        ana.post("/work/identity", key | said)
    assert session.scalar(sa.select(IdentityCheck.id).where(IdentityCheck.passed)) is None
    ana.get("/work/")
    assert ana.leaks() == []


def test_three_misses_close_it_for_the_call(session, case, ana):
    key = open_person(ana, session, case, "queue")
    for _try in range(MISSES_PER_CALL):
        ana.post("/work/identity", key | {"last_four": "0000"})
    page = ana.get("/work/").text
    assert 'name="last_four"' not in page
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.get("/work/")
    assert ana.leaks() == []
    assert session.scalar(sa.select(sa.func.count()).select_from(IdentityCheck)) == MISSES_PER_CALL


def test_misses_of_other_calls_count_for_the_day(session, case, ana, lawful_moment):
    for _call in range(3):
        key = open_person(ana, session, case, "incoming")
        for _try in range(2):
            ana.post("/work/identity", key | {"last_four": "0000"})
        ana.post("/work/release", key)
    key = open_person(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.get("/work/")
    assert ana.leaks() == []
    lawful_moment.now = NOW + timedelta(days=1)
    key = open_person(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    assert "77.431,09" in ana.get("/work/").text


def test_every_try_is_in_the_access_log(session, case, ana, people):
    key = open_person(ana, session, case, "queue")
    ana.post("/work/identity", key | {"last_four": "0000"})
    ana.post("/work/identity", key | {"account": NUMBER})
    rows = session.execute(
        sa.select(AccessLog.kind, AccessLog.what, AccessLog.debtor_id, AccessLog.user_id)
        .where(AccessLog.kind.startswith("identity"))
        .order_by(AccessLog.id)
    ).all()
    who = (case.debtor.id, people.ana.user_id)
    assert [tuple(r) for r in rows] == [
        ("identity_missed", "identification", *who),
        ("identity_passed", "account", *who),
    ]
    assert (
        canaries_in(
            str(session.execute(sa.text("SELECT what, ip, request_id FROM access_log")).all())
        )
        == set()
    )


# --- after the check


def test_the_statement_is_closed_again_once_the_call_is_saved(session, case, ana):
    key = open_person(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    assert "77.431,09" in ana.get("/work/").text
    ana.seen.clear()
    saved = ana.post("/work/save", key | {"outcome": "RPC_REFUSE", "then": "stop"})
    assert saved.location == "/day/"
    for page in (
        "/work/",
        "/day/",
        "/reports/daily/mine",
        "/reports/daily/mine/download",
        "/work/find",
    ):
        ana.get(page)
    again = ana.post("/work/save", key | {"outcome": "RPC_REFUSE", "then": "stop"})
    assert again.location == "/day/"
    ana.get("/day/")
    second = open_person(ana, session, case, "incoming")
    assert second != key
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.get("/work/")
    assert ana.leaks() == []


def test_the_statement_is_closed_again_once_the_person_is_given_back(session, case, ana):
    key = open_person(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.post("/work/release", key)
    ana.get("/work/")
    ana.seen.clear()
    open_person(ana, session, case, "incoming")
    assert ana.leaks() == []


def test_a_colleague_inherits_nothing(session, case, ana, luis):
    key = open_person(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    refused = luis.post("/work/attend", {"person": case.debtor.id, "direction": "incoming"})
    assert refused.location == "/work/"
    for where in ("/work/identity", "/work/dial", "/work/contact", "/work/release", "/work/save"):
        luis.post(
            where, key | {"last_four": LAST_FOUR, "outcome": "RPC_REFUSE", "contact": "0991234570"}
        )
        luis.get("/work/")
    assert luis.leaks() == []
    assert last_claim(session).closed_at is None
    ana.post("/work/release", key)
    open_person(luis, session, case, "incoming")
    assert luis.leaks() == []


def test_a_refused_save_of_a_verified_call_still_belongs_to_it_alone(session, case, ana, luis):
    key = open_person(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    amount = {f"amount_{case.account.id}": "99999999,00"}
    page = ana.post(
        "/work/save",
        key | amount | {"outcome": "RPC_PTP_FULL", "day": "other", "due_on": "2026-11-30"},
    )
    assert page.status_code == 422 and "77.431,09" in page.text
    luis.post("/work/save", key | amount | {"outcome": "RPC_PTP_FULL"})
    luis.get("/work/")
    assert luis.leaks() == []


def test_amounts_typed_before_the_check_make_no_promise(session, case, ana):
    key = open_person(ana, session, case, "incoming")
    amount = {f"amount_{case.account.id}": "10,00"}
    ana.post(
        "/work/save",
        key | amount | {"outcome": "RPC_PTP_PART", "day": "other", "due_on": "2026-11-30"},
    )
    assert (
        session.scalar(sa.select(Call.id).where(Call.submit_key == last_claim(session).key)) is None
    )
    assert ana.leaks() == []


# --- those who may see everything leave a trace


@pytest.mark.parametrize("username", ["eva", "alma"])
def test_the_persons_page_is_open_to_them_and_in_the_access_log(
    app, session, case, people, username
):
    page = Watcher(app, fresh_client(app, username)).get(f"/people/{case.debtor.id}").text
    assert {shown for shown in SHOWN | {IDENTIFICATION} if shown not in page} == set()
    row = session.scalars(sa.select(AccessLog).order_by(AccessLog.id.desc())).first()
    assert (row.kind, row.debtor_id, row.user_id) == (
        "view",
        case.debtor.id,
        getattr(people, username).user_id,
    )


def test_an_operator_is_told_nothing_by_a_forbidden_page(session, case, ana):
    for where in (f"/people/{case.debtor.id}", f"/accounts/show/{case.account.id}", "/calls/list/"):
        assert ana.get(where).status_code == 403
    assert ana.leaks() == []


def test_the_tables_hold_what_is_looked_for(session, case):
    """The canaries are alive: a search that can find nothing proves nothing."""
    kept = "\n".join(
        str(session.execute(sa.text(f"SELECT * FROM {table}")).all())
        for table in ("debtor", "account", "bill", "payment", "promise", "hold", "call")
    )
    assert {
        c
        for c in ("77431.09", "61234.57", "3333.21", "4517.83", "73914.26", *WORDS[:12])
        if c not in kept
    } == set()
    assert session.get(Account, case.account.id).debtor_id == session.get(Debtor, case.debtor.id).id
