"""The framework's security manager, with permissions read once a request and few doors."""

from __future__ import annotations

from flask import g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    User,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_login import current_user
from sqlalchemy import select

from app.access import screens


class TelecobroSecurityManager(SecurityManager):
    """Registers only the security screens that we use; answers every permission from one query."""

    rolemodelview = screens.RoleScreen
    userdbmodelview = screens.UserScreen
    resetmypasswordview = screens.ResetMyPassword
    resetpasswordview = screens.ResetPassword
    authdbview = screens.Login

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

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the signed-in person may; nobody else may anything."""
        return (permission_name, view_name) in self.my_permissions()

    def my_permissions(self) -> frozenset[tuple[str, str]]:
        """Every ``(permission, view)`` of the signed-in person: one query a request."""
        if not current_user.is_authenticated or not current_user.is_active:
            return frozenset()
        if "permissions" not in g:
            g.permissions = frozenset(self.session.execute(_granted(current_user.id)).tuples())
        return g.permissions


def _granted(user_id: int):
    return (
        select(Permission.name, ViewMenu.name)
        .join(PermissionView, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .join(
            assoc_permissionview_role,
            assoc_permissionview_role.c.permission_view_id == PermissionView.id,
        )
        .join(assoc_user_role, assoc_user_role.c.role_id == assoc_permissionview_role.c.role_id)
        .join(User, User.id == assoc_user_role.c.user_id)
        .where(User.id == user_id)
    )


