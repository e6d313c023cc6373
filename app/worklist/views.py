"""Callbacks that somebody must see to, for the specialist: hand them on, or say that none is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Row

from app.access.log import log_access
from app.contact_rules.service import Verdict, may_contact
from app.contact_rules.texts import LABELS
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.promises.leavers import promises_of_leavers
from app.worklist.callbacks import (
    MOST_SHOWN,
    callbacks_needing_somebody,
    colleagues,
    drop_callbacks,
    missed_callbacks,
    reassign_callbacks,
)

_AWAY = {
    "inactive": _l("its owner has left"),
    "absent": _l("its owner is absent"),
    "off_shift": _l("outside its owner's shift"),
}
#: They pass by themselves, whoever the person is: not why a callback was missed.
_MOMENT = frozenset({"hours", "weekend", "holiday"})


class CallbackView(RoomView):
    """Late callbacks, those whose owner is not there, and what people who left had pending."""

    route_base = "/callbacks"
    default_view = "late"

    @expose("/")
    @has_access
    @permission_name("read")
    def late(self) -> Any:
        """The list. What it shows of people is in the access log."""
        return self._page()

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("reassign")
    def see_to(self) -> Any:
        """Give the marked ones (or all that were shown) to somebody, or drop the marked ones."""
        deed_name = request.form.get("deed", "")
        chosen = _chosen("shown" if deed_name == "move_all" else "callback")
        try:
            if not chosen:
                raise RuleBroken(_("Mark the callbacks first."))
            done = self._drop(chosen) if deed_name == "drop" else self._move(chosen)
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return self._page(), 422
        flash(done, "success")
        return redirect(url_for("CallbackView.late"))

    def _move(self, chosen: Mapping[int, int | None]) -> str:
        to = request.form.get("to", "")
        if to != "anyone" and not (to.isdecimal() and len(to) < 10):
            raise RuleBroken(_("Choose who is to call."))
        with deed() as session:
            moved = reassign_callbacks(
                session,
                web.agent(),
                web.settings(),
                clock.utcnow(),
                chosen,
                None if to == "anyone" else int(to),
            )
        done = ngettext(
            "%(num)d callback has a new owner.", "%(num)d callbacks have a new owner.", moved.moved
        )
        if not moved.changed:
            return done
        return f"{done} " + ngettext(
            "%(num)d had changed meanwhile and stays as it is.",
            "%(num)d had changed meanwhile and stay as they are.",
            moved.changed,
        )

    def _drop(self, chosen: Mapping[int, int | None]) -> str:
        with deed() as session:
            dropped = drop_callbacks(
                session, web.agent(), clock.utcnow(), list(chosen), request.form.get("reason", "")
            )
        return ngettext(
            "%(num)d callback is no longer waited for.",
            "%(num)d callbacks are no longer waited for.",
            dropped,
        )

    def _page(self) -> str:
        session, settings, now = web.session(), web.settings(), clock.utcnow()
        rows = callbacks_needing_somebody(session, settings, now)
        promises = promises_of_leavers(session, MOST_SHOWN)
        verdicts = may_contact(session, settings, [r.debtor_id for r in rows], "call", now)
        with deed() as writing:
            log_access(
                writing, web.agent(), now, "search", "callbacks", rows=len(rows) + len(promises)
            )
        mine = self.appbuilder.sm.has_access
        return render_template(
            "worklist/callbacks.html",
            title=_("Late callbacks"),
            rows=[(r, _why(r, verdicts[r.debtor_id]), _late_by(r.due_at, now)) for r in rows],
            missed=missed_callbacks(session, settings, now),
            minutes=settings["callback_alarm_minutes"],
            promises=promises,
            colleagues=colleagues(session, settings, now),
            may_reassign=mine("can_reassign", "CallbackView"),
            may_open=mine("can_person", "PersonView"),
            marked=set(request.form.getlist("callback")),
        )


def _chosen(name: str) -> dict[int, int | None]:
    """``id:owner`` of each; nonsense is left out."""
    pairs = [value.partition(":") for value in request.form.getlist(name)]
    return {
        int(key): int(owner) if owner else None
        for key, _colon, owner in pairs
        if key.isdecimal()
        and len(key) < 19
        and (not owner or owner.isdecimal() and len(owner) < 19)
    }


def _why(row: Row, verdict: Verdict) -> str:
    """Why nobody has called, or will: who is not there, and what the gate says of the person."""
    refusing = [str(LABELS[rule]) for rule in verdict.refused_by if rule not in _MOMENT]
    if row.away is not None:
        owner = str(_AWAY[row.away])
    elif row.operator_id is None:
        owner = _("it is anyone's and nobody has called")
    else:
        owner = _("its owner has not called")
    return "; ".join([owner, *refusing])


def _late_by(due_at: datetime, now: datetime) -> str | None:
    """``2 d 3 h``, ``1 h 20 min``, ``40 min``; None before its hour."""
    if due_at > now:
        return None
    minutes = (now - due_at) // timedelta(minutes=1)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("%(d)s d %(h)s h", d=days, h=hours)
    return _("%(h)s h %(m)s min", h=hours, m=minutes) if hours else _("%(m)s min", m=minutes)
