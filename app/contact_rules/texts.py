"""The gate's answer in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.contact_rules.service import Verdict
from app.core import web
from app.core.clock import local
from app.core.lists import Chip
from app.core.settings import Settings

LABELS = {
    "hours": _l("it is outside the hours for contacting"),
    "weekend": _l("it is the weekend"),
    "holiday": _l("it is a holiday"),
    "attempts": _l("today's attempts are used up"),
    "contacts": _l("this person has already been contacted today"),
    "week": _l("the attempts or contacts of seven days are used up"),
    "nothing_owed": _l("nothing is owed"),
    "stale": _l("the portfolio is too old: load the newest file first"),
    "promise": _l("a promise is pending and not yet due"),
    "agreement": _l("an agreement is up to date"),
    "enforcement": _l("the account is in the hands of enforcement"),
    "hold": _l("it is on hold"),
    "opt_out": _l("the person asked not to be contacted by this channel"),
    "deceased": _l("the holder is reported deceased"),
    "no_contact_point": _l("there is no valid contact for this channel"),
}


def refusal_sentence(verdict: Verdict) -> str:
    """«This person may not be contacted now: …. Allowed from dd/mm/yyyy hh:mm on.»"""
    return _("This person may not be contacted now: %(why)s.", why=_why(verdict)) + _from_when(
        verdict
    )


def moment_sentence(verdict: Verdict) -> str:
    """«Nobody may be called now: …», and what may be done all the same."""
    sentence = _("Nobody may be called now: %(why)s.", why=_why(verdict)) + _from_when(verdict)
    anyhow = _("Incoming calls and people at the counter can be registered at any hour.")
    return f"{sentence} {anyhow}"


def _why(verdict: Verdict) -> str:
    return "; ".join(str(LABELS[rule]) for rule in verdict.refused_by)


def _from_when(verdict: Verdict) -> str:
    if verdict.next_allowed_at is None:
        return ""
    return " " + _("Allowed from %(moment)s on.", moment=web.moment(verdict.next_allowed_at))


#: What a list says for a rule, most lasting first; ``hours`` to ``week`` are about the moment and say
#: when instead.
_SHORT: Mapping[str, tuple[Any, str]] = {
    "deceased": (_l("reported deceased"), "bad"),
    "no_contact_point": (_l("no valid number"), "bad"),
    "nothing_owed": (_l("owes nothing"), "muted"),
    "stale": (_l("portfolio too old"), "wait"),
    "opt_out": (_l("asked not to be called"), "bad"),
    "enforcement": (_l("in enforcement"), "bad"),
    "agreement": (_l("agreement in force"), "wait"),
    "hold": (_l("on hold"), "wait"),
    "promise": (_l("paused"), "wait"),
}


def verdict_chip(verdict: Verdict, now: datetime, settings: Settings) -> Chip:
    """``yes``, the next lawful hour, or the most lasting reason with the day it ends."""
    if verdict.allowed:
        return Chip(_("yes"), "ok")
    reason = next((rule for rule in _SHORT if rule in verdict.refused_by), None)
    if reason is None:
        return Chip(_next_hour(verdict.next_allowed_at, now, settings), "wait")
    words, tone = _SHORT[reason]
    if verdict.next_allowed_at is None:
        return Chip(words, tone)
    until = local(verdict.next_allowed_at, settings["zone"])
    return Chip(_("%(what)s until %(day)s", what=str(words), day=f"{until:%d/%m}"), tone)


def _next_hour(at: datetime | None, now: datetime, settings: Settings) -> str:
    if at is None:
        return _("no")
    then, today = local(at, settings["zone"]), local(now, settings["zone"]).date()
    if then.date() == today:
        return f"{then:%H:%M}"
    if then.date() == today + timedelta(days=1):
        return _("tomorrow %(hour)s", hour=f"{then:%H:%M}")
    return f"{then:%d/%m %H:%M}"
