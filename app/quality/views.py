"""The specialist's desk of quality: the samples, the draw of one, and the scoring of a call."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import SelectChoice

from app.access.staff_people import may_call
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.money import money
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.quality.forms import DrawForm, typed_scorecard
from app.quality.page import render_review
from app.quality.reading import (
    find_review,
    find_sample,
    next_to_score,
    sample_operators,
    samples,
)
from app.quality.service import draw_sample, score_review

#: The form offers the week that is over, with as many calls of each operator.
_DAYS, _CALLS = 7, 3


class QualityView(RoomView):
    """Samples of calls and their scoring."""

    route_base = "/quality"
    default_view = "desk"

    @expose("/")
    @has_access
    @permission_name("read")
    def desk(self) -> Any:
        """The samples with their progress."""
        mine = self.appbuilder.sm.has_access
        may_score = mine("can_score", "QualityView")
        return render_template(
            "quality/desk.html",
            title=_("Quality"),
            samples=samples(web.session()),
            may_draw=mine("can_draw", "QualityView"),
            may_score=may_score,
            next_id=next_to_score(web.session(), web.user_id()) if may_score else None,
        )

    @expose("/samples/<int:sample_id>")
    @has_access
    @permission_name("read")
    def sample(self, sample_id: int) -> Any:
        """One sample: how many calls of each operator, and how far they are."""
        found = _sample(sample_id)
        return render_template(
            "quality/sample.html",
            title=_("Sample %(number)s", number=found.id),
            sample=found,
            operators=sample_operators(web.session(), found.id),
            may_score=self.appbuilder.sm.has_access("can_score", "QualityView"),
        )

    @expose("/samples/draw", methods=["GET", "POST"])
    @has_access
    @permission_name("draw")
    def draw(self) -> Any:
        """Draw a sample; a refusal keeps what was typed."""
        form = _draw_form()
        refused = None
        if request.method == "POST" and form.validate():
            seed = (form.seed.data or "").strip() or secrets.token_hex(8)
            try:
                with deed() as session:
                    now, settings = clock.utcnow(), web.settings()
                    sample, drawn = draw_sample(
                        session, web.agent(), now, settings, form.wanted(), seed
                    )
                    sample_id, number = sample.id, sum(drawn.values())
            except RuleBroken as broken:
                refused = broken
            else:
                flash(ngettext("%(num)d call drawn.", "%(num)d calls drawn.", number), "success")
                return redirect(url_for("QualityView.sample", sample_id=sample_id))
        page = render_template(
            "quality/draw.html", title=_("Draw a sample"), form=form, refused=refused
        )
        return page, 422 if request.method == "POST" else 200

    @expose("/next")
    @has_access
    @permission_name("score")
    def next_one(self) -> Any:
        """The next call to score: of the sample that one is at first."""
        sample_id = typed_key(request.args.get("sample"), LARGEST_SMALL_KEY)
        review_id = next_to_score(web.session(), web.user_id(), sample_id)
        if review_id is None:
            flash(_("Every drawn call is scored. Draw another sample when you need one."), "info")
            return redirect(url_for("QualityView.desk"))
        return redirect(url_for("QualityReviewScreen.show", pk=review_id))

    @expose("/reviews/<int:review_id>/score", methods=["POST"])
    @has_access
    @permission_name("score")
    def score(self, review_id: int) -> Any:
        """Score it and go on with the next one; a refusal keeps what was marked."""
        review = find_review(web.session(), review_id) or abort(404)
        sample_id, card = review.sample_id, typed_scorecard(request.form)
        try:
            with deed() as session:
                now, settings = clock.utcnow(), web.settings()
                scored = score_review(session, web.agent(), now, settings, review_id, card)
                score = scored.score
        except RuleBroken as refused:
            return render_review(self.appbuilder.sm, review_id, card, refused), 422
        flash(_("Scored: %(score)s of 100.", score=money(score)), "success")
        return redirect(url_for("QualityView.next_one", sample=sample_id))


def _sample(sample_id: int) -> Any:
    if sample_id > LARGEST_SMALL_KEY:
        abort(404)
    return find_sample(web.session(), sample_id) or abort(404)


def _draw_form() -> DrawForm:
    today = web.today()
    form = DrawForm(
        first_day=today - timedelta(days=_DAYS),
        last_day=today - timedelta(days=1),
        per_operator=_CALLS,
    )
    form.operators.choices = [
        SelectChoice(user.id, f"{user.first_name} {user.last_name}")
        for user in may_call(web.session())
    ]
    return form
