"""Form fields that keep what was typed and read it as people here write it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields import DateTimeLocalField, Field

from app.core.money import read_decimal


class AmountField(Field):
    """USD with at most two decimals; comma or point, with or without thousands' separators."""

    widget = widgets.TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else f"{self.data:.2f}".replace(".", ",")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the amount, or say how it is written."""
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            value = read_decimal(valuelist[0])
        except (InvalidOperation, ValueError):
            self.data = None
            raise ValueError(_l("Write the amount like 25,50.")) from None
        if abs(value) >= Decimal("10000000000"):
            self.data = None
            raise ValueError(_l("Write the amount like 25,50."))
        if value != value.quantize(Decimal("0.01")):
            self.data = None
            raise ValueError(_l("An amount has at most two decimals."))
        self.data = value.quantize(Decimal("0.01"))


class CheckboxListField(SelectMultipleField):
    """Many of few: a list of checkboxes, for roles, permissions and the like."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


#: The framework's table of column type → field, with plain widgets.
CONVERSION = (
    ("is_text", TextAreaField, widgets.TextArea),
    ("is_string", StringField, widgets.TextInput),
    ("is_integer", IntegerField, widgets.NumberInput),
    ("is_numeric", AmountField, widgets.TextInput),
    ("is_boolean", BooleanField, widgets.CheckboxInput),
    ("is_datetime", DateTimeLocalField, widgets.DateTimeLocalInput),
    ("is_date", DateField, widgets.DateInput),
)
