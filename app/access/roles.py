"""The unit's roles and what setup grants each. Setup adds what is missing and never removes:
administrators change grants on screen afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l

LIST_SHOW = ("list", "show", "download")
CRUD = (*LIST_SHOW, "add", "edit", "delete")


@dataclass(frozen=True, slots=True)
class RoleSeed:
    """``grants``: view class → its permissions, without the framework's ``can_``."""

    label: object
    grants: Mapping[str, tuple[str, ...]]


_EVERYONE = {"HomeView": ("index",), "ResetMyPassword": ("this_form_get", "this_form_post")}

_LISTS = {"DownloadView": ("mine",)}

_RECORDS = _LISTS | {
    "DebtorScreen": LIST_SHOW,
    "AccountScreen": LIST_SHOW,
    "CallScreen": LIST_SHOW,
    "PromiseScreen": LIST_SHOW,
    "AgreementScreen": LIST_SHOW,
    "AgreementPaperView": ("download",),
    "ComplaintScreen": LIST_SHOW,
    "ComplaintFileView": ("download",),
}

ROLES: Mapping[str, RoleSeed] = {
    "operador": RoleSeed(
        _l("Operator"),
        _EVERYONE
        | {
            "DayView": ("day",),
            "WorkView": ("work", "attend"),
            "FollowView": ("mine", "download"),
            "CalendarView": ("mine", "move"),
            "DailyReportView": ("mine", "download_mine"),
            "MyQualityView": ("mine",),
        },
    ),
    "especialista": RoleSeed(
        _l("Specialist"),
        _EVERYONE
        | _RECORDS
        | {
            "BoardView": ("board",),
            "LoadView": ("read", "load"),
            "DailyReportView": ("unit", "download"),
            "OutcomeScreen": LIST_SHOW,
            "NonpaymentReasonScreen": LIST_SHOW,
            "ScriptScreen": CRUD,
            "PaymentMeansScreen": CRUD,
            "HolidayScreen": CRUD,
            "ContactView": ("read",),
            "PersonView": ("person", "contacts"),
            "PromiseDeedView": ("withdraw",),
            "RepeatedView": ("read", "join"),
            "UnreachedView": ("read", "download"),
            "AgreedDebtView": ("read", "download"),
            "AgreementView": ("request", "decide", "cancel"),
            "AreaScreen": LIST_SHOW,
            "StaffView": ("read", "absences"),
            "CallbackView": ("read", "reassign"),
            "RunView": ("read", "download", "run"),
            "RouteView": ("unit", "photo", "sheet"),
            "CaseScreen": LIST_SHOW,
            "CaseView": ("read", "close"),
            "HoldScreen": LIST_SHOW,
            "HoldView": ("place", "extend", "lift"),
            "ComplaintView": ("read", "open", "manage"),
            "ComplaintCategoryScreen": LIST_SHOW,
            "ReferralScreen": LIST_SHOW,
            "ReferralView": ("read", "propose", "decide", "assign", "end"),
            "SpreadView": ("assign",),
            "EnforcementView": ("read", "file", "hand_over"),
            "EnforcementDocumentScreen": LIST_SHOW,
            "CalendarView": ("unit", "move"),
            "SettingView": ("read",),
            "CriterionScreen": CRUD,
            "QualityReviewScreen": LIST_SHOW,
            "QualityView": ("read", "draw", "score"),
            "QualityTrendView": ("read", "download"),
        },
    ),
    "campo": RoleSeed(_l("Field"), _EVERYONE | {"RouteView": ("mine", "visit", "photo", "sheet")}),
    "area": RoleSeed(
        _l("Area"),
        _EVERYONE
        | _LISTS
        | {
            "AreaComplaintView": ("inbox", "answer"),
            "ComplaintFileView": ("download",),
            "ComplaintScreen": LIST_SHOW,
        },
    ),
    "administrador": RoleSeed(
        _l("Administrator"),
        _EVERYONE
        | _LISTS
        | {
            "UserScreen": (*LIST_SHOW, "add", "edit"),
            "RoleScreen": CRUD,
            "ResetPassword": ("this_form_get", "this_form_post"),
            "OutcomeScreen": (*LIST_SHOW, "edit"),
            "NonpaymentReasonScreen": CRUD,
            "ScriptScreen": CRUD,
            "PaymentMeansScreen": CRUD,
            "HolidayScreen": CRUD,
            "EnforcementDocumentScreen": CRUD,
            "AreaScreen": CRUD,
            "ComplaintCategoryScreen": CRUD,
            "StaffView": ("read", "edit", "absences"),
            "RunView": ("read", "download"),
            "SettingView": ("read", "change"),
            "CriterionScreen": CRUD,
        },
    ),
    "auditor": RoleSeed(
        _l("Auditor"),
        _EVERYONE
        | _RECORDS
        | {
            "BoardView": ("board",),
            "LoadView": ("read",),
            "DailyReportView": ("unit", "download"),
            "OutcomeScreen": LIST_SHOW,
            "NonpaymentReasonScreen": LIST_SHOW,
            "ScriptScreen": LIST_SHOW,
            "PaymentMeansScreen": LIST_SHOW,
            "HolidayScreen": LIST_SHOW,
            "ContactView": ("read",),
            "AreaScreen": LIST_SHOW,
            "StaffView": ("read",),
            "CallbackView": ("read",),
            "RouteView": ("unit", "photo", "sheet"),
            "RunView": ("read", "download"),
            "CaseScreen": LIST_SHOW,
            "CaseView": ("read",),
            "HoldScreen": LIST_SHOW,
            "ComplaintView": ("read",),
            "ComplaintCategoryScreen": LIST_SHOW,
            "ReferralScreen": LIST_SHOW,
            "ReferralView": ("read",),
            "EnforcementView": ("read",),
            "EnforcementDocumentScreen": LIST_SHOW,
            "CalendarView": ("unit",),
            "SettingView": ("read",),
            "CriterionScreen": LIST_SHOW,
            "QualityReviewScreen": LIST_SHOW,
            "QualityView": ("read",),
            "QualityTrendView": ("read", "download"),
            "UserScreen": LIST_SHOW,
            "RoleScreen": LIST_SHOW,
            "PersonView": ("person",),
            "RepeatedView": ("read",),
            "UnreachedView": ("read", "download"),
            "AgreedDebtView": ("read", "download"),
        },
    ),
}


def seed_roles(appbuilder: AppBuilder) -> None:
    """Create the missing permissions of every registered view, the roles and their grants."""
    manager = appbuilder.sm
    manager.add_role(manager.auth_role_public)
    manager.add_role(manager.auth_role_admin)
    for view in appbuilder.baseviews:
        for permission in view.base_permissions:
            manager.add_permission_view_menu(permission, view.class_permission_name)
    for name, seed in ROLES.items():
        role = manager.add_role(name)
        for view, permissions in seed.grants.items():
            for permission in permissions:
                grant = manager.find_permission_view_menu(f"can_{permission}", view)
                if grant is None:
                    raise LookupError(f"{name}: no view grants can_{permission} on {view}")
                manager.add_permission_role(role, grant)
