"""The shape of what is entered about complaints; the rules are the service's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, TextAreaField, validators

from app.complaints.service import Answer, NewComplaint
from app.complaints.terms import LONGEST_TEXT
from app.complaints.texts import ORIGINS, RULINGS
from app.core.fields import CheckboxListField

_TEXT = (validators.Length(max=LONGEST_TEXT),)
#: A complaint that comes by an outgoing call is opened on the call's own screen.
_AT_THE_DESK = ("counter", "incoming", "desk")


class OpenForm(FlaskForm):
    """A complaint that somebody brings to the desk or the counter."""

    category = SelectField(
        _l("What it is about"),
        coerce=lambda value: int(value) if value else None,
        validate_choice=False,
        validators=[validators.InputRequired(_l("Choose what the complaint is about."))],
    )
    bills = CheckboxListField(_l("Disputed bills"), coerce=int, validate_choice=False)
    text = TextAreaField(
        _l("What the user says"),
        validators=[validators.InputRequired(_l("Write what the user says.")), *_TEXT],
    )
    origin = RadioField(
        _l("How it came"),
        choices=[SelectChoice(code, ORIGINS[code]) for code in _AT_THE_DESK],
        default=_AT_THE_DESK[0],
    )

    def wanted(self, account_id: int, file_ids: tuple[int, ...]) -> NewComplaint:
        """What was entered, for `app.complaints.service.open_complaint`."""
        return NewComplaint(
            category_id=self.category.data or 0,
            account_id=account_id,
            bill_ids=tuple(self.bills.data or ()),
            text=self.text.data or "",
            origin=self.origin.data,
            file_ids=file_ids,
        )


class AnswerForm(FlaskForm):
    """What the area found."""

    ruling = RadioField(
        _l("What was found"),
        choices=[SelectChoice(code, word) for code, word in RULINGS.items()],
        validate_choice=False,
        validators=[validators.InputRequired(_l("Choose what was found."))],
    )
    text = TextAreaField(
        _l("Answer"),
        description=_l("As the user is going to be told: the operator reads it out."),
        validators=[
            validators.InputRequired(_l("Write the answer, as the user is going to be told.")),
            *_TEXT,
        ],
    )

    def answer(self, file_ids: tuple[int, ...]) -> Answer:
        """What was entered, for `app.complaints.service.answer_complaint`."""
        return Answer(self.ruling.data or "", self.text.data or "", file_ids)


class RouteForm(FlaskForm):
    """To which area, and what it should know."""

    area = SelectField(
        _l("Area"),
        coerce=lambda value: int(value) if value else 0,
        validate_choice=False,
        validators=[validators.InputRequired(_l("Choose the area that has to answer."))],
    )
    text = TextAreaField(_l("Note"), validators=[*_TEXT])


class TextForm(FlaskForm):
    """A reason or a note; whether it may be empty is the service's."""

    text = TextAreaField(_l("Note"), validators=[*_TEXT])
