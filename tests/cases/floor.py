"""Ana's calls that open a case to verify, and Eva who closes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases.service import Found, close_case
from app.models import VerificationCase
from tests.calls.floor import SETTINGS
from tests.conftest import NOW

#: When Eva sits down to it: the day after the call, 10:00 in Guayaquil.
LATER = NOW + timedelta(days=1)
TOMORROW = LATER.date()
#: Outcome → what the screen sends with it.
SAID = {
    "RPC_PAID_CLAIM": {"note": "pagó en la ventanilla", "receipt": "R-100"},
    "RPC_HARDSHIP": {"note": "quedó sin trabajo"},
    "RPC_NOT_DEBTOR": {"note": "compró la casa en marzo"},
    "TPC_DECEASED": {"note": "contesta la hija"},
}


@pytest.fixture
def opened(session, begin, save):
    """``opened("RPC_HARDSHIP")``: the case that Ana's call opens."""

    def make(code, *, person=None, **typed):
        asked = {} if person is None else {"person": person}
        claim = begin(verified=code.startswith("RPC"), **asked)
        call, _ = save(claim, code, **(SAID[code] | typed))
        session.commit()
        return session.scalars(
            sa.select(VerificationCase).where(VerificationCase.call_id == call.id)
        ).one()

    return make


@pytest.fixture
def close(session, people):
    """``close(case, "can_pay", note=…)``: Eva closes it, a day after the call."""

    def make(case, finding, *, now=LATER, agent=people.eva, **found):
        note = found.pop("note", "lo dice el expediente")
        return close_case(
            session, agent, SETTINGS, now, case.id, Found(finding, note=note, **found)
        )

    return make
