"""The shape of what is entered: a draw, a scorecard, the days of a trend. The rules are the service's."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    validators,
)

from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.quality.service import (
    LONGEST_SEED,
    MOST_PER_OPERATOR,
    Marked,
    NewSample,
    Scorecard,
)
from app.quality.texts import STEP_LABELS
from app.quality.trends import Asked

_MARK = re.compile(r"mark-([0-9]{1,10})")
_NEEDED = _l("Choose a day.")
#: More than a page would be, whatever the service says of the length.
_LONGEST_TYPED = 5000


def _key(typed: Any) -> int:
    """The key that was typed; 0 for the whole unit and for anything else."""
    return typed_key(str(typed), LARGEST_SMALL_KEY) or 0


class DrawForm(FlaskForm):
    """Which calls to draw."""

    first_day = DateField(_l("From"), validators=[validators.InputRequired(_NEEDED)])
    last_day = DateField(_l("Until"), validators=[validators.InputRequired(_NEEDED)])
    per_operator = IntegerField(
        _l("Calls of each operator"),
        validators=[
            validators.InputRequired(_l("Write how many calls.")),
            validators.NumberRange(1, MOST_PER_OPERATOR),
        ],
    )
    seed = StringField(
        _l("Seed"),
        description=_l(
            "Decides the draw: the same seed over the same calls gives the same ones. Leave it empty for a new one."
        ),
        validators=[validators.Length(max=LONGEST_SEED)],
    )
    operators = SelectMultipleField(
        _l("Operators"),
        coerce=int,
        description=_l("None marked: everybody who called in those days."),
    )

    def wanted(self) -> NewSample:
        """What was entered, for `app.quality.service.draw_sample`."""
        return NewSample(
            self.first_day.data,
            self.last_day.data,
            self.per_operator.data,
            tuple(self.operators.data or ()),
        )


class TrendForm(FlaskForm):
    """Which calls a trend is of; it comes by the address, so that a figure can be sent on."""

    class Meta:
        csrf = False

    first_day = DateField(_l("From"), validators=[validators.Optional()])
    last_day = DateField(_l("Until"), validators=[validators.Optional()])
    step = SelectField(
        _l("Grouping"),
        choices=[SelectChoice(step, label) for step, label in STEP_LABELS.items()],
        validate_choice=False,
    )
    operator = SelectField(_l("Operator"), coerce=_key, validate_choice=False)

    def asked(self, default: Asked) -> Asked:
        """What was asked for; what is absent or unreadable is as in ``default``."""
        step = self.step.data if self.step.data in STEP_LABELS else default.step
        first_day = self.first_day.data or default.first_day
        last_day = self.last_day.data or default.last_day
        first_day, last_day = sorted((first_day, last_day))
        return Asked(first_day, last_day, step, self.operator.data or None)


def typed_scorecard(form: Mapping[str, Any]) -> Scorecard:
    """The marks and notes of a posted scorecard; what is unreadable is not in it."""
    marks = {}
    for name, mark in form.items():
        match = _MARK.fullmatch(name)
        if match:
            note = form.get(f"note-{match[1]}", "")[:_LONGEST_TYPED]
            marks[int(match[1])] = Marked(mark[:20], note)
    return Scorecard(marks, form.get("feedback", "")[:_LONGEST_TYPED])
