"""The day's workbook: Resumen, Gestiones, Compromisos and Por operador, written row by row.

Amounts are numbers, exact to the cent; what people typed is text, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from flask_babel import gettext as _

from app.core.clock import local
from app.core.sheet import NOTHING, Sheet, Styles
from app.core.xlsx import new_workbook
from app.reports.figures import DailyReport, Figures, Kept, Recovered
from app.reports.rows import CallRow, PromiseRow
from app.reports.summary import write_summary
from app.reports.texts import DIRECTIONS, ORIGINS, REACHED, STATES

_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and for whom the workbook is made. ``masked``: an operator's own, without amounts."""

    company: str
    zone: str
    generated_at: datetime
    generated_by: str
    masked: bool = False

    def heading(self, title: str) -> list[str]:
        """The two lines above a table: what it is, and when and for whom it was made."""
        made_at = local(self.generated_at, self.zone)
        return [
            " · ".join((self.company, title)),
            _("%(moment)s · %(who)s", moment=f"{made_at:%d/%m/%Y %H:%M}", who=self.generated_by),
        ]


def write_daily(
    target: Path | BinaryIO,
    report: DailyReport,
    calls: Iterable[CallRow],
    promises: Iterable[PromiseRow],
    stamp: Stamp,
) -> int:
    """Write the workbook of ``report`` to ``target``; returns the rows in it.

    Memory does not grow with the rows. ``calls`` and ``promises`` are of the same moment as
    ``report`` (see `app.reports.service.one_moment`), so that their totals are its figures.
    """
    with new_workbook(target) as book:
        book.set_properties(
            {"title": _title(report), "company": stamp.company, "created": _naive(stamp)}
        )
        styles = Styles(book)
        heading = _heading(report, stamp)
        write_summary(book, styles, report, heading, masked=stamp.masked)
        count = _write_calls(Sheet(book, styles, _("Contacts"), heading), calls, report, stamp)
        count += _write_promises(
            Sheet(book, styles, _("Promises"), heading), promises, report, stamp
        )
        _write_operators(Sheet(book, styles, _("By operator"), heading), report, stamp)
    return count


def _title(report: DailyReport) -> str:
    return _("Daily report of %(day)s", day=f"{report.day:%d/%m/%Y}")


def _naive(stamp: Stamp) -> datetime:
    return local(stamp.generated_at, stamp.zone).replace(tzinfo=None)


def _heading(report: DailyReport, stamp: Stamp) -> list[str]:
    known = ", ".join(f"{name} {as_of:%d/%m/%Y}" for name, as_of in report.known_until)
    whose = report.operator or _("whole unit")
    return [
        f"{stamp.company} · {_title(report)} · {whose}",
        _(
            "Generated on %(moment)s by %(who)s · information as of: %(known)s",
            moment=f"{_naive(stamp):%d/%m/%Y %H:%M}",
            who=stamp.generated_by,
            known=known or NOTHING,
        ),
    ]


def _write_calls(sheet: Sheet, rows: Iterable[CallRow], report: DailyReport, stamp: Stamp) -> int:
    """The daily sheet; returns its rows. Masked, the sum of the promises is all that is told."""
    sheet.columns(*_call_columns())
    reached = _reached()
    count, bills, owed, promised = 0, 0, _ZERO, _ZERO
    for count, row in enumerate(rows, 1):
        sheet.write(count, *_call_cells(row, reached, stamp))
        bills += row.bills or 0
        owed += row.owed or _ZERO
        promised += row.promised or _ZERO
    before, between = [None] * 3, [None] * 5
    told = [None, None] if stamp.masked else [bills, owed]
    shown = report.figures.promised if stamp.masked else promised
    sheet.total(_("Total"), count, *before, *told, *between, shown)
    sheet.signatures(_("Prepared by"), _("Reviewed by"), _("Approved by"))
    return count


