"""The unit's settings on screen: what holds, what will, who changed it, and a change from a day on."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from flask import abort, flash, redirect, render_template, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, StringField, TextAreaField, validators
from wtforms.fields import Field

from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.setting import Setting
from app.core.setting_list import GROUPS, SETTINGS
from app.core.settings import (
    SettingState,
    cancel_setting,
    change_setting,
    history_mark,
    setting_history,
    setting_states,
)
from app.core.transaction import deed

_KINDS = {
    int: _l("whole number"),
    Decimal: _l("number"),
    time: _l("hour"),
    str: _l("text"),
    "zone": _l("time zone"),
}


class SettingForm(FlaskForm):
    """A value as it was typed, and from when; the setting itself reads it."""

    value = StringField(_l("Value"), validators=[validators.InputRequired()])
    holds_from = DateField(_l("Holds from"))
    reason = StringField(
        _l("Why"),
        description=_l("For whoever reads the history."),
        validators=[validators.Length(max=200)],
    )
    #: What the person had been shown of the setting's history.
    seen = HiddenField()


class TextSettingForm(SettingForm):
    """The value is a text of several lines."""

    value = TextAreaField(_l("Value"), validators=[validators.InputRequired()])


class SettingView(RoomView):
    """Administrators change settings; specialists and the auditor read them."""

    route_base = "/settings"
    default_view = "all"

    @expose("/")
    @has_access
    @permission_name("read")
    def all(self) -> Any:
        """Every setting by group: the value in force, the default and what is to come."""
        states = setting_states(web.session(), web.today())
        return render_template(
            "core/settings.html",
            title=_("Settings"),
            groups=[(label, [states[s.name] for s in group]) for label, group in GROUPS],
            say=say,
            stored=stored_words,
        )

    @expose("/<name>")
    @has_access
    @permission_name("read")
    def one(self, name: str) -> Any:
        """One setting with its whole history, and the form to change it."""
        state = self._state(name)
        form = _form_of(state.setting)(
            formdata=None,
            value=state.setting.shown(state.value),
            holds_from=web.today(),
            seen=history_mark(web.session(), name),
        )
        return self._page(state, form)

    @expose("/<name>", methods=["POST"])
    @has_access
    @permission_name("change")
    def change(self, name: str) -> Any:
        """Give it another value from a day on."""
        state = self._state(name)
        form = _form_of(state.setting)()
        if form.validate() and self._changed(name, form):
            flash(_("The setting was changed."), "success")
            return redirect(url_for("SettingView.one", name=name))
        # What happened meanwhile is on the page that comes back.
        form.seen.data = history_mark(web.session(), name)
        return self._page(self._state(state.setting.name), form), 422

    @expose("/<name>/<int:value_id>/cancel", methods=["POST"])
    @has_access
    @permission_name("change")
    def cancel(self, name: str, value_id: int) -> Any:
        """Take a coming value back before its day."""
        self._state(name)
        if value_id >= 2**31:
            abort(404)
        try:
            with deed() as session:
                cancel_setting(session, web.agent(), clock.utcnow(), name, value_id)
            flash(_("The coming value was taken back."), "success")
        except RuleBroken as refused:
            flash(str(refused), "danger")
        return redirect(url_for("SettingView.one", name=name))

    def _changed(self, name: str, form: SettingForm) -> bool:
        try:
            with deed() as session:
                change_setting(
                    session,
                    web.agent(),
                    clock.utcnow(),
                    name,
                    form.value.data,
                    form.holds_from.data,
                    reason=form.reason.data or "",
                    seen=form.seen.data,
                )
        except RuleBroken as refused:
            field: Field | None = form[refused.field] if refused.field else None
            if field is None:
                flash(str(refused), "danger")
            else:
                field.errors = [str(refused)]
            return False
        return True

    def _state(self, name: str) -> SettingState:
        if name not in SETTINGS:
            abort(404)
        return setting_states(web.session(), web.today())[name]

    def _page(self, state: SettingState, form: SettingForm) -> str:
        setting = state.setting
        return render_template(
            "core/setting.html",
            title=setting.help,
            state=state,
            form=form,
            kind=_KINDS[setting.kind],
            control={int: "number", time: "time"}.get(setting.kind, "text"),
            zones=sorted(available_timezones()) if setting.kind == "zone" else [],
            history=setting_history(web.session(), setting.name),
            today=web.today(),
            may_change=self.appbuilder.sm.has_access("can_change", "SettingView"),
            say=say,
            stored=stored_words,
        )


def _form_of(setting: Setting) -> type[SettingForm]:
    return TextSettingForm if setting.lines else SettingForm


def say(setting: Setting, value: Any) -> str:
    """A value in words, a long text by its beginning; a dash for one that says nothing."""
    return setting.brief(value) or "—"


def stored_words(name: str, value: str) -> str:
    """A value of the history in words."""
    return say(SETTINGS[name], SETTINGS[name].stored(value))
