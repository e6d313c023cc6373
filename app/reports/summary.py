"""The sheet Resumen: every figure beside what it is a part of, and two native charts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from xlsxwriter import Workbook

from app.core.sheet import Sheet, Styles
from app.reports.figures import DailyReport, Kept

_MAIN, _REST = "#0b6b8a", "#c8d3da"


def write_summary(
    book: Workbook, styles: Styles, report: DailyReport, heading: list[str], *, masked: bool
) -> None:
    """``masked`` leaves out every amount but the sum of several promises."""
    sheet = Sheet(book, styles, _("Summary"), heading)
    sheet.widths(46, 14, 14, 42, 14, 14)
    _figures(sheet, report, masked)
    hours = _by_hour(sheet, report)
    outcomes = _by_outcome(sheet, report)
    sheet.chart(3, 7, _hour_chart(book, sheet, *hours))
    sheet.chart(20, 7, _outcome_chart(book, sheet, *outcomes))


def _figures(sheet: Sheet, report: DailyReport, masked: bool) -> None:
    f = report.figures
    sheet.head(_("Figure"), _("Value"), _("of"), _("of what"), _("Share (%)"))
    sheet.write(_("Contacts"), f.contacts, f.contacts, _("all contacts of the day"), _share(1, 1))
    for label, part in (
        (_("Calls (attempts)"), f.attempts),
        (_("Other contacts"), f.others),
    ):
        sheet.write(label, part, f.contacts, _("contacts"), _share(part, f.contacts))
    for label, part in (
        (_("Answered"), f.answered),
        (_("Verified holders"), f.right_party),
        (_("Effective contacts"), f.effective),
    ):
        sheet.write(label, part, f.attempts, _("calls"), _share(part, f.attempts))
    sheet.write(
        _("Holders with a promise"),
        f.promising,
        f.holders,
        _("verified holders, whoever called"),
        _share(f.promising, f.holders),
    )
    sheet.write(_("Persons"), report.persons, f.contacts, _("contacts"))
    sheet.write(_("Promises"), f.promises, f.promising, _("holders with a promise"))
    sheet.write(_("Promised (USD)"), f.promised, f.promises, _("promises"))
    if not masked:
        sheet.write(_("Balance at each contact (USD)"), f.owed, f.contacts, _("contacts"))
    _kept(sheet, _("Promises kept, due on the day"), report.kept_day, masked)
    _kept(sheet, _("Promises kept, due in the month so far"), report.kept_month, masked)
    _payments(sheet, report, masked)
    sheet.gap()


def _kept(sheet: Sheet, label: str, kept: Kept, masked: bool) -> None:
    sheet.write(label, kept.kept, kept.judged, _("promises judged"), _share(kept.kept, kept.judged))
    if not masked:
        sheet.write(
            f"{label} (USD)",
            kept.paid,
            kept.promised,
            _("USD promised"),
            _share(kept.paid, kept.promised),
        )


def _payments(sheet: Sheet, report: DailyReport, masked: bool) -> None:
    credited, alone = report.recovered, report.alone
    if report.operator is not None:
        sheet.write(_("Payments after a contact"), credited.payments)
        if not masked:
            sheet.write(_("Recovered (USD)"), credited.amount)
        return
    every = credited + alone
    for label, part in (
        (_("Payments after a contact"), credited),
        (_("Payments without a contact"), alone),
    ):
        sheet.write(
            label,
            part.payments,
            every.payments,
            _("payments of the day"),
            _share(part.payments, every.payments),
        )
    for label, part in (
        (_("Recovered (USD)"), credited),
        (_("Paid without a contact (USD)"), alone),
    ):
        sheet.write(
            label,
            part.amount,
            every.amount,
            _("USD paid on the day"),
            _share(part.amount, every.amount),
        )


def _share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Percent with two decimals; None when there is nothing to divide by."""
    return (Decimal(100) * part / whole).quantize(Decimal("0.01")) if whole else None


def _by_hour(sheet: Sheet, report: DailyReport) -> tuple[int, int]:
    """First and last row of the table."""
    sheet.head(
        _("Hour"), _("Calls"), _("Answered"), _("Verified holders"), _("Contacts"), _("Promises")
    )
    first = sheet.row
    for hour, f in report.by_hour:
        sheet.write(f"{hour:02}:00", f.attempts, f.answered, f.right_party, f.contacts, f.promises)
    last = max(first, sheet.row - 1)
    f = report.figures
    sheet.total(_("Total"), f.attempts, f.answered, f.right_party, f.contacts, f.promises)
    sheet.gap()
    return first, last


def _by_outcome(sheet: Sheet, report: DailyReport) -> tuple[int, int]:
    sheet.head(
        _("Outcome"),
        _("Contacts"),
        _("of contacts"),
        _("Persons (best outcome of the day)"),
        _("Promises"),
        _("Share (%)"),
    )
    first = sheet.row
    whole = report.figures.contacts
    for row in report.by_outcome:
        f = row.figures
        sheet.write(row.label, f.contacts, whole, row.best, f.promises, _share(f.contacts, whole))
    last = max(first, sheet.row - 1)
    sheet.total(_("Total"), whole, whole, report.persons, report.figures.promises)
    return first, last


def _hour_chart(book: Workbook, sheet: Sheet, first: int, last: int) -> Any:
    chart = book.add_chart({"type": "column"})
    chart.set_title({"name": _("By hour"), "name_font": {"size": 11}})
    for column, name, colour in ((1, _("Calls"), _REST), (2, _("Answered"), _MAIN)):
        chart.add_series(
            {
                "name": name,
                "categories": sheet.range(first, last, 0),
                "values": sheet.range(first, last, column),
                "fill": {"color": colour},
                "overlap": 100,
                "gap": 40,
            }
        )
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#e3e8eb"}}})
    return chart


def _outcome_chart(book: Workbook, sheet: Sheet, first: int, last: int) -> Any:
    chart = book.add_chart({"type": "bar"})
    chart.set_title({"name": _("By outcome"), "name_font": {"size": 11}})
    chart.add_series(
        {
            "name": _("Contacts"),
            "categories": sheet.range(first, last, 0),
            "values": sheet.range(first, last, 1),
            "fill": {"color": _MAIN},
            "gap": 40,
            "data_labels": {"value": True},
        }
    )
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_size({"height": 120 + 20 * (last - first + 1)})
    return chart
