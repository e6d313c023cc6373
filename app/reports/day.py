"""Mi día: what an operator has done today, what is due now, and the one big button."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask import render_template
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.calls.models import Call
from app.core import clock, web
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.framework import RoomView
from app.promises.models import Promise
from app.reports.service import my_day
from app.worklist.service import due_callbacks, my_claim

_NEWEST = 8


class DayView(RoomView):
    """The operator's home. Names only: an amount is a sum of several people, never of one."""

    route_base = "/day"
    default_view = "day"

    @expose("/")
    @has_access
    def day(self) -> Any:
        """Figures of today beside what each is a part of, callbacks and promises due, newest calls."""
        session, agent, settings, now = web.session(), web.agent(), web.settings(), clock.utcnow()
        today = clock.local_day(now, settings["zone"])
        _start, end = clock.day_bounds(today, settings["zone"])
        return render_template(
            "reports/day.html",
            title=_("My day"),
            report=my_day(session, settings, today, web.user_id()),
            goal=settings["daily_goal"],
            until=_may_call_until(session, now),
            now=now,
            claim=my_claim(session, agent),
            callbacks=due_callbacks(session, agent, end),
            promises=_due_promises(session, agent, today),
            calls=_newest(session, agent, now),
        )


def _may_call_until(session: Session, now: datetime) -> time | None:
    """Until when today's calls may go on; None when nobody may be called at this moment."""
    settings = web.settings()
    wall = clock.local(now, settings["zone"])
    lawful = settings["contact_from"] <= wall.time() < settings["contact_until"]
    return (
        settings["contact_until"]
        if lawful and calendar(session).is_business_day(wall.date())
        else None
    )


def _due_promises(session: Session, agent: Agent, today: Any) -> list[Promise]:
    return list(
        session.scalars(
            select(Promise)
            .where(
                Promise.made_by_id == agent.user_id,
                Promise.state == "pending",
                Promise.due_on <= today,
            )
            .options(joinedload(Promise.debtor))
            .order_by(Promise.due_on, Promise.id)
            .limit(20)
        )
    )


def _newest(session: Session, agent: Agent, now: datetime) -> list[Call]:
    return list(
        session.scalars(
            select(Call)
            .where(Call.operator_id == agent.user_id, Call.started_at <= now)
            .options(joinedload(Call.debtor), joinedload(Call.outcome))
            .order_by(Call.started_at.desc(), Call.id.desc())
            .limit(_NEWEST)
        )
    )
