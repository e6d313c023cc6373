"""Rubbish in whatever an address or a form may hold: never an error of ours, for whoever may open it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core import clock
from app.models import Download
from tests.conftest import NOW
from tests.walking import address, fresh_client, routes

NAMES = (  # noqa: SIM905
    "account after area as_of away before callback category column contact day deed direction do due_on"
    " form from header holds_from hour keep key kind last last_four layout measure missing name operator"
    " outcome page partial person pk point portfolio q reason screen sector seen separator shared sheet"
    " show shown state then to until user value view which why psize_DebtorScreen _oc_DebtorScreen"
    " _od_DebtorScreen _flt_0_folded _flt_0_owed _flt_1_owed _flt_0_days _flt_0_bills _flt_0_portfolio"
    " _flt_0_sector _flt_0_last_outcome _flt_0_promise _flt_0_phone _flt_0_level _flt_0_is_senior"
    " _flt_0_identification _flt_9_folded _flt_0_nothing"
).split()
RUBBISH = ["\x00", "9" * 30, "NaN", "9999-12-31", "%٣ñ\u202e"]


@pytest.fixture
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


@pytest.mark.parametrize("who", ["eva", "adela"])
def test_rubbish_in_an_address_is_no_error_of_ours(app, session, at_ten, who):
    client = fresh_client(app, who)
    failed = []
    for rule, method in routes(app):
        if method != "GET" or "static" in rule.endpoint:
            continue
        path = address(app, session, rule)
        for rubbish in RUBBISH:
            answer = client.get(path, query_string=dict.fromkeys(NAMES, rubbish), buffered=True)
            if answer.status_code >= 500:
                failed.append((path, rubbish[:20]))
    assert failed == []


@pytest.mark.parametrize("who", ["ana", "eva"])
def test_rubbish_in_a_form_is_no_error_of_ours(app, session, at_ten, who):
    client = fresh_client(app, who)
    failed = []
    for rule, method in routes(app):
        if method != "POST" or "log" in rule.rule:
            continue
        path = address(app, session, rule)
        for rubbish in [*RUBBISH, "9" * 5000]:
            answer = client.post(path, data=dict.fromkeys(NAMES, rubbish))
            if answer.status_code >= 500:
                failed.append((path, rubbish[:20]))
    assert failed == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Download)) == 0
