"""The layouts that there are: ready-made and saved on screen, and which of them fits a file."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.timeline import note_deed
from app.intake.layout import Layout, builtin_layouts, fitting_layout
from app.intake.models import SavedLayout
from app.intake.reading import Table
from app.intake.suggest import Undescribed, suggest


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
