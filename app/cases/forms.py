"""The shape of what a specialist enters to close a case; the rules are the service's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, TextAreaField, validators

from app.cases.findings import findings_of
from app.cases.service import LONGEST_NOTE, Found


class CloseForm(FlaskForm):
    """What was found; `for_kind` says what can be."""

    finding = RadioField(
        _l("What was found"),
        validate_choice=False,
        validators=[validators.InputRequired(_l("Choose what was found."))],
    )
    until = DateField(
        _l("Last day of the new hold"),
        description=_l("Only where the finding puts another hold in the place of this one."),
        validators=[validators.Optional()],
    )
    retire_number = BooleanField(
        _l("The number that was called is not the holder's: retire it"),
        description=_l("Only when this person is not the holder."),
    )
    note = TextAreaField(
        _l("How it is known"),
        validators=[validators.Length(max=LONGEST_NOTE)],
    )

    def for_kind(self, kind: str, *, may_retire: bool) -> CloseForm:
        """The form with what can be found in a case of ``kind``, and nothing that it has no use for."""
        findings = findings_of(kind)
        self.finding.choices = [(code, finding.label) for code, finding in findings.items()]
        if not any(finding.asks_until for finding in findings.values()):
            del self.until
        if not may_retire:
            del self.retire_number
        return self

    def found(self) -> Found:
        """What was entered, for `app.cases.service.close_case`."""
        return Found(
            self.finding.data,
            self.note.data or "",
            self.until.data if "until" in self else None,
            bool("retire_number" in self and self.retire_number.data),
        )
