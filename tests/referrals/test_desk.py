"""The desk of referrals: who sees it, what is decided by sector, spread among the field, and one by one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.models import AccessLog, Hold, Referral, Staff
from tests.conftest import NOW
from tests.factories import make_hold, make_payment
from tests.referrals.floor import DAY, SATURDAY, TOMORROW


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    """The screens' clock."""
    monkeypatch.setattr("app.core.clock.utcnow", lambda: NOW)


@pytest.fixture
def eva(sign_in):
    client = sign_in("eva")
    client.get("/lang/en")
    return client


@pytest.fixture
def three(session, neighbour, propose):
    """Two proposed of the north, one of the south."""
    names = (("MERO PIN LUIS", "Norte"), ("PAZ RIERA ANA", "Norte"), ("VERA CRUZ EVA", "Sur"))
    made = [propose(neighbour(name, sector=sector)) for name, sector in names]
    session.commit()
    return made


def states(session, referrals) -> list[str]:
    session.expire_all()
    return [session.get_one(Referral, r.id).state for r in referrals]


def last(client, address="/referrals/") -> str:
    """The newest referral that the page says it shows."""
    return re.search(r'name="last" value="(\d+)"', client.get(address).text)[1]


# --- the desk


def test_the_desk_counts_by_sector_and_the_menu_what_waits(session, eva, three):
    text = eva.get("/referrals/").text
    assert "3 to decide" in text
    assert re.search(r">Norte</th>\s*<td class=\"num\" data-label=\"Cases\">2</td>", text)
    assert three[0].debtor.name not in text, "people are named where the sector is opened"
    assert session.scalars(sa.select(AccessLog).where(AccessLog.what == "referrals")).all() == []


def test_an_opened_sector_names_its_people_and_is_logged(session, eva, three):
    text = eva.get("/referrals/?open=Norte").text
    assert "MERO PIN LUIS" in text and "VERA CRUZ EVA" not in text
    log = session.scalars(sa.select(AccessLog).where(AccessLog.what == "referrals")).all()
    assert [(row.kind, row.rows) for row in log] == [("search", 2)]


def test_the_board_says_how_many_wait(eva, three):
    assert "3 referrals to be decided" in eva.get("/board/").text


def test_an_empty_desk_says_what_would_come_to_it(eva):
    assert "Nothing waits for a decision" in eva.get("/referrals/").text


def test_a_whole_sector_is_approved_without_what_came_since(
    session, eva, three, neighbour, propose
):
    form = {"sector": "Norte", "deed": "approve", "reason": "", "last": last(eva)}
    late = propose(neighbour("ZAMBRANO LOOR ROSA", sector="Norte"))
    answer = eva.post("/referrals/decide", data=form, follow_redirects=True)
    assert "2 cases were approved." in answer.text
    assert states(session, [*three, late]) == ["approved", "approved", "proposed", "proposed"]


def test_a_sector_is_narrowed_to_the_kind_that_is_shown(session, eva, three, neighbour, propose):
    hard = propose(neighbour("ZAMBRANO LOOR ROSA", sector="Norte"), "hard")
    form = {"sector": "Norte", "deed": "approve", "kind": "hard", "last": last(eva)}
    eva.post("/referrals/decide", data=form)
    assert states(session, [three[0], hard]) == ["proposed", "approved"]


def test_some_are_refused_with_one_reason(session, eva, three):
    form = {"id": [str(r.id) for r in three[:2]], "deed": "refuse", "reason": "sin dirección"}
    answer = eva.post("/referrals/decide", data=form, follow_redirects=True)
    assert "2 cases were refused." in answer.text
    assert states(session, three) == ["refused", "refused", "proposed"]


def test_a_refusal_without_a_reason_keeps_what_was_ticked(session, eva, three):
    form = {"sector": "Norte", "deed": "refuse", "reason": " ", "last": last(eva)}
    answer = eva.post("/referrals/decide", data=form)
    assert answer.status_code == 422
    assert "Write the reason" in answer.text
    assert 'value="Norte" checked' in answer.text
    assert states(session, three) == ["proposed"] * 3


def test_nothing_ticked_is_said(eva, three):
    answer = eva.post("/referrals/decide", data={"deed": "approve"})
    assert answer.status_code == 422
    assert "Tick at least one sector" in answer.text
    assert eva.post("/referrals/decide", data={"deed": "rubbish"}).status_code == 400


def test_what_was_left_is_told_with_why(session, eva, three):
    make_payment(session, three[0].debtor.accounts[0], "80.00", DAY)
    form = {"id": [str(r.id) for r in three], "deed": "approve"}
    text = eva.post("/referrals/decide", data=form, follow_redirects=True).text
    assert "2 cases were approved." in text
    assert f"1 case was left as it was ({three[0].number}): nothing is owed" in text


