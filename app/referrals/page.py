"""A referral's page: for the list, which opens it, and for the deeds, which come back to it when refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, render_template

from app.access.log import log_access
from app.access.staff_forms import REASONS
from app.core import clock, web
from app.core.attaching import file_limits
from app.core.errors import RuleBroken
from app.core.history import changes_of
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY
from app.debts.service import owed_by_account
from app.referrals.assigning import field_workers
from app.referrals.enforcement import documents_to_add
from app.referrals.models import Referral
from app.referrals.reading import find_referral
from app.referrals.route_data import RESULTS
from app.referrals.texts import DEEDS, KINDS, RULES, end_words, state_chip

#: More than anybody does with one referral.
_MOST_DEEDS = 200
_CASES = "EnforcementView"
_TOLD = ("assigned_to", "planned_on", "paper", "reference", "reason", "note", "why")


def known(referral_id: int) -> Referral:
    """The referral, or 404."""
    try:
        return find_referral(web.session(), min(referral_id, LARGEST_KEY))
    except LookupError:
        abort(404)


def render_referral(
    manager: Any,
    referral_id: int,
    *,
    typed: dict[str, str] | None = None,
    refused: RuleBroken | None = None,
) -> str:
    """The page, with what the signed-in person may do by the permissions of ``manager``; ``typed`` and
    ``refused``: what was written of a deed that was refused, and why. The view is a row of the log."""
    session = web.session()
    session.expire_all()
    referral = known(referral_id)
    with deed() as writing:
        log_access(
            writing,
            web.agent(),
            clock.utcnow(),
            "view",
            "referrals",
            debtor_id=referral.debtor_id,
        )
    may = _may(manager, referral)
    return render_template(
        "referrals/show.html",
        title=referral.debtor.name,
        referral=referral,
        state=state_chip(referral.state),
        owed=owed_by_account(session, [referral.account_id]).get(referral.account_id),
        history=changes_of(session, "referral", _TOLD, ids=[referral.id], most=_MOST_DEEDS),
        workers=field_workers(session, web.today()) if may["assign"] else [],
        documents=documents_to_add(session, referral.id) if may["file"] else [],
        papers=[paper for paper in referral.papers if paper.removed_at is None],
        may=may,
        typed=typed or {},
        refused=refused,
        kinds=KINDS,
        rules=RULES,
        results=RESULTS,
        deeds=DEEDS,
        told=_told,
        end_words=end_words,
        reasons=REASONS,
        today=web.today(),
        state_chip=state_chip,
        file_limits=file_limits(1),
    )


def _told(column: str, value: str) -> Any:
    """What a deed wrote, in words."""
    if column == "planned_on":
        return web.day(date.fromisoformat(value))
    return end_words(value) if column == "why" else value


def _may(manager: Any, referral: Referral) -> dict[str, bool]:
    """What can be done with it in its state, by whoever looks."""

    def granted(permission: str, view: str = "ReferralView") -> bool:
        return manager.has_access(f"can_{permission}", view)

    is_case, state = referral.kind == "enforcement", referral.state
    in_field = not is_case and state in ("approved", "assigned", "visited")
    return {
        "decide": state == "proposed" and granted("decide"),
        "assign": in_field and granted("assign"),
        "end": in_field and granted("end"),
        "file": is_case and state in ("proposed", "approved") and granted("file", _CASES),
        "hand_over": is_case and state == "approved" and granted("hand_over", _CASES),
        "take_back": is_case
        and state in ("approved", "closed")
        and referral.account.enforced_at is not None
        and granted("hand_over", _CASES),
        "read_papers": is_case and granted("read", _CASES),
        "person": granted("person", "PersonView"),
        "photo": granted("photo", "RouteView"),
    }
