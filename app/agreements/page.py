"""An agreement's page: for the list, which opens it, and for the deeds, which come back to it."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from app.agreements.models import GOING_ON, Agreement
from app.agreements.reading import counted_payments, schedule_of
from app.agreements.texts import DEEDS, LINE_STATES, LINE_TONES, STATES, TONES
from app.core import web
from app.core.errors import RuleBroken
from app.core.history import changes_of

#: More than anybody does with one agreement.
_MOST_DEEDS = 200
_TOLD = ("state", "capital", "months", "total", "paid", "reason")


def render_agreement(
    manager: Any, agreement: Agreement, *, typed: str = "", refused: RuleBroken | None = None
) -> str:
    """The page, with what the signed-in person may do now by the permissions of ``manager``; ``typed``
    and ``refused``: what was written of a deed that was refused, and why."""
    session, today = web.session(), web.today()
    return render_template(
        "agreements/show.html",
        title=_("Agreement %(number)s", number=agreement.number),
        agreement=agreement,
        schedule=schedule_of(agreement, today),
        payments=counted_payments(session, agreement.id, today),
        history=changes_of(session, "agreement", _TOLD, ids=[agreement.id], most=_MOST_DEEDS),
        may=_may(manager, agreement),
        typed=typed,
        refused=refused,
        states=STATES,
        tones=TONES,
        line_states=LINE_STATES,
        line_tones=LINE_TONES,
        deeds=DEEDS,
    )


def _may(manager: Any, agreement: Agreement) -> dict[str, bool]:
    """What can be done with it in its state, by whoever looks."""

    def granted(permission: str) -> bool:
        return manager.has_access(f"can_{permission}", "AgreementView")

    state = agreement.state
    mine = agreement.requested_by_id == web.user_id()
    return {
        "edit": state == "draft" and granted("request"),
        "decide": state == "pending" and not mine and granted("decide"),
        "watch": state == "pending" and mine and granted("decide"),
        "cancel": state in GOING_ON and granted("cancel"),
        "download": manager.has_access("can_download", "AgreementPaperView"),
        "person": manager.has_access("can_person", "PersonView"),
    }
