"""Mi día: what an operator has done today, what is due now, and the one big button."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask import Response, render_template
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.access.staff_people import Member, goal_of, member
from app.calls.models import Call, Outcome
from app.contact_rules.service import is_contact_hour
from app.core import clock, web
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.framework import RoomView
from app.debtors.models import Debtor
from app.followup.mine import untold_agreements
from app.promises.models import Promise
from app.reports import words
from app.reports.figures import MyDay
from app.reports.live import live_answer, live_context
from app.reports.service import my_day
from app.worklist.callbacks import due_callbacks
from app.worklist.models import Claim
from app.worklist.service import my_claim

_NEWEST, _DUE = 8, 20


class DayView(RoomView):
    """The operator's home. Names only: an amount is a sum of several people, never of one."""

    route_base = "/day"
    default_view = "day"

    @expose("/")
    @has_access
    def day(self) -> str:
        """Figures of today beside what each is a part of, callbacks and promises due, newest calls; the
        page renews itself."""
        session, agent, now = web.session(), web.agent(), clock.utcnow()
        claim = my_claim(session, agent)
        version = _version(session, agent, claim, now)
        return render_template(
            "reports/day.html",
            title=_("My day"),
            until=_may_call_until(session, now),
            **_shown(session, agent, claim, now),
            **live_context(version, now),
        )

    @expose("/live")
    @has_access
    @permission_name("day")
    def live(self) -> Response:
        """The part of the page that changes; 304 while nothing has."""
        session, agent, now = web.session(), web.agent(), clock.utcnow()
        claim = my_claim(session, agent)

        def fragment() -> str:
            shown = _shown(session, agent, claim, now)
            return render_template("reports/_day.html", now=now, **shown)

        return live_answer(_version(session, agent, claim, now), now, fragment)


def _version(session: Session, agent: Agent, claim: Claim | None, now: datetime) -> str:
    """Changes with every call and claim of the operator's own, and every minute: hours fall due and
    payments come without their doing."""
    newest = select(Call.id).where(Call.operator_id == agent.user_id)
    newest = newest.order_by(Call.started_at.desc(), Call.id.desc()).limit(1)
    return f"{session.scalar(newest) or 0}-{claim.id if claim else 0}-{now:%Y%m%d%H%M}"


def _shown(session: Session, agent: Agent, claim: Claim | None, now: datetime) -> dict[str, Any]:
    settings = web.settings()
    who = member(session, settings, now, web.user_id())
    today = clock.local_day(now, settings["zone"])
    _start, end = clock.day_bounds(today, settings["zone"])
    report = my_day(session, settings, today, web.user_id())
    return {
        "report": report,
        "says": _summary(report),
        "goal": goal_of(settings, who),
        "hours": _hours(who),
        "claim": claim,
        "callbacks": due_callbacks(session, agent, end),
        "promises": _due_promises(session, agent, today),
        "untold": untold_agreements(session, agent, today, settings["zone"]),
        "calls": _newest(session, agent, now),
        "words": words,
    }


def _hours(who: Member | None) -> str:
    """When the operator's own shift ends, and that the unit believes them to be away."""
    said = []
    if who and who.facts.shift_until:
        said.append(_("your shift ends at %(hour)s", hour=f"{who.facts.shift_until:%H:%M}"))
    if who and who.away == "absent":
        said.append(_("you are entered as absent today"))
    return " · ".join(said)


def _summary(report: MyDay) -> str:
    figures = report.figures
    answered = _("Answered: %(calls)s", calls=words.of_calls(figures.answered, figures.attempts))
    return f"{answered} · {words.promises(figures.promises)}"


def _may_call_until(session: Session, now: datetime) -> time | None:
    """Until when today's calls may go on; None when nobody may be called at this moment."""
    settings = web.settings()
    wall = clock.local(now, settings["zone"])
    lawful = is_contact_hour(settings, wall.time())
    if lawful and calendar(session).is_business_day(wall.date()):
        return settings["contact_until"]
    return None


def _due_promises(session: Session, agent: Agent, today: date) -> list[Row[Any]]:
    """``(id, name, late)`` of the operator's promises that fall due by ``today``, oldest first."""
    return list(
        session.execute(
            select(Promise.id, Debtor.name, (Promise.due_on < today).label("late"))
            .join(Debtor, Debtor.id == Promise.debtor_id)
            .where(
                Promise.made_by_id == agent.user_id,
                Promise.state == "pending",
                Promise.due_on <= today,
            )
            .order_by(Promise.due_on, Promise.id)
            .limit(_DUE)
        )
    )


def _newest(session: Session, agent: Agent, now: datetime) -> list[Row[Any]]:
    """``(id, started_at, corrects_id, name, Outcome)`` of the operator's last calls."""
    return list(
        session.execute(
            select(Call.id, Call.started_at, Call.corrects_id, Debtor.name, Outcome)
            .join(Debtor, Debtor.id == Call.debtor_id)
            .join(Outcome, Outcome.id == Call.outcome_id)
            .where(Call.operator_id == agent.user_id, Call.started_at <= now)
            .order_by(Call.started_at.desc(), Call.id.desc())
            .limit(_NEWEST)
        )
    )
