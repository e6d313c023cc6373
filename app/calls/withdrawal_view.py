"""A specialist withdraws a pending promise from its page."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _

from app.access.log import log_access
from app.calls.withdrawing import withdraw_by_hand
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.reasons import LONGEST_REASON
from app.core.transaction import deed
from app.promises.models import Promise


class PromiseDeedView(RoomView):
    """What a person may do to a promise: nothing but take it back, with a reason."""

    route_base = "/promises/withdrawal"

    @expose("/<int:promise_id>", methods=["GET", "POST"])
    @has_access
    def withdraw(self, promise_id: int) -> Any:
        """Ask for the reason, then withdraw; a refusal keeps what was typed."""
        promise = web.session().get(Promise, promise_id) or abort(404)
        if request.method == "POST":
            try:
                with deed() as session:
                    reason = request.form.get("reason", "")
                    withdraw_by_hand(
                        session, web.agent(), web.settings(), clock.utcnow(), promise_id, reason
                    )
            except RuleBroken as refused:
                return self._page(promise_id, refused), 422
            flash(_("Promise withdrawn: the person goes back to the queue."), "success")
            return redirect(url_for("PromiseScreen.show", pk=promise_id))
        with deed() as session:
            log_access(
                session,
                web.agent(),
                clock.utcnow(),
                "view",
                "promises",
                debtor_id=promise.debtor_id,
                rows=1,
            )
        return self._page(promise_id, None)

    def _page(self, promise_id: int, refused: RuleBroken | None) -> str:
        return render_template(
            "promises/withdraw.html",
            title=_("Withdraw a promise"),
            promise=web.session().get_one(Promise, promise_id),
            refused=refused,
            most=LONGEST_REASON,
        )
