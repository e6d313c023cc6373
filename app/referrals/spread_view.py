"""«Repartir»: the approved referrals of some sectors among some of the field, looked at before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.staff_forms import REASONS
from app.core import clock, web
from app.core.business_days import calendar
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.settings import Settings
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.referrals.asked import Chosen, chosen, left_words, stay_words, typed_day
from app.referrals.assigning import (
    Worker,
    check_day,
    field_workers,
    refusal_words,
    spread_referrals,
    unvisitable,
)
from app.referrals.models import VISITED, Referral
from app.referrals.reading import newest_id, sector_counts
from app.referrals.spreading import Share, spread
from app.referrals.steps import Skipped


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would get what for ``day``, and who may not be visited then."""

    day: date
    shares: list[Share]
    left: list[str]

    @property
    def count(self) -> int:
        """How many cases are spread."""
        return sum(len(share.ids) for share in self.shares)


class SpreadView(RoomView):
    """The sectors, the field, and the plan."""

    route_base = "/referrals/spread"
    default_view = "form"

    @expose("/")
    @has_access
    @permission_name("assign")
    def form(self) -> str:
        """What waits by sector, and who could go: for the next business day."""
        return self._page()

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("assign")
    def spread(self) -> Any:
        """Look at the plan (``preview``), come back to the form (``again``), or do it (``do``)."""
        choice = request.form.get("deed")
        if choice not in ("preview", "again", "do"):
            abort(400)
        if choice == "again":
            return self._page()
        try:
            if choice == "preview":
                return self._page(plan=_plan(web.session(), clock.utcnow(), web.settings()))
            return self._do()
        except RuleBroken as refused:
            return self._page(refused=refused), 422

    def _do(self) -> Any:
        now, settings = clock.utcnow(), web.settings()
        with deed() as session:
            plan = _plan(session, now, settings)
            gives = [(share.worker.user_id, share.ids) for share in plan.shares]
            result = spread_referrals(session, web.agent(), now, settings, gives, plan.day)
        done = ngettext(
            "%(num)d case was given to the field.",
            "%(num)d cases were given to the field.",
            len(result.done),
        )
        flash(done, "success" if result.done else "warning")
        for sentence in left_words(result.skipped):
            flash(sentence, "warning")
        return redirect(url_for("ReferralView.desk"))

    def _page(self, plan: Plan | None = None, refused: RuleBroken | None = None) -> str:
        session = web.session()
        day = _shown_day(session)
        return render_template(
            "referrals/spread.html",
            title=_l("Spread among the field"),
            sectors=sector_counts(session, "approved", VISITED),
            workers=field_workers(session, day),
            day=day,
            plan=plan,
            refused=refused,
            reasons=REASONS,
            last=chosen(VISITED).last_id or newest_id(session),
            ticked=set(request.form.getlist("sector")),
            going={each.user_id for each in _going(session, day)},
        )


def _shown_day(session: Session) -> date:
    """The day that was typed, or the next business day."""
    try:
        return typed_day()
    except RuleBroken:
        return calendar(session).add(web.today(), 1)


def _going(session: Session, day: date) -> list[Worker]:
    """Who was ticked, of those who are there on ``day``."""
    keys = {typed_key(key, LARGEST_SMALL_KEY) for key in request.form.getlist("worker")}
    return [w for w in field_workers(session, day) if w.user_id in keys and not w.away]


def _plan(session: Session, now: datetime, settings: Settings) -> Plan:
    """The plan for what the form says; RuleBroken where it says too little."""
    day = typed_day()
    check_day(session, now, settings, day)
    going = _going(session, day)
    if not going:
        raise RuleBroken(_l("Tick at least one worker who is there on that day."), "worker")
    sectors = _sectors(session, chosen(VISITED))
    shares = spread(sectors, going)
    left = _left(session, now, settings, day, [key for ids in sectors.values() for key in ids])
    return Plan(day, shares, left)


def _sectors(session: Session, wanted: Chosen) -> dict[str, list[int]]:
    """The approved cases of the ticked sectors that are visited."""
    sectors = wanted.sectors_of(session, "approved")
    if not any(sectors.values()):
        raise RuleBroken(_l("Tick at least one sector that has approved cases."), "sector")
    return sectors


def _left(
    session: Session, now: datetime, settings: Settings, day: date, ids: Sequence[int]
) -> list[str]:
    """Who of the plan may not be visited, in words; it is written down when it is done."""
    rows = session.execute(select(Referral).where(Referral.id.in_(ids)).order_by(Referral.id))
    found = [referral for (referral,) in rows]
    refused = unvisitable(session, now, settings, day, [r.account_id for r in found])
    return stay_words(
        [
            Skipped(r.id, r.number, refusal_words(refused[r.account_id]))
            for r in found
            if r.account_id in refused
        ]
    )
