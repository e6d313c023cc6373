"""Framework forms made of plain fields of ours."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.forms import FieldConverter, GeneralModelConverter
from flask_appbuilder.validators import Unique
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.core.fields import CONVERSION


class _SafeFieldConverter(FieldConverter):
    conversion_table = CONVERSION


class SafeModelConverter(GeneralModelConverter):
    """Plain fields of ours; never a select that loads a whole table."""

    def _convert_simple(self, col_name, label, description, lst_validators, form_props):
        lst_validators = list(lst_validators)
        super()._convert_simple(col_name, label, description, lst_validators, form_props)
        if self._may_be_empty(col_name):
            lst_validators = [v for v in lst_validators if not isinstance(v, InputRequired)]
        for validator in lst_validators:
            if isinstance(validator, Unique):
                validator.message = _l("Already exists.")
        form_props[col_name] = _SafeFieldConverter(
            self.datamodel,
            col_name,
            label,
            description,
            lst_validators,
            default=self.datamodel.get_col_default(col_name),
        ).convert()
        return form_props

    def _may_be_empty(self, col_name: str) -> bool:
        """NOT NULL and yet not required: a box left unticked, a text whose default is none."""
        return self.datamodel.is_boolean(col_name) or self.datamodel.get_col_default(col_name) == ""

    def _convert_many_to_one(self, col_name, *args: Any):
        raise TypeError(f"{col_name}: a foreign key needs a lookup field of its own")