# --- proposing


def test_eva_looks_somebody_up_and_proposes(session, people, eva, neighbour):
    person = neighbour()
    found = eva.post("/referrals/find", data={"q": "mero"}).text
    assert f"/referrals/propose/{person.id}" in found
    address = f"/referrals/propose/{person.id}"
    assert person.accounts[0].number in eva.get(address).text
    refused = eva.post(address, data={"kind": "hard", "reason": ""})
    assert refused.status_code == 422
    assert 'value="hard" required checked' in refused.text
    made = eva.post(address, data={"kind": "hard", "reason": "dos compromisos rotos"})
    referral = session.scalars(sa.select(Referral)).one()
    assert made.headers["Location"].endswith(f"/referrals/show/{referral.id}")
    assert (referral.kind, referral.proposed_by_id) == ("hard", people.eva.user_id)
    assert eva.get("/referrals/propose/999999").status_code == 404


# --- the list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q={number}", True),
        ("q=d-{id}", True),
        ("q=D-999999", False),
        ("q=mero", True),
        ("q=nadie", False),
        ("_flt_0_kind=not_located", True),
        ("_flt_0_kind=hard", False),
        ("_flt_0_state=assigned", True),
        ("_flt_0_state=closed", False),
        ("_flt_0_rule=attempts", False),
        ("_flt_0_sector=nort", True),
        ("_flt_0_sector=Sur", False),
        ("_flt_0_assigned_to={fredy}", True),
        ("_flt_0_assigned_to={eva}", False),
        ("_flt_0_planned_on=2026-11-25", True),
        ("_flt_0_planned_on=2026-11-26", False),
        ("_flt_0_portfolio={portfolio}", True),
        ("_flt_0_portfolio=999999", False),
    ],
)
def test_the_list_is_narrowed(
    people, portfolio, eva, neighbour, propose, approve, assign, query, found
):
    referral = propose(neighbour())
    approve(referral)
    assign(referral)
    asked = query.format(
        number=referral.number,
        id=referral.id,
        fredy=people.fredy.user_id,
        eva=people.eva.user_id,
        portfolio=portfolio.id,
    )
    text = eva.get(f"/referrals/list/?{asked}").text
    assert (f"/referrals/show/{referral.id}" in text) is found


# --- spreading


@pytest.fixture
def approved(three, approve):
    approve(*three)
    return three


def test_the_plan_is_looked_at_before_it_is_done(session, people, eva, approved):
    session.add(Staff(user_id=people.fredy.user_id, zone="Norte"))
    session.flush()
    page = eva.get("/referrals/spread/").text
    assert "Fredy Zambrano" in page and "2026-11-25" in page
    form = {
        "sector": ["Norte", "Sur"],
        "worker": str(people.fredy.user_id),
        "planned_on": f"{TOMORROW}",
        "last": last(eva, "/referrals/spread/"),
    }
    plan = eva.post("/referrals/spread/", data=form | {"deed": "preview"})
    assert "Norte (2), Sur (1)" in plan.text
    assert states(session, approved) == ["approved"] * 3
    done = eva.post("/referrals/spread/", data=form | {"deed": "do"}, follow_redirects=True)
    assert "3 cases were given to the field." in done.text
    assert states(session, approved) == ["assigned"] * 3
    again = eva.post("/referrals/spread/", data=form | {"deed": "do"})
    assert again.status_code == 422
    assert "at least one sector that has approved cases" in again.text


