"""Signing in and out, passwords, and the people whom an administrator makes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User

from app.models import TimelineEvent
from tests.conftest import PASSWORD
from tests.walking import fresh_client

#: Two capitals, two digits and a sign, as the framework asks.
NEW = "OTra-clave-segura-99"


# --- sessions and passwords


def test_a_session_ends_when_its_password_is_reset(app, session):
    ana, adela = fresh_client(app, "ana"), fresh_client(app, "adela")
    assert ana.get("/day/").status_code == 200
    pk = session.scalar(sa.select(User.id).where(User.username == "ana"))
    new = {"password": NEW, "conf_password": NEW}
    answer = adela.post(f"/resetpassword/form?pk={pk}", data=new)
    assert answer.status_code == 302, answer.text
    assert _to_login(ana.get("/day/"))
    assert adela.get("/users/list/").status_code == 200
    assert not _signed_in(app, "ana", PASSWORD)
    assert _signed_in(app, "ana", NEW)


def test_changing_ones_own_password_keeps_this_session_and_ends_the_others(app, session):
    here, elsewhere = fresh_client(app, "ana"), fresh_client(app, "ana")
    new = {"password": NEW, "conf_password": NEW}
    assert here.post("/resetmypassword/form", data=new).status_code == 302
    assert here.get("/day/").status_code == 200
    assert _to_login(elsewhere.get("/day/"))
    deed = session.scalars(sa.select(TimelineEvent).order_by(TimelineEvent.id.desc())).first()
    assert deed.deed == "reset_password"
    assert NEW not in f"{deed.before} {deed.after}"


@pytest.mark.parametrize("pk", ["", "x", "²", "999999", "99999999999999999999"])
def test_the_password_of_nobody_cannot_be_reset(app, session, pk):
    new = {"password": NEW, "conf_password": NEW}
    answer = fresh_client(app, "adela").post(f"/resetpassword/form?pk={pk}", data=new)
    assert answer.status_code in (400, 404)


def test_signing_out_is_by_post_only(app, session):
    client = fresh_client(app, "ana")
    assert client.get("/logout/").status_code in (404, 405)
    assert client.get("/day/").status_code == 200
    assert _to_login(client.post("/logout/"))
    assert _to_login(client.get("/day/"))


def test_an_inactive_person_cannot_sign_in_and_loses_the_session(app, session):
    client = fresh_client(app, "luis")
    luis = session.scalars(sa.select(User).where(User.username == "luis")).one()
    luis.active = False
    session.commit()
    assert _to_login(client.get("/day/"))
    assert not _signed_in(app, "luis", PASSWORD)


def test_a_wrong_password_does_not_sign_in(app, session):
    assert not _signed_in(app, "ana", PASSWORD + "x")
    assert not _signed_in(app, "nadie", PASSWORD)


# --- users


def _person(**values) -> dict:
    return {
        "first_name": "Nuevo",
        "last_name": "Pérez",
        "username": "nuevo",
        "email": "nuevo@example.com",
        "active": "y",
        "password": NEW,
        "conf_password": NEW,
    } | values


def test_an_administrator_makes_a_user_who_can_work_at_once(app, session):
    role = session.scalar(sa.select(Role.id).where(Role.name == "operador"))
    answer = fresh_client(app, "adela").post("/users/add", data=_person(roles=str(role)))
    assert answer.status_code == 302, answer.text
    user = session.scalars(sa.select(User).where(User.username == "nuevo")).one()
    assert [r.name for r in user.roles] == ["operador"]
    assert NEW not in user.password
    deed = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.subject_id == user.id)
    ).first()
    assert deed.deed == "add_ab_user"
    assert "password" not in (deed.after or {})
    client = fresh_client(app, "nuevo", NEW)
    assert client.get("/", follow_redirects=True).status_code == 200
    assert client.get("/users/list/").status_code == 403


@pytest.mark.parametrize(
    "values",
    [
        {"password": "corta", "conf_password": "corta"},
        {"conf_password": PASSWORD},
        {"roles": ""},
        {"username": "ana"},
        {"username": ""},
    ],
    ids=["weak", "differs", "no role", "taken", "no name"],
)
def test_a_user_that_cannot_be_made_keeps_what_was_typed(app, session, values):
    role = session.scalar(sa.select(Role.id).where(Role.name == "operador"))
    data = _person(roles=str(role)) | values
    answer = fresh_client(app, "adela").post(
        "/users/add", data={k: v for k, v in data.items() if v}
    )
    assert answer.status_code == 200
    assert 'value="nuevo@example.com"' in answer.text
    assert data["password"] not in answer.text
    assert session.scalar(sa.select(User).where(User.email == "nuevo@example.com")) is None


def test_an_administrator_cannot_shut_themselves_out(app, session):
    adela = session.scalars(sa.select(User).where(User.username == "adela")).one()
    data = {
        "first_name": "Adela",
        "last_name": "Vera",
        "username": "adela",
        "email": adela.email,
        "roles": [str(r.id) for r in adela.roles],
    }
    answer = fresh_client(app, "adela").post(f"/users/edit/{adela.id}", data=data)
    assert answer.status_code == 200
    assert session.scalar(sa.select(User.active).where(User.username == "adela"))


def test_nobody_deletes_a_user(app, session):
    client = fresh_client(app, "adela")
    pk = session.scalar(sa.select(User.id).where(User.username == "ana"))
    assert client.post(f"/users/delete/{pk}").status_code == 404
    assert session.get(User, pk) is not None


def _to_login(answer) -> bool:
    return answer.status_code == 302 and answer.location.startswith("/login/")


def _signed_in(app: Flask, username: str, password: str) -> bool:
    client = fresh_client(app)
    client.post("/login/", data={"username": username, "password": password})
    return client.get("/resetmypassword/form").status_code == 200
