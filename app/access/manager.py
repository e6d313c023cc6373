"""The framework's security manager, with permissions read once a request and few doors."""

from __future__ import annotations

from flask import g
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_login import current_user
from sqlalchemy import bindparam, func, select

from app.access import screens
from app.core.framework import SafeInterface
from app.core.models import ReferenceStamp
from app.core.reference import know_stamp


class TelecobroSecurityManager(SecurityManager):
    """Registers only the security screens that we use; answers every permission from one query."""

    rolemodelview = screens.RoleScreen
    userdbmodelview = screens.UserScreen
    resetmypasswordview = screens.ResetMyPassword
    resetpasswordview = screens.ResetPassword
    authdbview = screens.Login

    def __init__(self, appbuilder: AppBuilder) -> None:
        super().__init__(appbuilder)
        self._names: dict[int, tuple[str, str]] = {}
        # The framework has just put its own unsafe interface into both screens.
        screens.RoleScreen.datamodel = SafeInterface(Role)
        screens.UserScreen.datamodel = SafeInterface(User)

    def register_views(self) -> None:
        """Login, users, roles and passwords; the other doors of the framework stay shut."""
        self.user_view = self.userdbmodelview
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.resetpasswordview())
        self.appbuilder.add_view_no_menu(self.resetmypasswordview())
        self.appbuilder.add_view_no_menu(self.auth_view)
        self.limiter.limit(self.auth_rate_limit, methods=["POST"])(self.auth_view.blueprint)
        self.user_view = self.appbuilder.add_view_no_menu(self.user_view)
        self.appbuilder.add_view_no_menu(self.rolemodelview)

    def load_user(self, pk: int) -> User | None:
        """The person of the session with everything that they may: one query a request."""
        row = self.session.execute(_PERSON, {"user_id": int(pk)}).one_or_none()
        if row is None or not row.User.is_active:
            return None
        know_stamp(self.session(), row.stamp)
        g.permissions = self._named(row.granted or [])
        g.roles = sorted(row.roles or ())
        return row.User

    def _named(self, ids: list[int]) -> frozenset[tuple[str, str]]:
        """The ``(permission, view)`` of permission rows. A row never changes its names, so they are
        read once; a row that is new to this process is read when it first comes."""
        if not self._names.keys() >= set(ids):
            self._names = {key: (name, view) for key, name, view in self.session.execute(_NAMES)}
        return frozenset(self._names[key] for key in ids if key in self._names)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the signed-in person may; nobody else may anything."""
        return (permission_name, view_name) in self.my_permissions()

    def my_permissions(self) -> frozenset[tuple[str, str]]:
        """Every ``(permission, view)`` of the signed-in person."""
        if not current_user.is_authenticated or not current_user.is_active:
            return frozenset()
        if "permissions" not in g:
            # Signed in by this very request: the session's loader has not run.
            self.load_user(current_user.id)
        return g.permissions


_ROLES = (
    select(func.array_agg(Role.name))
    .join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
    .where(assoc_user_role.c.user_id == User.id)
    .scalar_subquery()
)
_GRANTED = (
    select(func.array_agg(assoc_permissionview_role.c.permission_view_id.distinct()))
    .select_from(assoc_user_role)
    .join(
        assoc_permissionview_role,
        assoc_permissionview_role.c.role_id == assoc_user_role.c.role_id,
    )
    .where(assoc_user_role.c.user_id == User.id)
    .scalar_subquery()
)
_PERSON = select(
    User,
    _GRANTED.label("granted"),
    _ROLES.label("roles"),
    select(ReferenceStamp.stamp).scalar_subquery().label("stamp"),
).where(User.id == bindparam("user_id"))
_NAMES = (
    select(PermissionView.id, Permission.name, ViewMenu.name)
    .join(Permission, Permission.id == PermissionView.permission_id)
    .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
)
