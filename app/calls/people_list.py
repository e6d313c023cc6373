"""The people's list: who owes what, what came of the last contact, and whether they may be contacted now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.calls.people_facts import PersonFacts, people_facts
from app.calls.people_filters import FACETS
from app.contact_rules.service import may_contact
from app.contact_rules.texts import verdict_chip
from app.core import clock, web
from app.core.filters import IsNothing
from app.core.framework import SafeInterface
from app.core.lists import Chip, Warned
from app.core.typed import typed_key
from app.debtors.models import Debtor
from app.debts.people_screen import PeopleScreen, portfolios
from app.promises.texts import promise_chip

_KINDS = {
    "cedula": _l("cédula"),
    "ruc_natural": _l("RUC, person"),
    "ruc_company": _l("RUC, company"),
    "passport": _l("passport"),
    "final_consumer": _l("final consumer"),
    "unknown": _l("unreadable"),
    "none": _l("no ID"),
}
#: Digits of the largest key that a column holds for sure.
#: More portfolios than these do not fit on the line under the title.
_PORTFOLIOS_NAMED = 3


class DebtorScreen(PeopleScreen):
    """People by name; one of them opens the person's page."""

    datamodel = SafeInterface(Debtor)
    route_base = "/debtors"
    base_order = ("folded", "asc")
    base_filters = [["merged_into_id", IsNothing, None]]
    list_title = _l("Debtors")
    label_columns = {
        "name": _l("Person"),
        "folded": _l("Name"),
        "identification": _l("Identification"),
        "identification_kind": _l("Kind of identification"),
        "is_senior": _l("Senior citizen"),
        "level": _l("Level"),
        "accounts": _l("Accounts"),
        "owed": _l("Balance"),
        "bills": _l("Bills"),
        "days": _l("Days"),
        "last_outcome": _l("Last outcome"),
        "promise": _l("Promise"),
        "contactable": _l("May be contacted"),
    }
    list_columns = [
        "name",
        "identification",
        "accounts",
        "owed",
        "bills",
        "days",
        "last_outcome",
        "promise",
        "contactable",
    ]
    derived_numbers = ("accounts", "owed", "bills", "days")
    show_columns = ["name", "identification", "identification_kind", "is_senior", "level"]
    search_columns = ["folded", "identification", "identification_kind", "is_senior", "level"]
    facets = FACETS
    order_columns = ["name", "identification"]
    sorted_by = {"name": "folded"}
    words = {"identification_kind": _KINDS}
    empty_text = _l("People come with the utility's overdue portfolio. Load its file first.")

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """The person's page has everything: the statement and the history too. Who was joined to
        another person is not listed, and opens that one."""
        person = web.session().get(Debtor, typed_key(pk) or abort(404)) or abort(404)
        return redirect(url_for("PersonView.person", debtor_id=person.id))

    def derive(self, items: Sequence[Debtor]) -> Mapping[int, Mapping[str, Any]]:
        """The facts of these people and what the gate says of them, in two questions."""
        session, now, settings = web.session(), clock.utcnow(), web.settings()
        today = clock.local_day(now, settings["zone"])
        ids = [item.id for item in items]
        facts = people_facts(session, ids, today)
        verdicts = may_contact(session, settings, ids, "call", now)
        return {
            item.id: _shown(facts[item.id])
            | {
                "identification": _identification(item),
                "contactable": verdict_chip(verdicts[item.id], now, settings),
            }
            for item in items
        }

    def list_note(self) -> str:
        """Of which day the figures are: by portfolio, or the oldest where there are many."""
        known = [(p.name, p.as_of) for p in portfolios() if p.as_of is not None]
        if len(known) > _PORTFOLIOS_NAMED:
            oldest = web.day(min(day for _name, day in known))
            return _("%(num)s portfolios, the oldest as of %(day)s", num=len(known), day=oldest)
        return ", ".join(_("%(name)s as of %(day)s", name=n, day=web.day(day)) for n, day in known)


def _identification(person: Debtor) -> Any:
    """The number; marked where it is not reliable enough to know a person by."""
    if not person.identification:
        return _("no ID")
    if person.person_key.startswith("ID:"):
        return person.identification
    kind = str(_KINDS.get(person.identification_kind, person.identification_kind))
    return Warned(person.identification, _("unreliable: %(kind)s", kind=kind))


def _shown(facts: PersonFacts) -> dict[str, Any]:
    return {
        "accounts": facts.accounts,
        "owed": facts.owed,
        "bills": facts.bills,
        "days": facts.days or None,
        "last_outcome": _last_outcome(facts),
        "promise": _promise(facts),
    }


def _last_outcome(facts: PersonFacts) -> str | None:
    if facts.called_at is None:
        return None
    english = str(get_locale() or "es").startswith("en") and facts.outcome_en
    label = facts.outcome_en if english else facts.outcome
    return f"{label} · {web.moment(facts.called_at, '%d/%m')}"


def _promise(facts: PersonFacts) -> Chip | None:
    if facts.promise is None:
        return None
    return promise_chip(facts.promise, facts.due_on, facts.broken)
