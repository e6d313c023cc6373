"""A file that no saved layout fits, described on screen: suggested, corrected, tried out, saved, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.jobs import enqueue
from app.core.settings import max_file_bytes
from app.core.transaction import deed
from app.intake.files import StoredFile, stored_path
from app.intake.labels import DAYS, FIGURES, field_labels
from app.intake.layout import REPEATABLE
from app.intake.mapping import Guess
from app.intake.preview import Preview, preview
from app.intake.reading import Table, TextForm, open_table
from app.intake.saved_layouts import all_layouts, known_layouts, save_layout
from app.intake.service import receive_load
from app.intake.suggest import Suggestion, suggest

#: A request reads no more rows of a file than these; the worker reads the rest.
_TRIED_ROWS = 20_000


class LayoutPages(RoomView):
    """The part of the loads that is about layouts."""

    @expose("/describe/<token>", methods=["GET", "POST"])
    @has_access
    @permission_name("load")
    def describe(self, token: str) -> Any:
        """What the file seems to be; a POST tries out what was corrected, or saves it and reads the file."""
        given = _opened(token)
        try:
            found = suggest(_table(given), given["name"], given["kind"])
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return redirect(url_for("LoadView.loads"))
        if request.method == "GET":
            with deed() as session:
                log_access(session, web.agent(), clock.utcnow(), "view", "file to load")
            return _page(given, found, None)
        return self._answer(given, _corrected(found, request.form))

    @expose("/layouts/<path:name>")
    @has_access
    @permission_name("read")
    def layout(self, name: str) -> Any:
        """One layout: which column is what."""
        every = [x for kind in ("portfolio", "payments") for x in all_layouts(web.session(), kind)]
        layout = next((x for x in every if x.name == name), None) or abort(404)
        return render_template(
            "intake/layout_shown.html",
            title=layout.name,
            layout=layout,
            labels=field_labels(layout.kind),
            figures=FIGURES,
            days=DAYS,
        )

    def _answer(self, given: Mapping[str, Any], typed: Suggestion) -> Any:
        try:
            _check(typed)
            tried = _try_out(given, typed)
            if request.form.get("do") == "save":
                return redirect(url_for("LoadView.load", load_id=_save(given, typed)))
        except RuleBroken as refused:
            flash(str(refused), "danger")
            return _page(given, typed, None), 422
        return _page(given, typed, tried)


def sealed(stored: StoredFile, kind: str, portfolio: str, as_of: date | None, partial: bool) -> str:
    """What was uploaded and typed, as a token that only we can make."""
    return _seal().dumps(
        {
            "stored_as": stored.stored_as, "name": stored.name, "sha256": stored.sha256, "kind": kind,
            "portfolio": portfolio, "as_of": as_of.isoformat() if as_of else "", "partial": partial,
        }
    )  # fmt: skip


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="file to describe")


def _opened(token: str) -> dict[str, Any]:
    try:
        given = _seal().loads(token)
    except BadSignature:
        abort(404)
    return given if _path(given).exists() else abort(404)


def _path(given: Mapping[str, Any]) -> Any:
    return stored_path(web.var(), given["stored_as"])


def _table(given: Mapping[str, Any], form: TextForm | None = None) -> Table:
    return open_table(_path(given), form, max_file_bytes(web.settings()))


def _corrected(found: Suggestion, form: Mapping[str, str]) -> Suggestion:
    """The suggestion with what was typed over it."""
    granularity = form.get("granularity", found.granularity)
    name = form.get("name", "").replace("\0", "").strip()
    columns = tuple(_typed(guess, form) for guess in found.columns)
    return replace(found, name=name, granularity=granularity, columns=columns)


def _typed(guess: Guess, form: Mapping[str, str]) -> Guess:
    at = guess.position
    return replace(
        guess,
        field=form.get(f"field-{at}", guess.field),
        decimal=form.get(f"decimal-{at}", guess.decimal),
        month_first=form.get(f"days-{at}", "month" if guess.month_first else "day") == "month",
    )


def _check(typed: Suggestion) -> None:
    """In the words of the screen what `Layout.check` says in those of the code."""
    labels, fields = field_labels(typed.kind), [guess.field for guess in typed.columns]
    if not typed.name:
        raise RuleBroken(_("Give the layout a name."))
    if typed.missing:
        wanted = ", ".join(str(labels[field]) for field in typed.missing)
        raise RuleBroken(_("Say which column is: %(fields)s.", fields=wanted))
    twice = next(
        (f for f in fields if f in labels and f not in REPEATABLE and fields.count(f) > 1), None
    )
    if twice:
        raise RuleBroken(
            _("Two columns are %(field)s: choose the one that holds.", field=labels[twice])
        )


def _try_out(given: Mapping[str, Any], typed: Suggestion) -> Preview:
    layout = typed.layout()
    table = _table(given, layout.form)
    return preview(table, layout, web.settings()["area_prefix"], _TRIED_ROWS)


def _save(given: Mapping[str, Any], typed: Suggestion) -> int:
    layout, now = typed.layout(), clock.utcnow()
    stored = StoredFile(given["name"], given["stored_as"], given["sha256"], _path(given))
    with deed() as session:
        save_layout(session, web.agent(), now, layout)
        load = receive_load(
            session, web.agent(), now, kind=given["kind"], portfolio_name=given["portfolio"],
            as_of=date.fromisoformat(given["as_of"]) if given["as_of"] else None,
            partial=given["partial"], stored=stored, layout=layout,
        )  # fmt: skip
        enqueue(session, "check_load", load_id=load.id)
        return load.id


def _page(given: Mapping[str, Any], found: Suggestion, tried: Preview | None) -> str:
    return render_template(
        "intake/layout.html",
        title=_("Describe the file"),
        given=given,
        found=found,
        tried=tried,
        labels=field_labels(found.kind),
        taken=known_layouts(web.session()),
    )
