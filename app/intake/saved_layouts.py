"""The layouts that there are: ready-made and saved on screen, and which of them fits a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.models import TimelineEvent
from app.core.timeline import note_deed
from app.intake.layout import NEEDED, Layout, builtin_layouts, fitting_layout
from app.intake.models import Load, SavedLayout
from app.intake.reading import Table
from app.intake.suggest import Undescribed, suggest

_USED = select(Load.layout_name, func.count(), func.max(Load.id)).group_by(Load.layout_name)
_SAVED_BY = (
    select(TimelineEvent.subject_id, TimelineEvent.agent_name)
    .where(TimelineEvent.subject == "layout", TimelineEvent.deed == "save_layout")
    .distinct(TimelineEvent.subject_id)
    .order_by(TimelineEvent.subject_id, TimelineEvent.id.desc())
)


def all_layouts(session: Session, kind: str) -> list[Layout]:
    """The layouts of a kind: saved ones first, then the ready-made whose name is not taken."""
    saved = [Layout.from_dict(s.definition) for s in session.scalars(select(SavedLayout))]
    names = {layout.name for layout in saved}
    every = saved + [layout for layout in builtin_layouts() if layout.name not in names]
    return [layout for layout in every if layout.kind == kind]


def known_layouts(session: Session) -> list[str]:
    """The names of all layouts."""
    return [
        layout.name for kind in ("portfolio", "payments") for layout in all_layouts(session, kind)
    ]


def choose_layout(
    session: Session, kind: str, table: Table, name: str | None, file_name: str = ""
) -> Layout:
    """The layout called ``name``, or the one that fits the file. RuleBroken when there is none;
    `Undescribed` when none fits a file of which something can be suggested."""
    layouts = all_layouts(session, kind)
    if name:
        named = next((layout for layout in layouts if layout.name == name), None)
        if named is None:
            raise RuleBroken(
                _l("There is no layout called %(name)s for this kind of file.", name=name)
            )
        return named
    fitting = fitting_layout(layouts, table.head())
    if fitting is None:
        raise Undescribed(
            _l(
                "None of the saved layouts (%(names)s) fits this file: its columns are others.",
                names=", ".join(layout.name for layout in layouts),
            ),
            suggest(table, file_name, kind),
        )
    return fitting


@dataclass(frozen=True, slots=True)
class KnownLayout:
    """A layout of the list. ``by`` and ``at``: who saved it last and when; None of a ready-made one.
    ``loads``: how many were read with it; ``last``: the newest of them."""

    layout: Layout
    saved: bool
    by: str | None
    at: datetime | None
    loads: int
    last: Load | None


def layout_list(session: Session) -> list[KnownLayout]:
    """Every layout, portfolios first, with who saved it and how much it is used."""
    used = {name: (n, last) for name, n, last in session.execute(_USED)}
    kept = {row.name: row for row in session.scalars(select(SavedLayout))}
    by = dict(session.execute(_SAVED_BY).tuples().all())
    return [
        KnownLayout(
            layout,
            layout.name in kept,
            by.get(kept[layout.name].id) if layout.name in kept else None,
            kept[layout.name].saved_at if layout.name in kept else None,
            used.get(layout.name, (0, 0))[0],
            session.get(Load, used[layout.name][1]) if layout.name in used else None,
        )
        for kind in NEEDED
        for layout in all_layouts(session, kind)
    ]


def find_layout(session: Session, name: str) -> KnownLayout | None:
    """The layout of that name."""
    return next((known for known in layout_list(session) if known.layout.name == name), None)


def correct_layout(
    session: Session, agent: Agent, now: datetime, name: str, layout: Layout
) -> None:
    """Save layout ``name`` as ``layout``, which may have another name. RuleBroken when that one is taken, or
    when loads were read under the old one: they would name a layout that there is not."""
    if layout.name != name:
        known = find_layout(session, name)
        if known and known.saved and known.loads:
            raise RuleBroken(
                _l(
                    "Loads were read with «%(name)s»: it keeps its name. Save what a new file needs under another one.",
                    name=name,
                )
            )
        if layout.name in known_layouts(session):
            raise RuleBroken(_l("There is already a layout called «%(name)s».", name=layout.name))
        saved = session.scalar(select(SavedLayout).where(SavedLayout.name == name))
        if saved is not None:
            saved.name = layout.name
            session.flush()
    save_layout(session, agent, now, layout)


def delete_layout(session: Session, agent: Agent, now: datetime, name: str) -> None:
    """Forget a saved layout. RuleBroken when it is ready-made, or loads were read with it."""
    saved = session.scalar(select(SavedLayout).where(SavedLayout.name == name).with_for_update())
    if saved is None:
        raise RuleBroken(_l("There is no saved layout called «%(name)s».", name=name))
    if session.scalar(select(Load.id).where(Load.layout_name == name).limit(1)):
        raise RuleBroken(_l("Loads were read with «%(name)s»: it stays.", name=name))
    note_deed(session, agent, now, "delete_layout", "layout", saved.id, before=saved.definition)
    session.delete(saved)
    session.flush()


def save_layout(session: Session, agent: Agent, now: datetime, layout: Layout) -> None:
    """Keep ``layout`` under its name; a name that is taken means the new definition from now on (each
    load keeps the one that it was read with)."""
    layout.check()
    if len(layout.name) > SavedLayout.name.type.length:
        raise RuleBroken(
            _l("The name of a layout has at most %(n)s letters.", n=SavedLayout.name.type.length)
        )
    saved = session.scalar(select(SavedLayout).where(SavedLayout.name == layout.name))
    before = saved.definition if saved else None
    if saved is None:
        saved = SavedLayout(name=layout.name)
        session.add(saved)
    saved.kind, saved.definition, saved.saved_at = layout.kind, layout.to_dict(), now
    session.flush()
    note_deed(
        session,
        agent,
        now,
        "save_layout",
        "layout",
        saved.id,
        before=before,
        after=saved.definition,
    )
