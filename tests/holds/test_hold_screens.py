"""The list of holds, the page of one, and who may do what with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.models import AccessLog, Hold
from tests.factories import make_hold
from tests.holds.floor import DAY


def days(count: int):
    return DAY + timedelta(days=count)


@pytest.fixture
def four(session, people, account, debtor):
    """In force, not begun, over, lifted."""
    by = {"placed_by_id": people.eva.user_id, "reason": "manual"}
    lifted = {"lifted_at": sa.func.now(), "lifted_by_id": people.eva.user_id, "lift_reason": "Pagó"}
    return {
        "live": make_hold(session, debtor, DAY, days(4), account=account, **by),
        "coming": make_hold(session, debtor, days(2), days(30), channel="sms"),
        "ended": make_hold(session, debtor, days(-9), days(-1), **by),
        "lifted": make_hold(session, debtor, DAY, days(9), **(by | lifted)),
    }


def listed(client, query: str) -> set[int]:
    answer = client.get(f"/holds/list/?{query}")
    assert answer.status_code == 200
    return {n for n in range(1, 5000) if f'/holds/show/{n}"' in answer.text}


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("", "live coming ended lifted"),
        ("_flt_0_state=live", "live"),
        ("_flt_0_state=coming", "coming"),
        ("_flt_0_state=ended", "ended"),
        ("_flt_0_state=lifted", "lifted"),
        ("_flt_0_state=rubbish", "live coming ended lifted"),
        ("_flt_0_within=4", "live"),
        ("_flt_0_within=30", "live coming"),
        ("_flt_0_within=-1", ""),
        ("_flt_0_within=rubbish", "live coming ended lifted"),
        ("_flt_0_scope=account", "live"),
        ("_flt_0_reason=optout", "coming"),
        ("_flt_0_placed=hand", "live coming ended lifted"),
        ("_flt_0_placed=outcome", ""),
        ("_flt_0_placed=room", ""),
        ("_flt_0_portfolio={portfolio}", "live coming ended lifted"),
        ("_flt_0_portfolio=999999", ""),
        ("_flt_0_placed_by={eva}", "live ended lifted"),
        ("_flt_0_lifted_by={eva}", "lifted"),
        ("q=loor", "live coming ended lifted"),
        ("q=nadie", ""),
    ],
)
def test_the_list_is_narrowed(people, account, four, eva, query, which):
    query = query.format(portfolio=account.portfolio_id, eva=people.eva.user_id)
    assert listed(eva, query) == {four[name].id for name in which.split()}


def test_the_page_tells_what_why_until_when_and_who(session, account, four, eva):
    page = eva.get(f"/holds/show/{four['live'].id}").text
    for told in (account.number, "placed by hand", "28/11/2026", "Eva Loor", "Lift the hold"):
        assert told in page
    log = session.scalars(sa.select(AccessLog).where(AccessLog.kind == "view")).all()
    assert [row.debtor_id for row in log] == [account.debtor_id]
    over = eva.get(f"/holds/show/{four['lifted'].id}").text
    assert "Pagó" in over and "Lift the hold" not in over and "Extend the hold" not in over


def test_the_auditor_reads_and_changes_nothing(session, four, sign_in, place, at_ten):
    alma = sign_in("alma")
    live = four["live"]
    assert alma.get("/holds/list/").status_code == 200
    page = alma.get(f"/holds/show/{live.id}")
    assert page.status_code == 200 and f"/holds/{live.id}/lift" not in page.text
    for answer in (
        place("person:", client=alma),
        alma.post(f"/holds/{live.id}/lift", data={"reason": "No"}),
        alma.post(f"/holds/{live.id}/extend", data={"reason": "No", "until": f"{days(9)}"}),
        alma.get(f"/holds/person/{live.debtor_id}"),
    ):
        assert answer.status_code == 403
    session.refresh(live)
    assert (live.ends_on, live.lifted_at) == (days(4), None)


@pytest.mark.parametrize("username", ["ana", "fredy", "rosa", "adela"])
def test_nobody_else_sees_holds(four, sign_in, place, at_ten, username):
    client = sign_in(username)
    live = four["live"]
    addresses = ("/holds/list/", f"/holds/show/{live.id}", "/holds/download/")
    assert {client.get(address).status_code for address in addresses} <= {403, 404, 405}
    assert place("person:", client=client).status_code == 403
    assert client.post(f"/holds/{live.id}/lift", data={"reason": "No"}).status_code == 403


def test_what_is_not_there_is_not_found(eva):
    assert eva.get("/holds/show/999999999").status_code == 404
    assert eva.get("/holds/show/abc").status_code == 404
    assert eva.get("/holds/person/999999999").status_code == 404
    assert eva.post("/holds/99999999999999999999/lift", data={"reason": "x"}).status_code == 404


def test_the_persons_page_shows_what_stands_and_links_to_it(session, four, debtor, eva):
    page = eva.get(f"/people/{debtor.id}").text
    for name, hold in four.items():
        assert (f'/holds/show/{hold.id}"' in page) is (name in ("live", "coming"))
    assert f"/holds/person/{debtor.id}" in page
    assert session.scalar(sa.select(sa.func.count(Hold.id))) == 4
