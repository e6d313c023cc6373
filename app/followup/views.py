"""Mis seguimientos: an operator's own promises, agreements, callbacks, complaints and referrals, by name and
state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.log import log_access
from app.agreements.texts import STATES as AGREEMENT_STATES
from app.agreements.texts import TONES as AGREEMENT_TONES
from app.complaints.texts import STATES as COMPLAINT_STATES
from app.complaints.texts import TONES as COMPLAINT_TONES
from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.framework import RoomView
from app.core.list_files import FORMS
from app.core.transaction import deed
from app.followup.mine import FILTERS, IN_SIGHT, FollowRow, my_followups
from app.referrals.models import GOING
from app.referrals.texts import STATES as REFERRAL_STATES
from app.referrals.texts import TONES as REFERRAL_TONES

KINDS = {
    "promise": _l("Promise"),
    "callback": _l("Call back"),
    "agreement": _l("Agreement"),
    "complaint": _l("Complaint"),
    "referral": _l("Referral"),
}
#: States of an agreement alone.
_AGREED = ("awaiting", "active", "refused", "void", "cancelled")
#: Those of a complaint, and of a referral.
_COMPLAINED = ("received", "routed", "answered")
STATES = {
    "late": _l("late"),
    "today": _l("today"),
    "pending": _l("pending"),
    "kept": _l("kept"),
    "partial": _l("partial"),
    "broken": _l("broken"),
    "asked": AGREEMENT_STATES["pending"],
    **{name: AGREEMENT_STATES[name] for name in _AGREED},
    **{name: COMPLAINT_STATES[name] for name in _COMPLAINED},
    **{name: REFERRAL_STATES[name] for name in GOING},
}
TONES = {
    "late": "bad",
    "today": "wait",
    "pending": "info",
    "kept": "ok",
    "partial": "wait",
    "broken": "bad",
    "asked": AGREEMENT_TONES["pending"],
    **{name: AGREEMENT_TONES[name] for name in _AGREED},
    **{name: COMPLAINT_TONES[name] for name in _COMPLAINED},
    **{name: REFERRAL_TONES[name] for name in GOING},
}
_TABS = {
    "all": _l("All"),
    "pending": _l("Pending"),
    "today": _l("Today"),
    "late": _l("Late"),
    "kept": _l("Kept"),
    "broken": _l("Broken"),
    "agreement": _l("Agreements"),
    "complaint": _l("Complaints"),
    "referral": _l("Referrals"),
}


class FollowView(RoomView):
    """Names and states alone: what was promised opens in a call, once the holder is verified."""

    route_base = "/followups"
    default_view = "mine"

    @expose("/")
    @has_access
    def mine(self) -> str:
        """One's own, narrowed by state; logged."""
        which = _asked()
        rows = _rows(which)
        _log("search", len(rows))
        tabs = [
            (words, url_for("FollowView.mine", which=name), name == which)
            for name, words in _TABS.items()
        ]
        return render_template(
            "followup/mine.html",
            title=_("My follow-ups"),
            rows=rows,
            which=which,
            tabs=tabs,
            kinds=KINDS,
            states=STATES,
            tones=TONES,
            may_call=self.appbuilder.sm.has_access("can_attend", "WorkView"),
        )

    @expose("/download", methods=["POST"])
    @has_access
    def download(self) -> Response:
        """The same rows as a file, masked like the page; logged."""
        which, form = _asked(), request.form.get("form", "")
        if form not in FORMS:
            abort(400)
        rows = _rows(which)
        heads = [_("What"), _("Person"), _("Hour"), _("Answer due"), _("State")]
        file = new_file()
        FORMS[form].write(file, heads, _cells(rows), web.settings()["zone"])
        _log("download", len(rows))
        day = web.today()
        title = _("My follow-ups")
        name = f"{title} {day}.{form}"
        return attached(file, FORMS[form].mimetype, name)


def _asked() -> str:
    """``which`` of the address; everything for what is no filter."""
    which = request.args.get("which", "all")
    return which if which in FILTERS else "all"


def _rows(which: str) -> Sequence[FollowRow]:
    now, zone = clock.utcnow(), web.settings()["zone"]
    today = clock.local_day(now, zone)
    _start, end = clock.day_bounds(today, zone)
    since = today - IN_SIGHT
    return my_followups(web.session(), web.agent(), now, today, end, zone, since, which)


def _cells(rows: Sequence[FollowRow]) -> Iterator[list[Any]]:
    for row in rows:
        yield [str(KINDS[row.kind]), row.name, row.at, row.due_on, str(STATES[row.state])]


def _log(kind: str, rows: int) -> None:
    with deed() as session:
        log_access(session, web.agent(), clock.utcnow(), kind, "my followups", rows=rows)
