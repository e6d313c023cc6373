"""The framework's security screens on our safe base: login, passwords, users, roles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.security.forms import ResetPasswordForm
from flask_appbuilder.security.sqla.models import Role, User
from flask_appbuilder.security.views import AuthDBView, ResetMyPasswordView, ResetPasswordView
from flask_appbuilder.validators import PasswordComplexityValidator
from flask_babel import lazy_gettext as _l
from flask_login import logout_user, user_logged_in
from sqlalchemy import inspect
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash
from wtforms import PasswordField, validators, widgets

from app.access.permission_words import permission_groups, permission_label, stored_words
from app.core import clock, web
from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.framework import CatalogueScreen, SafeInterface
from app.core.timeline import note_deed
from app.core.transaction import deed
from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.extensions import db

#: A session ends when its user's password changes: it keeps the end of the hash that it began with.
_MARK = "password_mark"


@user_logged_in.connect
def _remember_password(_app: Any, user: User, **_extra: Any) -> None:
    session[_MARK] = (user.password or "")[-12:]


def session_outlived_password(user: User) -> bool:
    """The password was changed after this session began."""
    return session.get(_MARK) != (user.password or "")[-12:]


class Login(AuthDBView):
    """Sign in, and sign out by POST only."""

    exclude_route_methods = {"logout"}

    @expose("/logout/", methods=["POST"])
    def sign_out(self) -> Any:
        """End the session."""
        logout_user()
        session.clear()
        return redirect(self.appbuilder.get_url_for_login)


class ResetMyPassword(ResetMyPasswordView):
    """One's own password."""

    form = ResetPasswordForm

    def update_redirect(self) -> None:
        """No address is kept in the session: its cookie has no room for a long one."""

    def form_post(self, form: Any) -> None:
        """Store it, leave a row, and keep this session alive."""
        user = db.session.get(User, web.agent().user_id)
        set_password(user, form.password.data)
        session[_MARK] = user.password[-12:]
        flash(self.message, "success")


class ResetPassword(ResetPasswordView):
    """Another person's password, by an administrator."""

    form = ResetPasswordForm

    def update_redirect(self) -> None:
        """No address is kept in the session: its cookie has no room for a long one."""

    def form_post(self, form: Any) -> None:
        """Store it and end that person's sessions."""
        key = typed_key(request.args.get("pk"), LARGEST_SMALL_KEY)
        user = None if key is None else db.session.get(User, key)
        if user is None:
            abort(404)
        set_password(user, form.password.data)
        flash(self.message, "success")


def set_password(user: User, password: str) -> None:
    """Hash and store ``password``; the timeline says that it changed, never what it was."""
    with deed() as db_session:
        user.password = generate_password_hash(password)
        note_deed(db_session, web.agent(), clock.utcnow(), "reset_password", "ab_user", user.id)


class UserScreen(CatalogueScreen):
    """The unit's people. Nobody is deleted: what they did keeps their name."""

    #: What the rooms above do in the same deed when a person is made inactive (set by `app.views`).
    when_leaving: Callable[[Session, Agent, datetime, int], None]
    show_template = "access/user.html"
    datamodel = SafeInterface(User)
    route_base = "/users"
    include_route_methods = {"list", "show", "add", "edit"}
    base_order = ("username", "asc")
    list_title = _l("Users")
    show_title = _l("User")
    add_title = _l("Add user")
    edit_title = _l("Edit user")
    label_columns = {
        "first_name": _l("First name"),
        "last_name": _l("Last name"),
        "username": _l("Username"),
        "email": _l("E-mail"),
        "active": _l("Active"),
        "roles": _l("Roles"),
        "last_login": _l("Last login"),
        "password": _l("Password"),
        "conf_password": _l("Password again"),
    }
    list_columns = ["username", "first_name", "last_name", "email", "active", "roles"]
    show_columns = ["username", "first_name", "last_name", "email", "active", "roles", "last_login"]
    eager = ("roles",)
    search_columns = ["username", "first_name", "last_name", "active"]
    order_columns = ["username", "first_name", "last_name", "active"]
    edit_columns = ["first_name", "last_name", "username", "email", "active", "roles"]
    add_columns = [*edit_columns, "password", "conf_password"]
    validators_columns = {"roles": [validators.DataRequired()]}
    add_form_extra_fields = {
        "password": PasswordField(
            _l("Password"),
            validators=[validators.DataRequired(), PasswordComplexityValidator()],
            widget=widgets.PasswordInput(),
        ),
        "conf_password": PasswordField(
            _l("Password again"),
            validators=[
                validators.DataRequired(),
                validators.EqualTo("password", message=_l("The passwords differ.")),
            ],
            widget=widgets.PasswordInput(),
        ),
    }

    def store(self, session: Any, item: User, verb: str) -> None:
        """A new person's password is hashed; nobody makes themselves inactive; who leaves frees what
        they held."""
        if verb == "add":
            item.password = generate_password_hash(item.password)
        elif item.id == web.agent().user_id:
            _check_stays_administrator(item)
        super().store(session, item, verb)
        if verb == "edit" and _leaves(item):
            type(self).when_leaving(session, web.agent(), clock.utcnow(), item.id)


def _leaves(user: User) -> bool:
    """The form has just made the person inactive."""
    return not user.active and True in inspect(user).attrs.active.history.deleted


def _check_stays_administrator(user: User) -> None:
    """Nobody locks themselves out: the unit would be left without anybody who gives roles."""
    if not user.active:
        raise RuleBroken(_l("You cannot make yourself inactive. Ask another administrator."))
    if all(role.name != "administrador" for role in user.roles):
        raise RuleBroken(
            _l("You cannot take your own administrator role. Ask another administrator.")
        )


class RoleScreen(CatalogueScreen):
    """Roles and their permissions."""

    datamodel = SafeInterface(Role)
    route_base = "/roles"
    base_order = ("name", "asc")
    list_title = _l("Roles")
    show_title = _l("Role")
    add_title = _l("Add role")
    edit_title = _l("Edit role")
    label_columns = {"name": _l("Name"), "permissions": _l("Permissions"), "user": _l("Users")}
    list_columns = ["name", "user"]
    eager = ("user",)
    show_columns = ["name", "user", "permissions"]
    search_columns = ["name"]
    order_columns = ["name"]
    add_columns = ["name", "permissions"]
    edit_columns = ["name", "permissions"]
    formatters_columns = {"permissions": permission_groups}
    history_words = {"permissions": stored_words}

    def _init_forms(self) -> None:
        super()._init_forms()
        for form in (self.add_form, self.edit_form):
            form.permissions.kwargs["get_label"] = permission_label

    def _delete(self, pk: Any) -> None:
        if self.find(pk).user:
            flash(_l("People have this role. Give them another one first."), "danger")
            return
        super()._delete(pk)
