"""The printed agreement and its workbook, for whoever reads agreements; logged."""

from __future__ import annotations

from flask import Response, abort
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access

from app.access.log import log_access
from app.agreements.documents import DOCUMENTS, document_of
from app.agreements.reading import find_agreement
from app.core import clock, web
from app.core.attached import attached
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY


class AgreementPaperView(RoomView):
    """One agreement to take away. The file's name is its number and tells nobody's data."""

    route_base = "/agreements"
    default_view = "document"

    @expose("/<int:agreement_id>/document/<form>")
    @has_access
    @permission_name("download")
    def document(self, agreement_id: int, form: str) -> Response:
        """The agreement as ``pdf`` or ``xlsx``."""
        if form not in DOCUMENTS or agreement_id > LARGEST_KEY:
            abort(404)
        agent, now, session = web.agent(), clock.utcnow(), web.session()
        try:
            agreement = find_agreement(session, agreement_id)
        except LookupError:
            abort(404)
        file = document_of(session, agent, now, web.settings(), agreement, form)
        name, who = f"{agreement.number}.{form}", agreement.debtor_id
        with deed() as writing:
            log_access(writing, agent, now, "download", f"agreement {form}", debtor_id=who, rows=1)
        return attached(file, DOCUMENTS[form], name)
