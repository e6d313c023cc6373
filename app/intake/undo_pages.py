"""A load taken back on screen: asked for with a reason, done by the worker."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access

from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.jobs import enqueue
from app.core.transaction import deed
from app.intake.undo import begin_undo


class UndoPages(RoomView):
    """The part of the loads that takes one back."""

    @expose("/<int:load_id>/undo", methods=["POST"])
    @has_access
    @permission_name("load")
    def undo(self, load_id: int) -> Any:
        """Let the worker take the load back."""
        agent = web.agent()
        try:
            with deed() as session:
                begin_undo(session, agent, clock.utcnow(), load_id, request.form.get("why", ""))
                enqueue(session, "undo_load", load_id=load_id, user_id=agent.user_id)
        except RuleBroken as refused:
            flash(str(refused), "danger")
        return redirect(url_for("LoadView.load", load_id=load_id))
