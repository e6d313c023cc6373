"""The catalogue of means of payment."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.framework import CatalogueScreen, SafeInterface
from app.payments.models import PaymentMeans


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
        "posting_delay_days": _l("Days until it is seen"),
        "position": _l("Order"),
        "is_active": _l("Active"),
    }
    list_columns = ["position", "name", "instructions", "posting_delay_days", "is_active"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["name", "is_active"]
