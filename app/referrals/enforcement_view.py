"""What is done with a case of coactiva: its papers, its cover, its hand-over and the way back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.access.log import log_access
from app.core import clock, web
from app.core.attached import attached
from app.core.attaching import kept_files
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.pdf import PDF
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY, LARGEST_SMALL_KEY, typed_key
from app.core.uploads import stored_response
from app.models import EnforcementPaper, Referral
from app.referrals.cover import cover_of
from app.referrals.enforcement import add_paper, hand_over, remove_paper, take_back
from app.referrals.page import known, render_referral


class EnforcementView(RoomView):
    """One case, for those who prepare it; the page is the referral's own."""

    route_base = "/enforcement"
    default_view = "cover"

    @expose("/<int:referral_id>/cover")
    @has_access
    @permission_name("read")
    def cover(self, referral_id: int) -> Response:
        """The sheet that goes before its papers, as PDF; logged. The file's name is its number."""
        referral = _case(referral_id)
        agent, now = web.agent(), clock.utcnow()
        made = cover_of(web.session(), agent, now, web.settings(), referral)
        _log("download", "enforcement cover", referral.debtor_id)
        return attached(BytesIO(made), PDF, f"{referral.number}.pdf")

    @expose("/<int:referral_id>/papers/<int:paper_id>/file")
    @has_access
    @permission_name("read")
    def file(self, referral_id: int, paper_id: int) -> Response:
        """The stored file of a paper, removed ones too; logged."""
        referral = _case(referral_id)
        paper = _paper(referral, paper_id)
        if paper is None or paper.file is None:
            abort(404)
        answer = stored_response(web.files_folder(), paper.file)
        _log("download", "enforcement paper", referral.debtor_id)
        return answer

    @expose("/<int:referral_id>/papers", methods=["POST"])
    @has_access
    @permission_name("file")
    def add(self, referral_id: int) -> Any:
        """Put a paper into the file, with its number and the scan when there is one."""

        def act(session: Session) -> None:
            agent, now = web.agent(), clock.utcnow()
            file_id = next(iter(kept_files(session, now, most=1)), None)
            document_id = typed_key(request.form.get("document_id"), LARGEST_SMALL_KEY) or 0
            reference = request.form.get("reference", "")
            add_paper(session, agent, now, referral_id, document_id, reference, file_id)

        return self._step(referral_id, act, _("The paper is in the file."))

    @expose("/<int:referral_id>/papers/<int:paper_id>/remove", methods=["POST"])
    @has_access
    @permission_name("file")
    def remove(self, referral_id: int, paper_id: int) -> Any:
        """Take a paper out of the file."""

        def act(session: Session) -> None:
            key = min(paper_id, LARGEST_KEY)
            remove_paper(session, web.agent(), clock.utcnow(), referral_id, key)

        return self._step(referral_id, act, _("The paper was taken out of the file."))

    @expose("/<int:referral_id>/hand-over", methods=["POST"])
    @has_access
    @permission_name("hand_over")
    def hand_over(self, referral_id: int) -> Any:
        """Hand the case over with its papers."""

        def act(session: Session) -> None:
            now, note = clock.utcnow(), request.form.get("reason", "")
            hand_over(session, web.agent(), now, web.settings(), referral_id, note)

        return self._step(referral_id, act, _("The case was handed over."))

    @expose("/<int:referral_id>/take-back", methods=["POST"])
    @has_access
    @permission_name("hand_over")
    def take_back(self, referral_id: int) -> Any:
        """Take the case back to the phone, with the reason."""

        def act(session: Session) -> None:
            now, reason = clock.utcnow(), request.form.get("reason", "")
            take_back(session, web.agent(), now, web.settings(), referral_id, reason)

        return self._step(referral_id, act, _("The account is called about again."))

    def _step(self, referral_id: int, act: Callable[[Session], None], said: str) -> Any:
        """A refusal is the case's page with the sentence and what was typed."""
        _case(referral_id)
        try:
            with deed() as session:
                act(session)
        except RuleBroken as refused:
            typed = request.form.to_dict()
            page = render_referral(self.appbuilder.sm, referral_id, typed=typed, refused=refused)
            return page, 422
        flash(said, "success")
        return redirect(url_for("ReferralScreen.show", pk=referral_id))


def _case(referral_id: int) -> Referral:
    referral = known(referral_id)
    return referral if referral.kind == "enforcement" else abort(404)


def _paper(referral: Referral, paper_id: int) -> EnforcementPaper | None:
    return next((paper for paper in referral.papers if paper.id == paper_id), None)


def _log(kind: str, what: str, debtor_id: int) -> None:
    with deed() as session:
        now = clock.utcnow()
        log_access(session, web.agent(), now, kind, what, debtor_id=debtor_id, rows=1)
