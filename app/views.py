"""The menu: what each role sees, in the order of the day; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access import screens
from app.access.downloads import DownloadView
from app.access.roles import ROLES
from app.access.staff_screens import AreaScreen, StaffView
from app.agreements.papers import AgreementPaperView
from app.agreements.reading import count_to_decide
from app.agreements.views import AgreementScreen
from app.calls.leaving_view import LeavingView
from app.calls.people import PersonView
from app.calls.people_list import DebtorScreen
from app.calls.plan_view import PlanView
from app.calls.repeated import RepeatedView
from app.calls.screens import CallScreen, NonpaymentReasonScreen, OutcomeScreen, ScriptScreen
from app.calls.unfinished import leave_work
from app.calls.views import WorkView
from app.calls.withdrawal_view import PromiseDeedView
from app.cases.service import count_open_cases
from app.cases.views import CaseScreen, CaseView
from app.complaints.desk import ComplaintView
from app.complaints.filters import my_area
from app.complaints.inbox import AreaComplaintView
from app.complaints.service import count_open_complaints
from app.complaints.views import ComplaintCategoryScreen, ComplaintFileView, ComplaintScreen
from app.contact_rules.views import ContactView
from app.core import clock, web
from app.core.agent import Agent
from app.core.catalogues import HolidayScreen
from app.core.setting_screen import SettingView
from app.debts.views import AccountScreen
from app.followup.agreement_deeds import AgreementView
from app.followup.calendar_views import CalendarView
from app.followup.hold_deeds import HoldView
from app.followup.hold_screen import HoldScreen
from app.followup.holiday_views import HolidayYearView
from app.followup.runs_views import RunView
from app.followup.views import FollowView
from app.intake.views import LoadView
from app.payments.views import PaymentMeansScreen
from app.promises.views import PromiseScreen
from app.quality.mine import MyQualityView
from app.quality.screens import CriterionScreen, QualityReviewScreen
from app.quality.service import count_to_acknowledge, count_to_score
from app.quality.trend_views import QualityTrendView
from app.quality.views import QualityView
from app.referrals.desk import ReferralView
from app.referrals.enforcement_view import EnforcementView
from app.referrals.reading import count_proposed
from app.referrals.route_views import RouteView
from app.referrals.screens import EnforcementDocumentScreen, ReferralScreen
from app.referrals.spread_view import SpreadView
from app.reports.agreed_views import AgreedDebtView
from app.reports.board import BoardView
from app.reports.day import DayView
from app.reports.unreached_views import UnreachedView
from app.reports.views import DailyReportView
from app.worklist.callbacks import count_missed
from app.worklist.views import CallbackView


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry: shown to whoever may ``permission`` on ``view``."""

    label: Any
    view: type
    method: str
    permission: str
    icon: str
    #: Counts what waits there at this moment; None: not for the signed-in person.
    count: Callable[[], Select[int] | None] | None = None
    #: Other screens whose pages belong to it.
    also: tuple[type, ...] = ()

    @property
    def endpoint(self) -> str:
        """Its name on the map of addresses."""
        return f"{self.view.__name__}.{self.method}"


def _missed() -> Select[int]:
    return count_missed(web.settings(), clock.utcnow())


def _to_decide() -> Select[int] | None:
    mine = current_app.extensions["appbuilder"].sm.my_permissions()
    return count_to_decide(web.user_id()) if ("can_decide", "AgreementView") in mine else None


def _to_score() -> Select[int] | None:
    mine = current_app.extensions["appbuilder"].sm.my_permissions()
    return count_to_score(web.user_id()) if ("can_score", "QualityView") in mine else None


def _to_acknowledge() -> Select[int]:
    return count_to_acknowledge(web.user_id())


def _referrals_to_decide() -> Select[int] | None:
    mine = current_app.extensions["appbuilder"].sm.my_permissions()
    return count_proposed() if ("can_decide", "ReferralView") in mine else None


def _of_my_area() -> Select[int] | None:
    area = my_area()
    return None if area is None else count_open_complaints(area.id)


