"""The accounts without useful contact as a workbook: the figures, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from flask_babel import gettext as _

from app.core.sheet import Sheet, Styles
from app.core.xlsx import new_workbook
from app.reports.unreached import Unreached, UnreachedAccount
from app.reports.workbook import Stamp


def write_unreached(
    target: BinaryIO,
    total: Unreached | None,
    by_sector: Iterable[Unreached],
    accounts: Iterable[UnreachedAccount],
    stamp: Stamp,
) -> int:
    """Write the workbook to ``target``; returns the accounts in it. Memory does not grow with them."""
    with new_workbook(target) as book:
        styles = Styles(book)
        heading = stamp.heading(_("Accounts without useful contact"))
        _write_figures(Sheet(book, styles, _("By sector"), heading), total, by_sector)
        return _write_accounts(Sheet(book, styles, _("Accounts"), heading), accounts)


def _write_figures(sheet: Sheet, total: Unreached | None, by_sector: Iterable[Unreached]) -> None:
    sheet.columns(
        (_("Portfolio"), 18),
        (_("Sector"), 28),
        (_("Accounts with debt"), 12),
        (_("Owed"), 14),
        (_("Without telephone"), 12),
        (_("Owed by them"), 14),
        (_("Without telephone or e-mail"), 14),
        (_("Owed by them"), 14),
    )
    for row in by_sector:
        sheet.write(row.portfolio, row.sector or None, *_figures(row))
    if total is not None:
        sheet.total(_("Total"), None, *_figures(total))


def _figures(row: Unreached) -> tuple:
    return (
        row.accounts,
        row.owed,
        row.no_phone,
        row.no_phone_owed,
        row.nothing,
        row.nothing_owed,
    )


def _write_accounts(sheet: Sheet, accounts: Iterable[UnreachedAccount]) -> int:
    sheet.columns(
        (_("Account"), 14),
        (_("Holder"), 34),
        (_("Identification"), 16),
        (_("Portfolio"), 16),
        (_("Sector"), 24),
        (_("Address"), 36),
        (_("Bills"), 8),
        (_("Owed"), 12),
        (_("Due since"), 14),
        (_("E-mail"), 10),
    )
    count = 0
    for row in accounts:
        sheet.write(
            row.number,
            row.name,
            row.identification or None,
            row.portfolio,
            row.sector or None,
            row.address or None,
            row.bills,
            row.owed,
            row.oldest_due_on,
            _("No") if row.nothing else _("Yes"),
        )
        count += 1
    return count
