"""An operator's own reviews: what was scored and said, to be acknowledged; and their trend beside the
unit's. Masked: no amount, no identification; nobody else's review."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import get_locale
from flask_babel import gettext as _

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import typed_key
from app.quality.charts import my_chart
from app.quality.models import QualityReview
from app.quality.reading import find_review
from app.quality.service import LONGEST_REPLY, acknowledge_review
from app.quality.texts import MARK_LABELS, MARK_TONES, STEP_LABELS, state_chip
from app.quality.trends import FEWEST_OPERATORS, STEPS, MyReview, my_reviews, my_trend

_PAGE = 25
#: Pages are numbered; nobody walks further.
_LAST_PAGE = 1000


class MyQualityView(RoomView):
    """My quality."""

    route_base = "/quality/mine"
    default_view = "mine"

    @expose("/")
    @has_access
    @permission_name("mine")
    def mine(self) -> Any:
        """The trend, and the reviews: those to acknowledge first."""
        step = request.args.get("step", "")
        step = step if step in STEPS else STEPS[0]
        page = min((typed_key(request.args.get("page")) or 1), _LAST_PAGE)
        session, settings = web.session(), web.settings()
        today = clock.local_day(clock.utcnow(), settings["zone"])
        trend = my_trend(session, web.user_id(), today, step, settings["zone"])
        found = my_reviews(session, web.user_id(), most=_PAGE + 1, skipped=(page - 1) * _PAGE)
        shown = found[:_PAGE]
        _log("search", rows=len(shown))
        return render_template(
            "quality/mine.html",
            title=_("My quality"),
            trend=trend,
            chart=my_chart(trend, settings["quality_goal"]),
            goal=settings["quality_goal"],
            fewest=FEWEST_OPERATORS,
            tabs=[
                (STEP_LABELS[s], url_for("MyQualityView.mine", step=s), s == step) for s in STEPS
            ],
            rows=shown,
            outcome_of=_outcome,
            page=page,
            step=step,
            more=len(found) > _PAGE,
        )

    @expose("/<int:review_id>")
    @has_access
    @permission_name("mine")
    def review(self, review_id: int) -> Any:
        """One review of a call of one's own, with its marks."""
        return _render(_own(review_id))

    @expose("/<int:review_id>/acknowledge", methods=["POST"])
    @has_access
    @permission_name("mine")
    def acknowledge(self, review_id: int) -> Any:
        """Say that it was read; a refusal keeps what was typed."""
        _own(review_id)
        reply = request.form.get("reply", "")
        try:
            with deed() as session:
                acknowledge_review(session, web.agent(), clock.utcnow(), review_id, reply)
        except RuleBroken as refused:
            return _render(_own(review_id), reply, refused), 422
        flash(_("You have acknowledged the review."), "success")
        return redirect(url_for("MyQualityView.mine"))


def _own(review_id: int) -> QualityReview:
    """A scored review of the signed-in person's call; 404 for any other."""
    review = find_review(web.session(), review_id)
    if review is None or review.operator_id != web.user_id() or review.scored_at is None:
        abort(404)
    return review


def _render(review: QualityReview, reply: str = "", refused: RuleBroken | None = None) -> str:
    _log("view", debtor_id=review.call.debtor_id)
    return render_template(
        "quality/my_review.html",
        title=_("Review of my call"),
        review=review,
        call=review.call,
        state=state_chip(review),
        mark_labels=MARK_LABELS,
        mark_tones=MARK_TONES,
        goal=web.settings()["quality_goal"],
        reply=reply,
        longest_reply=LONGEST_REPLY,
        refused=refused,
    )


def _outcome(row: MyReview) -> str:
    """The outcome in the reader's language."""
    english = str(get_locale()).startswith("en")
    return row.outcome_en if english and row.outcome_en else row.outcome


def _log(kind: str, *, debtor_id: int | None = None, rows: int | None = None) -> None:
    with deed() as session:
        now, what = clock.utcnow(), "my quality"
        log_access(session, web.agent(), now, kind, what, debtor_id=debtor_id, rows=rows)
