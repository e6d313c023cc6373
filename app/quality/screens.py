"""The framework's screens of quality: the catalogue of criteria and the list of reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms.validators import NumberRange

from app.access.personal import PersonalScreen, user_choices
from app.calls.models import Call
from app.core import web
from app.core.filters import Facet, KeyIs
from app.core.framework import CatalogueScreen, SafeInterface
from app.core.typed import typed_key
from app.quality.criteria import WHOLE, weight_in_use
from app.quality.filters import (
    CalledFrom,
    CalledUntil,
    CriterionApplied,
    CriterionMissed,
    StateIs,
    criterion_choices,
    sample_choices,
)
from app.quality.models import Criterion, QualityReview
from app.quality.page import render_review
from app.quality.texts import STATES, state_chip


class CriterionScreen(CatalogueScreen):
    """The lines of the scorecard. One that was used stays: it is made inactive."""

    datamodel = SafeInterface(Criterion)
    route_base = "/quality/criteria"
    base_order = ("position", "asc")
    list_title = _l("Quality criteria")
    show_title = _l("Quality criterion")
    add_title = _l("Add criterion")
    edit_title = _l("Edit criterion")
    label_columns = {
        "name": _l("Criterion"),
        "help": _l("What to listen for"),
        "weight": _l("Weight"),
        "is_critical": _l("Critical"),
        "position": _l("Order"),
        "is_active": _l("Active"),
    }
    description_columns = {
        "weight": _l(
            "From 1 to 100. A change holds for calls scored from now on: marks keep the weight they had."
        ),
        "is_critical": _l("When it is missed, the whole call scores 0."),
    }
    list_columns = ["position", "name", "weight", "is_critical", "is_active"]
    show_columns = ["position", "name", "help", "weight", "is_critical", "is_active"]
    add_columns = ["name", "help", "weight", "is_critical", "position", "is_active"]
    edit_columns = add_columns
    search_columns = ["name", "is_critical", "is_active"]
    validators_columns = {
        "weight": [NumberRange(1, 100, message=_l("The weight goes from 1 to 100."))]
    }

    def list_note(self) -> str:
        """What the weights in use add up to."""
        return _(
            "weights in use: %(sum)s of %(whole)s", sum=weight_in_use(web.session()), whole=WHOLE
        )


class QualityReviewScreen(PersonalScreen):
    """Every drawn call with its score, newest first."""

    datamodel = SafeInterface(QualityReview)
    route_base = "/quality/reviews"
    base_order = ("id", "desc")
    list_title = _l("Quality reviews")
    show_title = _l("Quality review")
    list_template = "quality/reviews.html"
    label_columns = {
        "id": _l("Number"),
        "called_at": _l("Call"),
        "operator": _l("Operator"),
        "person": _l("Person"),
        "outcome": _l("Outcome"),
        "state": _l("State"),
        "score": _l("Score"),
        "scored_at": _l("Scored at"),
        "scored_by": _l("Scored by"),
        "acknowledged_at": _l("Acknowledged at"),
    }
    list_columns = [
        "operator",
        "called_at",
        "person",
        "outcome",
        "state",
        "score",
        "scored_at",
        "scored_by",
    ]
    show_columns = ["operator", "score", "scored_at", "scored_by", "acknowledged_at"]
    search_columns = ["score", "scored_at", "acknowledged_at"]
    order_columns = ["score", "scored_at"]
    eager = ("operator", "scored_by")
    facets = {
        "state": Facet(_l("State"), (StateIs,), "choice", lambda: STATES.items()),
        "operator": Facet(_l("Operator"), (KeyIs,), "choice", user_choices),
        "called": Facet(_l("Day of the call"), (CalledFrom, CalledUntil), "date"),
        "criterion": Facet(
            _l("Criterion"), (CriterionApplied, CriterionMissed), "choice", criterion_choices
        ),
        "sample": Facet(_l("Sample"), (KeyIs,), "choice", sample_choices),
        "scored_by": Facet(_l("Scored by"), (KeyIs,), "choice", user_choices),
    }
    empty_text = _l("Calls appear here once a sample is drawn.")

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """One drawn call: its scorecard to fill in, or what was scored."""
        return render_review(self.appbuilder.sm, typed_key(pk) or abort(404))

    def derive(self, items: Sequence[QualityReview]) -> Mapping[int, Mapping[str, Any]]:
        """The call of each, in one question, and the state."""
        query = select(Call).where(Call.id.in_([item.call_id for item in items]))
        query = query.options(joinedload(Call.outcome), joinedload(Call.debtor))
        calls = {call.id: call for call in web.session().scalars(query)}
        return {
            item.id: {
                "called_at": calls[item.call_id].started_at,
                "person": calls[item.call_id].debtor.name,
                "outcome": calls[item.call_id].outcome.shown,
                "state": state_chip(item),
            }
            for item in items
        }
