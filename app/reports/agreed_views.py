"""Free and agreed debt on screen and as a workbook; downloads are logged."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, render_template
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.access.log import log_access
from app.agreements.texts import STATES, TONES
from app.core import clock, web
from app.core.attached import attached, new_file
from app.core.framework import RoomView
from app.core.money import whole
from app.core.transaction import deed
from app.core.xlsx import XLSX
from app.reports.agreed import agreed_accounts, agreements_by_state, parted_debt
from app.reports.agreed_book import write_agreed
from app.reports.workbook import Stamp


class AgreedDebtView(RoomView):
    """What is owed, parted into what may be asked for and what is put off."""

    route_base = "/reports/agreed"
    default_view = "figures"

    @expose("/")
    @has_access
    @permission_name("read")
    def figures(self) -> Any:
        """By portfolio, and the agreements by state; payments of the month so far."""
        first, day = _month()
        total, by_portfolio = parted_debt(web.session(), first, day)
        return render_template(
            "reports/agreed.html",
            title=_("Free and agreed debt"),
            first=first,
            day=day,
            total=total,
            by_portfolio=by_portfolio,
            by_state=agreements_by_state(web.session(), web.settings()["zone"], first, day),
            states=STATES,
            tones=TONES,
            whole=whole,
            may_download=self.appbuilder.sm.has_access("can_download", "AgreedDebtView"),
        )

    @expose("/download")
    @has_access
    @permission_name("download")
    def download(self) -> Response:
        """The workbook of the same figures, with the accounts behind them."""
        agent, now, settings = web.agent(), clock.utcnow(), web.settings()
        session, (first, day) = web.session(), _month()
        file = new_file()
        rows = write_agreed(
            file,
            *parted_debt(session, first, day),
            agreements_by_state(session, settings["zone"], first, day),
            agreed_accounts(session),
            Stamp(settings["company"], settings["zone"], now, agent.name),
        )
        with deed() as writing:
            log_access(writing, agent, now, "download", "agreed debt", rows=rows)
        name = _("free-and-agreed-debt-%(day)s.xlsx", day=day)
        return attached(file, XLSX, name)


def _month() -> tuple[date, date]:
    """The first day of the unit's month, and its day."""
    day = web.today()
    return day.replace(day=1), day
