"""The trend of quality as a workbook: the figures of the screen, each with what it is out of."""

from __future__ import annotations

from typing import BinaryIO

from flask_babel import gettext as _

from app.core import web
from app.core.sheet import Sheet, Styles
from app.core.xlsx import new_workbook
from app.quality.trends import OfCriterion, Trend


def write_trend(target: BinaryIO, trend: Trend, heading: list[str]) -> int:
    """Write the workbook to ``target`` under the two lines of ``heading``; returns the reviews in it."""
    with new_workbook(target) as book:
        styles = Styles(book)
        _write_periods(Sheet(book, styles, _("By period"), heading), trend)
        _write_operators(Sheet(book, styles, _("By operator"), heading), trend)
        _write_criteria(Sheet(book, styles, _("By criterion"), heading), trend)
        _write_cells(Sheet(book, styles, _("Operator and criterion"), heading), trend)
    return trend.total.reviews if trend.total else 0


def _write_periods(sheet: Sheet, trend: Trend) -> None:
    sheet.columns((_("From"), 14), (_("Reviews"), 12), (_("Mean score"), 12))
    for row in trend.periods:
        sheet.write(row.first_day, row.reviews, row.mean)
    if trend.total:
        sheet.total(_("Total"), trend.total.reviews, trend.total.mean)


def _write_operators(sheet: Sheet, trend: Trend) -> None:
    sheet.columns(
        (_("Operator"), 30), (_("Reviews"), 12), (_("Mean score"), 12), (_("Scored 0"), 12)
    )
    for row in trend.operators:
        sheet.write(row.name, row.reviews, row.mean, row.zeros)
    if trend.total:
        sheet.total(_("Total"), trend.total.reviews, trend.total.mean, trend.total.zeros)


def _write_criteria(sheet: Sheet, trend: Trend) -> None:
    sheet.columns((_("Criterion"), 38), *_heads())
    for row in trend.criteria:
        sheet.write(row.criterion, *_figures(row))


def _write_cells(sheet: Sheet, trend: Trend) -> None:
    sheet.columns((_("Operator"), 30), (_("Criterion"), 38), *_heads())
    for operator in trend.operators:
        for criterion in trend.criteria:
            cell = trend.cells.get((operator.operator_id or 0, criterion.criterion_id))
            if cell:
                sheet.write(operator.name, cell.criterion, *_figures(cell))


def _heads() -> list[tuple[str, int]]:
    return [
        (_("Earned, %"), 12),
        (_("Marks that apply"), 12),
        (_("Met"), 10),
        (_("Partly"), 10),
        (_("Not met"), 10),
        (_("Does not apply"), 12),
    ]


def _figures(row: OfCriterion) -> tuple:
    return row.share, row.applying, row.met, row.partly, row.missed, row.not_applicable


def trend_heading(trend: Trend, company: str, made: str, operator: str) -> list[str]:
    """The two lines above each table: what it is of, and when and for whom it was ``made``."""
    asked = trend.asked
    title = _("Quality of attention")
    span = _(
        "calls from %(first)s to %(last)s",
        first=web.day(asked.first_day),
        last=web.day(asked.last_day),
    )
    return [" · ".join((company, title, operator, span)), made]
