"""A case's page: for the list, which opens it, and for its closing, which comes back to it when refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, render_template
from flask_babel import ngettext

from app.access.log import log_access
from app.agreements.texts import STATES as AGREEMENT_STATES
from app.agreements.texts import TONES as AGREEMENT_TONES
from app.cases.filters import STATES
from app.cases.findings import KINDS, finding_label, findings_of
from app.cases.forms import CloseForm
from app.cases.models import VerificationCase
from app.cases.reading import SHARED, case_facts, find_case
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.lists import Chip
from app.core.transaction import deed
from app.promises.texts import promise_chip


def render_case(
    manager: Any, case_id: int, form: CloseForm | None = None, refused: RuleBroken | None = None
) -> str:
    """The page, with what the signed-in person may do by the permissions of ``manager``. The view is a row
    of the access log, for everybody who is on it."""
    session, settings = web.session(), web.settings()
    session.expire_all()
    case = find_case(session, case_id) or abort(404)
    facts = case_facts(session, settings, case)
    with deed() as writing:
        now, what = clock.utcnow(), "cases"
        log_access(writing, web.agent(), now, "view", what, debtor_id=case.debtor_id)
        for other in facts.others:
            log_access(writing, web.agent(), now, "view", what, debtor_id=other.id)
    mine = manager.has_access
    return render_template(
        "cases/case.html",
        title=facts.person.name,
        facts=facts,
        case=case,
        state=state_chip(case, web.today()),
        kinds=KINDS,
        shared=SHARED,
        effects=_effects(case.kind),
        finding_label=finding_label,
        promise_chip=promise_chip,
        agreement_states=AGREEMENT_STATES,
        agreement_tones=AGREEMENT_TONES,
        days=settings["case_payments_days"],
        form=form or close_form(case),
        refused=refused,
        may_close=mine("can_close", "CaseView") and case.closed_at is None,
        may_open=mine("can_person", "PersonView"),
        may_agree=mine("can_request", "AgreementView"),
        may_see_agreement=mine("can_show", "AgreementScreen"),
    )


def state_chip(case: VerificationCase, today: date) -> Chip:
    """Open, how many days overdue, or what was found."""
    if case.closed_at is not None:
        return Chip(finding_label(case.finding), "muted")
    late = (today - case.due_on).days
    if late > 0:
        return Chip(ngettext("%(num)d day overdue", "%(num)d days overdue", late), "bad")
    return Chip(STATES["open"], "wait")


def close_form(case: VerificationCase) -> CloseForm:
    """What one may close it with."""
    may_retire = case.kind == "not_debtor" and case.call.contact_point_id is not None
    return CloseForm().for_kind(case.kind, may_retire=may_retire)


def _effects(kind: str) -> list[tuple[Any, str]]:
    """``(finding, what follows from it)`` in words."""
    days = {"days": web.settings()["case_elsewhere_days"]}
    return [(f.label, str(f.effect) % days) for f in findings_of(kind).values()]
