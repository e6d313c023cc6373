"""The gate's answer in one sentence."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.contact_rules.service import Verdict
from app.core import web

LABELS = {
    "hours": _l("it is outside the hours for contacting"),
    "weekend": _l("it is the weekend"),
    "holiday": _l("it is a holiday"),
    "attempts": _l("today's attempts are used up"),
    "contacts": _l("this person has already been contacted today"),
    "nothing_owed": _l("nothing is owed"),
    "stale": _l("the portfolio is too old: load the newest file first"),
    "promise": _l("a promise is pending and not yet due"),
    "agreement": _l("an agreement is up to date"),
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
