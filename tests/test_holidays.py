"""The days of rest by the law, proposed for a year and added by whoever keeps the calendar."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app.core import clock
from app.core.business_days import (
    add_holidays,
    calendar,
    proposed_holidays,
    year_without_holidays,
)
from app.core.errors import RuleBroken
from app.core.holiday_law import rest_days
from app.models import Holiday, TimelineEvent
from tests.conftest import NOW

#: Days of rest of each year, as the law of December 2016 gives them (dd/mm); those of 2026 with the decree of
#: 2 January. The calendars published for 2024 and 2025 say the same.
RESTS = {
    2024: "01/01 12/02 13/02 29/03 03/05 24/05 09/08 11/10 01/11 04/11 25/12",
    2025: "01/01 03/03 04/03 18/04 02/05 23/05 11/08 10/10 03/11 04/11 25/12",
    2026: "01/01 02/01 16/02 17/02 03/04 01/05 25/05 10/08 09/10 02/11 03/11 25/12",
    2027: "01/01 08/02 09/02 26/03 30/04 24/05 09/08 08/10 01/11 02/11 24/12 31/12",
    2028: "28/02 29/02 14/04 01/05 26/05 11/08 09/10 02/11 03/11 25/12",
    2029: "01/01 12/02 13/02 30/03 30/04 25/05 10/08 08/10 01/11 02/11 25/12",
    2030: "01/01 04/03 05/03 19/04 03/05 24/05 09/08 11/10 01/11 04/11 25/12",
}
#: How the two days of November moved in years that are over, by the weekday of 2 November: 2018 (a Friday), 2019,
#: 2020, 2021, 2022 (a Wednesday), 2023.
NOVEMBER = {
    2018: "01/11 02/11",
    2019: "01/11 04/11",
    2020: "02/11 03/11",
    2021: "01/11 02/11",
    2022: "03/11 04/11",
    2023: "02/11 03/11",
}


@pytest.mark.parametrize("year", RESTS)
def test_the_law_gives_the_days_of_rest(year):
    assert [f"{rest.day:%d/%m}" for rest in rest_days(year)] == RESTS[year].split()
    assert all(rest.day.weekday() < 5 for rest in rest_days(year))


@pytest.mark.parametrize("year", NOVEMBER)
def test_two_holidays_in_a_row_move_together(year):
    days = [f"{r.day:%d/%m}" for r in rest_days(year) if r.day.month == 11]
    assert days == NOVEMBER[year].split()


def test_a_rest_says_what_it_is_for_and_what_the_library_says():
    rests = {rest.day: rest for rest in rest_days(2027)}
    cuenca = rests[date(2027, 11, 1)]
    assert (cuenca.of, cuenca.name) == (date(2027, 11, 3), "Independencia de Cuenca")
    assert cuenca.library == date(2027, 11, 3)
    assert rests[date(2027, 4, 30)].library == date(2027, 4, 30)
    decree = {rest.day: rest for rest in rest_days(2026)}[date(2026, 1, 2)]
    assert (decree.scope, decree.library) == ("decree", None)


# --- added


def _emptied(session, year: int) -> None:
    session.execute(sa.delete(Holiday).where(sa.extract("year", Holiday.day) == year))


def test_ticked_days_are_added_once_with_their_rows_of_the_timeline(session, people):
    _emptied(session, 2028)
    wanted = ["2028-02-28", "2028-05-26", "2028-05-27", "nada"]
    assert add_holidays(session, people.eva, NOW, 2028, wanted) == 2
    assert add_holidays(session, people.eva, NOW, 2028, wanted) == 0
    added = session.scalars(sa.select(Holiday).where(sa.extract("year", Holiday.day) == 2028)).all()
    assert {(h.day, h.name, h.scope) for h in added} == {
        (date(2028, 2, 28), "Carnaval", "national"),
        (date(2028, 5, 26), "Batalla de Pichincha", "national"),
    }
    rows = sa.select(TimelineEvent).where(TimelineEvent.deed == "add_holiday")
    assert {row.subject_id for row in session.scalars(rows)} == {h.id for h in added}
    assert not calendar(session).is_business_day(date(2028, 5, 26))


def test_nothing_ticked_is_refused_in_a_sentence(session, people):
    with force_locale("en"), pytest.raises(RuleBroken, match="Tick the days"):
        add_holidays(session, people.eva, NOW, 2028, ["2028-05-27"])


@pytest.mark.parametrize(
    ("today", "missing"),
    [(date(2026, 10, 31), None), (date(2026, 11, 1), 2027), (date(2027, 1, 5), 2027)],
)
def test_from_november_on_the_next_year_is_missed(session, today, missing):
    assert year_without_holidays(session, today) is None
    _emptied(session, 2027)
    session.add(Holiday(day=date(2027, 10, 18), name="Portoviejo", scope="local"))
    session.flush()
    assert year_without_holidays(session, today) == missing


def test_what_is_proposed_is_what_setup_seeds(session):
    kept = set(session.scalars(sa.select(Holiday.day).where(Holiday.day >= date(2027, 1, 1))))
    assert kept == set(proposed_holidays([2027]))


# --- on screen


@pytest.fixture
def frozen_today(monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


def test_the_year_says_what_is_there_what_is_new_and_what_the_law_moves(
    session, sign_in, frozen_today
):
    _emptied(session, 2027)
    session.add(Holiday(day=date(2027, 11, 3), name="Independencia de Cuenca", scope="national"))
    session.add(Holiday(day=date(2027, 10, 18), name="Portoviejo", scope="local"))
    session.flush()
    page = sign_in("eva").get("/holidays/year/?year=2027&_l=es").text
    assert page.count('name="day"') == 12
    assert "03/11/2027" in page and "Portoviejo" in page
    assert 'value="2027-11-01" checked' in page


def test_eva_adds_the_ticked_days_in_one_deed(session, sign_in):
    _emptied(session, 2027)
    eva = sign_in("eva")
    data = {"year": "2027", "day": ["2027-02-08", "2027-02-09"]}
    answer = eva.post("/holidays/year/add", data=data, follow_redirects=True)
    assert answer.status_code == 200
    assert set(session.scalars(sa.select(Holiday.day).where(Holiday.day >= date(2027, 1, 1)))) == {
        date(2027, 2, 8),
        date(2027, 2, 9),
    }


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa", "alma"])
def test_who_does_not_keep_the_calendar_adds_nothing(session, sign_in, who):
    _emptied(session, 2027)
    data = {"year": "2027", "day": "2027-02-08"}
    assert sign_in(who).post("/holidays/year/add", data=data).status_code == 403
    assert session.scalar(sa.select(Holiday.id).where(Holiday.day == date(2027, 2, 8))) is None


def test_the_board_and_the_list_say_that_a_year_is_missing(session, sign_in, frozen_today):
    _emptied(session, 2027)
    eva = sign_in("eva")
    for where in ("/board/", "/holidays/list/"):
        assert "/holidays/year/?year=2027" in eva.get(where).text, where
