"""The catalogue of means of payment."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange

from app.core.framework import CatalogueScreen, SafeInterface
from app.payments.means import check_validity
from app.payments.models import PaymentMeans

#: A payment that is not seen after two months is not on its way.
_LONGEST_DELAY = 60


class PaymentMeansScreen(CatalogueScreen):
    """What people are told about where and how to pay."""

    datamodel = SafeInterface(PaymentMeans)
    route_base = "/payment-means"
    base_order = ("position", "asc")
    list_title = _l("Means of payment")
    show_title = _l("Means of payment")
    add_title = _l("Add means of payment")
    edit_title = _l("Edit means of payment")
    label_columns = {
        "name": _l("Name"),
        "instructions": _l("What to tell the person"),
        "cost": _l("Cost for the person"),
        "hours": _l("Opening hours"),
        "places": _l("Places"),
        "reference": _l("What to give there"),
        "valid_from": _l("Offered from"),
        "valid_to": _l("Offered until"),
        "posting_delay_days": _l("Days until it is seen"),
        "position": _l("Order"),
        "is_active": _l("Active"),
    }
    description_columns = {
        "cost": _l("USD that the person pays for using it; 0 for none."),
        "reference": _l(
            "Write {account} where the account's number goes: it is filled in once the holder is verified."
        ),
        "valid_from": _l("Empty: it has always been offered."),
        "valid_to": _l("Its last day; empty: without end."),
    }
    list_columns = [
        "position",
        "name",
        "cost",
        "hours",
        "posting_delay_days",
        "valid_from",
        "valid_to",
        "is_active",
    ]
    add_columns = [
        "name",
        "instructions",
        "cost",
        "hours",
        "places",
        "reference",
        "posting_delay_days",
        "valid_from",
        "valid_to",
        "position",
        "is_active",
    ]
    show_columns = add_columns
    edit_columns = add_columns
    search_columns = ["name", "is_active", "valid_from", "valid_to", "cost"]
    validators_columns = {
        "cost": [NumberRange(min=0, message=_l("The cost must not be less than zero."))],
        "posting_delay_days": [
            NumberRange(
                0, _LONGEST_DELAY, message=_l("Write a number of days from %(min)s to %(max)s.")
            )
        ],
    }

    def store(self, session: Any, item: PaymentMeans, verb: str) -> None:
        """Its days must be in order."""
        check_validity(item)
        super().store(session, item, verb)
