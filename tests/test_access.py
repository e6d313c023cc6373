"""Every route × every role, the seeded roles."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy.orm import Session

from app.access.roles import ROLES, seed_roles
from app.models import Call, Debtor, Outcome, TimelineEvent
from tests.conftest import PEOPLE
from tests.factories import make_account, make_debtor, make_portfolio
from tests.reaches import REACHES
from tests.walking import PUBLIC, address, fresh_client, grant_of, routes

ROLE_OF = {username: role for username, (_first, _last, role) in PEOPLE.items()}
DOWNLOADS = {
    "/reports/daily/download",
    "/reports/daily/mine/download",
    "/reports/agreed/download",
    "/reports/unreached/download",
    "/quality/trend/download",
}


@pytest.fixture
def person(session: Session) -> Debtor:
    """Somebody with an account, so that every address has a real id."""
    debtor = make_debtor(session)
    make_account(session, debtor, make_portfolio(session, date(2026, 11, 23)))
    session.commit()
    return debtor


# --- every route × every role


def test_every_role_has_a_person_here():
    assert set(ROLE_OF.values()) == set(ROLES) == set(REACHES)


def test_every_route_is_public_by_name_or_asks_for_a_permission_that_some_role_has(app: Flask):
    granted = {(v, p) for seed in ROLES.values() for v, ps in seed.grants.items() for p in ps}
    for rule, _method in routes(app):
        if rule.endpoint not in PUBLIC:
            assert grant_of(app, rule.endpoint) in granted, f"no role may open {rule}"


@pytest.mark.parametrize("username", PEOPLE)
def test_each_role_gets_the_routes_that_are_granted_to_it_and_no_other(
    app, session, person, username
):
    client = fresh_client(app, username)
    grants = {(v, p) for v, ps in ROLES[ROLE_OF[username]].grants.items() for p in ps}
    wrong = []
    for rule, method in routes(app):
        if rule.endpoint in PUBLIC:
            continue
        where = address(app, session, rule)
        answer = client.open(where, method=method, buffered=True)
        allowed = grant_of(app, rule.endpoint) in grants
        fits = (
            answer.status_code < 500 and answer.status_code != 403 and not _to_login(answer)
            if allowed
            else answer.status_code == 403
        )
        if not fits:
            wrong.append(
                (method, where, "granted" if allowed else "not granted", answer.status_code)
            )
    assert not wrong


@pytest.mark.parametrize("username", PEOPLE)
def test_each_role_opens_exactly_the_pages_of_the_table(app, session, person, username):
    client = fresh_client(app, username)
    pages = {
        where
        for rule, method in routes(app)
        if method == "GET" and rule.endpoint not in PUBLIC and not rule.arguments
        for where in [address(app, session, rule)]
        if where not in DOWNLOADS and client.get(where, buffered=True).status_code != 403
    }
    assert pages == REACHES[ROLE_OF[username]]


def test_nobody_gets_anything_without_signing_in(app, session, person):
    client = fresh_client(app)
    wrong = []
    for rule, method in routes(app):
        if rule.endpoint in PUBLIC:
            continue
        where = address(app, session, rule)
        answer = client.open(where, method=method, buffered=True)
        if not _to_login(answer) or person.name in answer.text:
            wrong.append((method, where, answer.status_code, answer.location))
    assert not wrong


def test_public_routes_answer_without_signing_in(app, session):
    client = fresh_client(app)
    for rule, method in routes(app):
        if rule.endpoint in PUBLIC and rule.endpoint != "appbuilder.static":
            answer = client.open(address(app, session, rule), method=method, buffered=True)
            assert answer.status_code in (200, 302), rule


def test_an_operator_cannot_open_the_users_nor_make_one(app, session):
    client = fresh_client(app, "ana")
    user_id = session.scalar(sa.select(User.id).where(User.username == "luis"))
    for where in ("/users/list/", "/users/add", f"/users/show/{user_id}", f"/users/edit/{user_id}"):
        assert client.get(where).status_code == 403
    assert client.post("/users/add", data={"username": "nuevo"}).status_code == 403
    assert session.scalar(sa.select(User).where(User.username == "nuevo")) is None


# --- CSRF


def test_every_post_without_its_token_is_refused_when_csrf_is_on(app, session, person, monkeypatch):
    clients = {username: fresh_client(app, username) for username in PEOPLE}
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    before = session.scalar(sa.select(sa.func.count()).select_from(TimelineEvent))
    wrong = []
    for rule, method in routes(app):
        if method != "POST":
            continue
        for client in clients.values():
            answer = client.post(address(app, session, rule), data={"username": "x", "q": "LOOR"})
            if answer.status_code != 400 or "no se aceptó" not in answer.text:
                wrong.append((str(rule), answer.status_code))
    assert not wrong
    assert session.scalar(sa.select(sa.func.count()).select_from(TimelineEvent)) == before


# --- seeding


def _grants(session: Session) -> set[tuple[str, str, str]]:
    rows = session.execute(
        sa.text(
            "SELECT r.name, v.name, p.name FROM ab_permission_view_role x JOIN ab_role r ON r.id = x.role_id"
            " JOIN ab_permission_view pv ON pv.id = x.permission_view_id"
            " JOIN ab_view_menu v ON v.id = pv.view_menu_id JOIN ab_permission p ON p.id = pv.permission_id"
        )
    )
    return {(role, view, permission.removeprefix("can_")) for role, view, permission in rows}


def test_the_database_grants_what_the_code_says_and_nothing_more(session):
    said = {(r, v, p) for r, seed in ROLES.items() for v, ps in seed.grants.items() for p in ps}
    assert _grants(session) == said


def test_seeding_again_adds_nothing(app, session):
    before = _grants(session)
    count = session.scalar(sa.text("SELECT count(*) FROM ab_permission_view"))
    seed_roles(app.appbuilder)
    assert _grants(session) == before
    assert session.scalar(sa.text("SELECT count(*) FROM ab_permission_view")) == count


def test_seeding_keeps_what_an_administrator_added_and_adds_what_is_missing(app, session):
    manager = app.appbuilder.sm
    campo, area = manager.find_role("campo"), manager.find_role("area")
    extra = manager.find_permission_view_menu("can_list", "DebtorScreen")
    missing = manager.find_permission_view_menu("can_index", "HomeView")
    manager.add_permission_role(campo, extra)
    area.permissions.remove(missing)
    session.commit()
    assert ("area", "HomeView", "index") not in _grants(session)
    seed_roles(app.appbuilder)
    assert {("campo", "DebtorScreen", "list"), ("area", "HomeView", "index")} <= _grants(session)


def test_a_grant_made_on_screen_holds_at_once(app, session):
    fredy = fresh_client(app, "fredy")
    assert fredy.get("/holidays/list/").status_code == 403
    manager = app.appbuilder.sm
    manager.add_permission_role(
        manager.find_role("campo"), manager.find_permission_view_menu("can_list", "HolidayScreen")
    )
    session.commit()
    assert fredy.get("/holidays/list/").status_code == 200


def test_a_role_that_people_have_is_not_deleted(app, session):
    client = fresh_client(app, "adela")
    role = session.scalar(sa.select(Role.id).where(Role.name == "operador"))
    client.post(f"/roles/delete/{role}")
    assert session.scalar(sa.select(Role.name).where(Role.id == role)) == "operador"


# --- other people's rows


def test_an_operator_cannot_correct_another_operators_call(app, session, person, people):
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "NC_NA")).one()
    call = _call(session, person, people.luis, outcome)
    client = fresh_client(app, "ana")
    assert client.get(f"/work/correct/{call.id}").status_code == 404
    data = {"outcome": "NC_BUSY", "note": "x", "key": "7b0d0a43-5a8c-4d55-8a48-28a9d5b6d3c1"}
    assert client.post(f"/work/correct/{call.id}", data=data).status_code == 404
    assert session.scalar(sa.select(Call).where(Call.corrects_id == call.id)) is None


def _call(session: Session, person: Debtor, agent, outcome: Outcome) -> Call:
    at = sa.func.now()
    call = Call(
        submit_key="0a6d9f0e-6b2f-4a0e-9c43-0d6b6e1b9f11",
        debtor_id=person.id,
        operator_id=agent.user_id,
        outcome=outcome,
        direction="outgoing",
        started_at=at,
        ended_at=at,
    )
    session.add(call)
    session.commit()
    return call


def _to_login(answer) -> bool:
    return answer.status_code == 302 and answer.location.startswith("/login/")