def _call_columns() -> tuple[tuple[str, int], ...]:
    return (
        (_("No."), 6),
        (_("Date and time"), 16),
        (_("Account"), 14),
        (_("Identification"), 15),
        (_("Client"), 34),
        (_("Bills"), 10),
        (_("Balance"), 12),
        (_("Outcome"), 26),
        (_("Reached"), 30),
        (_("Telephone"), 15),
        (_("Origin of the telephone"), 13),
        (_("Day of the promise"), 13),
        (_("Amount of the promise"), 13),
        (_("Observation"), 40),
        (_("Campaign"), 12),
        (_("Operator"), 22),
        (_("Weight"), 7),
        (_("Contact id"), 12),
    )


def _call_cells(row: CallRow, reached: dict[tuple[str, str], str], stamp: Stamp) -> tuple[Any, ...]:
    return (
        _at(row.at, stamp),
        row.account,
        row.identification,
        row.name,
        row.bills,
        row.owed,
        row.outcome,
        reached[row.reached, row.direction],
        row.phone,
        ORIGINS.get(row.origin or ""),
        row.due_on,
        row.promised,
        row.note,
        None,
        row.operator,
        row.weight,
        row.id,
    )


def _reached() -> dict[tuple[str, str], str]:
    """Who was reached; how, unless the unit called. Translated once, not for each of many rows."""
    return {
        (reached, direction): str(who) if direction == "outgoing" else f"{who} · {how}"
        for reached, who in REACHED.items()
        for direction, how in DIRECTIONS.items()
    }


def _write_promises(
    sheet: Sheet, rows: Iterable[PromiseRow], report: DailyReport, stamp: Stamp
) -> int:
    sheet.columns(
        (_("No."), 6),
        (_("Date and time"), 16),
        (_("Account"), 14),
        (_("Identification"), 15),
        (_("Client"), 34),
        (_("Promised day"), 13),
        (_("Grace until"), 13),
        (_("Amount"), 12),
        (_("Paid"), 12),
        (_("State"), 13),
        (_("Where to pay"), 24),
        (_("Operator"), 22),
        (_("Contact id"), 12),
    )
    states = {state: str(word) for state, (word, _tone) in STATES.items()}
    count, paid, amount = 0, _ZERO, _ZERO
    for count, row in enumerate(rows, 1):
        sheet.write(
            count,
            _at(row.at, stamp),
            row.account,
            row.identification,
            row.name,
            row.due_on,
            row.check_on,
            row.amount,
            row.paid,
            states[row.state],
            row.means or None,
            row.operator,
            row.call_id,
        )
        amount += row.amount or _ZERO
        paid += row.paid or _ZERO
    shown = report.figures.promised if stamp.masked else amount
    sheet.total(
        _("Total"), count, None, None, None, None, None, shown, None if stamp.masked else paid
    )
    return count


def _at(moment: datetime, stamp: Stamp) -> datetime:
    return local(moment, stamp.zone).replace(tzinfo=None)


def _write_operators(sheet: Sheet, report: DailyReport, stamp: Stamp) -> None:
    sheet.columns(
        (_("Operator"), 26),
        (_("Contacts"), 10),
        (_("Calls"), 10),
        (_("Answered"), 10),
        (_("Verified holders"), 12),
        (_("Effective contacts"), 12),
        (_("Promises"), 12),
        (_("Promised"), 13),
        (_("Kept in the month"), 12),
        (_("of those due"), 12),
        (_("Payments after a contact"), 13),
        (_("Recovered"), 13),
    )
    for row in report.by_operator:
        sheet.write(row.name, *_operator_cells(row.figures, row.kept, row.recovered, stamp))
    unit = _operator_cells(report.figures, report.kept_month, report.recovered, stamp)
    sheet.total(_("Total"), *unit)


def _operator_cells(
    figures: Figures, kept: Kept, recovered: Recovered, stamp: Stamp
) -> tuple[Any, ...]:
    return (
        figures.contacts,
        figures.attempts,
        figures.answered,
        figures.right_party,
        figures.effective,
        figures.promises,
        figures.promised,
        kept.kept,
        kept.judged,
        recovered.payments,
        None if stamp.masked else recovered.amount,
    )
