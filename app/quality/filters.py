"""Filters of the list of reviews over what is no column of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, select

from app.calls.models import Call
from app.core import clock, web
from app.core.filters import DayFrom, DayUntil, RowIs, TextEqual
from app.quality.models import Criterion, QualityMark, QualityReview, QualitySample


class StateIs(TextEqual):
    """To be scored, to be acknowledged, or acknowledged."""

    arg_name = "review_state"

    def narrow(self, _model: Any, value: str) -> Any:
        scored = QualityReview.scored_at.is_not(None)
        return {
            "to_score": QualityReview.scored_at.is_(None),
            "scored": and_(scored, QualityReview.acknowledged_at.is_(None)),
            "acknowledged": QualityReview.acknowledged_at.is_not(None),
        }.get(value)


def _called(condition: Any) -> Any:
    return select(Call.id).where(Call.id == QualityReview.call_id, condition).exists()


class CalledFrom(DayFrom):
    """The call was on this day of the unit or later."""

    def narrow(self, _model: Any, value: date) -> Any:
        return _called(Call.started_at >= _bounds(value)[0])


class CalledUntil(DayUntil):
    """The call was on this day of the unit or earlier."""

    def narrow(self, _model: Any, value: date) -> Any:
        return _called(Call.started_at < _bounds(value)[1])


def _bounds(day: date) -> tuple[Any, Any]:
    return clock.day_bounds(day, web.settings()["zone"])


class CriterionApplied(RowIs):
    """The criterion was marked, and applied."""

    name = _l("did apply")
    arg_name = "criterion_applied"

    def narrow(self, _model: Any, value: int) -> Any:
        return _marked(value, QualityMark.mark != "not_applicable")


class CriterionMissed(RowIs):
    """The criterion was missed."""

    name = _l("not met")
    arg_name = "criterion_missed"

    def narrow(self, _model: Any, value: int) -> Any:
        return _marked(value, QualityMark.mark == "missed")


def _marked(criterion_id: int, condition: Any) -> Any:
    mark = select(QualityMark.id).where(QualityMark.review_id == QualityReview.id)
    return mark.where(QualityMark.criterion_id == criterion_id, condition).exists()


def criterion_choices() -> Iterable[tuple[Any, Any]]:
    """Every criterion, also those no longer used."""
    query = select(Criterion).order_by(Criterion.position, Criterion.id)
    return [(criterion.id, criterion.name) for criterion in web.session().scalars(query)]


def sample_choices() -> Iterable[tuple[Any, Any]]:
    """Every sample by its number and days, newest first."""
    query = select(QualitySample).order_by(QualitySample.id.desc())
    return [
        (s.id, f"{s.id} · {web.day(s.first_day)}–{web.day(s.last_day)}")
        for s in web.session().scalars(query)
    ]