def test_who_may_not_be_visited_is_told_in_the_plan_and_left(session, people, eva, approved):
    make_hold(session, approved[0].debtor, DAY, DAY + timedelta(days=9), channel="visit")
    form = {
        "sector": "Norte",
        "worker": str(people.fredy.user_id),
        "planned_on": f"{TOMORROW}",
        "last": str(approved[-1].id),
    }
    plan = eva.post("/referrals/spread/", data=form | {"deed": "preview"}).text
    assert f"1 case will stay as it is ({approved[0].number}): may not be visited" in plan
    done = eva.post("/referrals/spread/", data=form | {"deed": "do"}, follow_redirects=True).text
    assert "1 case was given to the field." in done
    assert f"({approved[0].number}): may not be visited" in done


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"planned_on": f"{SATURDAY}"}, "Nobody is visited on"),
        ({"planned_on": "rubbish"}, "Choose the day of the visit"),
        ({"worker": "999999"}, "at least one worker"),
        ({"sector": "Otro"}, "at least one sector"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(people, eva, approved, changed, words):
    form = {
        "sector": "Norte",
        "worker": str(people.fredy.user_id),
        "planned_on": f"{TOMORROW}",
        "last": str(approved[-1].id),
        "deed": "preview",
    }
    answer = eva.post("/referrals/spread/", data=form | changed)
    assert answer.status_code == 422
    assert words in answer.text


# --- one by one


def test_a_case_goes_through_its_steps_on_its_page(session, people, eva, neighbour, propose):
    referral = propose(neighbour())
    page = f"/referrals/show/{referral.id}"
    assert "Decide it" in eva.get(page).text
    step = f"/referrals/{referral.id}"
    assert (
        "1 case was approved."
        in eva.post(f"{step}/decide", data={"deed": "approve"}, follow_redirects=True).text
    )
    again = eva.post(f"{step}/decide", data={"deed": "approve"})
    assert again.status_code == 422
    assert f"{referral.number} was left as it was: already stands otherwise" in again.text
    form = {"user_id": str(people.fredy.user_id), "planned_on": f"{TOMORROW}"}
    given = eva.post(f"{step}/assign", data=form, follow_redirects=True).text
    assert "The case was given to the field." in given and "Fredy Zambrano" in given
    assert eva.post(f"{step}/end", data={"deed": "close", "reason": ""}).status_code == 422
    ended = eva.post(
        f"{step}/end", data={"deed": "close", "reason": "visitado"}, follow_redirects=True
    )
    assert "The case was closed." in ended.text
    assert states(session, [referral]) == ["closed"]
    assert eva.post(f"{step}/end", data={"deed": "rubbish"}).status_code == 400
    assert eva.post("/referrals/999999/end", data={"deed": "close"}).status_code == 404


def test_a_refused_assignment_keeps_its_row_in_the_log_of_refusals(
    session, people, eva, neighbour, propose, approve
):
    referral = propose(neighbour())
    approve(referral)
    make_hold(session, referral.debtor, DAY, DAY + timedelta(days=9), channel="visit")
    form = {"user_id": str(people.fredy.user_id), "planned_on": f"{TOMORROW}"}
    answer = eva.post(f"/referrals/{referral.id}/assign", data=form)
    assert answer.status_code == 422
    assert "asked not to be contacted" in answer.text
    assert session.scalar(sa.text("SELECT occasion FROM contact_refusal")) == "visit"


def test_the_page_is_logged_and_one_of_nobody_is_not_found(session, eva, three):
    eva.get(f"/referrals/show/{three[0].id}")
    log = session.scalars(sa.select(AccessLog).where(AccessLog.what == "referrals")).one()
    assert (log.kind, log.debtor_id) == ("view", three[0].debtor_id)
    for pk in ("999999", "rubbish", "99999999999999999999"):
        assert eva.get(f"/referrals/show/{pk}").status_code == 404


# --- who may


_POSTS = (
    "/referrals/decide",
    "/referrals/propose/{debtor}",
    "/referrals/{id}/decide",
    "/referrals/{id}/assign",
    "/referrals/{id}/end",
    "/referrals/spread/",
    "/enforcement/{id}/papers",
    "/enforcement/{id}/papers/1/remove",
    "/enforcement/{id}/hand-over",
    "/enforcement/{id}/take-back",
)
_GETS = (
    "/referrals/",
    "/referrals/list/",
    "/referrals/show/{id}",
    "/referrals/find",
    "/referrals/spread/",
    "/enforcement/{id}/cover",
    "/enforcement/{id}/papers/1/file",
    "/enforcement-documents/list/",
)


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "adela"])
def test_only_the_specialist_and_the_auditor_see_referrals(session, sign_in, three, who):
    client = sign_in(who)
    values = {"id": three[0].id, "debtor": three[0].debtor_id}
    form = {"deed": "approve", "id": str(three[0].id), "reason": "sí", "kind": "hard"}
    for address in _POSTS:
        assert client.post(address.format(**values), data=form).status_code == 403, address
    for address in _GETS:
        if who == "adela" and address.startswith("/enforcement-documents"):
            continue
        assert client.get(address.format(**values)).status_code == 403, address
    assert states(session, three) == ["proposed"] * 3


def test_the_auditor_reads_and_changes_nothing(session, sign_in, three):
    alma = sign_in("alma")
    alma.get("/lang/en")
    values = {"id": three[0].id, "debtor": three[0].debtor_id}
    form = {"deed": "approve", "id": str(three[0].id), "reason": "sí", "kind": "hard"}
    for address in _POSTS:
        assert alma.post(address.format(**values), data=form).status_code == 403, address
    assert 'name="deed"' not in alma.get("/referrals/?open=Norte").text
    assert "Decide it" not in alma.get(f"/referrals/show/{three[0].id}").text
    assert session.scalars(sa.select(Hold)).all() == []
