"""The shape of what is entered about the unit's people; the rules are the service's."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    validators,
)

from app.access.models import Area
from app.access.staff_people import Member, StaffFacts

WEEKDAYS = {
    1: _l("Monday"),
    2: _l("Tuesday"),
    3: _l("Wednesday"),
    4: _l("Thursday"),
    5: _l("Friday"),
    6: _l("Saturday"),
    7: _l("Sunday"),
}
REASONS = {
    "vacation": _l("vacation"),
    "leave": _l("leave"),
    "illness": _l("illness"),
    "training": _l("training"),
    "other": _l("another reason"),
}
AWAY = {
    "at_work": _l("at work"),
    "off_shift": _l("outside the shift"),
    "absent": _l("absent"),
    "inactive": _l("inactive"),
}


def _number(text: Any) -> int | None:
    return int(text) if text else None


class StaffForm(FlaskForm):
    """Where a person belongs and when they work."""

    area_id = SelectField(_l("Area"), coerce=_number, validators=[validators.Optional()])
    zone = StringField(
        _l("Zone or sector"),
        description=_l("The part of the city that the person attends."),
        validators=[validators.Length(max=60)],
    )
    extension = StringField(
        _l("Extension"),
        validators=[
            validators.Length(max=12),
            validators.Regexp(r"^[0-9*#+ -]*$", message=_l("Digits, please.")),
        ],
    )
    daily_goal = IntegerField(
        _l("Calls a day"),
        validators=[validators.Optional(), validators.NumberRange(1, 500)],
    )
    shift_from = TimeField(_l("Works from"), validators=[validators.Optional()])
    shift_until = TimeField(_l("Works until"), validators=[validators.Optional()])
    weekdays = SelectMultipleField(
        _l("Days of work"),
        coerce=int,
        choices=[SelectChoice(day, name) for day, name in WEEKDAYS.items()],
    )

    def offer(self, areas: list[Area], person: Member) -> None:
        """The areas in use, and the person's own even when it is not used any more."""
        choices = [SelectChoice("", _l("none"))]
        choices += [SelectChoice(area.id, area.name) for area in areas]
        if person.area and person.facts.area_id not in {area.id for area in areas}:
            choices.append(SelectChoice(person.facts.area_id, person.area))
        self.area_id.choices = choices

    def facts(self) -> StaffFacts:
        """What was typed, typed."""
        return StaffFacts(
            area_id=self.area_id.data,
            zone=(self.zone.data or "").strip(),
            extension=(self.extension.data or "").strip(),
            daily_goal=self.daily_goal.data,
            shift_from=self.shift_from.data,
            shift_until=self.shift_until.data,
            weekdays=tuple(self.weekdays.data or ()),
        )


class AbsenceForm(FlaskForm):
    """The days on which a person does not work."""

    first_day = DateField(_l("First day"))
    last_day = DateField(_l("Last day"))
    reason = SelectField(
        _l("Reason"), choices=[SelectChoice(code, words) for code, words in REASONS.items()]
    )
    note = StringField(
        _l("Note"),
        description=_l("Nothing about a person's health, please."),
        validators=[validators.Length(max=200)],
    )
