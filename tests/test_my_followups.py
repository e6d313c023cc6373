"""Mis seguimientos: an operator's own promises and callbacks, by name and state alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.models import AccessLog, Callback
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio, make_promise
from tests.walking import fresh_client

_TODAY = date(2026, 11, 24)
_PROMISES = {
    "PENDIENTE ANA": ("pending", _TODAY + timedelta(days=3)),
    "VENCE HOY ANA": ("pending", _TODAY),
    "EN GRACIA ANA": ("pending", _TODAY - timedelta(days=1)),
    "CUMPLIDA ANA": ("kept", _TODAY - timedelta(days=9)),
    "PARCIAL ANA": ("partial", _TODAY - timedelta(days=9)),
    "ROTA ANA": ("broken", _TODAY - timedelta(days=9)),
    "REEMPLAZADA ANA": ("replaced", _TODAY - timedelta(days=9)),
    "ANTIGUA ANA": ("kept", _TODAY - timedelta(days=200)),
}
_CALLBACKS = {
    "ATRASADA LUIS": -timedelta(minutes=5),
    "LLAMAR HOY LUIS": timedelta(minutes=30),
    "LLAMAR OTRO DÍA LUIS": timedelta(days=2),
}


@pytest.fixture
def mine(session, people, monkeypatch) -> None:
    """Ana's promises in every state, her callbacks, and the same of Luis."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    portfolio = make_portfolio(session, _TODAY)
    for name, (state, due_on) in _PROMISES.items():
        account = make_account(session, make_debtor(session, name), portfolio, "7654.32")
        make_promise(
            session,
            people.ana,
            account,
            due_on,
            amount="1234.56",
            check_on=due_on + timedelta(days=3),
            state=state,
        )
    other = make_account(session, make_debtor(session, "AJENA LUIS"), portfolio)
    make_promise(session, people.luis, other, _TODAY)
    for name, ahead in _CALLBACKS.items():
        _callback(session, people.ana, name, NOW + ahead)
    _callback(session, people.luis, "AJENA TAMBIÉN", NOW)
    _callback(session, people.ana, "YA HECHA", NOW, done_at=NOW)
    session.commit()


def _callback(session, agent, name, due_at, **columns) -> None:
    debtor = make_debtor(session, name)
    session.add(
        Callback(
            debtor_id=debtor.id,
            due_at=due_at,
            operator_id=agent.user_id,
            asked_at=NOW - timedelta(days=1),
            **columns,
        )
    )


@pytest.mark.parametrize(
    ("which", "names"),
    [
        ("pending", {"PENDIENTE ANA", "LLAMAR OTRO DÍA LUIS"}),
        ("today", {"VENCE HOY ANA", "LLAMAR HOY LUIS"}),
        ("late", {"EN GRACIA ANA", "ATRASADA LUIS"}),
        ("kept", {"CUMPLIDA ANA"}),
        ("broken", {"ROTA ANA", "PARCIAL ANA"}),
    ],
)
def test_each_filter_shows_its_states_and_only_ones_own(app, session, mine, which, names):
    page = fresh_client(app, "ana").get(f"/followups/?which={which}").text
    assert {n for n in [*_PROMISES, *_CALLBACKS] if n in page} == names
    assert "AJENA" not in page and "YA HECHA" not in page


def test_the_most_urgent_comes_first_and_rubbish_is_everything(app, session, mine):
    ana = fresh_client(app, "ana")
    for which in ("", "?which=all", "?which=%00", "?which=' OR 1=1", "?which="):
        page = ana.get(f"/followups/{which}").text
        shown = ["ATRASADA", "EN GRACIA", "VENCE HOY", "LLAMAR HOY", "PENDIENTE ANA", "CUMPLIDA"]
        late, grace, due, hour, pending, kept = [page.index(n) for n in shown]
        assert max(late, grace) < min(due, hour) and max(due, hour) < pending < kept
        assert "ANTIGUA" not in page and "REEMPLAZADA" not in page


@pytest.mark.parametrize("form", [None, "csv", "xlsx"])
def test_neither_the_page_nor_the_file_tells_an_amount_a_day_or_an_account(
    app, session, mine, form
):
    ana = fresh_client(app, "ana")
    answer = (
        ana.post("/followups/download", data={"form": form}, buffered=True)
        if form
        else ana.get("/followups/")
    )
    assert answer.status_code == 200
    for secret in (b"1234", b"1.234", b"7654", b"27/11/2026", b"2026-11-27", b"15/11/2026"):
        assert secret not in answer.data, secret
    numbers = session.scalars(sa.text("SELECT number FROM account")).all()
    assert not [n for n in numbers if n.encode() in answer.data]
    logged = session.execute(sa.select(AccessLog.kind, AccessLog.what, AccessLog.rows)).all()
    assert [tuple(r) for r in logged] == [("download" if form else "search", "my followups", 9)]


def test_the_file_holds_what_is_filtered_and_an_unknown_form_is_refused(app, session, mine):
    ana = fresh_client(app, "ana")
    answer = ana.post("/followups/download?which=late", data={"form": "csv"}, buffered=True)
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and "EN GRACIA ANA" in answer.data.decode()
    assert ana.post("/followups/download", data={"form": "exe"}).status_code == 400


@pytest.mark.parametrize("username", ["eva", "fredy", "rosa", "adela", "alma"])
def test_who_does_not_operate_has_none(app, session, mine, username):
    client = fresh_client(app, username)
    assert client.get("/followups/").status_code == 403
    assert client.post("/followups/download", data={"form": "csv"}).status_code == 403


def test_an_empty_list_says_what_fills_it(app, session, mine):
    page = fresh_client(app, "luis").get("/followups/?which=kept").text
    assert "/followups/" in page and "AJENA" not in page
