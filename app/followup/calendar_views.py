"""The calendar: one's own for operators, a colleague's or the unit's for specialists and the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, abort, jsonify, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.log import log_access
from app.access.personal import user_choices
from app.access.staff_people import may_call
from app.core import clock, web
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.followup.calendar import LINES, STATES, Asked, calendar_feed, holidays_named
from app.followup.calendar_queries import KINDS
from app.worklist.callbacks import move_callback

#: A month with the days before and after that fill its weeks.
_LONGEST = timedelta(days=42)
#: Far enough from the ends of what a date can be.
_YEARS = range(2000, 2200)
_KIND_WORDS = {
    "callback": _l("call back"),
    "promise": _l("promise"),
    "instalment": _l("instalment"),
    "down": _l("down payment"),
    "holiday": _l("holiday"),
}
_STATE_WORDS = {
    "late": _l("late"),
    "grace": _l("in grace"),
    "kept": _l("kept"),
    "paid": _l("paid"),
}
_VIEW_WORDS = {"month": _l("Month"), "week": _l("Week"), "day": _l("Day"), "list": _l("List")}
_FILTER_WORDS = {
    "open": _l("Pending only"),
    "late": _l("Late or in grace"),
    "all": _l("Kept and paid too"),
}
#: What the page's script says by itself; ``{n}`` is filled in there.
_WORDS = {
    "more": _l("+{n} more"),
    "anyone": _l("anyone's"),
    "no_hour": _l("A callback needs an hour: drop it on one."),
    "failed": _l("The calendar could not be read. Load the page again."),
    "cut": _l(
        "Shown: {shown} of {total}. Open a day, or narrow by kind or person, to see the rest."
    ),
    "all_day": _l("all day"),
    "nothing": _l("Nothing is due in these days"),
    "due": _l("{n} due"),
}


class CalendarView(RoomView):
    """Who is due on which day. An operator's page and feed hold names alone (see `app.followup.calendar`)."""

    route_base = "/calendar"
    default_view = "unit"

    @expose("/")
    @has_access
    @permission_name("unit")
    def unit(self) -> str:
        """The unit's, or a colleague's (``whose``: their key), with amounts."""
        people = [(u.id, f"{u.first_name} {u.last_name}") for u in may_call(web.session())]
        return self._page("CalendarView.unit_feed", dict(user_choices()), people=people)

    @expose("/mine")
    @has_access
    @permission_name("mine")
    def mine(self) -> str:
        """One's own and what anyone may call back."""
        return self._page("CalendarView.mine_feed", {})

    @expose("/feed")
    @has_access
    @permission_name("unit")
    def unit_feed(self) -> Response:
        """What is due in the days asked for, as JSON; logged."""
        whose = request.args.get("whose", "")
        owner_id = typed_key(whose, LARGEST_SMALL_KEY)
        if whose and owner_id is None:
            abort(400)
        return _feed(owner_id, anyones=False, amounts=True)

    @expose("/mine/feed")
    @has_access
    @permission_name("mine")
    def mine_feed(self) -> Response:
        """One's own; asking for somebody else's is refused."""
        if request.args.get("whose", "") not in ("", str(web.user_id())):
            abort(403)
        return _feed(web.user_id(), anyones=True, amounts=False)

    @expose("/move", methods=["POST"])
    @has_access
    @permission_name("move")
    def move(self) -> Response:
        """Another hour for a callback: 200 with what was done, or 409 with the sentence that refuses."""
        zone = web.settings()["zone"]
        key = typed_key(request.form.get("callback"))
        seen, wall = _moment(request.form.get("seen")), _moment(request.form.get("at"))
        if key is None or seen.tzinfo is None or wall.tzinfo is not None:
            abort(400)
        with deed() as session:
            moved = move_callback(
                session,
                web.agent(),
                web.settings(),
                clock.utcnow(),
                key,
                seen,
                clock.at_local(wall.date(), wall.time(), zone),
                request.form.get("reason", "")[:200],
                any_owner=self.appbuilder.sm.has_access("can_reassign", "CallbackView"),
            )
        return jsonify(
            said=_("The callback is now at %(moment)s.", moment=web.moment(moved.due_at))
        )

    def _page(
        self,
        feed: str,
        names: Mapping[int, str],
        people: list[tuple[int, str]] | None = None,
    ) -> str:
        mine = self.appbuilder.sm.has_access
        kinds, state = _kinds(), _state()
        may_open = mine("can_person", "PersonView")
        may = {
            "open": url_for("PersonView.person", debtor_id=0) if may_open else None,
            "attend": not may_open and mine("can_attend", "WorkView"),
            "move": url_for("CalendarView.move") if mine("can_move", "CalendarView") else None,
            "moves_all": mine("can_reassign", "CallbackView"),
        }
        return render_template(
            "followup/calendar.html",
            title=_("Calendar"),
            feed=url_for(feed),
            data=_data(names) | may | {"feed": url_for(feed)},
            may=may,
            kinds=[(k, _KIND_WORDS[k], k in kinds) for k in KINDS],
            states=[(s, _FILTER_WORDS[s], s == state) for s in STATES],
            views=_VIEW_WORDS.items(),
            people=people,
            whose=request.args.get("whose", ""),
        )


def _data(names: Mapping[int, str]) -> dict[str, Any]:
    """What the page's script starts from."""
    settings = web.settings()
    view = request.args.get("view", "")
    day = _day(request.args.get("date"))
    return {
        "language": get_locale().language,
        "now": f"{clock.local(clock.utcnow(), settings['zone']):%Y-%m-%dT%H:%M:%S}",
        "from": f"{settings['contact_from']:%H:%M}",
        "until": f"{settings['contact_until']:%H:%M}",
        "holidays": holidays_named(web.session()),
        "view": view if view in LINES else None,
        "date": day.isoformat() if day else None,
        "names": names,
        "kinds": {name: str(words) for name, words in _KIND_WORDS.items()},
        "states": {name: str(words) for name, words in _STATE_WORDS.items()},
        "words": {name: str(words) for name, words in _WORDS.items()},
    }


def _feed(owner_id: int | None, *, anyones: bool, amounts: bool) -> Response:
    first = _day(request.args.get("from")) or clock.local_day(
        clock.utcnow(), web.settings()["zone"]
    )
    last = _day(request.args.get("until")) or first
    view = request.args.get("view", "month")
    if view not in LINES or not timedelta(0) <= last - first <= _LONGEST:
        abort(400)
    asked = Asked(first, last, view, _kinds(), _state(), owner_id, anyones, amounts)
    now, agent = clock.utcnow(), web.agent()
    with deed() as session:
        feed = calendar_feed(session, agent, web.settings(), now, asked)
        log_access(session, agent, now, "search", "calendar", rows=feed.shown)
    body = f'{{"events":{feed.text},"shown":{feed.shown},"total":{feed.total}}}'
    return Response(body, mimetype="application/json")


def _kinds() -> tuple[str, ...]:
    """Those asked for; all of them when none is known."""
    return tuple(k for k in KINDS if k in request.args.getlist("kind")) or KINDS


def _state() -> str:
    state = request.args.get("state", "open")
    return state if state in STATES else "open"


def _day(typed: str | None) -> date | None:
    """None for nothing and for what is no day."""
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _moment(typed: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(typed or "")
    except ValueError:
        abort(400)
    return moment if moment.year in _YEARS else abort(400)
