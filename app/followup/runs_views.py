"""Cierres del día: what each day's run did, which days have had none, and the button that makes one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.framework import RoomView
from app.core.jobs import enqueue
from app.core.list_files import FORMS
from app.core.timeline import note_deed
from app.core.transaction import deed
from app.followup.runs import RunDay, run_days

_PAGE = 60
#: A file holds so many days.
_LONGEST = 3660
STATES = {
    "done": (_l("done"), "ok"),
    "late": (_l("late"), "wait"),
    "made_up": (_l("made up for later"), "wait"),
    "ahead": (_l("ahead of its day"), "info"),
    "to_come": (_l("not yet"), "info"),
    "missing": (_l("not done"), "bad"),
}
#: Where a count stands in a run's row, by the head of its column in a file.
_COUNTS = {
    ("promises", "kept"): _l("Promises kept"),
    ("promises", "partial"): _l("Promises partial"),
    ("promises", "broken"): _l("Promises broken"),
    ("agreements", "active"): _l("Agreements that became active"),
    ("agreements", "kept"): _l("Agreements kept"),
    ("agreements", "broken"): _l("Agreements broken"),
    ("agreements", "void"): _l("Agreements void"),
    ("holds_expired",): _l("Holds ended"),
    ("cases_closed",): _l("Cases closed by payments"),
    ("cases_expired",): _l("Cases past their hold"),
    ("referrals_proposed",): _l("Referrals proposed by rule"),
    ("referrals_ended",): _l("Referrals ended by payments"),
    ("callbacks", "due"): _l("Callbacks of the day"),
    ("callbacks", "late"): _l("Callbacks late"),
    ("callbacks", "freed"): _l("Callbacks freed"),
    ("unfinished",): _l("Calls without outcome"),
    ("requeued",): _l("Back in the queue"),
    ("queue",): _l("People in the queue"),
}


class RunView(RoomView):
    """The days, newest first, with what stands out in words."""

    route_base = "/runs"
    default_view = "days"

    @expose("/")
    @has_access
    @permission_name("read")
    def days(self) -> str:
        """The days up to ``until`` (today), a page at a time."""
        now, until = clock.utcnow(), _until()
        found = run_days(web.session(), web.settings(), now, until, _PAGE + 1)
        shown, older = found[:_PAGE], found[_PAGE:]
        return render_template(
            "followup/runs.html",
            title=_("Runs of the day"),
            days=shown,
            states=STATES,
            said=_said,
            begins=web.settings()["contact_from"],
            missing=_to_make_up(found),
            late_today=any(d.state == "missing" and d.day == web.today() for d in found),
            older=older[0].day if older else None,
            may_run=self.appbuilder.sm.has_access("can_run", "RunView"),
            may_download=self.appbuilder.sm.has_access("can_download", "RunView"),
        )

    @expose("/run", methods=["POST"])
    @has_access
    @permission_name("run")
    def run(self) -> Any:
        """Make today's run and those that are missing; the worker does it, one at a time."""
        with deed() as session:
            enqueue(session, "followup", lock="followup", user_id=web.user_id())
        flash(_("The worker is making the run: open this page again in a moment."), "info")
        return redirect(url_for("RunView.days"))

    @expose("/download", methods=["POST"])
    @has_access
    @permission_name("download")
    def download(self) -> Response:
        """Every day as a file; the timeline tells who took it."""
        form = request.form.get("form", "")
        if form not in FORMS:
            abort(400)
        now, today = clock.utcnow(), web.today()
        rows = run_days(web.session(), web.settings(), now, today, _LONGEST)
        file = new_file()
        FORMS[form].write(file, _heads(), map(_cells, rows), web.settings()["zone"])
        with deed() as session:
            after = {"rows": len(rows)}
            note_deed(session, web.agent(), now, "download", "followup_run", None, after=after)
        name = f"{_('Runs of the day')} {today}.{form}"
        return attached(file, FORMS[form].mimetype, name)


def _until() -> date:
    """``until`` of the address; today for what is no day that has come."""
    today = web.today()
    try:
        return min(date.fromisoformat(request.args.get("until", "")), today)
    except ValueError:
        return today


def _to_make_up(found: list[RunDay]) -> int:
    """Days before today without a run since the last one; 0 on a page of earlier days."""
    today, behind = web.today(), 0
    if found and found[0].day < today:
        return 0
    for each in found:
        if each.run is not None:
            break
        behind += each.day < today
    return behind


#: What a count is called beside its number.
_SAID = {
    "kept": _l("kept:"),
    "partial": _l("partial:"),
    "active": _l("active:"),
    "broken": _l("broken:"),
    "void": _l("void:"),
    "holds_expired": _l("holds ended:"),
    "cases_closed": _l("cases closed:"),
    "referrals_proposed": _l("referrals proposed:"),
    "referrals_ended": _l("referrals ended:"),
    "unfinished": _l("calls without outcome:"),
    "freed": _l("callbacks freed:"),
}


def _said(counts: Mapping[str, Any]) -> str:
    """``kept: 2 · broken: 1``, without what is nothing; a line breaks after the dots only."""
    parts = (f"{word} {counts[name]}" for name, word in _SAID.items() if counts.get(name))
    return " · ".join(parts).replace(" ", "\N{NO-BREAK SPACE}").replace("·\N{NO-BREAK SPACE}", "· ")


def _heads() -> list[str]:
    first = [_("Day"), _("State"), _("First run"), _("Last run"), _("Runs"), _("Seconds")]
    return first + [str(head) for head in _COUNTS.values()]


def _cells(each: RunDay) -> list[Any]:
    word, run = str(STATES[each.state][0]), each.run
    if run is None:
        return [each.day, word] + [None] * (4 + len(_COUNTS))
    facts = [each.day, word, run.first_at, run.last_at, run.runs, run.seconds]
    return facts + [_count(run.counts, where) for where in _COUNTS]


def _count(counts: Any, where: tuple[str, ...]) -> Any:
    for name in where:
        counts = (counts or {}).get(name)
    return counts
