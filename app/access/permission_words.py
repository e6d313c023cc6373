"""Permissions in words: what one may do, and on which screen. The framework names methods and classes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

_VERBS = {
    "can_list": _l("see the list"),
    "can_show": _l("open one"),
    "can_add": _l("add"),
    "can_edit": _l("change"),
    "can_delete": _l("delete"),
    "can_download": _l("download"),
    "can_read": _l("see it"),
    "can_change": _l("change it"),
    "can_absences": _l("enter absences"),
    "can_request": _l("compare terms and ask for one"),
    "can_decide": _l("approve and refuse what others asked for"),
    "can_cancel": _l("end one that goes on"),
    "can_reassign": _l("hand on and drop"),
    "can_draw": _l("draw samples"),
    "can_score": _l("score calls of others"),
    "can_visit": _l("record visits"),
    "can_photo": _l("see the photos of visits"),
    "can_sheet": _l("print route sheets"),
    "can_open": _l("open one at the desk or the counter"),
    "can_manage": _l("send them to areas, close and reopen them"),
    "can_inbox": _l("see those of one's own area"),
    "can_answer": _l("answer and return those of one's own area"),
    "can_close": _l("close them with what was found"),
    "can_place": _l("place one by hand"),
    "can_extend": _l("extend one"),
    "can_lift": _l("lift one"),
    "can_run": _l("run it now"),
    "can_load": _l("load files, describe and apply them"),
    "can_join": _l("join two records of one person"),
    "can_board": _l("see it"),
    "can_day": _l("see it"),
    "can_index": _l("sign in to it"),
    "can_mine": _l("see one's own"),
    "can_move": _l("move callbacks"),
    "can_download_mine": _l("download one's own"),
    "can_unit": _l("see the whole unit's"),
    "can_person": _l("open it, with everything"),
    "can_contacts": _l("correct contact points"),
    "can_work": _l("call from the queue"),
    "can_attend": _l("register contacts of people who call, come or are looked up"),
    "can_withdraw": _l("withdraw a pending one"),
    "can_propose": _l("propose one"),
    "can_assign": _l("give them to the field"),
    "can_end": _l("give them back to the phone or close them"),
    "can_file": _l("put papers in and take them out"),
    "can_hand_over": _l("hand them over and take them back"),
    "can_this_form_get": _l("open the form"),
    "can_this_form_post": _l("change it"),
}
#: Screens of our own; a list of the framework is called what its title says.
_SCREENS = {
    "AgreedDebtView": _l("Free and agreed debt"),
    "AgreementPaperView": _l("Agreements on paper"),
    "AgreementView": _l("Agreements: request and decide"),
    "AreaComplaintView": _l("Complaints of one's own area"),
    "BoardView": _l("Board"),
    "CalendarView": _l("Calendar"),
    "ContactView": _l("May they be contacted?"),
    "CallbackView": _l("Late callbacks"),
    "CaseView": _l("A case to verify, with what to look at"),
    "ComplaintFileView": _l("Files of complaints"),
    "ComplaintView": _l("The desk of complaints: all of them"),
    "DailyReportView": _l("Daily report"),
    "DayView": _l("My day"),
    "DownloadView": _l("My downloads"),
    "FollowView": _l("My follow-ups"),
    "EnforcementView": _l("Cases of enforcement and their papers"),
    "HoldView": _l("Holds, one by one"),
    "HomeView": _l("Home"),
    "LoadView": _l("Loads"),
    "MyQualityView": _l("My quality"),
    "PersonView": _l("A person's page"),
    "PromiseDeedView": _l("Promises, one by one"),
    "QualityTrendView": _l("Trend of quality"),
    "QualityView": _l("Quality: samples and scoring"),
    "ReferralView": _l("The desk of referrals"),
    "RepeatedView": _l("People under two records"),
    "ResetMyPassword": _l("One's own password"),
    "ResetPassword": _l("Another person's password"),
    "RouteView": _l("The field's route and visits"),
    "RunView": _l("Runs of the day"),
    "SettingView": _l("Settings"),
    "SpreadView": _l("Spreading referrals among the field"),
    "StaffView": _l("Staff"),
    "UnreachedView": _l("Without useful contact"),
    "WorkView": _l("Calls"),
}


def verb_words(permission: str) -> str:
    """``can_list`` in words; as it is when nobody has said what it is."""
    return str(_VERBS.get(permission, permission))


def screen_words(view: str) -> str:
    """What the screen of class ``view`` is called."""
    if view in _SCREENS:
        return str(_SCREENS[view])
    for known in current_app.extensions["appbuilder"].baseviews:
        if type(known).__name__ == view:
            return str(getattr(known, "list_title", "") or view)
    return view


def permission_label(permission: Any) -> str:
    """For a choice of the role's form, which groups by what stands after the last `` on ``."""
    return f"{verb_words(permission.permission.name)} on {screen_words(permission.view_menu.name)}"


def permission_groups(permissions: Iterable[Any]) -> Markup:
    """A role's permissions as a list of screens, each with what one may do there."""
    pairs = sorted(
        (screen_words(p.view_menu.name), verb_words(p.permission.name)) for p in permissions
    )
    items = (
        Markup("<li><strong>{}</strong>: {}</li>").format(screen, ", ".join(v for _s, v in verbs))
        for screen, verbs in groupby(pairs, key=lambda pair: pair[0])
    )
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def stored_words(stored: str) -> str:
    """``can list on DebtorScreen``, as the timeline keeps it, in words."""
    verb, _on, view = stored.rpartition(" on ")
    return f"{screen_words(view)}: {verb_words(verb.replace(' ', '_'))}"
