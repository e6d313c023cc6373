"""Accounts without useful contact on screen: figures, the accounts behind each, and a workbook; logged."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.access.log import log_access
from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY
from app.core.xlsx import XLSX
from app.reports.asked import asked_number
from app.reports.unreached import MISSING, Asked, count_unreached, unreached_accounts
from app.reports.unreached_book import write_unreached
from app.reports.workbook import Stamp

_PAGE = 50


class UnreachedView(RoomView):
    """Who cannot be called or written to, by portfolio and sector."""

    route_base = "/reports/unreached"
    default_view = "figures"

    @expose("/")
    @has_access
    @permission_name("read")
    def figures(self) -> Any:
        """How many accounts with debt have no useful contact, of how many."""
        total, by_sector = count_unreached(web.session())
        return render_template(
            "reports/unreached.html",
            title=_("Without useful contact"),
            total=total,
            by_sector=by_sector,
            may_download=self._may_download(),
        )

    @expose("/accounts")
    @has_access
    @permission_name("read")
    def accounts(self) -> Any:
        """The accounts behind a figure, a page at a time."""
        asked, after = _asked(), asked_number("after", 2**62) or 0
        found = list(unreached_accounts(web.session(), asked, after=after, limit=_PAGE + 1))
        shown = found[:_PAGE]
        _log("search", "accounts without contact", len(shown))
        return render_template(
            "reports/unreached_accounts.html",
            title=_("Accounts without telephone or e-mail")
            if asked.missing == "any"
            else _("Accounts without telephone"),
            asked=asked,
            rows=shown,
            may_download=self._may_download(),
            next=url_for("UnreachedView.accounts", **_address(asked), after=shown[-1].account_id)
            if len(found) > _PAGE
            else None,
            download=url_for("UnreachedView.download", **_address(asked)),
        )

    @expose("/download")
    @has_access
    @permission_name("download")
    def download(self) -> Response:
        """The workbook of exactly what is asked for."""
        agent, now, settings, asked = web.agent(), clock.utcnow(), web.settings(), _asked()
        session = web.session()
        file = new_file()
        total, by_sector = count_unreached(session)
        stamp = Stamp(settings["company"], settings["zone"], now, agent.name)
        rows = write_unreached(file, total, by_sector, unreached_accounts(session, asked), stamp)
        _log("download", "accounts without contact", rows)
        name = _("without-contact-%(day)s.xlsx", day=clock.local_day(now, settings["zone"]))
        return attached(file, XLSX, name)

    def _may_download(self) -> bool:
        return self.appbuilder.sm.has_access("can_download", "UnreachedView")


def _asked() -> Asked:
    missing = request.args.get("missing", MISSING[0])
    if missing not in MISSING:
        abort(400, _("There is no such figure."))
    sector = request.args.get("sector")
    return Asked(
        missing,
        asked_number("portfolio", LARGEST_SMALL_KEY),
        None if sector is None else sector[:120],
    )


def _address(asked: Asked) -> dict[str, Any]:
    return {"missing": asked.missing, "portfolio": asked.portfolio_id, "sector": asked.sector}


def _log(kind: str, what: str, rows: int) -> None:
    with deed() as session:
        log_access(session, web.agent(), clock.utcnow(), kind, what, rows=rows)
