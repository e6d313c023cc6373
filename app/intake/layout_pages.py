"""A file that no saved layout fits, described on screen: suggested, corrected, tried out, saved, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from app.intake.corrections import (
    ENCODINGS,
    ORDERS,
    QUOTES,
    SEPARATORS,
    check_corrected,
    corrected,
    corrected_form,
    corrected_header,
    order_of,
)
from app.intake.files import StoredFile, stored_path
from app.intake.labels import DAYS, DOUBTS, FIGURES, PROBLEMS, field_labels
from app.intake.preview import Preview, preview
from app.intake.reading import Table, TextForm, open_table
from app.intake.receiving import receive_load
from app.intake.saved_layouts import known_layouts, save_layout
from app.intake.suggest import Suggestion, suggest

#: A request reads no more rows of a file than these; the worker reads the rest.
_TRIED_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Described:
    """A file as it is thought to be written. ``told``: the encoding that its bytes say, which holds here
    whatever was typed; ``tried``: what it comes to so, or ``why`` that cannot be said."""

    found: Suggestion
    told: str | None = None
    tried: Preview | None = None
    why: str | None = None


class LayoutPages(RoomView):
    """The part of the loads that is about files which no layout fits."""

    @expose("/describe/<token>", methods=["GET", "POST"])
    @has_access
    @permission_name("load")
    def describe(self, token: str) -> Any:
        """What the file seems to be; a POST reads it again as corrected, or saves that and loads the file."""
        given = _opened(token)
        try:
            described = _described(given, request.form)
        except RuleBroken as refused:
            flash(str(refused), "danger")
            if request.method == "GET":
                return redirect(url_for("LoadView.loads"))
            kept = {"name": request.form.get("name", given["name"])}
            return _page(given, _described(given, kept)), 422
        if request.method == "GET":
            with deed() as session:
                log_access(session, web.agent(), clock.utcnow(), "view", "file to load")
            return _page(given, described)
        return _answer(given, described)


def _answer(given: Mapping[str, Any], described: Described) -> Any:
    try:
        if described.why is None and request.form.get("do") == "save":
            return redirect(url_for("LoadView.load", load_id=_save(given, described.found)))
    except RuleBroken as refused:
        described = replace(described, why=str(refused))
    return _page(given, described), 422 if described.why else 200


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


def _described(given: Mapping[str, Any], form: Mapping[str, str]) -> Described:
    """The file read as typed; RuleBroken when so it is no table at all."""
    told = _table(given)
    typed = corrected_form(form, told.form)
    table = told if typed == told.form else _table(given, typed)
    found = suggest(table, given["name"], given["kind"], corrected_header(form))
    found = corrected(replace(found, form=typed), form)
    return try_out(Described(found, table.form.encoding if table.form else None), table)


def try_out(described: Described, table: Table) -> Described:
    """With what the first rows of ``table`` come to, or why they cannot be read so."""
    try:
        check_corrected(described.found)
        layout = described.found.layout()
        tried = preview(table, layout, web.settings()["area_prefix"], _TRIED_ROWS)
    except RuleBroken as refused:
        return replace(described, why=str(refused))
    return replace(described, tried=tried)


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


def _page(given: Mapping[str, Any], described: Described) -> str:
    return layout_form(
        described,
        title=_("Describe the file"),
        subtitle=f"{given['name']} · {given['portfolio']}",
        taken=known_layouts(web.session()),
        correcting=None,
    )


def layout_form(described: Described, **context: Any) -> str:
    """The page on which a layout is corrected; the part of it that htmx asked for."""
    part = request.headers.get("HX-Request") == "true"
    return render_template(
        "intake/_layout.html" if part else "intake/layout.html",
        found=described.found,
        told=described.told,
        tried=described.tried,
        why=described.why,
        labels=field_labels(described.found.kind),
        figures=FIGURES,
        days=DAYS,
        doubts=DOUBTS,
        problem_names=PROBLEMS,
        encodings=ENCODINGS,
        separators=SEPARATORS,
        quotes=QUOTES,
        orders=ORDERS,
        order_of=order_of,
        **context,
    )
