"""What scored reviews say together: the same counted by hand, one's own beside the unit's, the workbook."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.models import QualityReview
from app.quality.trend_book import trend_heading, write_trend
from app.quality.trends import Asked, my_reviews, my_trend, quality_trend
from tests.conftest import NOW
from tests.quality.floor import DAYS, MONDAY, criteria

ZONE = "America/Guayaquil"
TODAY = NOW.date()


@pytest.fixture
def scored(session, people, called, draw, score):
    """``scored(people.ana, "mxm", at=…)``: a call, drawn and scored by Eva."""

    made = iter(range(100))

    def make(agent, marks="", *, at=NOW - DAYS):
        call = called(agent, at=at + next(made) * timedelta(seconds=1))
        day = (at - timedelta(hours=5)).date()
        draw(first=day, last=day, operators=(agent.user_id,))
        review = session.scalars(
            sa.select(QualityReview).where(QualityReview.call_id == call.id)
        ).one()
        return score(review, marks)

    return make


def trend_of(session, first=MONDAY, last=MONDAY, step="week", operator_id=None):
    return quality_trend(session, Asked(first, last, step, operator_id), ZONE)


def test_each_figure_is_out_of_what_applies(session, people, scored):
    scored(people.ana, "mmmmmmm")  # 100
    scored(people.ana, "x-pmmmm")  # 62.5 of 80: 78.13
    scored(people.luis, "mxmmmmm")  # 0
    trend = trend_of(session)
    found = [(o.name, o.reviews, o.mean, o.zeros) for o in trend.operators]
    assert found == [
        ("Ana Cedeño", 2, Decimal("89.07"), 0),
        ("Luis Moreira", 1, Decimal("0.00"), 1),
    ]
    assert (trend.total.reviews, trend.total.mean, trend.total.zeros) == (3, Decimal("59.38"), 1)
    first, second, third = [c.id for c in criteria(session)][:3]
    unit = {c.criterion_id: c for c in trend.criteria}
    assert (unit[first].share, unit[first].applying, unit[first].missed) == (Decimal("66.67"), 3, 1)
    assert (unit[second].share, unit[second].not_applicable) == (Decimal("50.00"), 1)
    assert (unit[third].share, unit[third].partly) == (Decimal("83.33"), 1)
    cell = trend.cells[people.ana.user_id, second]
    assert (cell.share, cell.applying, cell.met) == (Decimal("100.00"), 1, 1)


def test_only_the_days_and_the_operator_asked_for_count(session, people, scored):
    scored(people.ana, at=NOW - DAYS)
    scored(people.ana, "-x-----", at=NOW - 8 * DAYS)
    scored(people.luis, at=NOW - 8 * DAYS)
    assert trend_of(session).total.reviews == 1
    both = trend_of(session, MONDAY - timedelta(days=7), MONDAY)
    assert [(p.first_day, p.reviews, p.mean) for p in both.periods] == [
        (date(2026, 11, 16), 2, Decimal("50.00")),
        (date(2026, 11, 23), 1, Decimal("100.00")),
    ]
    month = trend_of(session, date(2026, 11, 1), MONDAY, "month", people.ana.user_id)
    assert [(p.first_day, p.reviews, p.mean) for p in month.periods] == [
        (date(2026, 11, 1), 2, Decimal("50.00"))
    ]
    assert [o.name for o in month.operators] == ["Ana Cedeño"]
    assert trend_of(session, date(2026, 1, 1), date(2026, 1, 2)).total is None


def test_what_waits_to_be_scored_counts_nowhere(session, people, review):
    assert trend_of(session).total is None
    assert my_reviews(session, people.ana.user_id, most=10) == []


def test_a_leavers_reviews_stay(session, people, scored):
    scored(people.luis)
    session.execute(sa.text("UPDATE ab_user SET active = FALSE WHERE username = 'luis'"))
    assert [o.name for o in trend_of(session).operators] == ["Luis Moreira"]


def test_the_units_average_is_told_only_when_three_operators_make_it(session, people, scored):
    scored(people.ana, "xmmmmmm")
    scored(people.luis)
    [alone] = my_trend(session, people.ana.user_id, TODAY, "week", ZONE)
    assert (alone.mine, alone.mean, alone.unit, alone.unit_mean) == (1, Decimal("90.00"), 0, None)
    scored(people.fredy, "mmmxmmm")
    [told] = my_trend(session, people.ana.user_id, TODAY, "week", ZONE)
    assert (told.unit, told.unit_mean, told.operators) == (3, Decimal("93.33"), 3)
    [month] = my_trend(session, people.rosa.user_id, TODAY, "month", ZONE)
    assert (month.first_day, month.mine, month.mean) == (date(2026, 11, 1), 0, None)


@pytest.mark.parametrize(
    ("step", "days_ago", "shown"),
    [("week", 78, True), ("week", 79, False), ("month", 300, True), ("month", 360, False)],
)
def test_ones_own_trend_goes_twelve_back(session, people, scored, step, days_ago, shown):
    """Monday of the twelfth week back is 2026-09-07; of the twelfth month, 2025-12-01."""
    scored(people.ana, at=NOW - days_ago * DAYS)
    assert bool(my_trend(session, people.ana.user_id, TODAY, step, ZONE)) is shown


def test_ones_own_reviews_come_with_those_to_acknowledge_first(session, people, scored):
    old = scored(people.ana, at=NOW - 3 * DAYS)
    new = scored(people.ana, at=NOW - DAYS)
    scored(people.luis)
    old.scored_at, new.acknowledged_at = NOW - 2 * DAYS, NOW
    session.flush()
    assert [r.id for r in my_reviews(session, people.ana.user_id, most=10)] == [old.id, new.id]
    assert [r.id for r in my_reviews(session, people.ana.user_id, most=1, skipped=1)] == [new.id]


def test_the_workbook_holds_the_same_figures(app, session, people, scored):
    scored(people.ana, "x-pmmmm")
    scored(people.luis, "mxmmmmm")
    trend = trend_of(session)
    file = io.BytesIO()
    with app.test_request_context():
        assert write_trend(file, trend, trend_heading(trend, "=CMD()", "hoy · Eva", "todos")) == 2
    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    rows = [
        book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
    ]
    assert rows[0][0][0].startswith("=CMD() · Quality of attention · todos · calls from 23/11/2026")
    assert [row[2] for row in rows[1][4:6]] == [78.13, 0]
    assert rows[1][6][:4] == ["Total", 2, 39.07, 1]
    by_criterion = {row[0]: row[1:3] for row in rows[2][4:]}
    assert by_criterion == {
        c.criterion: ["—" if c.share is None else float(c.share), c.applying]
        for c in trend.criteria
    }
    assert len(rows[3]) == 4 + len(trend.cells)
