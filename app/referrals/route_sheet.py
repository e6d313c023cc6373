"""The route sheet: a worker's stops of a day in the order to go, on paper or as a workbook, with room to
write what was found. Masked as an operator's lists are; no telephone, no amount."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.core import web
from app.core.agent import Agent
from app.core.pdf import PDF, letterhead, render_pdf
from app.core.settings import Settings
from app.core.sheet import Sheet, Styles
from app.core.xlsx import XLSX, new_workbook
from app.referrals.route_stops import Stop


def route_sheet(
    settings: Settings,
    agent: Agent,
    now: datetime,
    worker: str,
    day: date,
    stops: Sequence[Stop],
    form: str,
) -> bytes:
    """The sheet of ``worker`` for ``day`` as ``form`` (a key of `FORMS`), printed by ``agent``."""
    head = letterhead(
        settings,
        agent,
        now,
        title=_("Route sheet"),
        about=f"{worker} · {web.day(day)}",
        informed=_("%(n)s visits", n=len(stops)),
    )
    return _WRITERS[form](head, stops)


def _heads() -> list[tuple[str, int]]:
    """What stands above each column, and its width in letters."""
    return [
        (_("No."), 5),
        (_("Name"), 34),
        (_("Identification"), 15),
        (_("Account"), 10),
        (_("Address"), 40),
        (_("Sector"), 20),
        (_("Meter"), 14),
        (_("What was found"), 22),
        (_("Notes and new contacts"), 36),
    ]


def _row(place: int, stop: Stop) -> list[str]:
    return [
        str(place),
        stop.name,
        stop.identification,
        stop.account,
        stop.address,
        stop.sector,
        stop.meter,
        "",
        "",
    ]


def _signatures() -> list[str]:
    return [_("Handed out by"), _("Visited by"), _("Received by")]


def _write_pdf(head: Mapping[str, Any], stops: Sequence[Stop]) -> bytes:
    return render_pdf(
        "referrals/route_sheet.typ",
        {
            "letterhead": head,
            "heads": [label for label, _width in _heads()],
            "rows": [_row(place, stop) for place, stop in enumerate(stops, 1)],
            "nothing": "" if stops else _("There is nobody to visit on this day."),
            "signatures": _signatures(),
        },
    )


def _write_xlsx(head: Mapping[str, Any], stops: Sequence[Stop]) -> bytes:
    content = io.BytesIO()
    with new_workbook(content) as book:
        heading = [
            f"{head['company']} · {head['title']} · {head['about']}",
            f"{head['informed']} · {head['printed']}",
        ]
        sheet = Sheet(book, Styles(book), head["title"][:31], heading)
        sheet.columns(*_heads())
        for place, stop in enumerate(stops, 1):
            sheet.write(*_row(place, stop))
        sheet.signatures(*_signatures())
    return content.getvalue()


_Writer = Callable[[Mapping[str, Any], Sequence[Stop]], bytes]
_WRITERS: Mapping[str, _Writer] = {"pdf": _write_pdf, "xlsx": _write_xlsx}
#: What a sheet may be, and the media type of each.
FORMS: Mapping[str, str] = {"pdf": PDF, "xlsx": XLSX}
