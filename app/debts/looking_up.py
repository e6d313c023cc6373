"""Looking a person up before something is done with them: what is typed goes by POST, so that no address or log
holds it."""

from __future__ import annotations

from flask import request

from app.access.log import log_access
from app.core import clock, web
from app.core.transaction import deed
from app.debtors.models import Debtor
from app.debts.models import Account
from app.debts.search import find_people

_LONGEST = 100


def looked_up(what: str) -> tuple[str, list[tuple[Debtor, list[Account]]]]:
    """``(typed, people)``: what the form's ``q`` says, and the people found by it, each with their open
    accounts; none for nothing typed. A row of the access log, as a search of ``what``."""
    typed = request.form.get("q", "").strip()[:_LONGEST]
    if not typed:
        return typed, []
    with deed() as session:
        found = find_people(session, typed, web.settings()["area_prefix"])
        log_access(session, web.agent(), clock.utcnow(), "search", what, rows=len(found))
        return typed, [(p, [a for a in p.accounts if a.closed_on is None]) for p in found]
