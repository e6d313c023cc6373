"""A hold's page: for the list, which opens it, and for the deeds, which come back to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from app.cases.findings import FINDINGS, finding_label
from app.core import web
from app.core.errors import RuleBroken
from app.core.history import changes_of
from app.followup.hold_forms import ExtendForm, LiftForm
from app.followup.hold_keepers import keeper_of
from app.holds.models import Hold
from app.holds.reading import state_of
from app.holds.texts import CHANNELS, DEEDS, LIFTS, REASONS, SCOPES, STATES, TONES

#: More than anybody does with one hold.
_MOST_DEEDS = 200
_TOLD = ("ends_on", "why")


def render_hold(
    manager: Any,
    hold: Hold,
    *,
    extend: ExtendForm | None = None,
    lift: LiftForm | None = None,
    refused: RuleBroken | None = None,
) -> str:
    """The page, with what the signed-in person may do now by the permissions of ``manager``. ``extend``,
    ``lift`` and ``refused``: what was typed of a deed that was refused, and why."""
    session, state = web.session(), state_of(hold, web.today())
    going = state in ("live", "coming")
    keeper = keeper_of(session, hold.id) if going else None
    return render_template(
        "holds/show.html",
        title=_("Hold %(number)s", number=hold.id),
        hold=hold,
        state=state,
        keeper=keeper,
        held=held_words(hold),
        extend=(extend or ExtendForm(formdata=None))
        if going and manager.has_access("can_extend", "HoldView")
        else None,
        lift=(lift or LiftForm(formdata=None))
        if going and keeper is None and manager.has_access("can_lift", "HoldView")
        else None,
        may_open=manager.has_access("can_person", "PersonView"),
        may_call=manager.has_access("can_show", "CallScreen"),
        history=changes_of(session, "hold", _TOLD, ids=[hold.id], most=_MOST_DEEDS),
        refused=refused,
        lifted_because=lift_words(hold.lift_reason),
        lift_words=lift_words,
        day_of=date.fromisoformat,
        scopes=SCOPES,
        reasons=REASONS,
        states=STATES,
        tones=TONES,
        deeds=DEEDS,
    )


def held_words(hold: Hold) -> Any:
    """Which account, bill, channel or number it is; "—" for the person."""
    if hold.scope == "account":
        return hold.account.number
    if hold.scope == "bill":
        number = _("grouped") if hold.bill.is_grouped else hold.bill.number
        return _("%(bill)s of %(account)s", bill=number, account=hold.account.number)
    if hold.scope == "channel":
        return CHANNELS.get(hold.channel or "", hold.channel)
    return hold.contact_point.shown if hold.scope == "number" else "—"


def lift_words(why: str) -> Any:
    """Why it was lifted: the word of a code, or what a person wrote."""
    if why in FINDINGS:
        return finding_label(why)
    return LIFTS.get(why, why)
