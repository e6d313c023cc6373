"""Free and agreed debt as a workbook: by portfolio, the agreements by state, and the accounts behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from flask_babel import gettext as _

from app.agreements.texts import STATES
from app.core.sheet import Sheet, Styles
from app.core.xlsx import new_workbook
from app.reports.agreed import AgreedAccount, OfState, Parted
from app.reports.workbook import Stamp


def write_agreed(
    target: BinaryIO,
    total: Parted | None,
    by_portfolio: Iterable[Parted],
    states: Iterable[OfState],
    accounts: Iterable[AgreedAccount],
    stamp: Stamp,
) -> int:
    """Write the workbook to ``target``; returns the accounts in it. Memory does not grow with them."""
    with new_workbook(target) as book:
        styles, heading = Styles(book), stamp.heading(_("Free and agreed debt"))
        _write_parts(Sheet(book, styles, _("By portfolio"), heading), total, by_portfolio)
        _write_states(Sheet(book, styles, _("Agreements"), heading), states)
        return _write_accounts(Sheet(book, styles, _("Accounts"), heading), accounts)


def _write_parts(sheet: Sheet, total: Parted | None, by_portfolio: Iterable[Parted]) -> None:
    sheet.columns(
        (_("Portfolio"), 18),
        (_("Accounts with debt"), 12),
        (_("With an agreement"), 12),
        (_("Owed"), 14),
        (_("Free to be asked for"), 14),
        (_("Under agreement"), 14),
        (_("Under complaint"), 14),
        (_("Agreed at billing, beside the balance"), 16),
        (_("Paid this month to agreements"), 14),
        (_("Paid this month to free debt"), 14),
    )
    for row in by_portfolio:
        sheet.write(row.portfolio, *_figures(row))
    if total is not None:
        sheet.total(_("Total"), *_figures(total))


def _figures(row: Parted) -> tuple:
    return (
        row.accounts,
        row.with_agreement,
        row.owed,
        row.free,
        row.agreed,
        row.disputed,
        row.imported,
        row.paid_agreed,
        row.paid_free,
    )


def _write_states(sheet: Sheet, states: Iterable[OfState]) -> None:
    sheet.columns(
        (_("State"), 26),
        (_("Agreements"), 12),
        (_("With a late instalment"), 12),
        (_("Total"), 14),
        (_("Paid"), 14),
        (_("To come"), 14),
        (_("Past due"), 14),
    )
    for one in states:
        sheet.write(
            str(STATES[one.state]),
            one.agreements,
            one.behind,
            one.total,
            one.paid,
            one.left,
            one.late,
        )


def _write_accounts(sheet: Sheet, accounts: Iterable[AgreedAccount]) -> int:
    sheet.columns(
        (_("Account"), 14),
        (_("Holder"), 34),
        (_("Identification"), 16),
        (_("Portfolio"), 16),
        (_("Owed"), 12),
        (_("Free to be asked for"), 12),
        (_("Under agreement"), 12),
        (_("Under complaint"), 12),
        (_("Agreed at billing, beside the balance"), 14),
        (_("State"), 24),
        (_("Total"), 12),
        (_("Paid"), 12),
        (_("Past due"), 12),
    )
    count = 0
    for row in accounts:
        sheet.write(
            row.number,
            row.name,
            row.identification or None,
            row.portfolio,
            row.owed,
            row.free,
            row.agreed,
            row.disputed,
            row.imported,
            str(STATES[row.state]) if row.state else None,
            row.total,
            row.paid,
            row.late,
        )
        count += 1
    return count
