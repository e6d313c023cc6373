"""The shape of what is entered of holds by hand; the rules are the service's."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, TextAreaField, validators

from app.holds.by_hand import LONGEST_REASON, HandHold
from app.holds.reading import Holdable
from app.holds.texts import CHANNELS


def _reason_field(key: str) -> TextAreaField:
    """``key``: several forms stand on one page."""
    return TextAreaField(
        _l("Reason"),
        id=key,
        validators=[
            validators.InputRequired(_l("Write the reason.")),
            validators.Length(max=LONGEST_REASON),
        ],
    )


class PlaceForm(FlaskForm):
    """A hold by hand; `over` says over what it can be."""

    target = SelectField(
        _l("What is put on hold"),
        validate_choice=False,
        validators=[validators.InputRequired(_l("Choose what is put on hold."))],
    )
    starts_on = DateField(
        _l("From"), description=_l("Empty: today."), validators=[validators.Optional()]
    )
    until = DateField(
        _l("Until, this day too"),
        validators=[validators.InputRequired(_l("Choose the last day of the hold."))],
    )
    reason = _reason_field("reason")

    def over(self, can_be: Holdable) -> PlaceForm:
        """The form with what of the person can be put on hold."""
        groups: dict[Any, list[tuple[str, Any]]] = {
            _l("The person"): [("person:", _l("everything with the person"))],
            _l("Accounts"): [(f"account:{a.id}", a.number) for a in can_be.accounts],
            _l("Bills"): [
                (f"bill:{b.id}", f"{b.account.number} · {b.number or '—'}") for b in can_be.bills
            ],
            _l("Channels"): [(f"channel:{code}", word) for code, word in CHANNELS.items()],
            _l("Numbers and e-mails"): [(f"number:{p.id}", p.shown) for p in can_be.points],
        }
        self.target.choices = {
            str(group): [(key, str(word)) for key, word in rows]
            for group, rows in groups.items()
            if rows
        }
        return self

    def wanted(self) -> HandHold:
        """What was entered, for `app.holds.by_hand.place_by_hand`."""
        scope, _colon, key = (self.target.data or "").partition(":")
        return HandHold(scope, key, self.reason.data or "", self.starts_on.data, self.until.data)


class ExtendForm(FlaskForm):
    """A later last day, and why."""

    until = DateField(
        _l("New last day"), validators=[validators.InputRequired(_l("Choose the new last day."))]
    )
    reason = _reason_field("extend-reason")


class LiftForm(FlaskForm):
    """Why it ends before its day."""

    reason = _reason_field("lift-reason")
