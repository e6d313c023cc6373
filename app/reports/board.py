"""Tablero: the unit's day as it goes, who works, and what waits for the specialist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.core import clock, web
from app.core.framework import RoomView
from app.reports import words
from app.reports.board_figures import Board
from app.reports.board_service import board_version, unit_board
from app.reports.live import live_answer, live_context


class BoardView(RoomView):
    """The specialist's home: every figure beside what it is a part of, with its rows behind it."""

    route_base = "/board"
    default_view = "board"

    @expose("/")
    @has_access
    def board(self) -> str:
        """Today so far; the page renews itself."""
        now = clock.utcnow()
        version = board_version(web.session(), now)
        board = unit_board(web.session(), web.settings(), now)
        return render_template(
            "reports/board.html",
            title=_("Board"),
            **self._shown(board),
            **live_context(version, now),
        )

    @expose("/live")
    @has_access
    @permission_name("board")
    def live(self) -> Response:
        """The part of the page that changes; 304 while nothing has."""
        session, settings, now = web.session(), web.settings(), clock.utcnow()

        def fragment() -> str:
            shown = self._shown(unit_board(session, settings, now))
            return render_template("reports/_board.html", now=now, **shown)

        return live_answer(board_version(session, now), now, fragment)

    def _shown(self, board: Board) -> dict[str, Any]:
        figures = board.figures
        answered = _(
            "Answered: %(calls)s", calls=words.of_calls(figures.answered, figures.attempts)
        )
        return {
            "board": board,
            "says": f"{answered} · {words.promises(figures.promises)}",
            "rows": _rows_of(board),
            "busiest": max(
                (f.attempts for o in board.operators for f in o.by_hour.values()), default=0
            ),
            "may": lambda view: self.appbuilder.sm.has_access("can_read", view),
            "may_list": lambda view: self.appbuilder.sm.has_access("can_list", view),
            "words": words,
        }


def _rows_of(board: Board) -> Callable[..., str]:
    """The address of the rows behind a figure. Built by hand beyond its first part: a board has a link
    in each cell."""
    base = url_for("DailyReportView.rows", day=board.day)

    def rows(measure: str, operator: int | None = None, hour: int | None = None) -> str:
        narrowed = f"&operator={operator}" if operator is not None else ""
        narrowed += f"&hour={hour}" if hour is not None else ""
        return f"{base}&measure={measure}{narrowed}"

    return rows