MENU: list[tuple[Any, list[Entry]]] = [
    (
        None,
        [
            Entry(_l("My day"), DayView, "day", "day", "day"),
            Entry(_l("My route"), RouteView, "day", "mine", "flag"),
            Entry(_l("Board"), BoardView, "board", "board", "day"),
            Entry(_l("Call"), WorkView, "work", "work", "phone"),
            Entry(_l("Register contact"), WorkView, "find", "attend", "plus"),
            Entry(_l("My follow-ups"), FollowView, "mine", "mine", "flag"),
            Entry(_l("Calendar"), CalendarView, "mine", "mine", "calendar"),
            Entry(_l("My report"), DailyReportView, "mine", "mine", "report"),
            Entry(
                _l("My quality"),
                MyQualityView,
                "mine",
                "mine",
                "list",
                _to_acknowledge,
                also=(MyQualityView,),
            ),
            Entry(_l("Loads"), LoadView, "loads", "read", "load"),
            Entry(_l("Calendar"), CalendarView, "unit", "unit", "calendar"),
            Entry(_l("Late callbacks"), CallbackView, "late", "read", "phone", _missed),
            Entry(
                _l("Cases to verify"),
                CaseView,
                "desk",
                "read",
                "flag",
                count_open_cases,
                also=(CaseView, CaseScreen),
            ),
            Entry(
                _l("Referrals"),
                ReferralView,
                "desk",
                "read",
                "flag",
                _referrals_to_decide,
                also=(ReferralView, ReferralScreen, SpreadView),
            ),
            Entry(
                _l("Complaints"),
                ComplaintView,
                "desk",
                "read",
                "flag",
                count_open_complaints,
                also=(ComplaintView, ComplaintScreen),
            ),
            Entry(
                _l("Complaints of my area"),
                AreaComplaintView,
                "inbox",
                "inbox",
                "flag",
                _of_my_area,
                also=(AreaComplaintView, ComplaintScreen),
            ),
            Entry(_l("Holds"), HoldScreen, "list", "list", "flag", also=(HoldView,)),
            Entry(
                _l("Agreements"),
                AgreementScreen,
                "list",
                "list",
                "flag",
                _to_decide,
                also=(AgreementView,),
            ),
            Entry(
                _l("Quality"),
                QualityView,
                "desk",
                "read",
                "list",
                _to_score,
                also=(QualityView, QualityReviewScreen, QualityTrendView),
            ),
            Entry(_l("Route sheets"), RouteView, "sheets", "unit", "list"),
            Entry(_l("Daily report"), DailyReportView, "unit", "unit", "report"),
            Entry(_l("Runs of the day"), RunView, "days", "read", "calendar"),
        ],
    ),
    (
        _l("Portfolio"),
        [
            Entry(_l("Debtors"), DebtorScreen, "list", "list", "users"),
            Entry(_l("May they be contacted?"), ContactView, "find", "read", "phone"),
            Entry(_l("Repeated people"), RepeatedView, "pairs", "read", "users"),
            Entry(_l("Without useful contact"), UnreachedView, "figures", "read", "phone"),
            Entry(_l("Free and agreed debt"), AgreedDebtView, "figures", "read", "report"),
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
            Entry(
                _l("Holidays"),
                HolidayScreen,
                "list",
                "list",
                "calendar",
                also=(HolidayYearView,),
            ),
            Entry(_l("Papers of enforcement"), EnforcementDocumentScreen, "list", "list", "list"),
            Entry(_l("Areas"), AreaScreen, "list", "list", "list"),
            Entry(_l("Categories of complaint"), ComplaintCategoryScreen, "list", "list", "list"),
            Entry(_l("Quality criteria"), CriterionScreen, "list", "list", "list"),
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
UNLISTED: list[type] = [
    AgreementPaperView,
    AgreementView,
    CaseScreen,
    ComplaintFileView,
    ComplaintScreen,
    DownloadView,
    HoldView,
    HolidayYearView,
    EnforcementView,
    PersonView,
    PlanView,
    LeavingView,
    PromiseDeedView,
    ReferralScreen,
    SpreadView,
    QualityReviewScreen,
    QualityTrendView,
]


def init_app(app: Flask, appbuilder: AppBuilder) -> None:
    """Register every screen and give the templates the menu of the signed-in person."""
    for view in [entry.view for _title, entries in MENU for entry in entries] + UNLISTED:
        if not any(isinstance(known, view) for known in appbuilder.baseviews):
            appbuilder.add_view_no_menu(view)
    screens.UserScreen.when_leaving = staticmethod(_leave)
    app.before_request(_end_outlived_session)
    app.before_request(lambda: setattr(g, "first_screen", lambda: _first_screen(appbuilder)))
    app.context_processor(lambda: _menu_context(appbuilder))


def _leave(session: Session, agent: Agent, now: datetime, user_id: int) -> None:
    leave_work(session, agent, web.settings(), now, user_id)


def _end_outlived_session() -> None:
    """A session ends when the password that it began with does."""
    if request.endpoint in (None, "static", "healthz", "readyz"):
        return
    if current_user.is_authenticated and screens.session_outlived_password(current_user):
        logout_user()


def _mine(appbuilder: AppBuilder) -> list[tuple[Any, list[Entry]]]:
    """The menu's sections with what the signed-in person may open."""
    if not current_user.is_authenticated:
        return []
    mine = appbuilder.sm.my_permissions()
    sections = (
        (title, [e for e in entries if (f"can_{e.permission}", e.view.__name__) in mine])
        for title, entries in MENU
    )
    return [(title, entries) for title, entries in sections if entries]


def _first_screen(appbuilder: AppBuilder) -> str | None:
    """Where the day of the signed-in person begins."""
    sections = _mine(appbuilder)
    return _address(sections[0][1][0].endpoint, request.script_root) if sections else None


def _menu_context(appbuilder: AppBuilder) -> dict[str, Any]:
    """What the frame of a page shows; a deed that only redirects does without."""
    names = g.get("roles", [])
    label = ", ".join(str(ROLES[n].label) if n in ROLES else n for n in names)
    mine = _mine(appbuilder)
    waiting = _waiting([entry for _title, entries in mine for entry in entries])
    nav = [
        {"title": title, "items": [_item(entry, waiting) for entry in entries]}
        for title, entries in mine
    ]
    return {"nav": nav, "role_label": label, "pretending": clock.pretending()}


def _waiting(entries: list[Entry]) -> dict[str, int]:
    """How many wait at each entry that counts, by its endpoint: one question for all of them."""
    counts = [(entry.endpoint, entry.count()) for entry in entries if entry.count]
    asked = {name: count.scalar_subquery() for name, count in counts if count is not None}
    if not asked:
        return {}
    found = web.session().execute(select(*asked.values())).one()
    return dict(zip(asked, found, strict=True))


def _item(entry: Entry, waiting: dict[str, int]) -> dict[str, Any]:
    return {
        "label": entry.label,
        "href": _address(entry.endpoint, request.script_root),
        "icon": entry.icon,
        "count": waiting.get(entry.endpoint, 0),
        "active": request.blueprint == entry.view.__name__
        and (request.endpoint == entry.endpoint or entry.method == "list")
        or request.blueprint in {view.__name__ for view in entry.also},
    }


@lru_cache
def _address(endpoint: str, _script_root: str) -> str:
    """A menu's address, built once a process for each place where the application may be mounted."""
    return url_for(endpoint)
