"""Staff: what is said of the unit's people, who may say it, and what it changes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError

from app.access.permission_words import screen_words, verb_words
from app.access.staff import add_absence, cancel_absence, edit_staff
from app.access.staff_people import StaffFacts, goal_of, may_call, member, members
from app.core import clock
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.models import Absence, Area, Staff, TimelineEvent
from tests.conftest import NOW

SETTINGS = Settings({})
DAY = NOW.date()
FORM = {"area_id": "", "zone": "", "extension": "", "weekdays": ["1", "2", "3", "4", "5"]}


@pytest.fixture(autouse=True)
def in_english(session, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    with force_locale("en"):
        yield


def _area(session, name="Facturación") -> Area:
    return session.scalars(sa.select(Area).where(Area.name == name)).one()


def _at(hour: int, day: int = 24) -> datetime:
    return clock.at_local(date(2026, 11, day), time(hour), "America/Guayaquil")


def _deeds(session) -> list[str]:
    return list(
        session.scalars(sa.select(TimelineEvent.deed).where(TimelineEvent.subject == "staff"))
    )


# --- deeds


def test_without_a_row_the_defaults_hold(session, people):
    ana = member(session, SETTINGS, NOW, people.ana.user_id)
    assert (ana.facts, ana.area, ana.away, ana.name) == (StaffFacts(), None, None, "Ana Cedeño")
    assert goal_of(SETTINGS, ana) == SETTINGS["daily_goal"]
    assert member(session, SETTINGS, _at(10, 28), people.ana.user_id).away == "off_shift"
    assert member(session, SETTINGS, NOW, 99999) is None


def test_what_is_said_of_a_person_is_kept_with_who_said_it(session, people):
    area = _area(session)
    facts = StaffFacts(area.id, "Norte", "112", 60, time(7), time(13), (5, 1))
    edit_staff(session, people.adela, NOW, people.ana.user_id, facts)
    ana = member(session, SETTINGS, NOW, people.ana.user_id)
    assert (ana.facts.weekdays, ana.area, goal_of(SETTINGS, ana)) == ((1, 5), "Facturación", 60)
    edit_staff(session, people.adela, NOW, people.ana.user_id, StaffFacts(area.id))
    last = session.scalars(sa.select(TimelineEvent).order_by(TimelineEvent.id.desc())).first()
    assert (last.deed, last.subject_id, last.agent_id) == (
        "edit_staff", people.ana.user_id, people.adela.user_id,
    )  # fmt: skip
    assert (last.before["daily_goal"], last.after["daily_goal"]) == (60, None)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (StaffFacts(shift_from=time(7)), "both hours"),
        (StaffFacts(shift_until=time(7)), "both hours"),
        (StaffFacts(shift_from=time(13), shift_until=time(7)), "ends before"),
        (StaffFacts(shift_from=time(7), shift_until=time(7)), "ends before"),
        (StaffFacts(weekdays=()), "one day"),
        (StaffFacts(area_id=99999), "areas in use"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(session, people, facts, says):
    with pytest.raises(RuleBroken, match=says):
        edit_staff(session, people.adela, NOW, people.ana.user_id, facts)
    assert session.get(Staff, people.ana.user_id) is None and _deeds(session) == []


def test_an_area_out_of_use_is_kept_by_who_has_it_and_given_to_nobody(session, people):
    area = _area(session)
    edit_staff(session, people.adela, NOW, people.ana.user_id, StaffFacts(area.id))
    area.is_active = False
    session.flush()
    edit_staff(session, people.adela, NOW, people.ana.user_id, StaffFacts(area.id, "Sur"))
    with pytest.raises(RuleBroken, match="areas in use"):
        edit_staff(session, people.adela, NOW, people.luis.user_id, StaffFacts(area.id))


@pytest.mark.parametrize(
    ("hour", "away"), [(6, "off_shift"), (7, None), (12, None), (13, "off_shift")]
)
def test_the_shift_is_half_open(session, people, hour, away):
    facts = StaffFacts(shift_from=time(7), shift_until=time(13))
    edit_staff(session, people.adela, NOW, people.ana.user_id, facts)
    assert member(session, SETTINGS, _at(hour), people.ana.user_id).away == away


def test_an_absence_holds_from_its_first_to_its_last_day(session, people):
    ana = people.ana.user_id
    add_absence(session, people.eva, NOW, ana, date(2026, 11, 25), date(2026, 11, 26), "vacation")
    found = [member(session, SETTINGS, _at(23, day), ana).away for day in (24, 25, 26, 27)]
    assert found == [None, "absent", "absent", None]
    assert member(session, SETTINGS, _at(9, 25), ana).back_after == date(2026, 11, 26)


def test_two_absences_of_one_person_do_not_meet(session, people):
    ana, first, last = people.ana.user_id, date(2026, 11, 25), date(2026, 11, 27)
    held = add_absence(session, people.eva, NOW, ana, first, last, "leave")
    for days in ((first, first), (last, last + timedelta(5)), (first - timedelta(3), first)):
        with pytest.raises(RuleBroken, match="away from 25/11/2026 to 27/11/2026"):
            add_absence(session, people.eva, NOW, ana, *days, "vacation")
    add_absence(session, people.eva, NOW, ana, last + timedelta(1), last + timedelta(1), "other")
    add_absence(session, people.eva, NOW, people.luis.user_id, first, last, "leave")
    cancel_absence(session, people.eva, NOW, ana, held.id)
    add_absence(session, people.eva, NOW, ana, first, last, "illness")
    assert _deeds(session).count("cancel_absence") == 1


def test_the_database_itself_refuses_an_overlap(session, people):
    columns = {
        "user_id": people.ana.user_id, "reason": "leave", "entered_at": NOW,
        "entered_by_id": people.eva.user_id,
    }  # fmt: skip
    session.add(Absence(first_day=DAY, last_day=DAY, **columns))
    session.flush()
    session.add(Absence(first_day=DAY - timedelta(2), last_day=DAY, **columns))
    with pytest.raises(IntegrityError, match="ex_absence_overlap"):
        session.flush()


@pytest.mark.parametrize(
    ("first", "last", "reason", "says"),
    [
        (DAY, DAY - timedelta(1), "leave", "before the first"),
        (DAY, DAY + timedelta(400), "leave", "at most a year"),
        (DAY, DAY, "holiday", "why"),
    ],
)
def test_an_absence_that_cannot_be_is_refused(session, people, first, last, reason, says):
    with pytest.raises(RuleBroken, match=says):
        add_absence(session, people.eva, NOW, people.ana.user_id, first, last, reason)


def test_an_absence_is_taken_back_once_and_by_its_own_person(session, people):
    held = add_absence(session, people.eva, NOW, people.ana.user_id, DAY, DAY, "leave")
    for user_id in (people.luis.user_id, people.ana.user_id, people.ana.user_id):
        if user_id == people.ana.user_id and held.cancelled_at is None:
            cancel_absence(session, people.eva, NOW, user_id, held.id)
            continue
        with pytest.raises(RuleBroken, match="already been taken back"):
            cancel_absence(session, people.eva, NOW, user_id, held.id)


def test_people_are_found_by_words_without_accents_area_and_state(session, people):
    facts = StaffFacts(_area(session, "Archivo").id, "Vía a Daule")
    edit_staff(session, people.adela, NOW, people.ana.user_id, facts)
    add_absence(session, people.eva, NOW, people.luis.user_id, DAY, DAY, "leave")

    def names(**narrowed) -> list[str]:
        return [m.user.username for m in members(session, SETTINGS, NOW, **narrowed)]

    assert names(typed="CEDENO ana") == names(typed="via daule") == ["ana"]
    assert names(typed="100%") == names(typed="a_a") == []
    assert names(area_id=facts.area_id) == ["ana"]
    assert names(away="absent") == ["luis"]
    assert "luis" not in names(away="at_work")


def test_who_may_call_is_who_has_a_role_that_calls(session, people):
    assert {u.username for u in may_call(session)} == {"ana", "luis"}


# --- screens


def test_the_administrator_says_where_and_when_a_person_works(session, people, sign_in):
    adela, ana = sign_in("adela"), people.ana.user_id
    data = FORM | {
        "area_id": str(_area(session).id), "zone": "Norte", "extension": "112", "daily_goal": "60",
        "shift_from": "07:00", "shift_until": "13:00", "weekdays": ["1", "2"],
    }  # fmt: skip
    assert adela.post(f"/staff/{ana}", data=data).status_code == 302
    page = adela.get("/staff/?q=cedeno").text
    assert "Norte" in page and "07:00–13:00" in page and "Luis" not in page
    opened = adela.get(f"/staff/{ana}").text
    assert (
        f"/users/show/{ana}" in opened and f"/staff/{ana}" in adela.get(f"/users/show/{ana}").text
    )


def test_a_refused_form_keeps_what_was_typed(session, people, sign_in):
    adela, ana = sign_in("adela"), people.ana.user_id
    data = FORM | {"zone": "Durán", "shift_from": "13:00", "shift_until": "07:00"}
    answer = adela.post(f"/staff/{ana}", data=data)
    assert answer.status_code == 422 and 'value="Durán"' in answer.text
    assert 'value="13:00"' in answer.text and 'aria-invalid="true"' in answer.text
    for wrong in ({"daily_goal": "0"}, {"extension": "abc"}, {"area_id": "x"}, {"weekdays": []}):
        assert adela.post(f"/staff/{ana}", data=FORM | wrong).status_code == 422, wrong
    assert session.get(Staff, ana) is None


def test_the_specialist_reads_and_enters_absences_only(session, people, sign_in):
    eva, ana = sign_in("eva"), people.ana.user_id
    data = {
        "first_day": "2026-11-24",
        "last_day": "2026-11-25",
        "reason": "leave",
        "note": "Trámite",
    }
    assert eva.post(f"/staff/{ana}/absences", data=data).status_code == 302
    again = eva.post(f"/staff/{ana}/absences", data=data)
    assert again.status_code == 422 and 'value="Trámite"' in again.text
    page = eva.get(f"/staff/{ana}").text
    assert "24/11/2026" in page and 'name="daily_goal"' not in page
    assert eva.post(f"/staff/{ana}", data=FORM).status_code == 403
    absence = session.scalars(sa.select(Absence)).one()
    for status in (302, 302):
        assert eva.post(f"/staff/{ana}/absences/{absence.id}/cancel").status_code == status
    assert _deeds(session) == ["add_absence", "cancel_absence"]


@pytest.mark.parametrize("who", ["ana", "fredy", "rosa"])
def test_nobody_else_opens_staff(people, sign_in, who):
    client = sign_in(who)
    for where in ("/staff/", f"/staff/{people.ana.user_id}"):
        assert client.get(where).status_code == 403
    data = {"first_day": "2026-11-24", "last_day": "2026-11-24", "reason": "leave"}
    assert client.post(f"/staff/{people.ana.user_id}/absences", data=data).status_code == 403


def test_the_auditor_reads_staff(people, sign_in):
    alma = sign_in("alma")
    assert alma.get("/staff/?area=x&away=nonsense&q=%25").status_code == 200
    page = alma.get(f"/staff/{people.ana.user_id}")
    assert page.status_code == 200 and "/absences" not in page.text
    assert alma.get("/staff/99999").status_code == 404
    assert alma.get("/staff/99999999999").status_code == 404


def test_mi_dia_tells_ones_own_goal_shift_and_absence(session, people, sign_in):
    ana = people.ana.user_id
    facts = StaffFacts(daily_goal=41, shift_from=time(7), shift_until=time(13, 30))
    edit_staff(session, people.adela, NOW, ana, facts)
    session.commit()
    client = sign_in("ana")
    page = client.get("/day/").text
    assert "41 ·" in page and "13:30" in page and "90 ·" not in page
    add_absence(session, people.eva, NOW, ana, DAY, DAY, "leave")
    session.commit()
    with force_locale("en"):
        assert (
            client.get("/day/").text.count("ausente hoy")
            + client.get("/day/").text.count("absent today")
            > 0
        )


# --- permissions in words


def test_every_permission_of_every_screen_has_words(app):
    with app.test_request_context():
        said = {
            (view.class_permission_name, permission): (
                screen_words(view.class_permission_name),
                verb_words(permission),
            )
            for view in app.appbuilder.baseviews
            for permission in view.base_permissions
        }
    bare = {k for k, (screen, verb) in said.items() if screen == k[0] or verb == k[1]}
    assert {k for k in bare if k[0] not in ("UtilView", "LocaleView")} == set()


def test_a_role_tells_its_permissions_in_words_by_screen(session, sign_in):
    adela = sign_in("adela")
    pk = session.scalar(sa.text("SELECT id FROM ab_role WHERE name = 'operador'"))
    shown, form = adela.get(f"/roles/show/{pk}").text, adela.get(f"/roles/edit/{pk}").text
    for page in (shown, form):
        assert "WorkView" not in page and "can_work" not in page and "can work" not in page
    assert "<strong>" in shown and "<legend>" in form
