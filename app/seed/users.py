"""The people who show the application: at least one of each role."""

from __future__ import annotations

from dataclasses import dataclass

from flask_appbuilder.security.sqla.manager import SecurityManager

#: For trying only: it is printed by `make run` and written in the README.
PASSWORD = "Telecobro-2026"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody who may sign in with the printed password."""

    username: str
    first_name: str
    last_name: str
    role: str
    password: str = PASSWORD

    @property
    def email(self) -> str:
        """An address that no post office delivers to."""
        return f"{self.username}@example.com"


_USERS = (
    DemoUser("ana", "Ana", "Cedeño", "operador"),
    DemoUser("luis", "Luis", "Moreira", "operador"),
    DemoUser("rosa", "Rosa", "Tenesaca", "operador"),
    DemoUser("eva", "Eva", "Loor", "especialista"),
    DemoUser("fredy", "Fredy", "Zambrano", "campo"),
    DemoUser("carmen", "Carmen", "Muñoz", "area"),
    DemoUser("adela", "Adela", "Vera", "administrador"),
    DemoUser("alma", "Alma", "Quishpe", "auditor"),
)


def demo_users() -> list[DemoUser]:
    """Everybody of the demonstration, operators first."""
    return list(_USERS)


def seed_users(manager: SecurityManager) -> list[DemoUser]:
    """Create those whose user name nobody has yet; returns them. The roles must exist."""
    missing = [user for user in _USERS if manager.find_user(username=user.username) is None]
    for user in missing:
        role = manager.find_role(user.role)
        if role is None:
            raise LookupError(f"the role {user.role} does not exist: run flask setup first")
        manager.add_user(
            user.username, user.first_name, user.last_name, user.email, role, user.password
        )
    return missing
