"""The layouts that there are, on screen: who saved which and when; opened, corrected, renamed, deleted."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _

from app.access.log import log_access
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.transaction import deed
from app.intake.corrections import ORDERS, check_corrected, corrected, corrected_form, order_of
from app.intake.files import stored_path
from app.intake.labels import DAYS, FIGURES, field_labels
from app.intake.layout import Layout
from app.intake.layout_pages import Described, layout_form, try_out
from app.intake.mapping import Guess
from app.intake.reading import Table, cell_text, open_table
from app.intake.saved_layouts import (
    KnownLayout,
    correct_layout,
    delete_layout,
    find_layout,
    layout_list,
)
from app.intake.suggest import Suggestion

_SAMPLE_ROWS, _SAMPLES, _CERTAIN = 50, 3, 100


class SavedLayoutPages(RoomView):
    """The part of the loads that is about the layouts that there are."""

    @expose("/layouts/")
    @has_access
    @permission_name("read")
    def layouts(self) -> Any:
        """Every layout: what it is for, who saved it and when, how many loads were read with it."""
        return render_template(
            "intake/layouts.html",
            title=_("Layouts"),
            layouts=layout_list(web.session()),
            may_load=self.appbuilder.sm.has_access("can_load", "LoadView"),
        )

    @expose("/layouts/<path:name>")
    @has_access
    @permission_name("read")
    def layout(self, name: str) -> Any:
        """One layout: which column is what."""
        known = find_layout(web.session(), name) or abort(404)
        return render_template(
            "intake/layout_shown.html",
            title=known.layout.name,
            known=known,
            layout=known.layout,
            labels=field_labels(known.layout.kind),
            figures=FIGURES,
            days=DAYS,
            orders=ORDERS,
            order_of=order_of,
            may_load=self.appbuilder.sm.has_access("can_load", "LoadView"),
        )

    @expose("/correct/<path:name>", methods=["GET", "POST"])
    @has_access
    @permission_name("load")
    def correct(self, name: str) -> Any:
        """A layout over the last file that was read with it; a POST tries it out, or saves it."""
        known = find_layout(web.session(), name) or abort(404)
        described = _described(known)
        if request.method == "GET":
            with deed() as session:
                log_access(session, web.agent(), clock.utcnow(), "view", "file of a layout")
        elif described.why is None and request.form.get("do") == "save":
            try:
                return _save(known.layout, described.found)
            except RuleBroken as refused:
                described = replace(described, why=str(refused))
        page = layout_form(
            described,
            title=_("Correct the layout"),
            subtitle=known.layout.name,
            taken=(),
            correcting=known.layout.name,
        )
        return page, 422 if described.why and request.method == "POST" else 200

    @expose("/forget/<path:name>", methods=["POST"])
    @has_access
    @permission_name("load")
    def forget(self, name: str) -> Any:
        """Delete a saved layout that no load was read with."""
        try:
            with deed() as session:
                delete_layout(session, web.agent(), clock.utcnow(), name)
            flash(_("The layout «%(name)s» was deleted.", name=name), "success")
        except RuleBroken as refused:
            flash(str(refused), "danger")
        return redirect(url_for("LoadView.layouts"))


def _save(layout: Layout, typed: Suggestion) -> Any:
    with deed() as session:
        changed = replace(typed.layout(), area_prefix=layout.area_prefix)
        correct_layout(session, web.agent(), clock.utcnow(), layout.name, changed)
    flash(_("The layout was saved: the next file is read with it."), "success")
    return redirect(url_for("LoadView.layout", name=typed.name))


def _described(known: KnownLayout) -> Described:
    """The layout as typed, tried out on the last file that was read with it where that is still kept."""
    layout, table = known.layout, None
    form = corrected_form(request.form, layout.form)
    path = stored_path(web.var(), known.last.stored_as) if known.last else None
    found = _as_suggestion(layout, {})
    try:
        table = open_table(path, form) if path and path.is_file() else None
        found = _as_suggestion(layout, _samples(table, layout) if table else {})
    except RuleBroken as refused:
        typed = corrected(replace(found, form=form), request.form)
        return Described(typed, why=str(refused))
    typed = corrected(replace(found, form=form), request.form)
    described = Described(typed, table.form.encoding if table and table.form else None)
    return try_out(described, table) if table else _checked(described)


def _checked(described: Described) -> Described:
    try:
        check_corrected(described.found)
        described.found.layout()
    except RuleBroken as refused:
        return replace(described, why=str(refused))
    return described


def _as_suggestion(layout: Layout, samples: dict[str | int, tuple[str, ...]]) -> Suggestion:
    columns = tuple(
        Guess(
            position=place,
            source=column.source,
            field=column.field,
            percent=_CERTAIN,
            decimal=column.decimal,
            month_first=column.month_first,
            year_first=column.year_first,
            samples=samples.get(column.source, ()),
        )
        for place, column in enumerate(layout.columns)
    )
    return Suggestion(
        layout.name, layout.kind, layout.granularity, int(layout.has_header), layout.form, columns
    )


def _samples(table: Table, layout: Layout) -> dict[str | int, tuple[str, ...]]:
    head = list(islice(table.rows(), _SAMPLE_ROWS))
    header = layout.header_row(head) or 0
    rows = [row for number, row in head if number > header]
    return {
        column.source: tuple(
            list(dict.fromkeys(text for row in rows if (text := _text(row, place))))[:_SAMPLES]
        )
        for place, column in layout.positions(head)
    }


def _text(row: Any, place: int) -> str:
    return cell_text(row[place]) if place < len(row) else ""
