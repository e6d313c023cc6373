"""The unit's people on screen: where they belong, when they work and when they are away."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.access.models import Area
from app.access.staff import add_absence, cancel_absence, edit_staff
from app.access.staff_forms import AWAY, REASONS, WEEKDAYS, AbsenceForm, StaffForm
from app.access.staff_people import Member, absences_of, areas, member, members
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import CatalogueScreen, RoomView, SafeInterface
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY, typed_key


class AreaScreen(CatalogueScreen):
    """The areas that people belong to. One that somebody is in is made inactive, not deleted."""

    datamodel = SafeInterface(Area)
    route_base = "/areas"
    base_order = ("name", "asc")
    list_title = _l("Areas")
    show_title = _l("Area")
    add_title = _l("Add area")
    edit_title = _l("Edit area")
    label_columns = {"name": _l("Name"), "is_active": _l("Active")}
    list_columns = ["name", "is_active"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["name", "is_active"]


class StaffView(RoomView):
    """Everybody of the unit. Administrators change it; specialists read it and enter absences."""

    route_base = "/staff"
    default_view = "people"

    @expose("/")
    @has_access
    @permission_name("read")
    def people(self) -> Any:
        """The list, narrowed by the address: ``q`` (words), ``area``, ``away``."""
        session = web.session()
        area, away = request.args.get("area", ""), request.args.get("away", "")
        found = members(
            session,
            web.settings(),
            clock.utcnow(),
            typed=request.args.get("q", "")[:80],
            area_id=typed_key(area, LARGEST_SMALL_KEY),
            away=away if away in AWAY else None,
        )
        return render_template(
            "access/staff.html",
            title=_("Staff"),
            people=found,
            areas=areas(session),
            away=AWAY,
            weekdays=WEEKDAYS,
            goal=web.settings()["daily_goal"],
            narrowed=any(request.args.get(name) for name in ("q", "area", "away")),
        )

    @expose("/<int:user_id>")
    @has_access
    @permission_name("read")
    def person(self, user_id: int) -> Any:
        """One person."""
        who = self._find(user_id)
        return self._page(who, _filled(who), AbsenceForm(formdata=None))

    @expose("/<int:user_id>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, user_id: int) -> Any:
        """Change where the person belongs and when they work."""
        who = self._find(user_id)
        form = StaffForm()
        form.offer(areas(web.session()), who)
        if form.validate() and self._done(
            form, lambda s: edit_staff(s, web.agent(), clock.utcnow(), user_id, form.facts())
        ):
            return redirect(url_for("StaffView.person", user_id=user_id))
        return self._page(who, form, AbsenceForm(formdata=None)), 422

    @expose("/<int:user_id>/absences", methods=["POST"])
    @has_access
    @permission_name("absences")
    def absence(self, user_id: int) -> Any:
        """Enter days on which the person does not work."""
        who = self._find(user_id)
        form = AbsenceForm()
        if form.validate() and self._done(
            form,
            lambda s: add_absence(
                s,
                web.agent(),
                clock.utcnow(),
                user_id,
                form.first_day.data,
                form.last_day.data,
                form.reason.data,
                form.note.data or "",
            ),
        ):
            return redirect(url_for("StaffView.person", user_id=user_id))
        return self._page(who, _filled(who), form), 422

    @expose("/<int:user_id>/absences/<int:absence_id>/cancel", methods=["POST"])
    @has_access
    @permission_name("absences")
    def take_back(self, user_id: int, absence_id: int) -> Any:
        """The person works on those days after all."""
        try:
            with deed() as session:
                cancel_absence(session, web.agent(), clock.utcnow(), user_id, absence_id)
            flash(_("The absence was taken back."), "success")
        except RuleBroken as refused:
            flash(str(refused), "danger")
        return redirect(url_for("StaffView.person", user_id=user_id))

    def _find(self, user_id: int) -> Member:
        if user_id >= 2**31:
            abort(404)
        return member(web.session(), web.settings(), clock.utcnow(), user_id) or abort(404)

    def _done(self, form: FlaskForm, write: Any) -> bool:
        try:
            with deed() as session:
                write(session)
        except RuleBroken as refused:
            name = refused.field or ""
            if name in form:
                form[name].errors = [str(refused)]
            else:
                flash(str(refused), "danger")
            return False
        flash(_("Saved."), "success")
        return True

    def _page(self, who: Member, form: StaffForm, absence_form: AbsenceForm) -> str:
        today = web.today()
        mine = self.appbuilder.sm.has_access
        return render_template(
            "access/staff_person.html",
            title=who.name,
            who=who,
            form=form,
            absence_form=absence_form,
            absences=absences_of(web.session(), who.user.id, today),
            may_edit=mine("can_edit", "StaffView"),
            may_absent=mine("can_absences", "StaffView"),
            may_users=mine("can_show", "UserScreen"),
            away=AWAY,
            reasons=REASONS,
            weekdays=WEEKDAYS,
            goal=web.settings()["daily_goal"],
            today=today,
        )


def _filled(who: Member) -> StaffForm:
    form = StaffForm(formdata=None, obj=who.facts)
    form.offer(areas(web.session()), who)
    return form
