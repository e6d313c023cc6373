"""The person's page for those who may see everything: specialists and the auditor, logged."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.access.log import log_access
from app.calls.sheet import point_results, statement_of
from app.contact_rules.service import may_contact
from app.contact_rules.texts import refusal_sentence
from app.core import clock, web
from app.core.framework import RoomView
from app.core.transaction import deed
from app.debtors.models import Debtor


class PersonView(RoomView):
    """Statement, contact points and everything that happened, across all accounts."""

    route_base = "/people"
    default_view = "person"

    @expose("/<int:debtor_id>")
    @has_access
    def person(self, debtor_id: int) -> Any:
        """One person. The view is a row of the access log."""
        now = clock.utcnow()
        with deed() as session:
            debtor = session.get(Debtor, debtor_id)
            if debtor is None:
                abort(404)
            log_access(session, web.agent(), now, "view", "person", debtor_id=debtor_id)
        session = web.session()
        verdict = may_contact(session, web.settings(), [debtor_id], "call", now)[debtor_id]
        return render_template(
            "calls/person.html",
            title=debtor.name,
            person=debtor,
            results=point_results(session, debtor_id),
            statement=statement_of(session, web.settings(), now, debtor_id),
            refusal=None if verdict.allowed else refusal_sentence(verdict),
        )
