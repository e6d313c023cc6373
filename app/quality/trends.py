"""What scored reviews say together, by the day of their calls: for the unit, and for one operator beside
the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import day_bounds
from app.quality.queries import BY_CRITERION, BY_OPERATOR, BY_PERIOD, MINE, MINE_BESIDE_UNIT

#: How a trend may step.
STEPS = ("week", "month")
#: An average of fewer operators than this would tell of a colleague.
FEWEST_OPERATORS = 3
#: So many weeks or months of one's own trend.
_BACK = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """Calls of these days of the unit, both included; one operator's (None: everybody's); step."""

    first_day: date
    last_day: date
    step: str = "week"
    operator_id: int | None = None

    def values(self, zone: str) -> dict[str, Any]:
        """Parameters of the queries."""
        return {
            "start": day_bounds(self.first_day, zone)[0],
            "end": day_bounds(self.last_day, zone)[1],
            "operator_id": self.operator_id,
        }


@dataclass(frozen=True, slots=True)
class OfPeriod:
    """``reviews`` of the week or month from ``first_day`` on, and their ``mean`` score (0 to 100)."""

    first_day: date
    reviews: int
    mean: Decimal


@dataclass(frozen=True, slots=True)
class OfOperator:
    """``zeros``: reviews that scored 0, which is what a missed critical criterion gives. Without an id:
    the unit."""

    operator_id: int | None
    name: str
    reviews: int
    mean: Decimal
    zeros: int


@dataclass(frozen=True, slots=True)
class OfCriterion:
    """``share`` of a criterion that was earned (%, None when it never applied), out of ``applying`` =
    ``met`` + ``partly`` + ``missed`` marks. Without an operator: the unit."""

    operator_id: int | None
    criterion_id: int
    criterion: str
    applying: int
    met: int
    partly: int
    missed: int
    not_applicable: int
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Trend:
    """The figures of what was asked for; ``total`` None when nothing was scored."""

    asked: Asked
    periods: Sequence[OfPeriod]
    operators: Sequence[OfOperator]
    total: OfOperator | None
    criteria: Sequence[OfCriterion]
    cells: dict[tuple[int, int], OfCriterion]


@dataclass(frozen=True, slots=True)
class Beside:
    """One's own mean of a week or month (None of no ``mine``) beside the unit's (None where fewer than
    `FEWEST_OPERATORS` operators make it)."""

    first_day: date
    mine: int
    mean: Decimal | None
    unit: int
    unit_mean: Decimal | None
    operators: int


@dataclass(frozen=True, slots=True)
class MyReview:
    """A line of one's own reviews: masked, as an operator's lists are."""

    id: int
    called_at: datetime
    debtor_id: int
    name: str
    outcome: str
    outcome_en: str
    score: Decimal
    scored_at: datetime
    acknowledged_at: datetime | None


def quality_trend(session: Session, asked: Asked, zone: str) -> Trend:
    """Scores by period, by operator and by criterion of the calls that ``asked`` names."""
    values = asked.values(zone)
    stepping = values | {"step": asked.step, "zone": zone}
    periods = [OfPeriod(*row) for row in session.execute(text(BY_PERIOD), stepping)]
    everybody = [OfOperator(*row) for row in session.execute(text(BY_OPERATOR), values)]
    marks = [OfCriterion(*row) for row in session.execute(text(BY_CRITERION), values)]
    return Trend(
        asked,
        periods,
        [row for row in everybody if row.operator_id is not None],
        next((row for row in everybody if row.operator_id is None), None),
        [row for row in marks if row.operator_id is None],
        {(row.operator_id, row.criterion_id): row for row in marks if row.operator_id is not None},
    )


def my_trend(session: Session, user_id: int, today: date, step: str, zone: str) -> list[Beside]:
    """One's own weeks or months up to ``today`` beside the unit's, oldest first: those in which one was
    scored or the unit's average may be told."""
    asked = Asked(_first_of(today, step), today, step)
    values = asked.values(zone) | {"me": user_id, "step": step, "zone": zone}
    found = [Beside(*row) for row in session.execute(text(MINE_BESIDE_UNIT), values)]
    told = [
        row if row.operators >= FEWEST_OPERATORS else replace(row, unit=0, unit_mean=None)
        for row in found
    ]
    return [row for row in told if row.mine or row.unit_mean is not None]


def _first_of(today: date, step: str) -> date:
    """The first day of the week or month with which `_BACK` of them end today."""
    if step == "week":
        return today - timedelta(days=today.weekday(), weeks=_BACK - 1)
    month = today.year * 12 + today.month - _BACK
    return date(month // 12, month % 12 + 1, 1)


def my_reviews(session: Session, user_id: int, *, most: int, skipped: int = 0) -> list[MyReview]:
    """One's own scored reviews: those to acknowledge first, then the newest."""
    values = {"me": user_id, "most": most, "skipped": skipped}
    return [MyReview(*row) for row in session.execute(text(MINE), values)]
