"""The menu: what each role sees, in the order of the day; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, g, request, url_for
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from sqlalchemy.orm import Session

from app.access import screens
from app.access.downloads import DownloadView
from app.access.roles import ROLES
from app.access.staff_screens import AreaScreen, StaffView
from app.calls.people import PersonView
from app.calls.people_list import DebtorScreen
from app.calls.repeated import RepeatedView
from app.calls.screens import CallScreen, NonpaymentReasonScreen, OutcomeScreen, ScriptScreen
from app.calls.unfinished import leave_work
from app.calls.views import WorkView
from app.core import clock, web
from app.core.agent import Agent
from app.core.catalogues import HolidayScreen
from app.core.setting_screen import SettingView
from app.debts.views import AccountScreen
from app.followup.views import FollowView
from app.intake.views import LoadView
from app.payments.views import PaymentMeansScreen
from app.promises.views import PromiseScreen
from app.reports.board import BoardView
from app.reports.day import DayView
from app.reports.unreached_views import UnreachedView
from app.reports.views import DailyReportView
from app.worklist.callbacks import missed_callbacks
from app.worklist.views import CallbackView


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: shown to whoever may ``permission`` on ``view``."""

    label: Any
    view: type
    method: str
    permission: str
    icon: str
    #: How many wait there, at this moment.
    count: Callable[[], int] | None = None


def _missed() -> int:
    return missed_callbacks(web.session(), web.settings(), clock.utcnow())


MENU: list[tuple[Any, list[Entry]]] = [
    (
        None,
        [
            Entry(_l("My day"), DayView, "day", "day", "day"),
            Entry(_l("Board"), BoardView, "board", "board", "day"),
            Entry(_l("Call"), WorkView, "work", "work", "phone"),
            Entry(_l("Register contact"), WorkView, "find", "attend", "plus"),
            Entry(_l("My follow-ups"), FollowView, "mine", "mine", "flag"),
            Entry(_l("My report"), DailyReportView, "mine", "mine", "report"),
            Entry(_l("Loads"), LoadView, "loads", "read", "load"),
            Entry(_l("Call back: late"), CallbackView, "late", "read", "phone", _missed),
            Entry(_l("Daily report"), DailyReportView, "unit", "unit", "report"),
        ],
    ),
    (
        _l("Portfolio"),
        [
            Entry(_l("Debtors"), DebtorScreen, "list", "list", "users"),
            Entry(_l("Repeated people"), RepeatedView, "pairs", "read", "users"),
            Entry(_l("Without useful contact"), UnreachedView, "figures", "read", "phone"),
            Entry(_l("Accounts"), AccountScreen, "list", "list", "bill"),
            Entry(_l("Contacts"), CallScreen, "list", "list", "list"),
            Entry(_l("Promises"), PromiseScreen, "list", "list", "flag"),
        ],
    ),
    (
        _l("Catalogues"),
        [
            Entry(_l("Outcomes"), OutcomeScreen, "list", "list", "list"),
            Entry(_l("Reasons for not paying"), NonpaymentReasonScreen, "list", "list", "list"),
            Entry(_l("Scripts"), ScriptScreen, "list", "list", "list"),
            Entry(_l("Means of payment"), PaymentMeansScreen, "list", "list", "money"),
            Entry(_l("Holidays"), HolidayScreen, "list", "list", "calendar"),
            Entry(_l("Areas"), AreaScreen, "list", "list", "list"),
        ],
    ),
    (
        _l("Administration"),
        [
            Entry(_l("Staff"), StaffView, "people", "read", "users"),
            Entry(_l("Users"), screens.UserScreen, "list", "list", "users"),
            Entry(_l("Roles"), screens.RoleScreen, "list", "list", "key"),
            Entry(_l("Settings"), SettingView, "all", "read", "list"),
        ],
    ),
]
#: Screens that a link opens, without a place in the menu.
UNLISTED: list[type] = [DownloadView, PersonView]


def init_app(app: Flask, appbuilder: AppBuilder) -> None:
    """Register every screen and give the templates the menu of the signed-in person."""
    for view in [entry.view for _title, entries in MENU for entry in entries] + UNLISTED:
        if not any(isinstance(known, view) for known in appbuilder.baseviews):
            appbuilder.add_view_no_menu(view)
    screens.UserScreen.when_leaving = staticmethod(_leave)
    app.before_request(lambda: _begin(appbuilder))
    app.context_processor(_menu_context)


def _leave(session: Session, agent: Agent, now: datetime, user_id: int) -> None:
    leave_work(session, agent, web.settings(), now, user_id)


def _begin(appbuilder: AppBuilder) -> None:
    """End a session that outlived its password, else build the menu, once a request; static files and
    health checks do without either."""
    g.nav, g.first_screen = [], None
    if request.endpoint in (None, "static", "healthz", "readyz"):
        return
    if not current_user.is_authenticated:
        return
    if screens.session_outlived_password(current_user):
        logout_user()
        return
    mine = appbuilder.sm.my_permissions()
    for title, entries in MENU:
        items = [_item(e) for e in entries if (f"can_{e.permission}", e.view.__name__) in mine]
        if items:
            g.nav.append({"title": title, "items": items})
    g.first_screen = g.nav[0]["items"][0]["href"] if g.nav else None


def _item(entry: Entry) -> dict[str, Any]:
    endpoint = f"{entry.view.__name__}.{entry.method}"
    return {
        "label": entry.label,
        "href": url_for(endpoint),
        "icon": entry.icon,
        "count": entry.count() if entry.count else 0,
        "active": request.blueprint == entry.view.__name__
        and (request.endpoint == endpoint or entry.method == "list"),
    }


def _menu_context() -> dict[str, Any]:
    names = g.get("roles", [])
    label = ", ".join(str(ROLES[n].label) if n in ROLES else n for n in names)
    return {"nav": g.get("nav", []), "role_label": label, "pretending": clock.pretending()}
