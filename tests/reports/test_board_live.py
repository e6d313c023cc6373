"""The board and *Mi día* over HTTP: who may see them, and how they keep themselves up to date."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.access.staff import add_absence
from app.core import clock
from tests.reports.book import DAY, at_clock

AT_TEN = at_clock(time(10))
LIVE = {"eva": "/board/live", "ana": "/day/live"}


# --- who may see it


@pytest.mark.parametrize(
    ("username", "status"),
    [("eva", 200), ("alma", 200), ("ana", 403), ("fredy", 403), ("rosa", 403), ("adela", 403)],
)
def test_the_board_is_the_specialists_and_the_auditors(sign_in, username, status):
    client = sign_in(username)
    assert [client.get(page).status_code for page in ("/board/", "/board/live")] == [status] * 2


def test_it_is_the_first_thing_that_a_specialist_sees(sign_in):
    assert sign_in("eva").get("/").location.endswith("/board/")
    assert sign_in("ana").get("/").location.endswith("/day/")


def test_nobody_gets_it_without_signing_in_and_the_answer_is_known_as_none(app: Flask, session):
    for page in ("/board/", *LIVE.values()):
        answer = app.test_client().get(page)
        assert answer.status_code == 302 and "/login" in answer.location
        assert "Telecobro-At" not in answer.headers


# --- how it renews itself


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The moment that every request believes in; a test may move it."""
    moment = [AT_TEN]
    monkeypatch.setattr(clock, "utcnow", lambda: moment[0])
    return moment


def _asked_again(client: FlaskClient, where: str, etag: str):
    return client.get(where, headers={"HX-Request": "true", "If-None-Match": etag})


@pytest.mark.parametrize("username", LIVE)
def test_the_answer_is_the_fragment_alone_and_304_while_nothing_changes(
    session, sign_in, book, people, still, username
):
    client, where = sign_in(username), LIVE[username]
    page = client.get(where.removesuffix("live"))
    fragment = client.get(where)
    assert "<html" in page.text and "<html" not in fragment.text
    assert "data-part" in fragment.text and fragment.text.count("<nav") == 0
    assert fragment.headers["Telecobro-At"] == "10:00:00"
    etag = fragment.headers["ETag"]
    assert f"data-version={etag}" in page.text

    same = _asked_again(client, where, etag)
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["Telecobro-At"] == "10:00:00"
    still[0] += timedelta(minutes=1)
    assert _asked_again(client, where, etag).status_code == 200


def test_a_deed_of_anybody_changes_the_board_within_the_minute(
    session, sign_in, book, people, still
):
    client = sign_in("eva")
    etag = client.get("/board/live").headers["ETag"]
    add_absence(session, people.adela, AT_TEN, people.ana.user_id, DAY, DAY, "leave")
    session.commit()
    answer = _asked_again(client, "/board/live", etag)
    assert answer.status_code == 200 and answer.headers["ETag"] != etag


def test_my_own_call_changes_my_day_and_a_colleagues_does_not(
    session, sign_in, book, people, still
):
    client = sign_in("ana")
    etag = client.get("/day/live").headers["ETag"]
    book.call(book.account(), people.luis, "NC_NA", AT_TEN)
    session.commit()
    assert _asked_again(client, "/day/live", etag).status_code == 304
    book.call(book.account(name="ÑAUPARI JOSÉ"), people.ana, "NC_NA", AT_TEN)
    session.commit()
    answer = _asked_again(client, "/day/live", etag)
    assert answer.status_code == 200 and "ÑAUPARI JOSÉ" in answer.text


def test_my_day_never_shows_what_one_person_promised(session, sign_in, canary, still):
    for where in ("/day/", "/day/live"):
        page = sign_in("ana").get(where).text
        assert "QUISHPE ALMA" in page
        assert "4.518,00" not in page and "4,518.00" not in page and "1712345675" not in page


#: One names the person and their permissions, one the settings, one what the version is.
FRAME = 3


def test_the_board_asks_few_questions_whoever_works(session, sign_in, book, people, still):
    client = sign_in("eva")
    client.get("/board/")
    few = _queries(session, lambda: client.get("/board/live"))
    for n in range(30):
        book.call(
            book.account(), people.ana if n % 2 else people.luis, "NC_NA", at_clock(time(7 + n % 3))
        )
    session.commit()
    assert _queries(session, lambda: client.get("/board/live")) == few <= FRAME + 6
    etag = client.get("/board/live").headers["ETag"]
    assert _queries(session, lambda: _asked_again(client, "/board/live", etag)) <= FRAME


def _queries(session: Session, act) -> int:
    seen = []
    connection = session.connection()

    def count(_conn, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            seen.append(statement)

    sa.event.listen(connection, "before_cursor_execute", count)
    act()
    sa.event.remove(connection, "before_cursor_execute", count)
    return len(seen)
