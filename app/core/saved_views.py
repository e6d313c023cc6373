"""Saved views: filters and order of a list under a name. Pure: takes ``agent`` and ``now``."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.models import SavedView
from app.core.reference import remembered
from app.core.timeline import note_deed

_LONGEST_NAME = 60
_LONGEST_QUERY = 4000

#: Own ones, and those that somebody with a role of mine shares. Parameters: screen, user_id.
_SEEN = text(
    """
SELECT v.id, v.name, v.query, v.shared, v.owner_id FROM saved_view v
 WHERE v.screen = :screen
   AND (v.owner_id = :user_id OR v.shared AND EXISTS (
        SELECT FROM ab_user_role mine
          JOIN ab_user_role theirs ON theirs.role_id = mine.role_id
         WHERE mine.user_id = :user_id AND theirs.user_id = v.owner_id))
 ORDER BY v.name, v.id
"""
).columns(SavedView.id, SavedView.name, SavedView.query, SavedView.shared, SavedView.owner_id)


def views_seen(session: Session, agent: Agent, screen: str) -> list[SavedView]:
    """The views of ``screen`` that ``agent`` may open, by name; to be read only."""
    values = {"screen": screen, "user_id": agent.user_id}
    return remembered(
        session,
        ("saved_views", screen, agent.user_id),
        lambda: [SavedView(**row._mapping) for row in session.execute(_SEEN, values)],
    )


def save_view(
    session: Session,
    agent: Agent,
    now: datetime,
    screen: str,
    name: str,
    query: str,
    *,
    shared: bool,
) -> int:
    """Keep ``query`` (see `app.core.lists.Asked.kept`) as ``name``; the id of the view.

    The owner's view of that name is replaced. RuleBroken for an empty or too long name or list.
    """
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise RuleBroken(_l("Give the view a name of at most 60 characters."), "name")
    if len(query) > _LONGEST_QUERY:
        raise RuleBroken(_l("There are too many filters to be saved in one view."))
    old = _own(session, agent, screen, name)
    was_shared = old is not None and old.shared
    before = {"name": name, "query": old.query} if old is not None else None
    values = {"query": query, "shared": shared, "created_at": now}
    key = {"screen": screen, "name": name, "owner_id": agent.user_id}
    view_id = session.scalars(
        insert(SavedView)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=["screen", "owner_id", "name"], set_=values)
        .returning(SavedView.id)
    ).one()
    if shared or was_shared:
        after = {"screen": screen, "name": name, "query": query, "shared": shared}
        note_deed(
            session, agent, now, "save_view", "saved_view", view_id, before=before, after=after
        )
    return view_id


def _own(session: Session, agent: Agent, screen: str, name: str) -> SavedView | None:
    return session.scalars(
        select(SavedView).where(
            SavedView.screen == screen,
            SavedView.owner_id == agent.user_id,
            SavedView.name == name,
        )
    ).one_or_none()


def delete_view(session: Session, agent: Agent, now: datetime, screen: str, view_id: int) -> None:
    """Delete one's own view; LookupError for nobody's or somebody else's."""
    view = session.scalars(
        select(SavedView)
        .where(
            SavedView.id == view_id,
            SavedView.screen == screen,
            SavedView.owner_id == agent.user_id,
        )
        .with_for_update()
    ).one_or_none()
    if view is None:
        raise LookupError(view_id)
    if view.shared:
        before = {"screen": screen, "name": view.name, "query": view.query}
        note_deed(session, agent, now, "delete_view", "saved_view", view_id, before=before)
    session.delete(view)
