"""The simulator inside the call screen: asked for only when its outcome is chosen."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.calls.forms import PlanForm, read_key
from app.calls.identity import identity_of
from app.calls.plan import PlanSheet, PlanWish, plan_sheet
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.debts.service import owed_by_person
from app.worklist.models import Claim
from app.worklist.service import find_claim


class PlanView(RoomView):
    """Part of the call screen, under its permission: the holder of an open call sees it, once the person
    is verified."""

    route_base = "/work"
    class_permission_name = "WorkView"
    default_view = "plan"

    @expose("/plan", methods=["POST"])
    @has_access
    @permission_name("work")
    def plan(self) -> Any:
        """The bills and the terms side by side, for what was typed; nothing is written."""
        key = read_key(request.form.get("key", "")) or abort(400)
        session = web.session()
        claim = find_claim(session, web.agent(), key)
        if claim is None or claim.closed_at is not None:
            return _nothing(_("That call is already closed.")), 409
        if not identity_of(session, web.settings(), claim, clock.utcnow()).verified:
            return _nothing(_("The terms are shown once the holder is verified.")), 403
        form = PlanForm()
        form.validate()
        return render_template("calls/_plan.html", **plan_shown(session, claim, form))


def plan_shown(session: Session, claim: Claim, form: PlanForm) -> dict[str, Any]:
    """What the template takes: the simulator for what ``form`` holds, over the account that the form of
    the call names (the largest debt, unless it names another); of another account than it was shown of,
    from the beginning."""
    owed = [account.account_id for account in owed_by_person(session, claim.debtor_id)]
    named = request.form.get("account_id", type=int)
    account_id = named if named in owed else owed[0] if owed else 0
    own = form.plan_of.data == account_id
    errors = [str(e) for name, es in form.errors.items() if name.startswith("plan_") for e in es]
    wish = form.wish() if own else None
    try:
        sheet = plan_sheet(session, web.settings(), clock.utcnow(), account_id, wish or PlanWish())
    except RuleBroken as refused:
        return {"plan": None, "plan_refused": refused.sentence}
    return {
        "plan": sheet,
        "plan_form": form if own else PlanForm(formdata=None),
        "plan_refused": " ".join(errors) if own and errors else sheet.refused,
        "plan_term": _marked(sheet, wish, form) if own else "",
    }


def _marked(sheet: PlanSheet, wish: PlanWish | None, form: PlanForm) -> str:
    """The term that stays chosen; one that was just typed is."""
    other = wish and wish.other_months
    if other and not (wish and wish.shown.endswith(f" {other}")):
        return str(other)
    return form.plan_term.data or ""


def _nothing(sentence: str) -> str:
    return render_template("calls/_plan.html", plan=None, plan_refused=sentence)
