"""Nothing of a person's debt before the identity check: HTML, JSON, sheets, cookies, addresses, logs.

A person is given values that stand nowhere else; an operator then does everything that an operator
can, and every byte that comes back is searched for them.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
import sqlalchemy as sa

from app.access.roles import ROLES
from app.complaints.service import NewComplaint, open_complaint
from app.core.settings import settings_on
from app.models import (
    AccessLog,
    Bill,
    Call,
    ComplaintCategory,
    Outcome,
    WorklistItem,
)
from app.referrals.service import NewReferral, propose_referral
from tests.confidentiality.canaries import (
    IDENTIFICATION,
    LAST_FOUR,
    NUMBER,
    WAYS,
    Watcher,
    canaries_in,
    key_of,
    open_person,
)
from tests.conftest import NOW
from tests.walking import PUBLIC, address, grant_of, routes

# --- before the check


def test_what_left_the_phone_is_told_once_verified(session, case, people, ana):
    """A complaint and a referral of the person, with words and bills that are canaries."""
    settings = settings_on(session, date(2026, 11, 24))
    category = session.scalars(sa.select(ComplaintCategory.id)).first()
    bill = session.scalars(sa.select(Bill.id).where(Bill.account_id == case.account.id)).first()
    wanted = NewComplaint(category, case.account.id, (bill,), "NOTA-QX: no es mío", "desk")
    opened = open_complaint(session, people.eva, NOW, settings, case.debtor.id, wanted)
    wish = NewReferral("hard", case.account.id, "NOTA-QX: se esconde")
    made = propose_referral(session, people.eva, NOW, settings, case.debtor.id, wish)
    session.commit()
    key = open_person(ana, session, case, "counter")
    page = ana.get("/work/").text
    assert made.number not in page and opened.number not in page
    assert ana.leaks() == []
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    page = ana.get("/work/").text
    assert made.number in page and opened.number in page and "NOTA-QX: se esconde" in page


@pytest.mark.parametrize("way", WAYS)
def test_the_call_screen_shows_only_what_the_mask_allows(session, case, ana, way):
    open_person(ana, session, case, way)
    page = ana.get("/work/").text
    assert "CANARIO TRUENO PEDRO" in page and "17••" in page and "••••33" in page
    assert ana.leaks() == []


def test_the_queue_names_its_reasons_and_not_their_amounts(session, case, ana):
    open_person(ana, session, case, "queue")
    page = ana.get("/work/").text
    assert "compromiso incumplido" in page.lower()
    score = session.scalar(sa.select(WorklistItem.score))
    assert score and not re.search(rf">\s*{score}\s*<", page)
    assert ana.leaks() == []


@pytest.mark.parametrize("way", WAYS)
def test_nothing_leaks_whatever_an_operator_does_before_the_check(session, case, ana, caplog, way):
    key = open_person(ana, session, case, way)
    phone, second = case.phones
    wrong = ({"last_four": "0000"}, {"account": "123"}, {"last_four": ""}, {"last_four": "JK"})
    ana.post("/work/dial", key | {"point": phone})
    ana.get("/work/")
    for said in wrong:
        ana.post("/work/identity", key | said)
        ana.get("/work/")
    for form in ("pdf", "xlsx"):
        assert ana.post("/work/statement", key | {"form": form}).status_code == 302
        ana.get("/work/")
    for typed in ("0991234569", "alguien@example.com", "tonterías", "0991234569", ""):
        ana.post("/work/contact", key | {"contact": typed})
        ana.get("/work/")
    refused = ana.post("/work/complaint", key | {"account_id": case.account.id})
    assert refused.status_code == 403
    for kind in ("enforcement", "not_located", "hard", "x"):
        typed = {"refer_kind": kind, "refer_account": case.account.id, "refer_reason": "no está"}
        ana.post("/work/refer", key | typed)
        ana.get("/work/")
    for point in (second, 999999, "x", ""):
        ana.post("/work/contact/change", key | {"point": point, "deed": "retire"})
        ana.post("/work/dial", key | {"point": point})
        ana.get("/work/")
    for outcome in session.scalars(sa.select(Outcome.code).where(Outcome.right_party)).all():
        amount = {f"amount_{case.account.id}": "1,00"}
        refused = ana.post(
            "/work/save",
            key
            | amount
            | {"outcome": outcome, "note": "lo que dijo", "day": "other", "due_on": "2026-11-30"},
        )
        assert refused.status_code == 422
        assert "lo que dijo" in refused.text
    for values in (
        {},
        {"outcome": "x"},
        {"outcome": "NC_NA", "due_on": "mañana"},
        {"outcome": "TPC_OCCUPANT"},
    ):
        assert ana.post("/work/save", key | values).status_code == 422
    ana.post("/work/release", key)
    ana.post("/work/next")
    for values in (
        {"person": case.other.debtor.id, "direction": "incoming"},
        {"direction": "x"},
        {},
    ):
        ana.post("/work/attend", values)
        ana.get("/work/")
    for page in ("/day/", "/reports/daily/mine", "/reports/daily/mine/download", "/"):
        ana.get(page)
    saved = ana.post("/work/save", key_of(session) | {"outcome": "NC_NA", "then": "stop"})
    assert saved.status_code in (302, 422)
    ana.get("/day/")
    assert ana.leaks() == []
    assert canaries_in(caplog.text) == set()


def test_every_get_route_is_clean_with_the_person_on_screen(app, session, case, ana, caplog):
    open_person(ana, session, case, "queue")
    crawled = 0
    for rule, method in routes(app):
        if method != "GET" or rule.endpoint in ("static", "appbuilder.static", "LocaleView.index"):
            continue
        where = address(app, session, rule)
        ana.get(where)
        ana.get(where, headers={"Accept": "application/json"})
        crawled += 1
    assert crawled > 30
    assert ana.leaks() == []
    assert canaries_in(caplog.text) == set()


def test_every_route_that_an_operator_may_open_is_clean(app, session, case, ana, caplog):
    grants = {(v, p) for v, ps in ROLES["operador"].grants.items() for p in ps}
    mine = [
        (rule, method)
        for rule, method in routes(app)
        if rule.endpoint not in PUBLIC and grant_of(app, rule.endpoint) in grants
    ]
    assert {rule.endpoint for rule, _m in mine if rule.endpoint.startswith("WorkView")} == {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("WorkView")
    }
    open_person(ana, session, case, "queue")
    for rule, method in mine:
        ana.open(address(app, session, rule), method)
        if method == "POST":
            ana.post(
                address(app, session, rule),
                key_of(session) | {"point": case.phones[0], "q": "CANARIO"},
            )
    assert ana.leaks() == []
    assert canaries_in(caplog.text) == set()


@pytest.mark.parametrize(
    "measure", ["contacts", "right_party", "promises", "judged_month", "recovered"]
)
def test_my_report_and_its_download_are_clean(session, case, ana, measure, people):
    for day in ("2026-10-01", "2026-10-02", "2026-10-13", "2026-11-18", "2026-11-19", "2026-11-24"):
        page = ana.get(f"/reports/daily/mine?day={day}&measure={measure}")
        book = ana.get(f"/reports/daily/mine/download?day={day}")
        assert (page.status_code, book.status_code) == (200, 200)
    # The day that was asked for, and Ana's own total of a day, are hers to know.
    allowed = {
        "2026-11-19",
        "19/11/2026",
        "2026-10-13",
        "13/10/2026",
        "19-11-2026",
        "4.517,83",
        "4517.83",
    }
    assert [(what, found - allowed) for what, found in ana.leaks() if found - allowed] == []


def test_my_day_names_people_and_nothing_of_their_debts(session, case, ana):
    page = ana.get("/day/").text
    assert page.count("RAYO MANSO LUCÍA") >= 2
    assert ana.leaks() == []


def test_the_correction_of_an_own_call_is_clean(session, case, ana):
    call = case.calls[1]
    assert ana.get(f"/work/correct/{call.id}").status_code == 200
    key = {"key": "5d3f5cf4-9f51-4ba6-a3a1-6f2f5bb0d001"}
    ana.post(f"/work/correct/{call.id}", key | {"outcome": "RPC_PTP_FULL", "note": ""})
    ana.post(f"/work/correct/{call.id}", key | {"outcome": "", "note": ""})
    ana.post(f"/work/correct/{call.id}", key | {"outcome": "NC_NA", "note": "era otro"})
    assert session.scalar(sa.select(Call.id).where(Call.corrects_id == call.id))
    ana.get("/day/")
    assert ana.leaks() == []


@pytest.mark.parametrize(
    "typed", ["CANARIO", "canario trueno", NUMBER, IDENTIFICATION, "0991234561"]
)
def test_looking_somebody_up_shows_the_mask(session, case, ana, caplog, typed):
    page = ana.post("/work/find", {"q": typed})
    assert "CANARIO TRUENO PEDRO" in page.text or typed == IDENTIFICATION
    echo = f'value="{typed}"'
    assert echo in page.text
    ana.seen = [(what, text.replace(echo, "")) for what, text in ana.seen]
    assert ana.leaks() == []
    assert typed not in caplog.text
    row = session.scalars(sa.select(AccessLog).where(AccessLog.kind == "search")).one()
    assert typed not in row.what


def test_another_languages_pages_are_as_clean(session, case, ana):
    ana.get("/lang/en")
    _hold_in_english(ana, case)
    for page in ("/work/", "/day/", "/reports/daily/mine", "/work/find"):
        ana.get(page)
    assert ana.leaks() == []


def _hold_in_english(ana: Watcher, case) -> None:
    ana.post("/work/attend", {"person": case.debtor.id, "direction": "incoming"})
    assert "Is it the holder?" in ana.get("/work/").text
