"""The shape of what an agreement's screens send; the rules are the service's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField, TextAreaField, validators

from app.agreements.models import Agreement
from app.agreements.offers import Offer
from app.agreements.service import Wanted
from app.agreements.terms import usual_months
from app.core.fields import AmountField, CheckboxListField
from app.core.settings import Settings


class AgreementForm(FlaskForm):
    """Terms that somebody works on; what is left empty is proposed."""

    bills = CheckboxListField(_l("Bills"), coerce=int, validate_choice=False)
    months = IntegerField(
        _l("Instalments, a month apart"),
        validators=[validators.InputRequired(_l("Write how many instalments."))],
    )
    down_payment = AmountField(
        _l("Down payment"),
        description=_l("Empty: the smallest that is allowed."),
        validators=[validators.Optional()],
    )
    down_due_on = DateField(_l("Day of the down payment"), validators=[validators.Optional()])
    first_due_on = DateField(_l("Day of the first instalment"), validators=[validators.Optional()])
    guarantor_name = StringField(_l("Guarantor"), validators=[validators.Length(max=160)])
    guarantor_identification = StringField(
        _l("Guarantor's ID"), validators=[validators.Length(max=20)]
    )
    guarantor_phone = StringField(
        _l("Guarantor's telephone"), validators=[validators.Length(max=40)]
    )
    guarantee = TextAreaField(
        _l("Another guarantee"),
        description=_l("A mortgage, a policy, a deposit."),
        validators=[validators.Length(max=2000)],
    )
    note = TextAreaField(
        _l("Note"),
        description=_l("For whoever decides."),
        validators=[validators.Length(max=2000)],
    )

    def wanted(self, account_id: int) -> Wanted:
        """What was typed, for the service."""
        return Wanted(
            account_id=account_id,
            bill_ids=tuple(self.bills.data or ()),
            months=self.months.data,
            down_payment=self.down_payment.data,
            down_due_on=self.down_due_on.data,
            first_due_on=self.first_due_on.data,
            note=self.note.data or "",
            guarantor_name=self.guarantor_name.data or "",
            guarantor_identification=self.guarantor_identification.data or "",
            guarantor_phone=self.guarantor_phone.data or "",
            guarantee=self.guarantee.data or "",
        )


class ReasonForm(FlaskForm):
    """Why something is refused or cancelled, or what whoever approves it remarks."""

    reason = TextAreaField(_l("Reason"), validators=[validators.Length(max=1000)])


def proposed_form(offer: Offer, settings: Settings, today: date) -> AgreementForm:
    """The form as a page first shows it: the account's draft, or all that may be put off."""
    going_on = offer.going_on
    if going_on is not None and going_on.state == "draft":
        return AgreementForm(formdata=None, **_of_draft(going_on, offer, today))
    return AgreementForm(formdata=None, bills=_may_be_put_off(offer), months=usual_months(settings))


def _may_be_put_off(offer: Offer) -> list[int]:
    """The free bills, oldest first, as far as the account's free debt reaches."""
    chosen, sum_ = [], Decimal(0)
    for bill in offer.free:
        if sum_ + bill.left <= offer.most:
            chosen.append(bill.bill_id)
            sum_ += bill.left
    return chosen


def _of_draft(draft: Agreement, offer: Offer, today: date) -> dict[str, Any]:
    """What was written down; days that have passed are proposed anew."""
    kept = {bill.bill_id for bill in draft.bills}
    dues = {due.number: due for due in draft.instalments}
    down, first = dues.get(0), dues.get(1)
    return {
        "bills": [bill.bill_id for bill in offer.free if bill.bill_id in kept],
        "months": draft.months,
        "down_payment": down.amount if down else None,
        "down_due_on": down.due_on if down and down.due_on >= today else None,
        "first_due_on": first.due_on if first and first.due_on > today else None,
        "guarantor_name": draft.guarantor_name,
        "guarantor_identification": draft.guarantor_identification,
        "guarantor_phone": draft.guarantor_phone,
        "guarantee": draft.guarantee,
        "note": draft.note,
    }
