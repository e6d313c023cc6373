"""Documents on paper: a .typ file kept under app/templates/<room>/, compiled by typst with data of ours.

A template writes no word and formats no figure: it gets both from Python, in the language of the request.
What people are called is passed as JSON and only ever becomes text, whatever it begins with. Fonts are
those that the wheel carries, nothing is read from outside app/templates, and no package is fetched: the
same data gives the same bytes on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.agent import Agent
from app.core.clock import local
from app.core.settings import Settings

PDF = "application/pdf"
_ROOT = Path(__file__).resolve().parents[1] / "templates"


class _Template:
    """A compiler that keeps what it has read of its file; one document at a time."""

    def __init__(self, name: str) -> None:
        self._lock = Lock()
        self._compiler = typst.Compiler(
            _ROOT / name, root=_ROOT, font_paths=_fonts(), ignore_system_fonts=True
        )

    def compile(self, data: str) -> bytes:
        """The document as PDF, without a date of its own."""
        with self._lock:
            made = self._compiler.compile(format="pdf", sys_inputs={"data": data}, timestamp=0)
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made


@lru_cache(maxsize=1)
def _fonts() -> Any:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


@lru_cache
def _template(name: str) -> _Template:
    return _Template(name)


def render_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of ``template`` (``calls/statement.typ``) over ``data``: texts, whole numbers, booleans,
    lists and mappings of these; TypeError for anything else (amounts and days are texts by then).

    The template reads it by ``json(bytes(sys.inputs.data))``. `typst.TypstError` when it has a fault.
    """
    return _template(template).compile(json.dumps(data, ensure_ascii=False))


def letterhead(
    settings: Settings, agent: Agent, now: datetime, *, title: str, about: str, informed: str
) -> dict[str, Any]:
    """What ``core/letterhead.typ`` puts around a document, to be passed as ``data["letterhead"]``.

    ``about``: what the document is of (a number, a person); ``informed``: how old its figures are;
    either may be empty. Printed by ``agent`` at ``now``.
    """
    return {
        "language": str(get_locale() or "es")[:2],
        "company": settings["company"],
        "title": title,
        "about": about,
        "informed": informed,
        "printed": _(
            "Printed on %(moment)s by %(who)s",
            moment=f"{local(now, settings['zone']):%d/%m/%Y %H:%M}",
            who=agent.name,
        ),
        "page": _("Page"),
        "of": _("of"),
    }
