"""The shape of what the call screen sends; the rules are the service's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
    validators,
)

from app.calls.effects import CallResult
from app.calls.leaving import ComplaintWish
from app.calls.plan import PlanWish
from app.core.fields import AmountField
from app.core.reasons import LONGEST_REASON
from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.referrals.service import NewReferral
from app.referrals.steps import LONGEST_REASON as LONGEST_REFERRAL


def read_key(text: str) -> UUID | None:
    """The claim's key, or None for nonsense."""
    try:
        return UUID(text)
    except ValueError:
        return None


#: The choice beside the terms.
BY_SPECIALIST = "specialist"


class PlanForm(FlaskForm):
    """An agreement's bills and terms. ``plan_of``: the account that they were shown of."""

    plan_of = IntegerField(validators=[validators.Optional()])
    plan_bills = SelectMultipleField(coerce=int, choices=(), validate_choice=False)
    plan_down = AmountField(_l("Down payment"), [validators.Optional()])
    plan_down_day = DateField(validators=[validators.Optional()])
    plan_first_day = DateField(validators=[validators.Optional()])
    plan_months = IntegerField(validators=[validators.Optional()])
    plan_term = StringField(validators=[validators.Regexp(rf"^([0-9]{{1,3}}|{BY_SPECIALIST})?$")])
    plan_shown = StringField(validators=[validators.Length(max=80)])
    plan_guarantor = StringField(validators=[validators.Length(max=160)])
    plan_guarantor_id = StringField(validators=[validators.Length(max=20)])
    plan_guarantor_phone = StringField(validators=[validators.Length(max=40)])
    plan_guarantee = StringField(validators=[validators.Length(max=500)])

    def wish(self) -> PlanWish | None:
        """What was typed, typed; None while the simulator was not shown."""
        if self.plan_of.data is None:
            return None
        term = self.plan_term.data or ""
        return PlanWish(
            bill_ids=tuple(self.plan_bills.data or ()),
            months=int(term) if term.isdecimal() else None,
            other_months=self.plan_months.data,
            by_specialist=term == BY_SPECIALIST,
            shown=self.plan_shown.data or "",
            down_payment=self.plan_down.data,
            down_due_on=self.plan_down_day.data,
            first_due_on=self.plan_first_day.data,
            guarantor_name=self.plan_guarantor.data or "",
            guarantor_identification=self.plan_guarantor_id.data or "",
            guarantor_phone=self.plan_guarantor_phone.data or "",
            guarantee=self.plan_guarantee.data or "",
        )


class ComplaintForm(FlaskForm):
    """A complaint's category and bills. ``complaint_of``: the account that they were shown of."""

    complaint_of = IntegerField(validators=[validators.Optional()])
    complaint_category = IntegerField(
        validators=[
            validators.Optional(),
            validators.NumberRange(
                1, LARGEST_SMALL_KEY, message=_l("Choose what the complaint is about.")
            ),
        ]
    )
    complaint_bills = SelectMultipleField(coerce=int, choices=(), validate_choice=False)

    def complaint(self) -> ComplaintWish | None:
        """What was typed, typed; None while the block was not shown."""
        if self.complaint_of.data is None:
            return None
        return ComplaintWish(
            category_id=self.complaint_category.data,
            bill_ids=tuple(self.complaint_bills.data or ()),
        )


class ReferralForm(FlaskForm):
    """«Propose to the field»: what for, the account of a hand-over, and why."""

    refer_kind = StringField(validators=[validators.Length(max=20)])
    refer_account = IntegerField(validators=[validators.Optional()])
    refer_reason = TextAreaField(validators=[validators.Length(max=LONGEST_REFERRAL)])

    def wanted(self) -> NewReferral:
        """What was typed, typed."""
        reason = self.refer_reason.data or ""
        return NewReferral(self.refer_kind.data or "", self.refer_account.data, reason)


class OutcomeForm(PlanForm, ComplaintForm):
    """One outcome and the fields that it may ask for."""

    outcome = StringField(validators=[validators.DataRequired(_l("Choose what came of the call."))])
    contact_point_id = IntegerField(validators=[validators.Optional()])
    account_id = IntegerField(validators=[validators.Optional()])
    day = StringField()
    due_on = DateField(validators=[validators.Optional()])
    means_id = IntegerField(validators=[validators.Optional()])
    replace_reason = StringField(validators=[validators.Length(max=LONGEST_REASON)])
    nonpayment_reason_id = IntegerField(validators=[validators.Optional()])
    receipt = StringField(validators=[validators.Length(max=60)])
    callback_day = DateField(validators=[validators.Optional()])
    callback_time = TimeField(validators=[validators.Optional()])
    callback_for = RadioField(
        choices=[SelectChoice("me", _l("me")), SelectChoice("anyone", _l("anyone"))],
        default="me",
        validators=[validators.Optional()],
    )
    note = TextAreaField(validators=[validators.Length(max=2000)])

    def validate_day(self, field: StringField) -> None:
        """One of the offered days, or «other» with a date of its own."""
        if field.data and field.data != "other":
            try:
                date.fromisoformat(field.data)
            except ValueError:
                raise ValidationError(
                    _l("Choose the day on which the person promises to pay.")
                ) from None

    def result(self, zone: str, amounts: dict[int, Decimal]) -> CallResult:
        """What was typed, typed; moments in UTC."""
        return CallResult(
            outcome_code=self.outcome.data or "",
            contact_point_id=self.contact_point_id.data,
            account_id=self.account_id.data,
            note=self.note.data or "",
            nonpayment_reason_id=self.nonpayment_reason_id.data,
            receipt=self.receipt.data or "",
            amounts=amounts,
            due_on=self._due_on(),
            means_id=self.means_id.data,
            replace_reason=self.replace_reason.data or "",
            callback_at=self._callback_at(zone),
            callback_mine=self.callback_for.data != "anyone",
            plan=self.wish(),
            complaint=self.complaint(),
        )

    def _due_on(self) -> date | None:
        if self.day.data and self.day.data != "other":
            return date.fromisoformat(self.day.data)
        return self.due_on.data

    def _callback_at(self, zone: str) -> datetime | None:
        at: time | None = self.callback_time.data
        if self.callback_day.data is None or at is None:
            return None
        return datetime.combine(self.callback_day.data, at, ZoneInfo(zone))


#: More accounts than any person has.
_MOST_ACCOUNTS = 200


def posted_accounts(posted: Mapping[str, str]) -> list[int]:
    """The accounts for which an amount was sent; whether they are the person's the service decides."""
    ids = [name.removeprefix("amount_") for name in posted if name.startswith("amount_")]
    return [key for key in map(typed_key, ids[:_MOST_ACCOUNTS]) if key is not None]


def outcome_form(account_ids: list[int]) -> Any:
    """An `OutcomeForm` with one amount for each account of the person: ``amount_<id>``."""
    fields = {
        f"amount_{key}": AmountField(_l("Amount"), [validators.Optional()]) for key in account_ids
    }
    return type("CallForm", (OutcomeForm,), fields)()


def typed_amounts(form: Any, account_ids: list[int]) -> dict[int, Decimal]:
    """USD per account id, of the accounts that got an amount."""
    amounts = {key: form[f"amount_{key}"].data for key in account_ids}
    return {key: amount for key, amount in amounts.items() if amount is not None}


class CorrectionForm(FlaskForm):
    """What a call really was."""

    outcome = StringField(validators=[validators.DataRequired(_l("Choose what came of the call."))])
    note = TextAreaField(_l("Note"), validators=[validators.Length(max=2000)])
