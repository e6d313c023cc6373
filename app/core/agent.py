"""Who does a deed, and from where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agent:
    """A person of the unit (``user_id``) or the system itself (``user_id`` None)."""

    user_id: int | None
    name: str
    ip: str | None = None
    request_id: str | None = None


#: Jobs and commands that nobody in particular asked for.
SYSTEM = Agent(user_id=None, name="sistema")
