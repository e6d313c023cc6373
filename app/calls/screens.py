"""The framework's screens of this room: calls (read), outcomes (versioned), reasons, scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select
from wtforms import SelectChoice

from app.access.personal import user_choices
from app.calls.call_filters import OutcomeIs, outcome_choices
from app.calls.models import Call, NonpaymentReason, Outcome, Script
from app.calls.outcome_versions import outcome_versions
from app.calls.outcomes import FIELDS
from app.core import clock, web
from app.core.fields import CheckboxListField
from app.core.filters import Facet, IsNothing, KeyIs
from app.core.framework import CatalogueScreen, SafeInterface
from app.core.history import Change
from app.debts.people_screen import PeopleScreen
from app.promises.models import Promise
from app.promises.texts import promise_chip

_ASKS = {
    "promise": _l("a promise: accounts, amounts, day and where"),
    "callback": _l("when to call back"),
    "receipt": _l("the receipt's number"),
    "reason": _l("why it was not paid"),
    "plan": _l("an agreement: bills, down payment and instalments"),
    "complaint": _l("a complaint: what it is about and the disputed bills"),
    "text": _l("a note that must be written"),
}
_DIRECTIONS = {
    "outgoing": _l("call"),
    "incoming": _l("incoming call"),
    "counter": _l("at the counter"),
    "other": _l("other contact"),
}


class CallScreen(PeopleScreen):
    """Every contact, newest first. No edit, no delete: a correction is a row that names the old one."""

    datamodel = SafeInterface(Call)
    route_base = "/calls"
    base_order = ("started_at", "desc")
    list_title = _l("Contacts")
    show_title = _l("Contact")
    label_columns = {
        "id": _l("Number"),
        "started_at": _l("Date and time"),
        "ended_at": _l("Ended"),
        "debtor": _l("Person"),
        "account": _l("Account"),
        "operator": _l("Operator"),
        "outcome": _l("Outcome"),
        "direction": _l("Direction"),
        "contact_point": _l("Telephone"),
        "verified": _l("Verified"),
        "nonpayment_reason": _l("Why it was not paid"),
        "receipt": _l("Receipt"),
        "note": _l("Note"),
        "owed": _l("Owed then"),
        "bills_count": _l("Bills"),
        "corrects_id": _l("Corrects number"),
        "promise": _l("Promise"),
    }
    list_columns = [
        "started_at",
        "debtor",
        "outcome",
        "direction",
        "contact_point",
        "verified",
        "promise",
        "owed",
        "operator",
        "id",
    ]
    show_columns = [
        "id",
        "started_at",
        "ended_at",
        "debtor",
        "account",
        "operator",
        "outcome",
        "direction",
        "contact_point",
        "verified",
        "nonpayment_reason",
        "receipt",
        "note",
        "owed",
        "bills_count",
        "corrects_id",
    ]
    search_columns = ["started_at", "direction", "verified", "owed", "note", "id"]
    order_columns = ["started_at", "id"]
    eager = ("debtor", "outcome", "contact_point", "operator")
    words = {"direction": _DIRECTIONS}
    formatters_columns = {"outcome": lambda outcome: outcome.shown}
    facets = {
        "outcome": Facet(_l("Outcome"), (OutcomeIs,), "choice", outcome_choices),
        "operator": Facet(_l("Operator"), (KeyIs,), "choice", user_choices),
    }
    empty_text = _l("Contacts appear as operators save their calls.")

    def derive(self, items: Sequence[Call]) -> Mapping[int, Mapping[str, Any]]:
        """What was promised in each contact: the state, with the day while it is pending."""
        made = select(Promise).where(Promise.call_id.in_([item.id for item in items]))
        promises = {p.call_id: p for p in web.session().scalars(made.order_by(Promise.id))}
        found: dict[int, dict[str, Any]] = {item.id: {"promise": None} for item in items}
        for call_id, promise in promises.items():
            found[call_id or 0]["promise"] = promise_chip(promise.state, promise.due_on)
        return found


class OutcomeScreen(CatalogueScreen):
    """The catalogue of outcomes. An edit is a new version: calls keep the one they were saved with."""

    datamodel = SafeInterface(Outcome)
    route_base = "/outcomes"
    include_route_methods = {"list", "show", "edit"}
    base_order = ("code", "asc")
    base_filters = [["replaced_at", IsNothing, None]]
    list_title = _l("Outcomes")
    show_title = _l("Outcome")
    edit_title = _l("Edit outcome")
    label_columns = {
        "code": _l("Code"),
        "label": _l("Label"),
        "label_en": _l("Label in English"),
        "asks": _l("Fields that it asks for"),
        "answered": _l("Is answered"),
        "right_party": _l("Right party"),
        "effective": _l("Effective contact"),
        "promise": _l("Promise"),
        "retires_number": _l("Retires the number"),
        "final": _l("Ends the day"),
        "attempt": _l("Counts as attempt"),
        "weight": _l("Weight"),
        "position": _l("Key"),
        "version": _l("Version"),
    }
    list_columns = [
        "code",
        "label",
        "answered",
        "right_party",
        "effective",
        "promise",
        "weight",
        "position",
        "version",
    ]
    show_columns = [*list_columns, "label_en", "asks", "retires_number", "final", "attempt"]
    edit_columns = [
        "label",
        "label_en",
        "weight",
        "position",
        "asks",
        "answered",
        "effective",
        "retires_number",
        "final",
    ]
    search_columns = ["code", "label", "right_party", "promise"]
    order_columns = ["code", "label", "weight"]
    edit_form_extra_fields = {
        "asks": CheckboxListField(
            _l("Fields that it asks for"),
            choices=[SelectChoice(field, _ASKS[field]) for field in FIELDS],
            description=_l(
                "The change holds from now on: contacts that were saved keep what they had."
            ),
        )
    }
    show_template = "calls/outcome.html"
    formatters_columns = {"asks": lambda asks: ", ".join(str(_ASKS[a]) for a in asks) or "—"}
    history_words = {"asks": lambda field: str(_ASKS.get(field, field))}

    def history_ids(self, item: Outcome) -> list[int]:
        """Each version has a key of its own."""
        return [v.outcome.id for v in outcome_versions(web.session(), item.code)]

    def open_ids(self, changes: Iterable[Change]) -> set[int]:
        """Only the version in force has a page."""
        current = select(Outcome.id).where(Outcome.replaced_at.is_(None))
        return super().open_ids(changes) & set(web.session().scalars(current))

    def _show(self, pk: Any) -> dict[str, Any]:
        widgets = super()._show(pk)
        widgets["versions"] = outcome_versions(web.session(), self.find(pk).code)
        widgets["field_words"] = _ASKS
        return widgets

    def store(self, session: Any, item: Outcome, verb: str) -> Outcome:
        """Keep the row as it was, closed, and add the changed one as the next version."""
        columns = [c.key for c in inspect(Outcome).column_attrs if c.key != "id"]
        changed = {name: getattr(item, name) for name in columns}
        session.refresh(item)
        if {name: getattr(item, name) for name in columns} == changed:
            return item
        item.replaced_at = clock.utcnow()
        session.flush()
        version = Outcome(**changed | {"version": item.version + 1})
        session.add(version)
        return version


class NonpaymentReasonScreen(CatalogueScreen):
    """Why people do not pay."""

    datamodel = SafeInterface(NonpaymentReason)
    route_base = "/nonpayment-reasons"
    base_order = ("position", "asc")
    list_title = _l("Reasons for not paying")
    show_title = _l("Reason")
    add_title = _l("Add reason")
    edit_title = _l("Edit reason")
    label_columns = {"label": _l("Reason"), "position": _l("Order"), "is_active": _l("Active")}
    list_columns = ["position", "label", "is_active"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["label", "is_active"]


class ScriptScreen(CatalogueScreen):
    """What operators say, step by step."""

    datamodel = SafeInterface(Script)
    route_base = "/scripts"
    base_order = ("name", "asc")
    list_title = _l("Scripts")
    show_title = _l("Script")
    add_title = _l("Add script")
    edit_title = _l("Edit script")
    label_columns = {
        "name": _l("Name"),
        "reason": _l("Reason in the queue that it serves"),
        "opening": _l("Before the identity check, one step a line"),
        "verified": _l("Once verified, one step a line"),
        "third_party": _l("If somebody else answers"),
    }
    description_columns = {
        "reason": _l("Empty: for all others."),
        "opening": _l(
            "{name}, {operator} and {company} are filled in. It must not mention the debt."
        ),
    }
    list_columns = ["name", "reason", "opening"]
    show_columns = ["name", "reason", "opening", "verified", "third_party"]
    add_columns = show_columns
    edit_columns = show_columns
    search_columns = ["name"]
