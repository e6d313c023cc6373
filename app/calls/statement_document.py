"""The statement of account as it is handed over: titled tables of typed cells, for paper and workbook alike.

Everything comes from one `app.calls.sheet.Statement`, the same that the screen shows, so that no total
can differ from one to the other. Texts are in the language of the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from app.agreements.texts import LINE_STATES, STATES
from app.calls.sheet import Statement
from app.calls.statement_facts import AgreementLine
from app.debtors.models import Debtor
from app.debts.models import Bill
from app.payments.means import told_reference
from app.payments.models import PaymentMeans

Cell = str | int | Decimal | date | None
_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in characters. ``is_number``: it stands at the right."""

    label: str
    width: int
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is short enough for a sheet's tab. ``total``: a label, then a cell for each other column."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    total: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """Whose statement it is, its figures (USD), its tables; empty tables are left out."""

    about: str
    facts: list[tuple[str, str]]
    figures: list[tuple[str, Decimal]]
    tables: list[Table]


def statement_document(
    statement: Statement, person: Debtor, means: Sequence[PaymentMeans]
) -> Document:
    """The whole statement of ``person``, with every account number and the identification in full."""
    tables = [
        _accounts(statement),
        _bills(statement),
        _payments(statement),
        _promises(statement),
        *(_agreement(line) for line in statement.agreements),
        _means(means, statement.numbers),
    ]
    return Document(
        about=person.name,
        facts=[
            (_("Name"), person.name),
            (_("Identification"), person.identification or "—"),
        ],
        figures=_figures(statement),
        tables=[table for table in tables if table.rows],
    )


def _figures(statement: Statement) -> list[tuple[str, Decimal]]:
    """What is owed and what part of it is to be paid now; what is nothing is not told."""
    parts = (
        (_("Under complaint"), statement.disputed),
        (_("Put off by an agreement"), statement.covered),
    )
    beside = ((_("Under an earlier agreement, beside what is owed"), statement.agreed),)
    return [
        (_("Owed"), statement.owed),
        *((label, amount) for label, amount in parts if amount),
        (_("To be paid now"), statement.collectable),
        *((label, amount) for label, amount in beside if amount),
    ]


def _accounts(statement: Statement) -> Table:
    return Table(
        _("Accounts"),
        _("Accounts"),
        (
            Column(_("Account"), 16),
            Column(_("Portfolio"), 16),
            Column(_("Address"), 34),
            Column(_("Figures of"), 12),
            Column(_("Balance"), 13, is_number=True),
            Column(_("Payments since"), 13, is_number=True),
            Column(_("Owed"), 13, is_number=True),
            Column(_("Under complaint"), 13, is_number=True),
        ),
        [
            (
                line.account.number,
                line.account.portfolio.name,
                line.account.address or None,
                line.owed.as_of,
                line.owed.balance,
                line.owed.paid_since,
                line.owed.owed,
                line.owed.disputed,
            )
            for line in statement.lines
        ],
        (
            _("Total"),
            None,
            None,
            None,
            statement.loaded,
            statement.paid_since,
            statement.owed,
            statement.disputed,
        ),
    )


def _bills(statement: Statement) -> Table:
    bills, disputed = statement.bills, statement.disputed_bills
    return Table(
        _("Bills"),
        _("Bills"),
        (
            Column(_("Bill"), 26),
            Column(_("Account"), 16),
            Column(_("Issued"), 12),
            Column(_("Due"), 12),
            Column(_("Amount"), 13, is_number=True),
            Column(_("Interest"), 13, is_number=True),
            Column(_("Balance"), 13, is_number=True),
        ),
        [
            (
                bill_name(bill, bill.id in disputed),
                bill.account.number,
                bill.issued_on,
                bill.due_on,
                bill.amount,
                bill.interest,
                bill.balance,
            )
            for bill in bills
        ],
        (
            _("Total"),
            None,
            None,
            None,
            sum((bill.amount or _ZERO for bill in bills), _ZERO),
            sum((bill.interest or _ZERO for bill in bills), _ZERO),
            sum((bill.balance for bill in bills), _ZERO),
        ),
    )


def bill_name(bill: Bill, disputed: bool) -> str:
    """A bill's number, or how many stand together; and that it is ``disputed`` here, or its account's load
    says that it is under complaint."""
    name = bill.number
    if bill.is_grouped:
        name = ngettext("%(num)d bill", "%(num)d bills", bill.bills_count)
    if disputed or bill.account.in_complaint:
        return _("%(bill)s (in complaint)", bill=name)
    return name


def _payments(statement: Statement) -> Table:
    return Table(
        _("Payments"),
        _("Payments"),
        (
            Column(_("Day"), 24),
            Column(_("Account"), 16),
            Column(_("Where"), 22),
            Column(_("Receipt"), 20),
            Column(_("Amount"), 13, is_number=True),
            Column(_("After the last load"), 13, is_number=True),
        ),
        [
            (
                line.paid_on,
                line.account,
                line.channel or None,
                line.reference,
                line.amount,
                line.amount if line.is_since else None,
            )
            for line in statement.payments
        ],
        (_("Total"), None, None, None, None, statement.paid_since),
    )


def _promises(statement: Statement) -> Table:
    return Table(
        _("Promises"),
        _("Pending promises"),
        (
            Column(_("Promised day"), 14),
            Column(_("Account"), 16),
            Column(_("Where to pay"), 30),
            Column(_("Amount"), 13, is_number=True),
            Column(_("Paid"), 13, is_number=True),
        ),
        [
            (
                promise.due_on,
                promise.account.number,
                promise.means.name if promise.means else None,
                promise.amount,
                promise.paid,
            )
            for promise in statement.promises
        ],
    )


def _agreement(line: AgreementLine) -> Table:
    agreement = line.agreement
    paid = sum((due.paid for due in line.schedule), _ZERO)
    return Table(
        agreement.number,
        _(
            "Agreement %(number)s, account %(account)s: %(state)s",
            number=agreement.number,
            account=agreement.account.number,
            state=STATES[agreement.state],
        ),
        (
            Column(_("Instalment"), 18),
            Column(_("Due"), 12),
            Column(_("State"), 14),
            Column(_("Amount"), 13, is_number=True),
            Column(_("Paid"), 13, is_number=True),
            Column(_("Balance"), 13, is_number=True),
        ),
        [
            (
                str(due.number) if due.number else _("Down payment"),
                due.due_on,
                str(LINE_STATES[due.state]),
                due.amount,
                due.paid,
                due.left,
            )
            for due in line.schedule
        ],
        (_("Total"), None, None, agreement.total, paid, agreement.total - paid),
    )


def _means(means: Sequence[PaymentMeans], numbers: Sequence[str]) -> Table:
    return Table(
        _("Means of payment"),
        _("Means of payment"),
        (
            Column(_("Means"), 18),
            Column(_("How"), 44),
            Column(_("Opening hours"), 24),
            Column(_("Places"), 24),
            Column(_("What to give there"), 22),
            Column(_("Cost"), 8, is_number=True),
            Column(_("Seen in days"), 8, is_number=True),
        ),
        [
            (
                each.name,
                each.instructions or None,
                each.hours or None,
                each.places or None,
                told_reference(each.reference, numbers) or None,
                each.cost,
                each.posting_delay_days,
            )
            for each in means
        ],
    )
