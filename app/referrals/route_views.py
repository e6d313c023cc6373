"""«Mi ruta»: the field's page on the phone, what it sends, the photos of its visits and the sheet on paper."""

from __future__ import annotations

import io
from datetime import date

from flask import Response, abort, jsonify, render_template, request, send_file, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from app.access.log import log_access
from app.core import clock, web
from app.core.attached import attached
from app.core.attaching import kept_photo
from app.core.framework import RoomView
from app.core.transaction import deed
from app.core.typed import LARGEST_KEY, LARGEST_SMALL_KEY
from app.core.uploads import stored_response
from app.models import StoredFile, User, Visit
from app.referrals.route_data import (
    RESULTS,
    WORDS,
    day_data,
    done_data,
    typed_visit,
)
from app.referrals.route_sheet import FORMS, route_sheet
from app.referrals.route_stops import done, routes_on, stops_of
from app.referrals.visits import LONGEST_NOTE, find_visit, record_visit, visit_said

#: A side of a photo, in pixels, as the phone reduces it before it keeps and sends it.
_PHOTO_SIDE = 1600
_YEARS = range(1990, 2100)


class RouteView(RoomView):
    """A worker's own day and visits; with `unit`, anybody's sheet and photos."""

    route_base = "/route"
    default_view = "day"

    @expose("/")
    @has_access
    @permission_name("mine")
    def day(self) -> Response:
        """The page, which a service worker keeps: nobody's data is in it but the worker's own name."""
        settings = web.settings()
        page = render_template(
            "referrals/route.html",
            title=_("My route"),
            results=RESULTS.items(),
            longest_note=LONGEST_NOTE,
            data={
                "user": web.user_id(),
                "feed": url_for("RouteView.data"),
                "save": url_for("RouteView.save"),
                "worker": url_for("RouteView.worker"),
                "page": url_for("RouteView.day"),
                "photo": url_for("RouteView.photo", visit_id=0),
                "script": settings["field_script"].replace("{company}", settings["company"]),
                "side": _PHOTO_SIDE,
                "results": {code: str(words) for code, words in RESULTS.items()},
                "words": {name: str(words) for name, words in WORDS.items()},
            },
        )
        response = Response(page)
        # Only this page asks where it is, and only when the person says so.
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(self)"
        return response

    @expose("/sw.js")
    @has_access
    @permission_name("mine")
    def worker(self) -> Response:
        """The service worker, from an address that lets it look after this page alone."""
        return send_file(web.built("route-sw.js"), mimetype="text/javascript", conditional=False)

    @expose("/data")
    @has_access
    @permission_name("mine")
    def data(self) -> Response:
        """The worker's day, and the token for what they send; logged."""
        now, agent = clock.utcnow(), web.agent()
        with deed() as session:
            found = day_data(session, web.settings(), now, web.user_id())
            log_access(session, agent, now, "search", "route", rows=len(found["stops"]))
        return jsonify(found | {"token": generate_csrf()})

    @expose("/visits", methods=["POST"])
    @has_access
    @permission_name("visit")
    def save(self) -> Response:
        """A visit from the phone: 200 with it as it is kept, or 409 with the sentence that refuses."""
        now, agent, settings = clock.utcnow(), web.agent(), web.settings()
        typed = typed_visit(request.form, now, None)
        with deed() as session:
            visit = find_visit(session, agent, typed.key)
            if visit is None:
                photo_id = kept_photo(session, now)
                visit, _is_new = record_visit(
                    session, agent, now, settings, typed_visit(request.form, now, photo_id)
                )
            said = str(visit_said(session, agent, visit))
            answer = done_data(done(visit))
        return jsonify(said=said, done=answer)

    @expose("/photo/<int:visit_id>")
    @has_access
    @permission_name("photo")
    def photo(self, visit_id: int) -> Response:
        """The photo of a visit: one's own, or anybody's for whoever sees the whole unit's; logged."""
        session = web.session()
        visit = session.get(Visit, visit_id) if visit_id <= LARGEST_KEY else None
        if visit is None or visit.photo_id is None or not self._may_see(visit.visited_by_id):
            abort(404)
        stored, debtor_id = session.get_one(StoredFile, visit.photo_id), visit.debtor_id
        answer = stored_response(web.files_folder(), stored)
        with deed() as writing:
            log_access(
                writing, web.agent(), clock.utcnow(), "view", "visit photo", debtor_id=debtor_id
            )
        return answer

    @expose("/sheets")
    @has_access
    @permission_name("unit")
    def sheets(self) -> str:
        """Who goes out on a day, with each one's sheet."""
        today = web.today()
        day = _day(request.args.get("day")) or today
        return render_template(
            "referrals/route_sheets.html",
            title=_("Route sheets"),
            day=day,
            routes=routes_on(web.session(), day),
        )

    @expose("/sheet/<int:user_id>/<day>.<form>")
    @has_access
    @permission_name("sheet")
    def sheet(self, user_id: int, day: str, form: str) -> Response:
        """A worker's route of a day on paper (``pdf``) or as a workbook (``xlsx``); logged."""
        asked = _day(day)
        if form not in FORMS or asked is None or not self._may_see(user_id):
            abort(404)
        session = web.session()
        worker = session.get(User, user_id) if user_id <= LARGEST_SMALL_KEY else None
        if worker is None:
            abort(404)
        now, agent = clock.utcnow(), web.agent()
        stops = stops_of(session, user_id, asked)
        name = f"{worker.first_name} {worker.last_name}"
        file = route_sheet(web.settings(), agent, now, name, asked, stops, form)
        with deed() as writing:
            log_access(writing, agent, now, "download", f"route sheet {form}", rows=len(stops))
        title = f"{_('route')}-{asked.isoformat()}.{form}"
        return attached(io.BytesIO(file), FORMS[form], title)

    def _may_see(self, user_id: int) -> bool:
        return user_id == web.user_id() or self.appbuilder.sm.has_access("can_unit", "RouteView")


def _day(typed: str | None) -> date | None:
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if day.year in _YEARS else None
