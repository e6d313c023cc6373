"""Where everyone lands after signing in."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.core.framework import RoomView


class HomeView(RoomView):
    """Sends each person to the first screen of their own menu."""

    route_base = ""
    default_view = "index"

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The first entry of the menu, or a page that says that there is none yet."""
        if first := g.first_screen():
            return redirect(first)
        return render_template("home_empty.html")
